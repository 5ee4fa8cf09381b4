#include "sim/restore.h"

#include <algorithm>
#include <tuple>

#include "ledger/store_check.h"
#include "sim/whole_ledger.h"
#include "sim/world.h"

namespace jingchu::sim {
namespace {

constexpr unsigned kTriesMax = 12;  // to find a snapshot, before the node starts without
constexpr std::uint64_t kStep_us = 8'000;
constexpr std::uint64_t kRetry_us = 250'000;

}  // namespace

Restore::Restore(World& world, Node& node)
    : world_(world), node_(node), genesis_(std::make_unique<WholeLedger>(world.whole()->genesis())) {
  CHECK(genesis_->open().ok());
}

Restore::~Restore() = default;

void Restore::later(std::uint64_t delay_us) {
  world_.queue().after(delay_us, [this, life = life_, alive = std::weak_ptr<int>(alive_)] {
    if (!alive.expired() && life == life_) step();
  });
}

// The operator names some of the nodes.
void Restore::run() {
  kill();
  for (std::size_t i = 0; i < world_.plan().nodes(); ++i) {
    if (world_.random().coin()) left_.insert(i);
  }
  later(world_.random().between(1, kStep_us));
}

void Restore::kill() {
  ++life_;
  left_.clear();
  restorer_.reset();
  database_.reset();
  next_ = 0;
}

void Restore::step() {
  Random& random = world_.random();
  if (!world_.healed() && random.chance(1, 25)) {
    world_.count("restores interrupted");
    run();
    return;
  }
  if (!snapshot_) return find_snapshot();
  if (chunks_.size() < snapshot_->contents.chunks.size()) return fetch_chunk();
  if (next_ < chunks_.size()) return fill();
  finish();
}

Bytes Restore::given(std::size_t node, const Bytes& bytes) const {
  Random& random = world_.random();
  const bool lies = world_.is_honest(world_.node(node).index()) ? random.chance(1, 60) : random.coin();
  Bytes copy = bytes;
  if (!lies || copy.empty()) return copy;
  world_.count("false pieces of snapshots");
  copy[random.below(copy.size())] ^= static_cast<std::uint8_t>(1u << random.below(8));
  return copy;
}

void Restore::refused(std::size_t node, std::string_view what) {
  world_.count(what);
  left_.insert(node);
}

// Newest first; but one that is here in part comes before them all.
std::vector<Restore::Offer> Restore::offers() const {
  std::vector<Offer> offers;
  for (std::size_t i = 0; i < world_.plan().nodes(); ++i) {
    if (i == node_.instance() || !world_.node(i).running() || left_.contains(i)) continue;
    for (const auto& [height, kept] : world_.node(i).storage()->kept()) {
      // Of what no honest node has executed yet the checkers know nothing.
      if (height > world_.observer().height()) continue;
      const Hash id = kept.snapshot.contents.id();
      const auto same = [&, height = height](const Offer& offer) {
        return offer.height == height && offer.id == id;
      };
      auto known = std::find_if(offers.begin(), offers.end(), same);
      if (known == offers.end()) known = offers.insert(offers.end(), Offer{height, id, {}});
      known->nodes.push_back(i);
    }
  }
  std::stable_sort(offers.begin(), offers.end(), [](const Offer& a, const Offer& b) {
    return std::tuple(a.height, a.nodes.size()) > std::tuple(b.height, b.nodes.size());
  });
  return offers;
}

std::vector<std::size_t> Restore::holders() const {
  for (const Offer& offer : offers()) {
    if (offer.height == snapshot_->height() && offer.id == snapshot_->contents.id()) return offer.nodes;
  }
  return {};
}

void Restore::find_snapshot() {
  const auto found = offers();
  if (found.empty()) {
    left_.clear();
    if (++tries_ > kTriesMax) return end_without();
    return later(kRetry_us);
  }
  // Of those of the newest height any: most nodes may be liars among those that were named.
  const auto newest = std::count_if(found.begin(), found.end(),
                                    [&](const Offer& offer) { return offer.height == found.front().height; });
  const Offer& offer = found[world_.random().below(static_cast<std::uint64_t>(newest))];
  const std::size_t node = offer.nodes[world_.random().below(offer.nodes.size())];
  auto snapshot = judge_manifest(offer, node);
  if (snapshot.ok()) {
    snapshot_ = std::move(*snapshot);
    chunks_.clear();
  } else {
    refused(node, "manifests refused");
  }
  later(kStep_us);
}

Result<ledger::Snapshot> Restore::judge_manifest(const Offer& offer, std::size_t node) {
  const auto& kept = world_.node(node).storage()->kept().at(offer.height);
  ASSIGN_OR_RETURN(auto snapshot,
                   ledger::decode_snapshot(given(node, ledger::encode_snapshot(kept.snapshot))));
  if (snapshot.contents.id() != offer.id) return peer_error("bad-snapshot", "it is another one");
  ASSIGN_OR_RETURN(
      [[maybe_unused]] const auto facts,
      ledger::verify_snapshot(snapshot, world_.whole()->genesis_file(), genesis_->genesis_root()));
  return snapshot;
}

// From any of those that have it. What nobody has any more is begun anew with another.
void Restore::fetch_chunk() {
  const auto nodes = holders();
  if (nodes.empty()) {
    world_.count("restores begun anew");
    left_.clear();
    snapshot_.reset();
    chunks_.clear();
    return later(kRetry_us);
  }
  std::size_t index = 0;
  while (chunks_.contains(index)) ++index;
  const std::size_t node = nodes[world_.random().below(nodes.size())];
  Bytes bytes = given(node, world_.node(node).storage()->kept().at(snapshot_->height()).chunks[index]);
  const auto entries = ledger::read_chunk(snapshot_->contents.chunks[index], bytes, world_.chain_id());
  if (entries.ok()) {
    chunks_[index] = std::move(bytes);
  } else {
    refused(node, "chunks refused");
  }
  later(world_.random().between(1, kStep_us));
}

// Into a new database, beside the old one.
void Restore::fill() {
  if (database_ == nullptr) {
    database_ = std::make_unique<CrashingDatabase>();
    restorer_ = std::make_unique<ledger::SnapshotRestorer>(*database_, genesis_->store(), *snapshot_);
  }
  const auto entries = ledger::decode_chunk(chunks_[next_]);
  const Status added = entries.ok() ? restorer_->add(*entries) : Status(entries.error());
  if (!added.ok()) return world_.fail("verified-snapshot-refused", added.error().to_string());
  ++next_;
  later(world_.random().between(1, kStep_us));
}

void Restore::finish() {
  const Status finished = restorer_->finish();
  if (!finished.ok()) return world_.fail("verified-snapshot-refused", finished.error().to_string());
  const auto& head = snapshot_->contents.head;
  if (world_.is_honest(node_.index())) {
    const Status checked = ledger::check_state(*database_, head);
    if (!checked.ok()) return world_.fail("restored-state-damaged", checked.error().to_string());
  }
  // It is in its place, and the machine stops: what was not synced is gone.
  if (world_.random().chance(1, 4)) database_->crash(world_.random());
  world_.count("snapshots restored");
  node_.take_restored(std::move(database_), head.height, head.roots.executed());
}

void Restore::end_without() {
  world_.count("restores given up");
  node_.end_restore();
}

}  // namespace jingchu::sim
