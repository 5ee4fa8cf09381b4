// A validator of the small network that breaks the protocol in every way, with its real key.
#pragma once

#include "consensus/misbehaviour.h"
#include "ledger/batch_check.h"
#include "tests/ledger/fixture.h"

namespace jingchu::ledger::test {

struct Culprit {
  explicit Culprit(const Genesis& of, std::uint16_t at = 2, Epoch in = Epoch())
      : genesis(of), index(at), epoch(in), key(fixed_key(static_cast<std::uint8_t>(100 + at))) {}

  Signature sign(consensus::SignedKind kind, View view, Height height, const Hash& hash) const {
    return key.sign(consensus::signing_bytes(genesis.chain_id, epoch, kind, view, height, hash));
  }
  consensus::Vote vote(consensus::VoteKind kind, std::uint64_t view, const std::string& block) const {
    consensus::Ballot ballot{kind, View(view), Height(5), sha256(as_bytes(block))};
    if (kind == consensus::VoteKind::kNullify) ballot = {kind, View(view), Height(), kZeroHash};
    return {epoch, ballot, index, key.sign(consensus::signing_bytes(genesis.chain_id, epoch, ballot))};
  }
  consensus::Evidence votes(consensus::VoteKind first, consensus::VoteKind second, std::uint64_t view) const {
    const auto one = vote(first, view, "a block");
    const auto other = vote(second, view, "another block");
    return evidence_of(*contradiction(one, other), one, other);
  }
  consensus::Evidence two_notarizes(std::uint64_t view) const {
    return votes(consensus::VoteKind::kNotarize, consensus::VoteKind::kNotarize, view);
  }
  consensus::Proposal proposal(std::uint64_t view, std::uint64_t time_ms) const {
    auto header = genesis.header(kZeroHash);
    header.epoch = epoch;
    header.view = View(view);
    header.height = Height(5);
    header.time_ms = time_ms;
    const Hash hash = consensus::block_hash(genesis.chain_id, header);
    return {header, index, sign(consensus::SignedKind::kProposal, header.view, header.height, hash), {}};
  }
  consensus::Evidence two_proposals(std::uint64_t view) const {
    return evidence_of_proposals(genesis.chain_id, proposal(view, 1), proposal(view, 2));
  }
  consensus::Batch batch(std::uint64_t sequence, std::vector<Bytes> transactions) const {
    consensus::Batch made{epoch, index, Sequence(sequence), {}, std::move(transactions), {}};
    if (sequence > 1) made.prev = sha256(as_bytes("the batch before"));
    made.signature = sign(consensus::SignedKind::kBatch, View(), Height(sequence),
                          consensus::seal(genesis.chain_id, made)->tip);
    return made;
  }
  consensus::Evidence two_batches(std::uint64_t sequence) const {
    return evidence_of_batches(*consensus::seal(genesis.chain_id, batch(sequence, {to_bytes("a")})),
                               *consensus::seal(genesis.chain_id, batch(sequence, {to_bytes("b")})));
  }
  // A transaction that a client has signed for the key of another.
  Bytes forged_transaction() const {
    auto forged = transaction(genesis, {call("put", "k=v")})->transaction;
    forged.sender = fixed_key(2).public_key();
    return encode_transaction(forged);
  }
  consensus::Batch invalid_batch(std::uint64_t sequence) const {
    const auto good = transaction(genesis, {call("put", "k=v")});
    return batch(sequence, {good->bytes, forged_transaction(), good->bytes});
  }
  consensus::TransactionCheck check() const {
    return [this](ByteView bytes) {
      return check_transaction(bytes, genesis.chain_id, genesis.rules.transaction);
    };
  }
  consensus::Evidence invalid(const consensus::Batch& of) const { return *evidence_of_invalid(of, check()); }
  std::vector<consensus::Evidence> all() const {
    using enum consensus::VoteKind;
    return {two_proposals(6),
            two_notarizes(7),
            votes(kFinalize, kFinalize, 8),
            votes(kNullify, kFinalize, 9),
            two_batches(3),
            invalid(invalid_batch(4)),
            invalid(batch(5, {}))};
  }

  const Genesis& genesis;
  const NodeIndex index;
  const Epoch epoch;
  const PrivateKey key;
};

}  // namespace jingchu::ledger::test
