#include "node/history.h"

#include "node/epoch.h"

namespace jingchu::node {
namespace {

// More than the blocks that are executed together, so that what is due never grows.
constexpr std::uint64_t kBlocksAtATime = 16;
constexpr std::uint64_t kRetryUs = 60'000'000;

}  // namespace

History::History(Parts parts)
    : parts_(std::move(parts)), pruner_(*parts_.store, *parts_.genesis, parts_.keep_blocks) {}

void History::start() {
  // What an earlier run left is gone on with; an error of the store shows again with the first step.
  const auto horizon = ledger::read_horizon(*parts_.store);
  pruning_ = !horizon.ok() || horizon->done < horizon->target;
  if (parts_.keep_blocks == 0) return;
  if (!parts_.archive_directory.empty()) {
    const Status removed = ledger::remove_partial_segments(*parts_.files, parts_.archive_directory);
    if (!removed.ok()) {
      parts_.log.warning("the archive's directory cannot be used", {{"why", removed.error().to_string()}});
    }
  }
  thread_ = std::thread([this] { run(); });
}

void History::stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_one();
  if (thread_.joinable()) thread_.join();
}

Status History::after_blocks() {
  if (parts_.keep_blocks == 0) return ok_status();
  if (pruning_) {
    ASSIGN_OR_RETURN(const bool done, pruner_.step(kBlocksAtATime));
    pruning_ = !done;
    if (done) ask(Task::kCompact, Epoch());
    return ok_status();
  }
  ASSIGN_OR_RETURN(const auto epoch, pruner_.due());
  if (!epoch || !is_archived(*epoch)) return ok_status();
  pruning_ = true;
  parts_.log.info("letting go of an epoch", {{"epoch", epoch->value()}});
  return pruner_.begin(*epoch);
}

bool History::is_archived(Epoch epoch) {
  if (parts_.archive_directory.empty()) return true;
  {
    const std::lock_guard lock(mutex_);
    if (archived_ && *archived_ >= epoch) return true;
    if (to_export_ || parts_.clock->monotonic_us() < retry_at_us_) return false;
  }
  ask(Task::kExport, epoch);
  return false;
}

void History::ask(Task task, Epoch epoch) {
  {
    const std::lock_guard lock(mutex_);
    if (task == Task::kExport) to_export_ = epoch;
    if (task == Task::kCompact) to_compact_ = true;
  }
  wake_.notify_one();
}

void History::run() {
  for (;;) {
    std::optional<Epoch> epoch;
    {
      std::unique_lock lock(mutex_);
      wake_.wait(lock, [this] { return stopping_ || to_export_ || to_compact_; });
      if (stopping_) return;
      epoch = to_export_;
      if (!epoch) to_compact_ = false;
    }
    work(epoch ? Task::kExport : Task::kCompact, epoch.value_or(Epoch()));
  }
}

void History::work(Task task, Epoch epoch) {
  const Status done = task == Task::kExport
                          ? export_epoch(epoch)
                          : ledger::compact_history(*parts_.store, [this] { return is_stopping(); });
  if (!done.ok() && done.error().type != "stopped") {
    parts_.log.warning("the history stays as it is, and is tried again in a minute",
                       {{"why", done.error().to_string()}});
  }
  if (task == Task::kCompact) return;
  const std::lock_guard lock(mutex_);
  to_export_.reset();
  if (done.ok()) archived_ = epoch;
  if (!done.ok()) retry_at_us_ = parts_.clock->monotonic_us() + kRetryUs;
}

bool History::is_stopping() {
  const std::lock_guard lock(mutex_);
  return stopping_;
}

// Compared with the store before anything is erased: also a segment that was there.
Status History::export_epoch(Epoch epoch) {
  const auto stop = [this] { return is_stopping(); };
  const ledger::SegmentSource source{parts_.store, parts_.genesis,
                                     [store = parts_.store](Epoch of) { return validators_of(*store, of); }};
  RETURN_IF_ERROR(parts_.files->make_directories(parts_.archive_directory));
  ASSIGN_OR_RETURN(const auto bytes,
                   ledger::export_segment(source, epoch, *parts_.files, parts_.archive_directory, {}, stop));
  const std::string path = parts_.archive_directory + "/" + ledger::segment_name(epoch);
  ASSIGN_OR_RETURN(const auto segment, ledger::Segment::open(path, *parts_.genesis));
  RETURN_IF_ERROR(ledger::compare_segment(*segment, source, stop));
  parts_.log.info("an epoch is in the archive", {{"epoch", epoch.value()}, {"file", path}, {"bytes", bytes}});
  return ok_status();
}

}  // namespace jingchu::node
