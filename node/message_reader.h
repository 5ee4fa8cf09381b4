// From the bytes of a peer's frame to an input of the consensus core: decoded within bounds, allowed for the
// sender's role, signatures checked. Pure and thread-safe. Whatever it refuses is the peer's fault and ends
// the session.
#pragma once

#include <vector>

#include "consensus/step.h"
#include "consensus/verify.h"

namespace jingchu::node {

class MessageReader {
 public:
  // `batch_bytes_max` bounds the transactions of a batch; a batch's own transactions are checked by
  // BatchIntake.
  MessageReader(const consensus::Verifier& verifier, std::uint64_t batch_bytes_max);

  static bool is_batch(std::uint8_t kind);
  static bool is_certificate(std::uint8_t kind);

  // The longest payload of a frame of this kind, for FrameReader; for kinds that are not known, little.
  std::uint32_t payload_bytes_max(std::uint8_t kind) const;
  // Of any kind.
  std::uint32_t frame_bytes_max() const;

  // Any message but a batch. Senders beyond the validator set are followers: they may only fetch.
  // Errors: "unknown-kind", "not-a-validator", "malformed-encoding", those of consensus::Verifier.
  Result<consensus::Received> read(NodeIndex from, std::uint8_t kind, ByteView payload) const;

  // A batch, not yet verified; only validators send them. Errors as above.
  Result<consensus::Batch> read_batch(NodeIndex from, ByteView payload) const;

 private:
  bool is_validator(NodeIndex from) const { return verifier_->validators().contains(from); }

  const consensus::Verifier* verifier_;
  std::vector<std::uint32_t> payload_bytes_max_;  // by kind, from consensus::kFirstMessageKind
};

}  // namespace jingchu::node
