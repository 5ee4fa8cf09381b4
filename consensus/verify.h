// Signatures are checked here, once, before the core sees a message: the core takes only Verified values, and
// only these functions make them.
#pragma once

#include "common/result.h"
#include "consensus/messages.h"
#include "consensus/validator_set.h"

namespace jingchu::consensus {

// Signing and checking behind a seam: real keys in the node, a keyed hash in most simulations.
class SignatureChecker {
 public:
  virtual ~SignatureChecker() = default;
  virtual bool check(const PublicKey& key, ByteView message, const Signature& signature) const = 0;
};
class Signer {
 public:
  virtual ~Signer() = default;
  virtual Signature sign(ByteView message) const = 0;
};

// The real checker: common/signature.h.
const SignatureChecker& real_signatures();

template <class T>
class Verified {
 public:
  const T& operator*() const { return value_; }
  const T* operator->() const { return &value_; }

 private:
  friend class Verifier;
  explicit Verified(T value) : value_(std::move(value)) {}
  T value_;
};

// Immutable and thread-safe. Every error is the peer's fault; its type is one of "unknown-signer",
// "bad-signature", "malformed-certificate", "malformed-proposal", "malformed-batch", "malformed-chain"; but
// for "earlier-epoch" and "later-epoch", which an honest peer sends as well.
class Verifier {
 public:
  Verifier(Hash chain_id, Epoch epoch, ValidatorSet validators, const SignatureChecker& signatures)
      : chain_id_(chain_id), epoch_(epoch), validators_(std::move(validators)), signatures_(&signatures) {}

  Result<Verified<Vote>> vote(Vote vote) const;
  // q signatures, ascending, in range, all valid; Nullify with height and hash 0.
  Result<Verified<Certificate>> certificate(Certificate certificate) const;
  // The proposer's signature and every certificate of the justification; a cut of n entries.
  Result<Verified<Proposal>> proposal(Proposal proposal) const;
  // The lane owner's signature over the tip. The transactions inside are the caller's to check.
  Result<Verified<BatchPointer>> batch(Batch batch) const;
  Result<Verified<BatchPointer>> batch(BatchPointer sealed) const;
  // Headers link to each other and the last is finalized by a valid certificate.
  Result<Verified<Chain>> chain(Chain chain) const;

  Status check_epoch(Epoch epoch) const;
  Status check_signature(NodeIndex signer, const Bytes& message, const Signature& signature) const;

  const Hash& chain_id() const { return chain_id_; }
  Epoch epoch() const { return epoch_; }
  const ValidatorSet& validators() const { return validators_; }

 private:
  Hash chain_id_;
  Epoch epoch_;
  ValidatorSet validators_;
  const SignatureChecker* signatures_;
};

}  // namespace jingchu::consensus
