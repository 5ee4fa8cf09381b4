// The end of a node that was asked to stop or cannot go on. A node whose disk failed stops at once what could
// contradict the disk, and says for a while why before it exits.
#include <algorithm>
#include <array>

#include "node/api/problem_types.h"
#include "node/node.h"

namespace jingchu::node {
namespace {

constexpr std::chrono::seconds kWatchInterval{1};
// What a failed node still answers: none of it reads the disk.
constexpr std::array<std::string_view, 4> kAlwaysServed = {"/healthz", "/readyz", "/metrics", "/v1/status"};

boost::asio::awaitable<network::HttpResponse> answer(network::HttpResponse response) {
  co_return response;
}

}  // namespace

void Node::fail(const Error& error) {
  driver_->halt();
  {
    const std::lock_guard lock(view_mutex_);
    if (failure_) return;
    failure_ = error;
  }
  metrics_.failed(error.type);
  log_.error("this node can not go on: it no longer votes and will exit",
             {{"why", error.to_string()}, {"exits_in_ms", config_.failure_grace_ms}});
  waiters_.close();
  ending_.notify_all();
}

void Node::request_stop() {
  {
    const std::lock_guard lock(view_mutex_);
    stopping_ = true;
  }
  ending_.notify_all();
}

void Node::wait_for_end() {
  std::unique_lock lock(view_mutex_);
  while (!stopping_ && !failure_) {
    if (ending_.wait_for(lock, kWatchInterval) == std::cv_status::no_timeout) continue;
    lock.unlock();
    const Status machine = watch();
    if (!machine.ok()) fail(machine.error());
    lock.lock();
  }
}

// This machine, about once a second: only a disk ends the node.
Status Node::watch() {
  clock_watch_->check();
  descriptors_.check();
  return disks_.check();
}

// Those who ask /readyz and /metrics must see why before the process is gone.
void Node::linger() {
  if (!failure()) return;
  peers_->stop();
  execution_->stop();
  std::unique_lock lock(view_mutex_);
  ending_.wait_for(lock, std::chrono::milliseconds(config_.failure_grace_ms), [this] { return stopping_; });
}

std::optional<Error> Node::failure() const {
  const std::lock_guard lock(view_mutex_);
  return failure_;
}

Status Node::serving() const {
  const auto failed = failure();
  if (!failed) return ok_status();
  const ProblemType* listed = find_problem_type(failed->type);
  return environment_error(listed && listed->status == 503 ? failed->type : "not-serving",
                           "this node has failed and no longer serves");
}

network::HttpHandler Node::while_serving(network::HttpHandler handler) const {
  return [this, handler = std::move(handler)](network::HttpRequest request) {
    const bool always = std::ranges::find(kAlwaysServed, request.path) != kAlwaysServed.end();
    const Status served = serving();
    if (always || served.ok()) return handler(std::move(request));
    return answer(problem_of(served.error()));
  };
}

}  // namespace jingchu::node
