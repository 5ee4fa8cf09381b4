// Steps `sets` and `finality`: from the validators of genesis to those whose quorum has signed the anchor.
#include <set>

#include "common/quorum.h"
#include "consensus/epoch.h"
#include "consensus/vote.h"
#include "ledger/proof_work.h"

namespace jingchu::ledger::proof {
namespace {

constexpr std::size_t kSetLeast = 4;
constexpr std::size_t kSetMost = 100;

std::string number(std::uint64_t value) {
  return std::to_string(value);
}

Verdict check_header(const Work& work, const consensus::Header& header, const std::string& where) {
  const auto set_hash = work.present.set.hash();
  if (header.validators_hash != set_hash) {
    return failure(ProofReason::kOtherSet, where, to_hex(set_hash), to_hex(header.validators_hash));
  }
  if (header.height.value() == 0) return failure(ProofReason::kHeight, where, "1", "0");
  const auto epoch = consensus::EpochSchedule(work.genesis.epoch_blocks).of(header.height);
  if (header.epoch != epoch) {
    return failure(ProofReason::kEpoch, where, to_string(epoch), to_string(header.epoch));
  }
  if (header.protocol_version != consensus::kProtocolVersion) {
    return failure(ProofReason::kProtocolVersion, where, number(consensus::kProtocolVersion),
                   number(header.protocol_version));
  }
  return {};
}

Verdict check_link(const Hash& chain_id, const consensus::Header& parent, const consensus::Header& header,
                   const std::string& where) {
  if (header.epoch != parent.epoch) {
    return failure(ProofReason::kPathEpoch, where, to_string(parent.epoch), to_string(header.epoch));
  }
  if (header.height.value() == 0 || header.height.previous() != parent.height) {
    return failure(ProofReason::kPathHeight, where, to_string(parent.height.next()),
                   to_string(header.height));
  }
  const Hash hash = consensus::block_hash(chain_id, parent);
  if (header.parent_hash != hash) {
    return failure(ProofReason::kPathParent, where, to_hex(hash), to_hex(header.parent_hash));
  }
  return {};
}

std::string describe(Epoch epoch, const consensus::Ballot& ballot) {
  return "epoch " + to_string(epoch) + ", view " + to_string(ballot.view) + ", height " +
         to_string(ballot.height) + ", " + to_hex(ballot.hash);
}

Verdict check_ballot(const Work& work, const consensus::Header& last, const consensus::Certificate& shown,
                     const std::string& where) {
  if (shown.ballot.kind != consensus::VoteKind::kFinalize) {
    return failure(ProofReason::kCertificateKind, where, "3",
                   number(static_cast<std::uint8_t>(shown.ballot.kind)));
  }
  const consensus::Ballot needed{consensus::VoteKind::kFinalize, last.view, last.height,
                                 consensus::block_hash(work.bundle.chain_id, last)};
  if (shown.epoch != last.epoch || shown.ballot != needed) {
    return failure(ProofReason::kCertificateBlock, where, describe(last.epoch, needed),
                   describe(shown.epoch, shown.ballot));
  }
  return {};
}

// Ascending, and so different.
bool are_members(const std::vector<consensus::CertificateSignature>& signatures, std::size_t n) {
  std::size_t least = 0;
  for (const auto& [signer, signature] : signatures) {
    if (signer.value() < least || signer.value() >= n) return false;
    least = signer.value() + std::size_t{1};
  }
  return true;
}

Verdict check_signatures(const Work& work, const consensus::Certificate& shown, const std::string& where) {
  const auto& set = work.present.set;
  const auto quorum = jingchu::quorum(set.size());
  if (shown.signatures.size() != quorum) {
    return failure(ProofReason::kQuorum, where, number(quorum), number(shown.signatures.size()));
  }
  if (!are_members(shown.signatures, set.size())) return failure(ProofReason::kSigners, where);
  const auto message = consensus::signing_bytes(work.bundle.chain_id, shown.epoch, shown.ballot);
  for (const auto& [signer, signature] : shown.signatures) {
    const auto& validator = set[signer];
    if (!verify(validator.consensus_key, message, signature)) {
      return failure(ProofReason::kSignature, where, to_string(validator.consensus_key), validator.name);
    }
  }
  return {};
}

// "Final by a set", the one that is present.
Verdict check_final(const Work& work, const FinalHeader& final, const std::string& where) {
  if (auto wrong = check_header(work, final.header, where + "/header")) return wrong;
  const consensus::Header* last = &final.header;
  for (std::size_t i = 0; i < final.path.size(); ++i) {
    const auto& next = final.path[i];
    if (auto wrong = check_link(work.bundle.chain_id, *last, next, where + "/path/" + number(i)))
      return wrong;
    last = &next;
  }
  const std::string certificate = where + "/finalization";
  if (auto wrong = check_ballot(work, *last, final.finalization, certificate)) return wrong;
  if (auto wrong = check_signatures(work, final.finalization, certificate)) return wrong;
  if (final.header.epoch < work.present.since) {
    return failure(ProofReason::kTooEarly, where + "/header", to_string(work.present.since),
                   to_string(final.header.epoch));
  }
  return {};
}

Verdict check_members(const std::vector<consensus::Validator>& validators, const std::string& where) {
  if (validators.size() < kSetLeast || validators.size() > kSetMost) {
    return failure(ProofReason::kSetSize, where, number(kSetLeast) + "-" + number(kSetMost),
                   number(validators.size()));
  }
  std::set<std::string> names;
  std::set<PublicKey> keys;
  for (std::size_t i = 0; i < validators.size(); ++i) {
    const auto& validator = validators[i];
    const auto place = where + "/" + number(i);
    if (!names.insert(validator.name).second)
      return failure(ProofReason::kSetNames, place + "/name", {}, validator.name);
    if (!keys.insert(validator.consensus_key).second)
      return failure(ProofReason::kSetKeys, place + "/consensus_key", {}, to_string(validator.consensus_key));
    if (!keys.insert(validator.transport_key).second)
      return failure(ProofReason::kSetKeys, place + "/transport_key", {}, to_string(validator.transport_key));
  }
  return {};
}

Verdict check_change(Work& work, const SetChange& change, const std::string& where) {
  const auto& header = change.proof.header;
  if (auto wrong = check_final(work, change.proof, where + "/proof")) return wrong;
  if (auto wrong = check_members(change.validators, where + "/validators")) return wrong;
  consensus::ValidatorSet set(change.validators);
  const Hash hash = set.hash();
  if (hash != header.next_validators_hash) {
    return failure(ProofReason::kSetHash, where + "/validators", to_hex(header.next_validators_hash),
                   to_hex(hash));
  }
  if (hash == header.validators_hash) return failure(ProofReason::kSetSame, where + "/validators");
  work.present = {std::move(set), header.epoch.next()};
  return {};
}

}  // namespace

Verdict check_sets(Work& work) {
  work.present = {work.genesis.validators, Epoch(0)};
  const auto& sets = work.bundle.sets;
  for (std::size_t i = 0; i < sets.size(); ++i) {
    if (auto wrong = check_change(work, sets[i], "/sets/" + number(i))) return wrong;
  }
  return {};
}

Verdict check_finality(Work& work) {
  if (auto wrong = check_final(work, work.bundle.anchor, "/anchor")) return wrong;
  for (const auto& [signer, signature] : work.bundle.anchor.finalization.signatures) {
    work.signers.push_back(work.present.set[signer].name);
  }
  return {};
}

}  // namespace jingchu::ledger::proof
