#include "node/peer_traffic.h"

#include <boost/asio/post.hpp>

#include "common/codec.h"
#include "ledger/batch_check.h"

namespace jingchu::node {
namespace {

constexpr std::uint64_t kWaitingBytesMax = 16 << 20;
constexpr std::size_t kCertifiedKept = 1024;

network::Priority priority_of(const consensus::Message& message) {
  const bool bulk = std::holds_alternative<consensus::BatchPointer>(message) ||
                    std::holds_alternative<consensus::Chain>(message);
  return bulk ? network::Priority::kBulk : network::Priority::kUrgent;
}

}  // namespace

PeerTraffic::PeerTraffic(Parts parts)
    : parts_(std::move(parts)),
      reader_(*parts_.verifier, parts_.genesis->parameters.batch_bytes_max),
      waiting_bytes_(parts_.genesis->validators.size() + parts_.genesis->followers.size()) {}

void PeerTraffic::frame(network::PeerNumber from, std::uint8_t kind, Bytes payload) {
  const NodeIndex sender(from);
  if (MessageReader::is_batch(kind)) return batch(sender, std::move(payload));
  if (already_certified(kind, payload)) return;
  auto received = reader_.read(sender, kind, payload);
  if (!received.ok()) return refuse(sender, received.error());
  if (const auto* certificate =
          std::get_if<consensus::Verified<consensus::Certificate>>(&received->message)) {
    remember_certified((*certificate)->ballot);
  }
  parts_.to_core(std::move(*received));
}

void PeerTraffic::batch(NodeIndex from, Bytes payload) {
  auto& waiting = waiting_bytes_[from.value()];
  const std::uint64_t size = payload.size();
  // Dropped, not refused: it is fetched again when the node has caught up with its checking.
  if (waiting.load() + size > kWaitingBytesMax) return;
  auto read = reader_.read_batch(from, payload);
  if (!read.ok()) return refuse(from, read.error());
  waiting += size;
  boost::asio::post(*parts_.signature_pool, [this, from, size, batch = std::move(*read)]() mutable {
    check_batch(from, std::move(batch));
    waiting_bytes_[from.value()] -= size;
  });
}

void PeerTraffic::check_batch(NodeIndex from, consensus::Batch batch) {
  auto verified = parts_.verifier->batch(std::move(batch));
  if (!verified.ok()) return refuse(from, verified.error());
  const auto transactions =
      ledger::check_batch((**verified)->batch, parts_.genesis->chain_id, parts_.genesis->rules.transaction);
  if (!transactions.ok()) return refuse(from, transactions.error());
  parts_.to_core(consensus::Received{from, std::move(*verified)});
}

void PeerTraffic::refuse(NodeIndex from, const Error& error) {
  parts_.on_refused(from, error);
  peers_->disconnect(from.value(), error.type);
}

bool PeerTraffic::already_certified(std::uint8_t kind, ByteView payload) const {
  if (!MessageReader::is_certificate(kind)) return false;
  const auto certificate = decode<consensus::Certificate>(payload);
  if (!certificate.ok()) return false;
  const std::lock_guard lock(mutex_);
  return certified_.contains(certificate->ballot);
}

void PeerTraffic::remember_certified(const consensus::Ballot& ballot) {
  const std::lock_guard lock(mutex_);
  if (!certified_.insert(ballot).second) return;
  certified_order_.push_back(ballot);
  if (certified_order_.size() <= kCertifiedKept) return;
  certified_.erase(certified_order_.front());
  certified_order_.pop_front();
}

void PeerTraffic::send(const consensus::Outgoing& outgoing) {
  // What our own core sends, it holds: the peers' copies of it need no checking.
  if (const auto* certificate = std::get_if<consensus::Certificate>(&outgoing.message)) {
    remember_certified(certificate->ballot);
  }
  const auto payload = std::make_shared<const Bytes>(consensus::encode_message(outgoing.message));
  const std::uint8_t kind = consensus::message_kind(outgoing.message);
  const auto priority = priority_of(outgoing.message);
  if (outgoing.to) {
    peers_->send(outgoing.to->value(), priority, kind, payload);
    return;
  }
  for (std::size_t peer = 0; peer < waiting_bytes_.size(); ++peer) {
    if (parts_.self && parts_.self->value() == peer) continue;
    peers_->send(static_cast<network::PeerNumber>(peer), priority, kind, payload);
  }
}

std::vector<consensus::Message> PeerTraffic::answers(const consensus::ServeFromStore& request) const {
  std::vector<consensus::Message> messages;
  if (const auto* batches = std::get_if<consensus::FetchBatches>(&request.fetch)) {
    const auto found = parts_.blocks->batches(*batches);
    if (found.ok()) messages.assign(found->begin(), found->end());
    if (messages.empty()) {
      messages.push_back(
          consensus::Unavailable{consensus::FetchKind::kBatches, batches->last.value(), batches->tip});
    }
  } else if (const auto* chain = std::get_if<consensus::FetchChain>(&request.fetch)) {
    auto found = parts_.blocks->chain(*chain);
    if (found.ok() && *found) messages.push_back(std::move(**found));
    if (messages.empty()) {
      messages.push_back(consensus::Unavailable{consensus::FetchKind::kChain, chain->above.value(), {}});
    }
  }
  return messages;
}

void PeerTraffic::serve(const consensus::ServeFromStore& request) {
  boost::asio::post(*parts_.signature_pool, [this, request] {
    for (auto& message : answers(request)) send({request.to, std::move(message)});
  });
}

}  // namespace jingchu::node
