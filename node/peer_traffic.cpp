#include "node/peer_traffic.h"

#include <boost/asio/post.hpp>
#include <thread>

#include "common/clock.h"
#include "common/codec.h"
#include "ledger/batch_check.h"
#include "node/store_answers.h"

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
constexpr std::uint32_t kWaitingAnswersMax = 2 * consensus::kFetchesOfOneMax;
constexpr std::size_t kCertifiedKept = 1024;
constexpr std::size_t kAskedKept = 4 * consensus::kFetchBatchesMax;  // of one peer
// Of one peer, about the next epoch: who is a little later there than others must not have to ask for it.
constexpr std::size_t kEarlyFramesMax = 256;
constexpr std::size_t kEarlyBytesMax = 4 << 20;

network::Priority priority_of(const consensus::Message& message) {
  const bool bulk = std::holds_alternative<consensus::BatchPointer>(message) ||
                    std::holds_alternative<consensus::Chain>(message);
  return bulk ? network::Priority::kBulk : network::Priority::kUrgent;
}

}  // namespace

PeerTraffic::View::View(consensus::Verifier a_verifier, PeerDirectory a_directory,
                        std::uint64_t batch_bytes_max)
    : verifier(std::move(a_verifier)),
      directory(std::move(a_directory)),
      reader(verifier, batch_bytes_max, [this](NodeIndex from) { return directory.may_serve(from); }),
      certified(kCertifiedKept) {}

PeerTraffic::PeerTraffic(Parts parts, consensus::Verifier verifier, PeerDirectory directory)
    : parts_(std::move(parts)),
      view_(std::make_shared<const View>(std::move(verifier), std::move(directory),
                                         parts_.genesis->parameters.batch_bytes_max)),
      waiting_(network::kPeersMax),
      budget_(waiting_.size(), std::thread::hardware_concurrency()),
      early_(waiting_.size()) {
  for (std::size_t peer = 0; peer < waiting_.size(); ++peer) asked_.emplace_back(kAskedKept);
}

void PeerTraffic::enter(consensus::Verifier verifier, PeerDirectory directory) {
  const ViewPointer next = std::make_shared<const View>(std::move(verifier), std::move(directory),
                                                        parts_.genesis->parameters.batch_bytes_max);
  const ViewPointer before = view_.exchange(next);
  std::vector<Early> early(early_.size());
  {
    const std::lock_guard lock(early_mutex_);
    early.swap(early_);
  }
  for (std::size_t place = 0; place < early.size(); ++place) {
    const auto peer = static_cast<network::PeerNumber>(place);
    // What another has said, who had the place before, is not this peer's fault.
    if (!next->directory.has_same(peer, before->directory)) continue;
    for (Frame& said : early[place].frames) {
      if (!frame(peer, said.kind, std::move(said.payload))) break;
    }
  }
}

bool PeerTraffic::frame(network::PeerNumber from, std::uint8_t kind, Bytes payload) {
  const ViewPointer view = this->view();
  const auto index = view->directory.index_of(from);
  if (!index) return true;  // not listed any more
  const Sender sender{view, from, *index};
  const std::uint64_t begin_us = thread_cpu_us();
  const bool fits = MessageReader::is_batch(kind) ? batch(sender, kind, std::move(payload))
                    : kind == kEvidenceKind       ? evidence(sender, std::move(payload))
                                                  : read(sender, kind, std::move(payload));
  charge(from, thread_cpu_us() - begin_us);
  return fits;
}

std::chrono::microseconds PeerTraffic::pause(network::PeerNumber from) {
  const Waiting& waiting = waiting_[from];
  if (waiting.batch_bytes > kWaitingBatchBytesMax || waiting.inputs > kWaitingInputsMax) return kWaitingPause;
  return std::chrono::microseconds(budget_.pause_us(from, system_clock().monotonic_us()));
}

void PeerTraffic::charge(network::PeerNumber from, std::uint64_t work_us) {
  budget_.charge(from, work_us, system_clock().monotonic_us());
}

void PeerTraffic::taken(network::PeerNumber from, std::uint64_t work_us) {
  --waiting_[from].inputs;
  charge(from, work_us);
}

void PeerTraffic::deliver(const Sender& from, consensus::Received received) {
  ++waiting_[from.peer].inputs;
  parts_.to_core({std::move(received), from.view->verifier.epoch(), from.peer});
}

bool PeerTraffic::read(const Sender& from, std::uint8_t kind, Bytes payload) {
  const View& view = *from.view;
  if (view.verifier.validators().contains(from.index) && already_certified(view, kind, payload)) return true;
  auto received = view.reader.read(from.index, kind, payload);
  if (!received.ok()) return refuse(from, received.error(), kind, std::move(payload));
  if (refuse_fetch(from, *received)) return true;
  if (const auto* certificate =
          std::get_if<consensus::Verified<consensus::Certificate>>(&received->message)) {
    view.certified.insert((*certificate)->ballot);
  }
  deliver(from, std::move(*received));
  return true;
}

bool PeerTraffic::has_too_much_queued(network::PeerNumber peer) const {
  return peers_->queued_bytes(peer) > kQueuedBytesMax;
}

bool PeerTraffic::refuse_fetch(const Sender& from, const consensus::Received& received) {
  const auto refusal = std::visit(
      [](const auto& message) -> std::optional<consensus::Unavailable> {
        if constexpr (requires { consensus::refusal_of(message); }) return consensus::refusal_of(message);
        return std::nullopt;
      },
      received.message);
  if (!refusal || !has_too_much_queued(from.peer)) return false;
  send(*from.view, {received.from, *refusal});
  return true;
}

bool PeerTraffic::batch(const Sender& from, std::uint8_t kind, Bytes payload) {
  const std::uint64_t size = payload.size();
  auto read = from.view->reader.read_batch(from.index, payload);
  if (!read.ok()) return refuse(from, read.error(), kind, std::move(payload));
  // Who brings another's batch that we lack helps us: it must not be read later for that.
  const bool is_charged = read->lane == from.index || !asked_[from.peer].erase({read->lane, read->sequence});
  const std::uint64_t expected_us = is_charged ? kCheckUs * read->transactions.size() : 0;
  charge(from.peer, expected_us);
  waiting_[from.peer].batch_bytes += size;
  boost::asio::post(*parts_.signature_pool,
                    [this, from, size, is_charged, expected_us, batch = std::move(*read)]() mutable {
                      const std::uint64_t begin_us = thread_cpu_us();
                      check_batch(from, std::move(batch));
                      if (is_charged) charge(from.peer, thread_cpu_us() - begin_us);
                      budget_.give_back(from.peer, expected_us);
                      waiting_[from.peer].batch_bytes -= size;
                    });
  return true;
}

void PeerTraffic::check_batch(const Sender& from, consensus::Batch batch) {
  const auto sealed = consensus::seal(parts_.genesis->chain_id, std::move(batch));
  auto verified = from.view->verifier.batch(sealed);
  if (!verified.ok()) return refuse_batch(from, *sealed, verified.error());
  // The same batch comes from several peers, when we asked one after another.
  if (!parts_.checked->contains(sealed->tip)) {
    auto transactions =
        ledger::check_batch(sealed->batch, parts_.genesis->chain_id, parts_.genesis->rules.transaction);
    if (!transactions.ok()) return refuse_batch(from, *sealed, transactions.error());
    parts_.checked->add(sealed->tip, std::move(*transactions));
  }
  deliver(from, consensus::Received{from.index, std::move(*verified)});
}

void PeerTraffic::refuse_batch(const Sender& from, const consensus::SealedBatch& sealed, const Error& error) {
  if (error.type == "malformed-batch") parts_.misbehaviour->examine(sealed.batch);
  refuse(from, error);
}

bool PeerTraffic::evidence(const Sender& from, Bytes payload) {
  const auto evidence = from.view->reader.read_evidence(from.index, payload);
  const Status taken = evidence.ok() ? parts_.misbehaviour->take(*evidence) : Status(evidence.error());
  return taken.ok() || refuse(from, taken.error(), kEvidenceKind, std::move(payload));
}

void PeerTraffic::tell(const consensus::Evidence& evidence, std::optional<network::PeerNumber> to) {
  const auto payload = std::make_shared<const Bytes>(encode(evidence));
  const ViewPointer view = this->view();
  const auto send = [&](network::PeerNumber peer) {
    peers_->send(peer, network::Priority::kBulk, kEvidenceKind, payload);
  };
  if (to) return send(*to);
  for (const auto peer : view->directory.others()) send(peer);
}

void PeerTraffic::remember_asked(network::PeerNumber peer, const consensus::FetchBatches& fetch) {
  for (auto sequence = fetch.first; sequence <= fetch.last; sequence = sequence.next())
    asked_[peer].insert({fetch.lane, sequence});
}

bool PeerTraffic::refuse(const Sender& from, const Error& error, std::uint8_t kind, Bytes payload) {
  if (error.type == "earlier-epoch") return true;
  if (error.type == "later-epoch") return keep_early(from, kind, std::move(payload));
  refuse(from, error);
  return false;
}

void PeerTraffic::refuse(const Sender& from, const Error& error) {
  parts_.on_refused(from.view->directory.name_of(from.index), error);
  peers_->disconnect(from.peer, error);
}

bool PeerTraffic::keep_early(const Sender& from, std::uint8_t kind, Bytes payload) {
  std::unique_lock lock(early_mutex_);
  if (view() != from.view) {  // it was entered in this moment
    lock.unlock();
    return frame(from.peer, kind, std::move(payload));
  }
  Early& early = early_[from.peer];
  early.bytes += payload.size();
  early.frames.push_back({kind, std::move(payload)});
  while (early.frames.size() > kEarlyFramesMax || early.bytes > kEarlyBytesMax) {
    early.bytes -= early.frames.front().payload.size();
    early.frames.pop_front();
  }
  return true;
}

bool PeerTraffic::already_certified(const View& view, std::uint8_t kind, ByteView payload) {
  if (!MessageReader::is_certificate(kind)) return false;
  const auto certificate = decode<consensus::Certificate>(payload);
  if (!certificate.ok() || certificate->epoch != view.verifier.epoch()) return false;
  return view.certified.contains(certificate->ballot);
}

void PeerTraffic::send(const View& view, const consensus::Outgoing& outgoing) {
  // What our own core sends, it holds: the peers' copies of it need no checking.
  if (const auto* certificate = std::get_if<consensus::Certificate>(&outgoing.message)) {
    view.certified.insert(certificate->ballot);
  }
  const auto payload = std::make_shared<const Bytes>(consensus::encode_message(outgoing.message));
  const std::uint8_t kind = consensus::message_kind(outgoing.message);
  const auto priority = priority_of(outgoing.message);
  if (!outgoing.to) {
    for (const auto peer : view.directory.others()) peers_->send(peer, priority, kind, payload);
    return;
  }
  const auto peer = view.directory.number_of(*outgoing.to);
  if (!peer) return;
  const auto* fetch = std::get_if<consensus::FetchBatches>(&outgoing.message);
  if (fetch != nullptr) remember_asked(*peer, *fetch);
  peers_->send(*peer, priority, kind, payload);
}

void PeerTraffic::serve(const consensus::ServeFromStore& request) {
  const ViewPointer view = this->view();
  const auto peer = view->directory.number_of(request.to);
  if (!peer) return;
  auto& waiting = waiting_[*peer].answers;
  if (++waiting > kWaitingAnswersMax || has_too_much_queued(*peer)) {
    --waiting;
    return send(*view, {request.to, refusal_of(request)});
  }
  boost::asio::post(*parts_.signature_pool, [this, view, request, peer = *peer, &waiting] {
    const std::uint64_t begin_us = thread_cpu_us();
    auto answers = answers_from_store(*parts_.blocks, request);
    --waiting;  // before it hears the answer and asks for more
    for (auto& message : answers) send(*view, {request.to, std::move(message)});
    charge(peer, thread_cpu_us() - begin_us);
  });
}

}  // namespace jingchu::node
