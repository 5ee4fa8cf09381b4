#include "consensus/verify.h"

#include "consensus/mutant.h"

namespace jingchu::consensus {
namespace {

class RealSignatures : public SignatureChecker {
 public:
  bool check(const PublicKey& key, ByteView message, const Signature& signature) const override {
    return jingchu::verify(key, message, signature);
  }
};

// R7: a nullification names no block.
bool names_no_block(const Ballot& ballot) {
  return ballot.height == Height() && ballot.hash == kZeroHash;
}
bool is_well_formed(const Ballot& ballot) {
  return ballot.view != View() && (ballot.kind != VoteKind::kNullify || names_no_block(ballot));
}

}  // namespace

const SignatureChecker& real_signatures() {
  static const RealSignatures checker;
  return checker;
}

Status Verifier::check_epoch(Epoch epoch) const {
  if (epoch == epoch_) return ok_status();
  return peer_error(epoch > epoch_ ? "later-epoch" : "earlier-epoch",
                    "a message of epoch " + to_string(epoch) + " in epoch " + to_string(epoch_));
}

Status Verifier::check_signature(NodeIndex signer, const Bytes& message, const Signature& signature) const {
  if (!validators_.contains(signer)) {
    return peer_error("unknown-signer", "signer " + to_string(signer) + " is not of the validators");
  }
  if (!signatures_->check(validators_[signer].consensus_key, message, signature)) {
    return peer_error("bad-signature", "the signature of validator " + to_string(signer) + " is not valid");
  }
  return ok_status();
}

Result<Verified<Vote>> Verifier::vote(Vote vote) const {
  RETURN_IF_ERROR(check_epoch(vote.epoch));
  if (!is_well_formed(vote.ballot))
    return peer_error("malformed-vote", "a nullify names a block, or a vote view 0");
  RETURN_IF_ERROR(
      check_signature(vote.signer, signing_bytes(chain_id_, epoch_, vote.ballot), vote.signature));
  return Verified<Vote>(std::move(vote));
}

Result<Verified<Certificate>> Verifier::certificate(Certificate certificate) const {
  RETURN_IF_ERROR(check_epoch(certificate.epoch));
  if (!is_well_formed(certificate.ballot)) {
    return peer_error("malformed-certificate", "a nullification names a block, or a certificate view 0");
  }
  if (certificate.signatures.size() != validators_.quorum()) {
    return peer_error("malformed-certificate",
                      "a certificate has " + std::to_string(certificate.signatures.size()) +
                          " signatures instead of " + std::to_string(validators_.quorum()));
  }
  for (std::size_t i = 1; i < certificate.signatures.size(); ++i) {
    if (certificate.signatures[i - 1].signer >= certificate.signatures[i].signer) {
      return peer_error("malformed-certificate", "the signers of a certificate do not ascend");
    }
  }
  const Bytes message = signing_bytes(chain_id_, epoch_, certificate.ballot);
  for (const auto& [signer, signature] : certificate.signatures) {
    RETURN_IF_ERROR(check_signature(signer, message, signature));
  }
  return Verified<Certificate>(std::move(certificate));
}

Result<Verified<Proposal>> Verifier::proposal(Proposal proposal) const {
  const Header& header = proposal.header;
  RETURN_IF_ERROR(check_epoch(header.epoch));
  if (header.view == View()) return peer_error("malformed-proposal", "a proposal of view 0");
  if (header.cut.size() != validators_.size()) {
    return peer_error("malformed-proposal", "a cut across " + std::to_string(header.cut.size()) + " lanes");
  }
  if (proposal.justification.size() > kInlineNullificationsMax + 1) {
    return peer_error("malformed-proposal",
                      "a justification of " + std::to_string(proposal.justification.size()));
  }
  const Bytes message = signing_bytes(chain_id_, epoch_, SignedKind::kProposal, header.view, header.height,
                                      block_hash(chain_id_, header));
  RETURN_IF_ERROR(check_signature(proposal.proposer, message, proposal.signature));
  for (const Certificate& reason : proposal.justification) RETURN_IF_ERROR(certificate(reason));
  return Verified<Proposal>(std::move(proposal));
}

Result<Verified<BatchPointer>> Verifier::batch(Batch batch) const {
  return this->batch(seal(chain_id_, std::move(batch)));
}

Result<Verified<BatchPointer>> Verifier::batch(BatchPointer sealed) const {
  const Batch& content = sealed->batch;
  RETURN_IF_ERROR(check_epoch(content.epoch));
  if (content.sequence == Sequence() || (content.sequence == Sequence(1) && content.prev != kZeroHash)) {
    return peer_error("malformed-batch", "a lane begins with sequence 1 after nothing");
  }
  if (content.transactions.empty()) return peer_error("malformed-batch", "a batch without transactions");
  for (const Bytes& transaction : content.transactions) {
    if (transaction.empty()) return peer_error("malformed-batch", "an empty transaction");
  }
  const Bytes message = signing_bytes(chain_id_, epoch_, SignedKind::kBatch, View(),
                                      Height(content.sequence.value()), sealed->tip);
  if (!mutant(Mutant::kBatchOwnerUnchecked) || !validators_.contains(content.lane)) {
    RETURN_IF_ERROR(check_signature(content.lane, message, content.signature));
  }
  return Verified<BatchPointer>(std::move(sealed));
}

Result<Verified<Chain>> Verifier::chain(Chain chain) const {
  if (chain.headers.empty() || chain.headers.size() > kChainHeadersMax) {
    return peer_error("malformed-chain", "a chain of " + std::to_string(chain.headers.size()) + " headers");
  }
  Hash hash{};
  for (std::size_t i = 0; i < chain.headers.size(); ++i) {
    const Header& header = chain.headers[i];
    RETURN_IF_ERROR(check_epoch(header.epoch));
    if (header.cut.size() != validators_.size())
      return peer_error("malformed-chain", "a cut across other lanes");
    const bool follows =
        i == 0 || (header.parent_hash == hash && header.parent_view == chain.headers[i - 1].view &&
                   header.height == chain.headers[i - 1].height.next());
    if (!follows)
      return peer_error("malformed-chain", "header " + std::to_string(i) + " does not follow the one before");
    hash = block_hash(chain_id_, header);
  }
  const Header& last = chain.headers.back();
  if (chain.finalization.ballot != Ballot{VoteKind::kFinalize, last.view, last.height, hash}) {
    return peer_error("malformed-chain", "the certificate does not finalize the last header");
  }
  if (!mutant(Mutant::kChainUnchecked)) RETURN_IF_ERROR(certificate(chain.finalization));
  return Verified<Chain>(std::move(chain));
}

}  // namespace jingchu::consensus
