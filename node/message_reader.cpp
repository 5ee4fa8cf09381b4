#include "node/message_reader.h"

#include <algorithm>

#include "common/codec.h"
#include "ledger/genesis.h"

namespace jingchu::node {
namespace {

using consensus::Message;

// The frame kind of an alternative of Message.
template <class T, std::size_t I = 0>
constexpr std::uint8_t kind_of() {
  if constexpr (std::is_same_v<std::variant_alternative_t<I, Message>, T>) {
    return static_cast<std::uint8_t>(consensus::kFirstMessageKind + I);
  } else {
    return kind_of<T, I + 1>();
  }
}

// Transactions of the smallest kind in the largest batch stay far below this.
constexpr DecodeLimits kLimits{.list_max = 64 << 10};

template <class T>
Result<consensus::Received> read_plain(NodeIndex from, ByteView payload) {
  ASSIGN_OR_RETURN(T message, decode<T>(payload, kLimits));
  return consensus::Received{from, std::move(message)};
}

template <class T>
Result<consensus::Received> read_signed(NodeIndex from, ByteView payload, const consensus::Verifier& verifier,
                                        Result<consensus::Verified<T>> (consensus::Verifier::*check)(T)
                                            const) {
  ASSIGN_OR_RETURN(T message, decode<T>(payload, kLimits));
  ASSIGN_OR_RETURN(consensus::Verified<T> verified, (verifier.*check)(std::move(message)));
  return consensus::Received{from, std::move(verified)};
}

// The longest message of each kind, in their order.
std::vector<Message> longest_messages() {
  constexpr std::size_t kValidators = ledger::kValidatorsMax;
  const consensus::Certificate certificate{
      {}, {}, std::vector<consensus::CertificateSignature>(consensus::quorum(kValidators))};
  consensus::Header header;
  header.cut.resize(kValidators);
  consensus::LaneStatus status;
  status.watermarks.resize(kValidators);
  const std::vector justification(consensus::kInlineNullificationsMax + 1, certificate);
  return {consensus::Proposal{header, {}, {}, justification},
          consensus::Vote{},
          certificate,
          status,
          std::make_shared<const consensus::SealedBatch>(),
          consensus::FetchCertificates{},
          consensus::FetchProposal{},
          consensus::FetchBatches{},
          consensus::FetchChain{},
          consensus::Chain{std::vector(consensus::kChainHeadersMax, header), certificate},
          consensus::Unavailable{}};
}

constexpr std::uint32_t kUnknownBytesMax = 1024;
// Beside the transaction: a batch's head and an inclusion proof.
constexpr std::uint32_t kEvidenceBytesMax = consensus::kEvidenceTransactionBytesMax + 4096;

Error not_a_validator() {
  return peer_error("not-a-validator", "a follower sent a message that only validators may send");
}

}  // namespace

MessageReader::MessageReader(const consensus::Verifier& verifier, std::uint64_t batch_bytes_max,
                             MayServe may_serve)
    : verifier_(&verifier), may_serve_(std::move(may_serve)) {
  for (const Message& message : longest_messages()) {
    CHECK(message.index() == payload_bytes_max_.size());
    // A transaction's length and the batch's own fields take little beside the transactions.
    const std::uint64_t bytes = is_batch(consensus::message_kind(message))
                                    ? 2 * batch_bytes_max + 1024
                                    : consensus::encode_message(message).size();
    payload_bytes_max_.push_back(static_cast<std::uint32_t>(bytes));
  }
}

std::uint32_t MessageReader::payload_bytes_max(std::uint8_t kind) const {
  if (kind == kEvidenceKind) return kEvidenceBytesMax;
  const auto index = static_cast<std::size_t>(kind - consensus::kFirstMessageKind);
  return index < payload_bytes_max_.size() ? payload_bytes_max_[index] : kUnknownBytesMax;
}

std::uint32_t MessageReader::frame_bytes_max() const {
  return std::max(kEvidenceBytesMax, *std::max_element(payload_bytes_max_.begin(), payload_bytes_max_.end()));
}

bool MessageReader::is_batch(std::uint8_t kind) {
  return kind == kind_of<consensus::BatchPointer>();
}

bool MessageReader::is_certificate(std::uint8_t kind) {
  return kind == kind_of<consensus::Certificate>();
}

Result<consensus::Received> MessageReader::read(NodeIndex from, std::uint8_t kind, ByteView payload) const {
  using consensus::Verifier;
  switch (kind) {
    case kind_of<consensus::FetchCertificates>():
      return read_plain<consensus::FetchCertificates>(from, payload);
    case kind_of<consensus::FetchProposal>():
      return read_plain<consensus::FetchProposal>(from, payload);
    case kind_of<consensus::FetchBatches>():
      return read_plain<consensus::FetchBatches>(from, payload);
    case kind_of<consensus::FetchChain>():
      return read_plain<consensus::FetchChain>(from, payload);
    default:
      break;
  }
  if (!is_validator(from)) return not_a_validator();
  switch (kind) {
    case kind_of<consensus::Proposal>():
      return read_signed<consensus::Proposal>(from, payload, *verifier_, &Verifier::proposal);
    case kind_of<consensus::Vote>():
      return read_signed<consensus::Vote>(from, payload, *verifier_, &Verifier::vote);
    case kind_of<consensus::Certificate>():
      return read_signed<consensus::Certificate>(from, payload, *verifier_, &Verifier::certificate);
    case kind_of<consensus::Chain>():
      return read_signed<consensus::Chain>(from, payload, *verifier_, &Verifier::chain);
    case kind_of<consensus::LaneStatus>():
      return read_plain<consensus::LaneStatus>(from, payload);
    case kind_of<consensus::Unavailable>():
      return read_plain<consensus::Unavailable>(from, payload);
    default:
      return peer_error("unknown-kind", "frame kind " + std::to_string(kind) + " is not known");
  }
}

Result<consensus::Batch> MessageReader::read_batch(NodeIndex from, ByteView payload) const {
  if (!is_validator(from)) return not_a_validator();
  ASSIGN_OR_RETURN(auto batch, decode<consensus::Batch>(payload, kLimits));
  RETURN_IF_ERROR(verifier_->check_epoch(batch.epoch));
  return batch;
}

Result<consensus::Evidence> MessageReader::read_evidence(NodeIndex from, ByteView payload) const {
  if (!is_validator(from)) return not_a_validator();
  return decode<consensus::Evidence>(payload, kLimits);
}

}  // namespace jingchu::node
