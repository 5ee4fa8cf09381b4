#include "sim/checkers/vote_checker.h"

namespace jingchu::sim {

using namespace consensus;

void VoteChecker::on_ballot(const Ballot& ballot, NodeIndex signer) {
  if (setting_.is_honest(signer)) check_signer(ballot, signer);
  if (knowledge_.is_certified(ballot)) check_certified(ballot);
}

void VoteChecker::check_signer(const Ballot& ballot, NodeIndex signer) {
  OwnVotes& own = own_[signer.value()][ballot.view];
  const std::string where = name(signer) + " in view " + to_string(ballot.view);
  switch (ballot.kind) {
    case VoteKind::kNotarize:
      if (own.notarized && *own.notarized != ballot.hash) {
        setting_.fail("two-notarizes",
                      where + ": " + short_hash(*own.notarized) + " and " + short_hash(ballot.hash));
      }
      own.notarized = ballot.hash;
      break;
    case VoteKind::kNullify:
      own.nullified = true;
      break;
    case VoteKind::kFinalize:
      if (own.finalized && *own.finalized != ballot.hash) setting_.fail("two-finalizes", where);
      own.finalized = ballot.hash;
      break;
  }
  if (own.nullified && own.finalized) setting_.fail("nullify-and-finalize", where + " signed both");
}

void VoteChecker::check_certified(const Ballot& ballot) {
  Certified& certified = certified_[ballot.view];
  const std::string where = "view " + to_string(ballot.view);
  switch (ballot.kind) {
    case VoteKind::kNotarize:
      if (certified.notarized && *certified.notarized != ballot.hash) {
        setting_.fail("two-notarizations", where);
      }
      certified.notarized = ballot.hash;
      break;
    case VoteKind::kNullify:
      certified.nullified = true;
      break;
    case VoteKind::kFinalize: {
      if (certified.finalized && *certified.finalized != ballot.hash)
        setting_.fail("two-finalizations", where);
      certified.finalized = ballot.hash;
      const auto [entry, fresh] = final_at_.try_emplace(ballot.height, ballot.hash);
      if (entry->second != ballot.hash) {
        setting_.fail("two-finalizations", "height " + to_string(ballot.height) + ": " +
                                               short_hash(entry->second) + " and " + short_hash(ballot.hash));
      }
      break;
    }
  }
  if (certified.nullified && certified.finalized) {
    setting_.fail("finalization-beside-nullification", where);
  }
}

}  // namespace jingchu::sim
