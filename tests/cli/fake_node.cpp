#include "tests/cli/fake_node.h"

#include <nlohmann/json.hpp>

#include "ledger/transaction_json.h"
#include "network/problem.h"

namespace jingchu::cli {
namespace {

using network::HttpRequest;
using network::HttpResponse;
using nlohmann::json;

HttpResponse as_answer(unsigned status, const json& body) {
  HttpResponse response;
  response.status = status;
  response.body = body.dump();
  return response;
}

network::HttpServerConfig loopback() {
  network::HttpServerConfig config;
  config.listen_host = "127.0.0.1";
  return config;
}

}  // namespace

FakeNode::FakeNode(std::string genesis)
    : genesis_(std::move(genesis)),
      chain_id_(sha256(as_bytes(genesis_))),
      work_(io_.get_executor()),
      server_(
          io_.get_executor(), loopback(), [this](HttpRequest request) { return answer(std::move(request)); },
          Log()) {
  CHECK(server_.start().ok());
  thread_ = std::thread([this] { io_.run(); });
}

FakeNode::~FakeNode() {
  io_.stop();
  thread_.join();
}

std::string FakeNode::url() const {
  return "http://127.0.0.1:" + std::to_string(server_.port());
}

std::vector<ledger::Transaction> FakeNode::submitted() const {
  const std::lock_guard lock(mutex_);
  return submitted_;
}

void FakeNode::serve(const std::string& path, const std::string& body) {
  const std::lock_guard lock(mutex_);
  served_[path] = body;
}

std::optional<std::string> FakeNode::served(const std::string& path) const {
  const std::lock_guard lock(mutex_);
  const auto found = served_.find(path);
  return found == served_.end() ? std::nullopt : std::optional(found->second);
}

boost::asio::awaitable<HttpResponse> FakeNode::answer(HttpRequest request) {
  HttpResponse response;
  if (auto body = served(request.path)) {
    response.body = std::move(*body);
    co_return response;
  }
  response.body = genesis_;
  if (request.path == "/v1/genesis") co_return response;
  if (request.path == "/v1/status") {
    co_return as_answer(200, {{"name", "fake"},
                              {"role", "validator"},
                              {"height", submitted().empty() ? 41 : 42},
                              {"root", root},
                              {"chain_id", to_hex(chain_id_)},
                              {"votes", true},
                              {"caught_up", true}});
  }
  if (request.method == "POST" && request.path == "/v1/transactions") co_return post(request);
  if (request.path.starts_with("/v1/transactions/")) {
    co_return as_answer(200, {{"id", request.path.substr(17)}, {"status", "unknown"}});
  }
  co_return network::problem(
      caller_error("not-found", "there is nothing at " + request.path, "look elsewhere"), 404);
}

HttpResponse FakeNode::post(const HttpRequest& request) {
  const auto transaction = ledger::transaction_from_json(request.body);
  if (!transaction.ok()) return network::problem(transaction.error());
  const auto fits = ledger::check_static(*transaction, chain_id_, {});
  if (!fits.ok()) return network::problem(fits.error());
  if (!ledger::signature_valid(*ledger::prepare(*transaction)))
    return network::problem(caller_error("bad-signature", "not signed so"));
  if (busy > 0 && busy-- > 0) {
    auto response = network::problem(our_error("mempool-full", "no room at the moment"), 503);
    response.headers.emplace_back("Retry-After", "0");
    return response;
  }
  {
    const std::lock_guard lock(mutex_);
    submitted_.push_back(*transaction);
  }
  const bool waits = request.query_value("wait") == "final";
  const bool holds_back = never_final || (pending > 0 && pending-- > 0);
  if (waits && !holds_back) return final_receipts(*transaction);
  return as_answer(202, {{"id", to_hex(ledger::transaction_id(*transaction))}, {"status", "pending"}});
}

HttpResponse FakeNode::final_receipts(const ledger::Transaction& transaction) const {
  json receipts = json::array();
  for (std::size_t i = 0; i < transaction.calls.size(); ++i) {
    receipts.push_back({{"call_index", i},
                        {"code", refuses ? "duplicate-evidence" : "ok"},
                        {"message", refuses ? "it exists already" : ""},
                        {"where", refuses ? "/evidenceId" : ""},
                        {"cost", 1234},
                        {"events", json::array()}});
  }
  return as_answer(200, {{"id", to_hex(ledger::transaction_id(transaction))},
                         {"status", "final"},
                         {"height", 42},
                         {"receipts", receipts}});
}

}  // namespace jingchu::cli
