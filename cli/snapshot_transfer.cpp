#include "cli/snapshot_transfer.h"

#include <chrono>
#include <thread>

namespace jingchu::cli {
namespace {

constexpr std::size_t kLanes = 2;  // to each node: one chunk is judged and kept while the next is on its way
// Chunks that may be here and wait for one before them.
constexpr std::size_t kAheadMax = 32;
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
    for (bool gave = true; gave || working_ != 0; gave = give_next(lock)) {
      if (!gave) changed_.wait_for(lock, kShowEvery);
      show(progress);
    }
  }
  for (auto& thread : threads) thread.join();
  if (failure_) return *failure_;
  if (fetched_ + kept_.size() == snapshot_.contents.chunks.size()) return ok_status();
  return peer_error("not-enough", "none of the nodes that have this snapshot gives the rest of it");
}

// What an earlier run has left, judged again: which manifest it was fetched by is not known.
void SnapshotTransfer::look_at_kept(Progress& progress) {
  const auto& contents = snapshot_.contents;
  for (std::size_t index = 0; index < contents.chunks.size(); ++index) {
    const auto bytes = files_.chunk(contents.head.height, index, contents.chunks[index]);
    if (bytes.ok() && ledger::read_chunk(contents.chunks[index], *bytes, contents.head.chain_id).ok()) {
      kept_.insert(index);
      bytes_ += bytes->size();
      progress.show("looking at what is here already: chunk " + std::to_string(index + 1) + " of " +
                    std::to_string(contents.chunks.size()));
    } else {
      left_.insert(index);
    }
  }
}

void SnapshotTransfer::work(std::size_t number, const NodeClient& node) {
  while (const auto index = take(number)) {
    const auto bytes = fetch(node, *index);
    const auto& chunk = snapshot_.contents.chunks[*index];
    auto entries = bytes.ok() ? ledger::read_chunk(chunk, *bytes, snapshot_.contents.head.chain_id)
                              : Result<Entries>(bytes.error());
    if (entries.ok()) {
      const Status stored = files_.put_chunk(snapshot_.height(), *index, *bytes);
      done(*index, stored, std::move(*entries));
    } else if (is_about_manifest(entries.error())) {
      done(*index, entries.error(), {});
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
  changed_.wait(lock, [&] { return is_over() || can_take() || (left_.empty() && under_way_ == 0); });
  if (is_over() || left_.empty()) return std::nullopt;
  const std::size_t index = *left_.begin();
  left_.erase(left_.begin());
  under_way_ += 1;
  return index;
}

Result<Bytes> SnapshotTransfer::fetch(const NodeClient& node, std::size_t index) const {
  const std::string target =
      "/v1/snapshots/" + to_string(snapshot_.height()) + "/chunks/" + std::to_string(index);
  ASSIGN_OR_RETURN(const auto body, node.get_patiently(target));
  return to_bytes(body);
}

bool SnapshotTransfer::can_take() const {
  return !left_.empty() && (sink_ == nullptr || *left_.begin() < given_ + kAheadMax);
}

void SnapshotTransfer::done(std::size_t index, const Status& stored, Entries entries) {
  const std::lock_guard lock(mutex_);
  under_way_ -= 1;
  if (!stored.ok()) return fail(stored.error());
  fetched_ += 1;
  bytes_ += snapshot_.contents.chunks[index].bytes;
  if (sink_ != nullptr) here_[index] = std::move(entries);
  changed_.notify_all();
}

void SnapshotTransfer::fail(const Error& error) {
  if (!failure_) failure_ = error;
  changed_.notify_all();
}

bool SnapshotTransfer::give_next(std::unique_lock<std::mutex>& lock) {
  if (sink_ == nullptr || failure_ || given_ == snapshot_.contents.chunks.size()) return false;
  auto here = here_.extract(given_);
  const bool is_kept = here.empty() && kept_.contains(given_);
  if (here.empty() && !is_kept) return false;
  lock.unlock();
  const auto entries = is_kept ? read_kept(given_) : Result<Entries>(std::move(here.mapped()));
  const Status added = entries.ok() ? sink_->add(*entries) : Status(entries.error());
  lock.lock();
  if (!added.ok()) fail(added.error());
  given_ += 1;
  changed_.notify_all();
  return added.ok();
}

auto SnapshotTransfer::read_kept(std::size_t index) const -> Result<Entries> {
  const auto& chunk = snapshot_.contents.chunks[index];
  ASSIGN_OR_RETURN(const auto bytes, files_.chunk(snapshot_.height(), index, chunk));
  return ledger::decode_chunk(bytes);
}

void SnapshotTransfer::give_back(std::size_t index) {
  const std::lock_guard lock(mutex_);
  under_way_ -= 1;
  left_.insert(index);
  changed_.notify_all();
}

void SnapshotTransfer::show(Progress& progress) const {
  progress.show("fetching the snapshot of height " + to_string(snapshot_.height()) + ": chunk " +
                std::to_string(fetched_ + kept_.size()) + " of " +
                std::to_string(snapshot_.contents.chunks.size()) + ", " + std::to_string(bytes_ / kMegabyte) +
                " of " + std::to_string(snapshot_.contents.bytes() / kMegabyte) + " MB, from " +
                std::to_string(nodes_ - given_up_.size()) + " nodes");
}

}  // namespace jingchu::cli
