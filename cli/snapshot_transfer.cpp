#include "cli/snapshot_transfer.h"

#include <chrono>
#include <thread>

namespace jingchu::cli {
namespace {

constexpr std::size_t kLanes = 2;  // to each node: one chunk is judged and kept while the next is on its way
constexpr std::chrono::milliseconds kShowEvery{200};
constexpr std::uint64_t kMegabyte = 1'000'000;

bool is_about_manifest(const Error& error) {
  return error.type == "bad-snapshot";
}

}  // namespace

Status SnapshotTransfer::run(const std::map<std::size_t, const NodeClient*>& nodes) {
  Progress progress(session_);
  look_at_kept(progress);
  nodes_ = nodes.size();
  working_ = nodes.size() * kLanes;
  std::vector<std::thread> threads;
  for (const auto& [number, node] : nodes) {
    for (std::size_t lane = 0; lane < kLanes; ++lane) {
      threads.emplace_back([this, number = number, node = node] { work(number, *node); });
    }
  }
  {
    std::unique_lock lock(mutex_);
    while (working_ != 0) {
      changed_.wait_for(lock, kShowEvery);
      show(progress);
    }
  }
  for (auto& thread : threads) thread.join();
  if (failure_) return *failure_;
  if (fetched_ + kept_ == snapshot_.contents.chunks.size()) return ok_status();
  return peer_error("not-enough", "none of the nodes that have this snapshot gives the rest of it");
}

// What an earlier run has left, judged again: which manifest it was fetched by is not known.
void SnapshotTransfer::look_at_kept(Progress& progress) {
  const auto& contents = snapshot_.contents;
  for (std::size_t index = 0; index < contents.chunks.size(); ++index) {
    const auto bytes = files_.chunk(contents.head.height, index, contents.chunks[index]);
    if (bytes.ok() && ledger::read_chunk(contents.chunks[index], *bytes, contents.head.chain_id).ok()) {
      kept_ += 1;
      bytes_ += bytes->size();
      progress.show("looking at what is here already: chunk " + std::to_string(index + 1) + " of " +
                    std::to_string(contents.chunks.size()));
    } else {
      left_.push_back(index);
    }
  }
}

void SnapshotTransfer::work(std::size_t number, const NodeClient& node) {
  while (const auto index = take(number)) {
    const auto bytes = fetch(node, *index);
    const auto& chunk = snapshot_.contents.chunks[*index];
    const auto entries = bytes.ok() ? ledger::read_chunk(chunk, *bytes, snapshot_.contents.head.chain_id)
                                    : Result<std::vector<ledger::SnapshotEntry>>(bytes.error());
    if (entries.ok()) {
      done(*index, store(*index, *bytes));
    } else if (is_about_manifest(entries.error())) {
      done(*index, entries.error());
    } else {
      give_back(*index);
      const std::lock_guard lock(mutex_);
      given_up_.emplace(number, entries.error());
      break;
    }
  }
  const std::lock_guard lock(mutex_);
  working_ -= 1;
  changed_.notify_all();
}

// While others still fetch, what they have may come back.
std::optional<std::size_t> SnapshotTransfer::take(std::size_t number) {
  std::unique_lock lock(mutex_);
  const auto is_over = [&] { return failure_ || given_up_.contains(number); };
  changed_.wait(lock, [&] { return is_over() || !left_.empty() || under_way_ == 0; });
  if (is_over() || left_.empty()) return std::nullopt;
  const std::size_t index = left_.front();
  left_.pop_front();
  under_way_ += 1;
  return index;
}

Result<Bytes> SnapshotTransfer::fetch(const NodeClient& node, std::size_t index) const {
  const std::string target =
      "/v1/snapshots/" + to_string(snapshot_.height()) + "/chunks/" + std::to_string(index);
  ASSIGN_OR_RETURN(const auto body, node.get_patiently(target));
  return to_bytes(body);
}

Status SnapshotTransfer::store(std::size_t index, ByteView bytes) {
  return files_.put_chunk(snapshot_.height(), index, bytes);
}

void SnapshotTransfer::done(std::size_t index, const Status& stored) {
  const std::lock_guard lock(mutex_);
  under_way_ -= 1;
  if (stored.ok()) {
    fetched_ += 1;
    bytes_ += snapshot_.contents.chunks[index].bytes;
  } else if (!failure_) {
    failure_ = stored.error();
  }
  changed_.notify_all();
}

void SnapshotTransfer::give_back(std::size_t index) {
  const std::lock_guard lock(mutex_);
  under_way_ -= 1;
  left_.push_front(index);
  changed_.notify_all();
}

void SnapshotTransfer::show(Progress& progress) const {
  progress.show("fetching the snapshot of height " + to_string(snapshot_.height()) + ": chunk " +
                std::to_string(fetched_ + kept_) + " of " + std::to_string(snapshot_.contents.chunks.size()) +
                ", " + std::to_string(bytes_ / kMegabyte) + " of " +
                std::to_string(snapshot_.contents.bytes() / kMegabyte) + " MB, from " +
                std::to_string(nodes_ - given_up_.size()) + " nodes");
}

}  // namespace jingchu::cli
