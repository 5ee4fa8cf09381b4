#include "node/snapshots.h"

#include "common/clock.h"

namespace jingchu::node {
namespace {

Error not_found() {
  return caller_error("not-found", "this node has no such snapshot");
}

Error stopping() {
  return our_error("stopping", "the node stops");
}

SnapshotView view_of(const ledger::Snapshot& snapshot) {
  const auto& header = snapshot.last.header;
  return {header.height,
          header.epoch,
          snapshot.contents.id(),
          header.time_ms,
          snapshot.contents.chunks.size(),
          snapshot.contents.bytes()};
}

}  // namespace

Snapshots::Snapshots(Parts parts) : parts_(std::move(parts)), files_(*parts_.files, parts_.directory) {}

Status Snapshots::open() {
  RETURN_IF_ERROR(files_.remove_broken());
  ASSIGN_OR_RETURN(const auto heights, files_.whole());
  for (const Height height : heights) {
    const auto bytes = files_.manifest(height);
    auto snapshot = bytes.ok() ? ledger::decode_snapshot(*bytes) : Result<ledger::Snapshot>(bytes.error());
    if (snapshot.ok() && snapshot->height() == height) {
      kept_[height] = std::make_shared<const ledger::Snapshot>(std::move(*snapshot));
      continue;
    }
    parts_.log.warning("a snapshot cannot be read and is left aside",
                       {{"directory", files_.path(height)},
                        {"why", snapshot.ok() ? "it is of another height" : snapshot.error().to_string()}});
  }
  return keep_some();
}

void Snapshots::start() {
  if (parts_.every_blocks != 0) thread_ = std::thread([this] { run(); });
}

void Snapshots::stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_one();
  if (thread_.joinable()) thread_.join();
}

// The same heights on every node that has the same setting, so that what one has begun to give another can go
// on with.
bool Snapshots::is_due(Height height) const {
  const std::uint64_t every = parts_.every_blocks;
  const std::uint64_t epoch = parts_.genesis->parameters.epoch_blocks;
  return every != 0 && parts_.genesis->epochs().is_last(height) &&
         height.value() / every != (height.value() - epoch) / every;
}

void Snapshots::after_blocks(Height height) {
  const bool due = is_due(height);
  {
    const std::lock_guard lock(mutex_);
    executed_ = height;
    if (due && busy_)
      parts_.log.warning("no snapshot of this height: the one before is not done",
                         {{"height", height.value()}});
    if (due && !busy_ && !kept_.contains(height)) {
      frozen_ = parts_.store->freeze();
      busy_ = true;
    }
    if (!busy_) return;
  }
  wake_.notify_one();
}

void Snapshots::run() {
  for (;;) {
    std::unique_ptr<const ledger::KeyValueStore> frozen;
    {
      std::unique_lock lock(mutex_);
      wake_.wait(lock, [this] { return stopping_ || frozen_; });
      if (stopping_) return;
      frozen = std::move(frozen_);
    }
    const Status made = make(*frozen);
    if (!made.ok() && made.error().type != "stopping") {
      parts_.log.warning("no snapshot: making it failed", {{"why", made.error().to_string()}});
    }
    // What is left of one that broke off takes space.
    if (!made.ok()) [[maybe_unused]]
      const Status removed = files_.remove_broken();
    frozen.reset();
    const std::lock_guard lock(mutex_);
    busy_ = false;
  }
}

Status Snapshots::make(const ledger::KeyValueStore& frozen) {
  const std::uint64_t start_us = system_clock().monotonic_us();
  ASSIGN_OR_RETURN(const auto head, ledger::BlockStore(frozen).head());
  CHECK(head);
  const auto take = [&](std::size_t index, ByteView bytes) -> Status {
    {
      const std::lock_guard lock(mutex_);
      if (stopping_) return stopping();
    }
    return files_.put_chunk(head->height, index, bytes);
  };
  ASSIGN_OR_RETURN(const auto contents, ledger::cut_snapshot(frozen, take));
  if (!wait_for_next(head->height)) return stopping();
  ASSIGN_OR_RETURN(auto snapshot, ledger::prove_snapshot(*parts_.store, *parts_.genesis, contents));
  if (!snapshot) return our_error("not-provable", "the block behind it is not there");
  RETURN_IF_ERROR(files_.put_manifest(*snapshot));
  parts_.log.info("a snapshot is made", {{"height", head->height.value()},
                                         {"chunks", contents.chunks.size()},
                                         {"bytes", contents.bytes()},
                                         {"ms", (system_clock().monotonic_us() - start_us) / 1'000}});
  {
    const std::lock_guard lock(mutex_);
    kept_[head->height] = std::make_shared<const ledger::Snapshot>(std::move(*snapshot));
  }
  return keep_some();
}

bool Snapshots::wait_for_next(Height height) {
  std::unique_lock lock(mutex_);
  wake_.wait(lock, [&] { return stopping_ || executed_ > height; });
  return !stopping_;
}

Status Snapshots::keep_some() {
  for (;;) {
    Height oldest;
    {
      const std::lock_guard lock(mutex_);
      if (kept_.size() <= parts_.keep) return ok_status();
      oldest = kept_.begin()->first;
      kept_.erase(kept_.begin());
    }
    RETURN_IF_ERROR(files_.remove(oldest));
  }
}

std::vector<SnapshotView> Snapshots::list() const {
  const std::lock_guard lock(mutex_);
  std::vector<SnapshotView> views;
  for (const auto& [height, snapshot] : kept_) views.push_back(view_of(*snapshot));
  return views;
}

Snapshots::SnapshotPointer Snapshots::find(Height height) const {
  const std::lock_guard lock(mutex_);
  const auto found = kept_.find(height);
  return found == kept_.end() ? nullptr : found->second;
}

Result<Bytes> Snapshots::manifest(Height height) const {
  const auto snapshot = find(height);
  if (snapshot == nullptr) return not_found();
  return ledger::encode_snapshot(*snapshot);
}

Result<Bytes> Snapshots::chunk(Height height, std::size_t index) {
  const auto snapshot = find(height);
  if (snapshot == nullptr || index >= snapshot->contents.chunks.size()) return not_found();
  auto bytes = files_.chunk(height, index, snapshot->contents.chunks[index]);
  if (bytes.ok() || find(height) == nullptr) return bytes.ok() ? std::move(bytes) : not_found();
  withdraw(height, bytes.error());
  return not_found();
}

void Snapshots::withdraw(Height height, const Error& why) {
  {
    const std::lock_guard lock(mutex_);
    if (kept_.erase(height) == 0) return;
  }
  parts_.log.warning("a snapshot is damaged and not given any more: look at the disk",
                     {{"height", height.value()}, {"why", why.to_string()}});
}

}  // namespace jingchu::node
