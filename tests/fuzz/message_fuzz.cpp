// Messages of hostile peers through the reader, the verifier and every handler of a validator's core: no
// input makes a CHECK fail, what is read encodes to the same bytes, and the core recovers from its own log at
// any time.
//
// The input is a list of commands. Whole messages are rarely found by mutation, so most commands take a
// well-formed one (of the core's present blocks, or an echo of what the core itself sent) and change some of
// its bytes. The other validators sign whatever the input likes, all of them: more than the protocol's f, so
// their certificates may contradict each other; only the core's own signature cannot be forged.
#include <optional>

#include "node/message_reader.h"
#include "tests/consensus/support.h"
#include "tests/fuzz/input.h"

namespace jingchu {
namespace {

using namespace consensus;  // the messages
using consensus::testing::Bench;
using consensus::testing::Fixture;
using consensus::testing::hash_of;
using consensus::testing::keyed_hash;

constexpr std::size_t kValidators = 4;
constexpr std::size_t kCommandsMax = 200;

// A signature of another validator is valid unless it begins with a zero: one byte of the input decides.
class CheapChecker : public SignatureChecker {
 public:
  explicit CheapChecker(PublicKey own_key) : own_key_(std::move(own_key)) {}
  bool check(const PublicKey& key, ByteView message, const Signature& signature) const override {
    return key == own_key_ ? keyed_hash(key, message) == signature : signature[0] != 0;
  }

 private:
  PublicKey own_key_;
};

class HostileNetwork {
 public:
  HostileNetwork(const Fixture& fixture, std::size_t self)
      : fixture_(fixture),
        self_(self),
        checker_(fixture.validators[testing::node(self)].consensus_key),
        verifier_(fixture.chain_id, Epoch(), fixture.validators, checker_),
        reader_(verifier_, fixture.parameters.batch_bytes_max),
        headers_{fixture.genesis},
        roots_{{Height(), fixture.genesis.executed_root}},
        lanes_(kValidators) {
    start(fixture.fresh(self));
  }

  void run(fuzz::Input& input) {
    for (std::size_t i = 0; i < kCommandsMax && !input.empty(); ++i) {
      command(input);
      check_evidence();
    }
  }

 private:
  void start(Recovered recovered) {
    bench_ = std::make_unique<Bench>(fixture_, self_, std::move(recovered));
    CHECK(bench_->core != nullptr);  // a core's own log is never refused
  }

  void command(fuzz::Input& input) {
    switch (const std::uint8_t command = input.byte(); command % 16) {
      case 0: {
        const std::uint8_t kind = input.byte();
        const NodeIndex from = testing::node(input.byte() % (kValidators + 1));
        return receive(from, kind, to_bytes(input.bytes(input.two_bytes() % 2048)));
      }
      case 1:
        return bench_->sync();
      case 2:
        return bench_->advance_ms(input.byte());
      case 3:
        return bench_->advance_ms(40u * input.byte());
      case 4:
        return execute_next();
      case 5:
        return bench_->give(PeerConnected{testing::node(input.byte() % (kValidators + 1))});
      case 6:
        return bench_->give(PeerLost{testing::node(input.byte() % (kValidators + 1))});
      case 7:
        return seal(input);
      case 8:
        return restart(input);
      case 9:
        return echo(input);
      default:
        return send_changed(well_formed(command % 16, input), input);
    }
  }

  void execute_next() {
    if (executed_ == bench_->delivered.size()) return;
    const FinalizedBlock& block = bench_->delivered[executed_++];
    const Hash root = hash_of("root " + to_string(block.header.height));
    last_executed_ = block;
    roots_.emplace_back(block.header.height, root);
    bench_->give(Executed{block.header.height, root});
  }

  void seal(fuzz::Input& input) {
    const Bytes transaction(1 + input.byte() % 64, 7);
    if (bench_->core->own_lane_room() >= transaction.size()) bench_->give(SealBatch{{transaction}});
  }

  // From the whole log, or from what a fresh segment would begin with.
  void restart(fuzz::Input& input) {
    bench_->sync();
    Recovered recovered;
    recovered.executed = fixture_.genesis;
    if (last_executed_) {
      recovered.executed = last_executed_->header;
      recovered.finalization = last_executed_->finalization;
      recovered.path = last_executed_->path;
    }
    recovered.roots = roots_;
    if (input.byte() % 2 == 0) {
      recovered.records = log_;
      if (log_.empty()) recovered.records.emplace_back(fixture_.key_record(self_));
      recovered.records.insert(recovered.records.end(), bench_->persisted.begin(), bench_->persisted.end());
    } else {
      recovered.records = bench_->core->live_records();
    }
    log_ = recovered.records;
    executed_ = 0;
    start(std::move(recovered));
  }

  // What the core sent comes back from another validator, as if that one had said it.
  void echo(fuzz::Input& input) {
    const auto& said = input.byte() % 2 == 0 ? bench_->released : bench_->sent;
    const std::size_t back = input.byte();
    if (said.empty()) return;
    Message message = said[said.size() - 1 - back % said.size()];
    const NodeIndex other = testing::node((self_ + 1 + input.byte() % (kValidators - 1)) % kValidators);
    if (auto* vote = std::get_if<Vote>(&message)) vote->signer = other;
    if (auto* proposal = std::get_if<Proposal>(&message)) {
      proposal->proposer = other;
      headers_.push_back(proposal->header);
    }
    send_changed(std::move(message), input);
  }

  Message well_formed(int which, fuzz::Input& input) {
    const Header& header = headers_[headers_.size() - 1 - input.byte() % headers_.size()];
    const Hash hash = block_hash(fixture_.chain_id, header);
    const std::size_t other = (self_ + 1 + input.byte() % (kValidators - 1)) % kValidators;
    const auto kind = static_cast<VoteKind>(1 + input.byte() % 3);
    const auto height = kind == VoteKind::kNullify ? Height() : header.height;
    const Hash named = kind == VoteKind::kNullify ? kZeroHash : hash;
    const View view = header.view + input.byte() % 4;
    switch (which) {
      case 10:
        return proposal_after(header, hash, input);
      case 11:
        return fixture_.vote(kind, view.value(), height.value(), named, other);
      case 12:
        return fixture_.certificate(kind, view.value(), height.value(), named, self_);
      case 13:
        return next_batch(other);
      case 14:
        return status(header);
      default:
        return question(header, hash, input);
    }
  }

  Message proposal_after(const Header& parent, const Hash& parent_hash, fuzz::Input& input) {
    const std::uint64_t view = parent.view.value() + 1 + input.byte() % 4;
    Header header = fixture_.header(view, parent);
    const unsigned lanes = input.byte();
    for (std::size_t i = 0; i < kValidators; ++i) {
      if ((lanes >> i & 1) != 0) header.cut[i] = lanes_[i];
    }
    header.executed_height = roots_[input.byte() % roots_.size()].first;
    header.executed_root = roots_[header.executed_height.value() % roots_.size()].second;
    std::vector<Certificate> reasons;
    if (parent.view != View()) {
      reasons.push_back(fixture_.certificate(VoteKind::kNotarize, parent.view.value(), parent.height.value(),
                                             parent_hash, self_));
    }
    for (std::uint64_t skipped = parent.view.value() + 1; skipped < view; ++skipped) {
      reasons.push_back(fixture_.certificate(VoteKind::kNullify, skipped, 0, kZeroHash, self_));
    }
    headers_.push_back(header);
    return fixture_.proposal(header, std::move(reasons));
  }

  Message next_batch(std::size_t lane) {
    CutEntry& end = lanes_[lane];
    const BatchPointer batch = fixture_.batch(lane, end.sequence.value() + 1, end.tip, "transaction ");
    end = {batch->batch.sequence, batch->tip};
    return batch;
  }

  LaneStatus status(const Header& header) const {
    LaneStatus status;
    status.view = header.view;
    status.watermarks = lanes_;
    status.executed_height = roots_.back().first;
    status.executed_root = roots_.back().second;
    status.final_view = header.view;
    status.final_height = header.height;
    return status;
  }

  Message question(const Header& header, const Hash& hash, fuzz::Input& input) {
    const std::uint16_t lane = input.byte() % kValidators;
    switch (input.byte() % 6) {
      case 0:
        return FetchCertificates{header.view, header.view + input.byte()};
      case 1:
        return FetchProposal{header.view, hash};
      case 2:
        return FetchBatches{NodeIndex(lane), Sequence(1), lanes_[lane].sequence, lanes_[lane].tip};
      case 3:
        return FetchChain{Height(input.byte())};
      case 4:
        return Unavailable{static_cast<FetchKind>(1 + input.byte() % 4), header.view.value(), hash};
      default:
        return chain_to(header, hash);
    }
  }

  Chain chain_to(Header header, const Hash& hash) const {
    Chain chain{
        {},
        fixture_.certificate(VoteKind::kFinalize, header.view.value(), header.height.value(), hash, self_)};
    for (bool known = true; known && header.height != Height() && chain.headers.size() < kFetchHeadersMax;) {
      chain.headers.insert(chain.headers.begin(), header);
      known = false;
      for (const Header& parent : headers_) {
        if (block_hash(fixture_.chain_id, parent) != header.parent_hash) continue;
        header = parent;
        known = true;
        break;
      }
    }
    return chain;
  }

  void send_changed(const Message& message, fuzz::Input& input) {
    Bytes bytes = encode_message(message);
    const std::uint8_t how = input.byte();
    for (int i = 0; i < how % 4 && !bytes.empty(); ++i) {
      const std::size_t place = input.two_bytes() % bytes.size();
      bytes[place] = input.byte();
    }
    receive(testing::node((self_ + 1 + (how >> 2) % kValidators) % (kValidators + 1)), message_kind(message),
            std::move(bytes));
  }

  // What the core found proves itself, and never accuses the honest core.
  void check_evidence() {
    for (const Evidence& evidence : bench_->evidence) {
      CHECK(evidence.culprit.value() != self_);
      CHECK(verify_evidence(verifier_, evidence, {}).ok());
    }
    bench_->evidence.clear();
  }

  // Whatever the core signed, and whatever a peer makes of it. Every transaction counts as invalid.
  void receive_evidence(NodeIndex from, const Bytes& bytes) {
    const auto evidence = reader_.read_evidence(from, bytes);
    if (!evidence.ok()) return check_refusal(evidence.error());
    CHECK(encode(*evidence) == bytes);
    const Status verified = verify_evidence(verifier_, *evidence, [](ByteView) -> Status {
      return caller_error("malformed-transaction", "as is");
    });
    if (!verified.ok()) return check_refusal(verified.error());
    CHECK(evidence->culprit.value() != self_);
  }

  // As PeerTraffic has it.
  void receive(NodeIndex from, std::uint8_t kind, Bytes bytes) {
    if (from.value() == self_) return;
    if (kind == node::kEvidenceKind) return receive_evidence(from, bytes);
    if (node::MessageReader::is_batch(kind)) {
      auto batch = reader_.read_batch(from, bytes);
      if (!batch.ok()) return check_refusal(batch.error());
      CHECK(encode(*batch) == bytes);
      auto verified = verifier_.batch(std::move(*batch));
      if (!verified.ok()) return check_refusal(verified.error());
      return bench_->give(Received{from, std::move(*verified)});
    }
    auto received = reader_.read(from, kind, bytes);
    if (!received.ok()) return check_refusal(received.error());
    CHECK(encoded(*received) == bytes);
    bench_->give(std::move(*received));
  }

  static void check_refusal(const Error& error) { CHECK(error.fault == Fault::kPeer && !error.what.empty()); }

  static Bytes encoded(const Received& received) {
    return std::visit(
        [](const auto& content) -> Bytes {
          using T = std::decay_t<decltype(content)>;
          if constexpr (std::is_same_v<T, Verified<BatchPointer>>) {
            return encode((*content)->batch);
          } else if constexpr (requires { *content; }) {
            return encode(*content);
          } else {
            return encode(content);
          }
        },
        received.message);
  }

  const Fixture& fixture_;
  const std::size_t self_;
  const CheapChecker checker_;
  const Verifier verifier_;
  const node::MessageReader reader_;
  std::unique_ptr<Bench> bench_;
  std::vector<Header> headers_;  // of blocks that were proposed, genesis first
  std::vector<std::pair<Height, Hash>> roots_;
  Cut lanes_;
  std::vector<Record> log_;  // before the last restart
  std::size_t executed_ = 0;
  std::optional<FinalizedBlock> last_executed_;
};

}  // namespace
}  // namespace jingchu

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const jingchu::consensus::testing::Fixture fixture(4);
  jingchu::fuzz::Input input(data, size);
  jingchu::HostileNetwork(fixture, input.byte() % 4).run(input);
  return 0;
}
