#include "node/peer_traffic.h"

#include <boost/asio/post.hpp>
#include <thread>

#include "common/clock.h"
#include "common/codec.h"
#include "ledger/batch_check.h"

namespace jingchu::node {
namespace {

// Of one peer, before its session is read no further.
constexpr std::uint64_t kWaitingBatchBytesMax = 4 << 20;
// What checking a transaction may take, charged before it is known, or many batches would come before the
// first is paid for.
constexpr std::uint64_t kCheckUs = 100;
constexpr std::uint32_t kWaitingInputsMax = 512;
constexpr std::chrono::microseconds kWaitingPause{500};
// To one peer, before what it fetches is refused.
constexpr std::size_t kQueuedBytesMax = 8 << 20;
constexpr std::uint32_t kWaitingAnswersMax = 8;
constexpr std::size_t kCertifiedKept = 1024;
constexpr std::size_t kCheckedKept = 4096;
constexpr std::size_t kAskedKept = 4 * consensus::kFetchBatchesMax;  // of one peer

network::Priority priority_of(const consensus::Message& message) {
  const bool bulk = std::holds_alternative<consensus::BatchPointer>(message) ||
                    std::holds_alternative<consensus::Chain>(message);
  return bulk ? network::Priority::kBulk : network::Priority::kUrgent;
}

}  // namespace

PeerTraffic::PeerTraffic(Parts parts)
    : parts_(std::move(parts)),
      reader_(*parts_.verifier, parts_.genesis->parameters.batch_bytes_max),
      waiting_(parts_.genesis->validators.size() + parts_.genesis->followers.size()),
      budget_(waiting_.size(), std::thread::hardware_concurrency()),
      certified_(kCertifiedKept),
      checked_(kCheckedKept) {
  for (std::size_t peer = 0; peer < waiting_.size(); ++peer) asked_.emplace_back(kAskedKept);
}

void PeerTraffic::frame(network::PeerNumber from, std::uint8_t kind, Bytes payload) {
  const NodeIndex sender(from);
  const std::uint64_t begin_us = thread_cpu_us();
  if (MessageReader::is_batch(kind)) {
    batch(sender, std::move(payload));
  } else {
    read(sender, kind, payload);
  }
  charge(sender, thread_cpu_us() - begin_us);
}

std::chrono::microseconds PeerTraffic::pause(network::PeerNumber from) {
  const Waiting& waiting = waiting_[from];
  if (waiting.batch_bytes > kWaitingBatchBytesMax || waiting.inputs > kWaitingInputsMax) return kWaitingPause;
  return std::chrono::microseconds(budget_.pause_us(from, system_clock().monotonic_us()));
}

void PeerTraffic::charge(NodeIndex from, std::uint64_t work_us) {
  budget_.charge(from.value(), work_us, system_clock().monotonic_us());
}

void PeerTraffic::taken(NodeIndex from, std::uint64_t work_us) {
  --waiting_[from.value()].inputs;
  charge(from, work_us);
}

void PeerTraffic::deliver(consensus::Received received) {
  ++waiting_[received.from.value()].inputs;
  parts_.to_core(std::move(received));
}

void PeerTraffic::read(NodeIndex sender, std::uint8_t kind, ByteView payload) {
  if (parts_.verifier->validators().contains(sender) && already_certified(kind, payload)) return;
  auto received = reader_.read(sender, kind, payload);
  if (!received.ok()) return refuse(sender, received.error());
  if (refuse_fetch(*received)) return;
  if (const auto* certificate =
          std::get_if<consensus::Verified<consensus::Certificate>>(&received->message)) {
    certified_.insert((*certificate)->ballot);
  }
  deliver(std::move(*received));
}

bool PeerTraffic::has_too_much_queued(NodeIndex peer) const {
  return peers_->queued_bytes(peer.value()) > kQueuedBytesMax;
}

bool PeerTraffic::refuse_fetch(const consensus::Received& received) {
  const auto refusal = std::visit(
      [](const auto& message) -> std::optional<consensus::Unavailable> {
        if constexpr (requires { consensus::refusal_of(message); }) return consensus::refusal_of(message);
        return std::nullopt;
      },
      received.message);
  if (!refusal || !has_too_much_queued(received.from)) return false;
  send({received.from, *refusal});
  return true;
}

void PeerTraffic::batch(NodeIndex from, Bytes payload) {
  const std::uint64_t size = payload.size();
  auto read = reader_.read_batch(from, payload);
  if (!read.ok()) return refuse(from, read.error());
  // Who brings another's batch that we lack helps us: it must not be read later for that.
  const bool is_charged = read->lane == from || !asked_[from.value()].erase({read->lane, read->sequence});
  const std::uint64_t expected_us = is_charged ? kCheckUs * read->transactions.size() : 0;
  charge(from, expected_us);
  waiting_[from.value()].batch_bytes += size;
  boost::asio::post(*parts_.signature_pool,
                    [this, from, size, is_charged, expected_us, batch = std::move(*read)]() mutable {
                      const std::uint64_t begin_us = thread_cpu_us();
                      check_batch(from, std::move(batch));
                      if (is_charged) charge(from, thread_cpu_us() - begin_us);
                      budget_.give_back(from.value(), expected_us);
                      waiting_[from.value()].batch_bytes -= size;
                    });
}

void PeerTraffic::check_batch(NodeIndex from, consensus::Batch batch) {
  auto verified = parts_.verifier->batch(std::move(batch));
  if (!verified.ok()) return refuse(from, verified.error());
  // The same batch comes from several peers, when we asked one after another.
  const consensus::SealedBatch& sealed = ***verified;
  if (!checked_.contains(sealed.tip)) {
    const auto transactions =
        ledger::check_batch(sealed.batch, parts_.genesis->chain_id, parts_.genesis->rules.transaction);
    if (!transactions.ok()) return refuse(from, transactions.error());
    checked_.insert(sealed.tip);
  }
  deliver(consensus::Received{from, std::move(*verified)});
}

void PeerTraffic::remember_asked(NodeIndex peer, const consensus::FetchBatches& fetch) {
  for (auto sequence = fetch.first; sequence <= fetch.last; sequence = sequence.next())
    asked_[peer.value()].insert({fetch.lane, sequence});
}

void PeerTraffic::refuse(NodeIndex from, const Error& error) {
  parts_.on_refused(from, error);
  peers_->disconnect(from.value(), error);
}

bool PeerTraffic::already_certified(std::uint8_t kind, ByteView payload) const {
  if (!MessageReader::is_certificate(kind)) return false;
  const auto certificate = decode<consensus::Certificate>(payload);
  if (!certificate.ok()) return false;
  return certified_.contains(certificate->ballot);
}

void PeerTraffic::send(const consensus::Outgoing& outgoing) {
  // What our own core sends, it holds: the peers' copies of it need no checking.
  if (const auto* certificate = std::get_if<consensus::Certificate>(&outgoing.message)) {
    certified_.insert(certificate->ballot);
  }
  const auto* fetch = std::get_if<consensus::FetchBatches>(&outgoing.message);
  if (fetch != nullptr && outgoing.to) remember_asked(*outgoing.to, *fetch);
  const auto payload = std::make_shared<const Bytes>(consensus::encode_message(outgoing.message));
  const std::uint8_t kind = consensus::message_kind(outgoing.message);
  const auto priority = priority_of(outgoing.message);
  if (outgoing.to) {
    peers_->send(outgoing.to->value(), priority, kind, payload);
    return;
  }
  for (std::size_t peer = 0; peer < waiting_.size(); ++peer) {
    if (parts_.self && parts_.self->value() == peer) continue;
    peers_->send(static_cast<network::PeerNumber>(peer), priority, kind, payload);
  }
}

std::vector<consensus::Message> PeerTraffic::answers(const consensus::ServeFromStore& request) const {
  std::vector<consensus::Message> messages;
  const consensus::Unavailable refusal =
      std::visit([](const auto& fetch) { return consensus::refusal_of(fetch); }, request.fetch);
  if (has_too_much_queued(request.to)) return {refusal};
  if (const auto* batches = std::get_if<consensus::FetchBatches>(&request.fetch)) {
    const auto found = parts_.blocks->batches(*batches);
    if (found.ok()) messages.assign(found->begin(), found->end());
  } else if (const auto* chain = std::get_if<consensus::FetchChain>(&request.fetch)) {
    auto found = parts_.blocks->chain(*chain);
    if (found.ok() && *found) messages.push_back(std::move(**found));
  }
  if (messages.empty()) messages.push_back(refusal);
  return messages;
}

void PeerTraffic::serve(const consensus::ServeFromStore& request) {
  auto& waiting = waiting_[request.to.value()].answers;
  if (++waiting > kWaitingAnswersMax) {
    --waiting;
    return send(
        {request.to,
         std::visit([](const auto& fetch) -> consensus::Message { return consensus::refusal_of(fetch); },
                    request.fetch)});
  }
  boost::asio::post(*parts_.signature_pool, [this, request, &waiting] {
    const std::uint64_t begin_us = thread_cpu_us();
    for (auto& message : answers(request)) send({request.to, std::move(message)});
    charge(request.to, thread_cpu_us() - begin_us);
    --waiting;
  });
}

}  // namespace jingchu::node
