#include "consensus/vote_book.h"

#include "consensus/misbehaviour.h"

namespace jingchu::consensus {
namespace {

constexpr VoteKind kKinds[] = {VoteKind::kNotarize, VoteKind::kNullify, VoteKind::kFinalize};

std::size_t index_of(VoteKind kind) {
  return static_cast<std::size_t>(kind) - 1;
}

}  // namespace

VoteBook::Outcome VoteBook::add(const Vote& vote) {
  CHECK(vote.signer.value() < validators_);
  Round& round = rounds_[vote.ballot.view];
  Outcome outcome;
  for (const VoteKind kind : kKinds) {
    const auto& others = round.slots[index_of(kind)];
    if (others.empty() || !others[vote.signer.value()].taken) continue;
    const Slot& earlier = others[vote.signer.value()];
    const Vote other{vote.epoch, earlier.ballot, vote.signer, earlier.signature};
    if (contradiction(other, vote)) outcome.contradicts = other;
  }
  auto& slots = round.slots[index_of(vote.ballot.kind)];
  if (slots.empty()) slots.resize(validators_);
  Slot& slot = slots[vote.signer.value()];
  if (slot.taken) return outcome;
  slot = {true, vote.ballot, vote.signature};
  outcome.counted = true;
  outcome.completed = complete(round, vote);
  return outcome;
}

std::optional<Certificate> VoteBook::complete(const Round& round, const Vote& vote) const {
  if (round.certificates[index_of(vote.ballot.kind)]) return std::nullopt;
  const auto& slots = round.slots[index_of(vote.ballot.kind)];
  Certificate certificate{vote.epoch, vote.ballot, {}};
  for (std::size_t i = 0; i < slots.size() && certificate.signatures.size() < quorum_; ++i) {
    if (!slots[i].taken || slots[i].ballot != vote.ballot) continue;
    certificate.signatures.push_back({NodeIndex(static_cast<std::uint16_t>(i)), slots[i].signature});
  }
  if (certificate.signatures.size() < quorum_) return std::nullopt;
  return certificate;
}

VoteBook::Stored VoteBook::add(const Certificate& certificate) {
  auto& held = rounds_[certificate.ballot.view].certificates[index_of(certificate.ballot.kind)];
  if (held) return held->ballot == certificate.ballot ? Stored::kKnown : Stored::kConflict;
  held = certificate;
  return Stored::kNew;
}

const Certificate* VoteBook::certificate(VoteKind kind, View view) const {
  const auto round = rounds_.find(view);
  if (round == rounds_.end()) return nullptr;
  const auto& held = round->second.certificates[index_of(kind)];
  return held ? &*held : nullptr;
}

const Certificate* VoteBook::closing(View view) const {
  for (const VoteKind kind : kKinds) {
    if (const Certificate* held = certificate(kind, view)) return held;
  }
  return nullptr;
}

bool VoteBook::certifies(View view, const Hash& hash) const {
  for (const VoteKind kind : {VoteKind::kNotarize, VoteKind::kFinalize}) {
    const Certificate* held = certificate(kind, view);
    if (held != nullptr && held->ballot.hash == hash) return true;
  }
  return false;
}

void VoteBook::prune(View final_view) {
  rounds_.erase(rounds_.begin(), rounds_.lower_bound(final_view));
  const auto last = rounds_.find(final_view);
  if (last == rounds_.end()) return;
  for (auto& slots : last->second.slots) slots.clear();
  last->second.certificates[index_of(VoteKind::kNotarize)].reset();
  last->second.certificates[index_of(VoteKind::kNullify)].reset();
}

std::size_t VoteBook::votes_held() const {
  std::size_t count = 0;
  for (const auto& [view, round] : rounds_) {
    for (const auto& slots : round.slots) {
      for (const Slot& slot : slots) count += slot.taken ? 1 : 0;
    }
  }
  return count;
}

std::vector<View> VoteBook::views() const {
  std::vector<View> views;
  for (const auto& [view, round] : rounds_) views.push_back(view);
  return views;
}

std::vector<View> VoteBook::notarized_views() const {
  std::vector<View> views;
  for (const auto& [view, round] : rounds_) {
    if (round.certificates[index_of(VoteKind::kNotarize)]) views.push_back(view);
  }
  return views;
}

}  // namespace jingchu::consensus
