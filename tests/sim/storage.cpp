#include "sim/storage.h"

#include <algorithm>

#include "common/codec.h"
#include "ledger/horizon.h"
#include "ledger/pruning.h"
#include "ledger/state.h"
#include "sim/world.h"

namespace jingchu::sim {
namespace {

constexpr std::size_t kSnapshotsKept = 2;
constexpr std::uint32_t kChunkBytes = 12 << 10;  // of every node the same
constexpr std::uint64_t kPrunedAtATime = 16;     // node/history.cpp

// Another state, in chunks that are those of its manifest: with the head as it was, or one whose checksum is
// that of the chunks.
void forge(Random& random, KeptSnapshot& kept) {
  auto& contents = kept.snapshot.contents;
  const std::size_t index = random.below(kept.chunks.size());
  auto entries = ledger::decode_chunk(kept.chunks[index]);
  CHECK(entries.ok());
  auto& forged = (*entries)[random.below(entries->size())];
  if (forged.value.empty()) return;
  forged.value.back() ^= 1;
  kept.chunks[index] = encode(*entries);
  auto& chunk = contents.chunks[index];
  chunk.bytes = static_cast<std::uint32_t>(kept.chunks[index].size());
  chunk.hash = sha256(kept.chunks[index]);
  chunk.checksum = {};
  const std::string state = ledger::stored_state_key({});
  for (const auto& entry : *entries) {
    if (entry.key.starts_with(state))
      chunk.checksum.add(std::string_view(entry.key).substr(state.size()), entry.value);
  }
  if (random.coin()) return;
  contents.head.checksum = {};
  for (const auto& part : contents.chunks) contents.head.checksum.join(part.checksum);
  contents.head.roots.checksum = contents.head.checksum.digest();
}

}  // namespace

NodeStorage::NodeStorage(World& world, NodeIndex index)
    : world_(world),
      is_honest_(world.is_honest(index)),
      prunes_(std::find(world.plan().storage.pruners.begin(), world.plan().storage.pruners.end(),
                        index.value()) != world.plan().storage.pruners.end()) {}

std::string NodeStorage::archive() {
  return "archive";
}

Status NodeStorage::open(CrashingDatabase& database) {
  database_ = &database;
  ASSIGN_OR_RETURN(const auto horizon, ledger::read_horizon(database));
  pruning_ = horizon.done < horizon.target;
  return ok_status();
}

void NodeStorage::crash() {
  database_ = nullptr;
  frozen_ = nullptr;
  unproven_.reset();
  files_.crash();
}

bool NodeStorage::is_due(Height height) const {
  const auto epochs = world_.whole()->genesis().epochs();
  return epochs.is_last(height) &&
         (epochs.of(height).value() + 1) % world_.plan().storage.snapshot_epochs == 0;
}

Status NodeStorage::after_blocks(Height height) {
  RETURN_IF_ERROR(prove(height));
  if (is_due(height) && frozen_ == nullptr && !unproven_ && !kept_.contains(height)) {
    if (before_ == nullptr || world_.random().coin())
      before_ = std::make_unique<const CrashingDatabase>(*database_);
    frozen_ = database_->freeze();
  }
  return prunes_ ? prune() : ok_status();
}

Status NodeStorage::cut() {
  const auto frozen = std::move(frozen_);
  Unproven made;
  const auto take = [&](std::size_t, ByteView bytes) {
    made.chunks.push_back(to_bytes(bytes));
    return ok_status();
  };
  ASSIGN_OR_RETURN(made.contents, ledger::cut_snapshot(*frozen, take, kChunkBytes));
  unproven_ = std::move(made);
  return ok_status();
}

Status NodeStorage::prove(Height height) {
  if (!unproven_ || height <= unproven_->contents.head.height) return ok_status();
  ASSIGN_OR_RETURN(auto snapshot,
                   ledger::prove_snapshot(*database_, world_.whole()->genesis(), unproven_->contents));
  if (!snapshot) return our_error("not-provable", "the block behind a snapshot is not there");
  world_.count("snapshots made");
  const Height of = snapshot->height();
  kept_[of] = {std::move(*snapshot), std::move(unproven_->chunks)};
  unproven_.reset();
  if (!is_honest_ && world_.random().chance(1, 2)) {
    world_.count("snapshots forged");
    forge(world_.random(), kept_[of]);
  }
  if (kept_.size() > kSnapshotsKept) kept_.erase(kept_.begin());
  return ok_status();
}

Status NodeStorage::prune() {
  const ledger::Genesis& genesis = world_.whole()->genesis();
  ledger::Pruner pruner(*database_, genesis, world_.plan().storage.keep_blocks, 0);
  if (pruning_) {
    ASSIGN_OR_RETURN(const bool done, pruner.step(world_.random().between(1, kPrunedAtATime)));
    pruning_ = !done;
    return ok_status();
  }
  ASSIGN_OR_RETURN(const auto epoch, pruner.due());
  if (!epoch) return ok_status();
  if (world_.plan().storage.archives) {
    ASSIGN_OR_RETURN(const bool done, export_epoch(*epoch));
    if (!done) return ok_status();
  }
  world_.count("epochs pruned");
  pruning_ = true;
  return pruner.begin(*epoch);
}

Result<bool> NodeStorage::export_epoch(Epoch epoch) {
  const ledger::Genesis& genesis = world_.whole()->genesis();
  const ledger::SegmentSource source{database_, &genesis,
                                     [this](Epoch of) { return node::validators_of(*database_, of); }};
  const bool breaks_off = !world_.healed() && world_.random().chance(1, 4);
  std::uint64_t left =
      breaks_off ? world_.random().below(genesis.parameters.epoch_blocks) : ~std::uint64_t{0};
  const auto stop = [&left] { return left-- == 0; };
  const auto bytes = ledger::export_segment(source, epoch, files_, archive(), {}, stop);
  if (!bytes.ok() && bytes.error().type == "stopped") return false;
  if (!bytes.ok()) return bytes.error();
  world_.count("segments exported");
  const std::string path = archive() + "/" + ledger::segment_name(epoch);
  ASSIGN_OR_RETURN(const auto segment,
                   ledger::Segment::open(FileReader::over(path, files_.content(path)), genesis));
  RETURN_IF_ERROR(ledger::compare_segment(*segment, source));
  return true;
}

std::unique_ptr<CrashingDatabase> NodeStorage::copy_of_before() const {
  return before_ == nullptr ? nullptr : std::make_unique<CrashingDatabase>(*before_);
}

}  // namespace jingchu::sim
