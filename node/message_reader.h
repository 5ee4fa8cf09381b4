// From the bytes of a peer's frame to an input of the consensus core: decoded within bounds, allowed for the
// sender's role, signatures checked. Pure and thread-safe. Whatever it refuses is the peer's fault and ends
// the session.
#pragma once

#include <functional>
#include <vector>

#include "consensus/step.h"
#include "consensus/verify.h"

namespace jingchu::node {

// Of a frame that holds evidence: beside the messages of the consensus, whose core has no use for it.
inline constexpr std::uint8_t kEvidenceKind = 64;

class MessageReader {
 public:
  // Who is not of the validators but may say what it has: validators of the epochs around this one.
  using MayServe = std::function<bool(NodeIndex)>;

  // `batch_bytes_max` bounds the transactions of a batch, which are not checked here.
  MessageReader(const consensus::Verifier& verifier, std::uint64_t batch_bytes_max, MayServe may_serve = {});

  static bool is_batch(std::uint8_t kind);
  static bool is_certificate(std::uint8_t kind);

  // The longest payload of a frame of this kind under any set of validators, for FrameReader; for kinds that
  // are not known, little.
  std::uint32_t payload_bytes_max(std::uint8_t kind) const;
  // Of any kind.
  std::uint32_t frame_bytes_max() const;

  // Any message but a batch. Who neither validates nor may serve is a follower: it may only fetch.
  // Errors: "later-epoch" and "earlier-epoch", which are nobody's fault; "unknown-kind", "not-a-validator",
  // "malformed-encoding", those of consensus::Verifier.
  Result<consensus::Received> read(NodeIndex from, std::uint8_t kind, ByteView payload) const;

  // A batch, not yet verified; only validators send them. Errors as above.
  Result<consensus::Batch> read_batch(NodeIndex from, ByteView payload) const;

  // Evidence, not yet verified; only validators send it. Errors as above, whatever its epoch.
  Result<consensus::Evidence> read_evidence(NodeIndex from, ByteView payload) const;

 private:
  bool is_validator(NodeIndex from) const {
    return verifier_->validators().contains(from) || (may_serve_ && may_serve_(from));
  }

  const consensus::Verifier* verifier_;
  MayServe may_serve_;
  std::vector<std::uint32_t> payload_bytes_max_;  // by kind, from consensus::kFirstMessageKind
};

}  // namespace jingchu::node
