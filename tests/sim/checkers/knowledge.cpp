#include "sim/checkers/knowledge.h"

#include <bit>

namespace jingchu::sim {

using namespace consensus;

Knowledge::Knowledge(const Setting& setting) : setting_(setting) {
  headers_.try_emplace(setting.genesis_hash, KnownHeader{setting.genesis, 0});
}

void Knowledge::add_header(const Header& header) {
  headers_.try_emplace(block_hash(setting_.chain_id, header), KnownHeader{header, 0});
}

void Knowledge::add_header(const Header& header, NodeIndex proposer) {
  auto [entry, fresh] = headers_.try_emplace(block_hash(setting_.chain_id, header), KnownHeader{header, 0});
  entry->second.proposers |= std::uint64_t{1} << proposer.value();
}

std::uint64_t Knowledge::add_ballot(const Ballot& ballot, std::uint64_t signers) {
  std::uint64_t& known = ballots_[ballot];
  const std::uint64_t fresh = signers & ~known;
  known |= signers;
  return fresh;
}

const KnownHeader* Knowledge::header(const Hash& hash) const {
  const auto found = headers_.find(hash);
  return found == headers_.end() ? nullptr : &found->second;
}

const Batch* Knowledge::batch(const Hash& tip) const {
  const auto found = batches_.find(tip);
  return found == batches_.end() ? nullptr : &found->second->batch;
}

std::size_t Knowledge::signers(const Ballot& ballot) const {
  const auto found = ballots_.find(ballot);
  return found == ballots_.end() ? 0 : static_cast<std::size_t>(std::popcount(found->second));
}

bool Knowledge::is_parent(View view, Height height, const Hash& hash) const {
  if (view == View(0)) return hash == setting_.genesis_hash;
  return is_certified({VoteKind::kNotarize, view, height, hash}) ||
         is_certified({VoteKind::kFinalize, view, height, hash});
}

bool Knowledge::is_nullified(View view) const {
  return is_certified({VoteKind::kNullify, view, {}, {}});
}

bool Knowledge::tips_between(const CutEntry& from, const CutEntry& to, std::vector<Hash>& tips) const {
  if (to.sequence < from.sequence) return false;
  Hash tip = to.tip;
  for (Sequence sequence = to.sequence; sequence > from.sequence; sequence = sequence.previous()) {
    const Batch* found = batch(tip);
    if (found == nullptr || found->sequence != sequence) return false;
    tips.push_back(tip);
    tip = found->prev;
  }
  return tip == from.tip;
}

}  // namespace jingchu::sim
