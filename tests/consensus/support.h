// Helpers of this room's tests: validators with a cheap keyed hash for a signature, ready-made messages, a
// log that syncs when told, and a network of cores in one process without faults.
#pragma once

#include <algorithm>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "common/codec.h"
#include "consensus/core.h"
#include "consensus/messages.h"
#include "consensus/verify.h"

namespace jingchu::consensus::testing {

inline Hash hash_of(const std::string& text) {
  return sha256(as_bytes(text));
}
inline NodeIndex node(std::size_t index) {
  return NodeIndex(static_cast<std::uint16_t>(index));
}

// signature = H(key || message) twice: nobody forges in these tests, but every field is covered.
inline Signature keyed_hash(const PublicKey& key, ByteView message) {
  const Hash digest = sha256({key.bytes, message});
  Signature signature{};
  std::copy(digest.begin(), digest.end(), signature.begin());
  std::copy(digest.begin(), digest.end(), signature.begin() + 32);
  return signature;
}
class KeyedChecker : public SignatureChecker {
 public:
  bool check(const PublicKey& key, ByteView message, const Signature& signature) const override {
    return keyed_hash(key, message) == signature;
  }
};
class KeyedSigner : public Signer {
 public:
  explicit KeyedSigner(PublicKey key) : key_(std::move(key)) {}
  Signature sign(ByteView message) const override { return keyed_hash(key_, message); }

 private:
  PublicKey key_;
};

class TestLog : public RecordLog {
 public:
  static SyncReceipt synced(std::uint64_t turn) { return receipt(turn); }
};

// n validators of one chain, and everything they can sign.
struct Fixture {
  explicit Fixture(std::size_t n, Epoch of = Epoch())
      : epoch(of), validators(make_validators(n)), verifier(chain_id, of, validators, checker) {
    for (std::size_t i = 0; i < n; ++i)
      signers.push_back(std::make_unique<KeyedSigner>(validators[node(i)].consensus_key));
    genesis.cut = Cut(n);
    genesis.executed_root = hash_of("genesis state");
    genesis.validators_hash = validators.hash();
    genesis.time_ms = 1'000;
    parameters.delay_ms = 15;
  }
  static ValidatorSet make_validators(std::size_t n) {
    std::vector<Validator> list;
    for (std::size_t i = 0; i < n; ++i) {
      const Hash key = hash_of("key " + std::to_string(i));
      const PublicKey public_key{Algorithm::kEd25519, Bytes(key.begin(), key.end())};
      list.push_back({"v" + std::to_string(i), public_key, public_key});
    }
    return ValidatorSet(std::move(list));
  }

  Vote vote(VoteKind kind, std::uint64_t view, std::uint64_t height, const Hash& hash,
            std::size_t signer) const {
    Vote made{epoch, {kind, View(view), Height(height), hash}, node(signer), {}};
    made.signature = signers[signer]->sign(signing_bytes(chain_id, epoch, made.ballot));
    return made;
  }
  // By the first q validators other than `without`: a core stops when it meets a vote of its own that it
  // never cast.
  Certificate certificate(VoteKind kind, std::uint64_t view, std::uint64_t height, const Hash& hash,
                          std::size_t without = SIZE_MAX) const {
    Certificate made{epoch, {kind, View(view), Height(height), hash}, {}};
    for (std::size_t i = 0; made.signatures.size() < validators.quorum(); ++i) {
      if (i != without) made.signatures.push_back({node(i), vote(kind, view, height, hash, i).signature});
    }
    return made;
  }
  Header header(std::uint64_t view, const Header& parent) const {
    Header made;
    made.view = View(view);
    made.height = parent.height.next();
    made.parent_view = parent.view;
    made.parent_hash = block_hash(chain_id, parent);
    made.cut = parent.cut;
    made.time_ms = parent.time_ms + 1;
    made.executed_height = parent.executed_height;
    made.executed_root = parent.executed_root;
    made.validators_hash = validators.hash();
    return made;
  }
  Proposal proposal(const Header& header, std::vector<Certificate> justification = {}) const {
    return proposal_by(header.view.value() % validators.size(), header, std::move(justification));
  }
  Proposal proposal_by(std::size_t proposer, const Header& header,
                       std::vector<Certificate> justification = {}) const {
    Proposal made{header, node(proposer), {}, std::move(justification)};
    made.signature = signers[proposer]->sign(signing_bytes(
        chain_id, epoch, SignedKind::kProposal, header.view, header.height, block_hash(chain_id, header)));
    return made;
  }
  BatchPointer batch(std::size_t lane, std::uint64_t sequence, const Hash& prev, const std::string& content,
                     std::size_t transactions = 1) const {
    Batch made{epoch, node(lane), Sequence(sequence), prev, {}, {}};
    for (std::size_t i = 0; i < transactions; ++i)
      made.transactions.push_back(to_bytes(content + std::to_string(i)));
    const BatchPointer sealed = seal(chain_id, made);
    made.signature = signers[lane]->sign(
        signing_bytes(chain_id, epoch, SignedKind::kBatch, View(), Height(sequence), sealed->tip));
    return seal(chain_id, made);
  }
  KeyRecord key_record(std::size_t index) const { return {chain_id, validators[node(index)].consensus_key}; }
  CoreConfig config(std::size_t self) const {
    return {chain_id, epoch,     validators,  node(self),          parameters,
            genesis,  base_hash, last_height, next_validators_hash};
  }
  // A node that starts for the first time: its log holds its key.
  Recovered fresh(std::size_t self) const {
    Recovered recovered;
    recovered.executed = genesis;
    recovered.roots = {{Height(), genesis.executed_root}};
    recovered.records.emplace_back(key_record(self));
    return recovered;
  }

  Hash chain_id = hash_of("chain");
  Epoch epoch;
  KeyedChecker checker;
  ValidatorSet validators;
  Verifier verifier;
  std::vector<std::unique_ptr<KeyedSigner>> signers;
  Header genesis;
  std::optional<Hash> base_hash;  // where `genesis` stands for the last block of the epoch before
  Height last_height{UINT64_MAX};
  Hash next_validators_hash{};
  Parameters parameters;
};

// What an honest host makes of a message that came in. Nothing if it was refused.
inline std::optional<Received> verified(const Verifier& verifier, NodeIndex from, const Message& message) {
  const auto wrap = [&](auto result) -> std::optional<Received> {
    if (!result.ok()) return std::nullopt;
    return Received{from, std::move(result).value()};
  };
  return std::visit(
      [&](const auto& content) -> std::optional<Received> {
        using T = std::decay_t<decltype(content)>;
        if constexpr (std::is_same_v<T, Proposal>)
          return wrap(verifier.proposal(content));
        else if constexpr (std::is_same_v<T, Vote>)
          return wrap(verifier.vote(content));
        else if constexpr (std::is_same_v<T, Certificate>)
          return wrap(verifier.certificate(content));
        else if constexpr (std::is_same_v<T, BatchPointer>)
          return wrap(verifier.batch(content->batch));
        else if constexpr (std::is_same_v<T, Chain>)
          return wrap(verifier.chain(content));
        else
          return Received{from, content};
      },
      message);
}

// One core under the microscope: the test gives inputs and syncs, and looks at what comes out.
struct Bench {
  Bench(const Fixture& given, std::size_t self) : Bench(given, self, given.fresh(self)) {}
  Bench(const Fixture& given, std::size_t self, Recovered recovered) : fixture(given) {
    auto created = Core::create(given.config(self), given.signers[self].get(), std::move(recovered));
    if (!created.ok()) return;
    core = std::move(created).value();
    collect(core->start(now));
  }
  // Of a node that validates nothing.
  explicit Bench(const Fixture& given) : fixture(given) {
    auto config = given.config(0);
    config.self.reset();
    auto recovered = given.fresh(0);
    recovered.records.clear();
    core = Core::create(std::move(config), nullptr, std::move(recovered)).value();
    collect(core->start(now));
  }
  void collect(Output output) {
    wake_at_us = output.wake_at_us;
    for (Record& record : output.persist) persisted.push_back(record);
    for (Outgoing& outgoing : output.send) {
      if (std::holds_alternative<LaneStatus>(outgoing.message)) told.push_back(outgoing.to);
      sent.push_back(std::move(outgoing.message));
    }
    for (Held& held : output.held) waiting.push_back(std::move(held));
    if (output.turn != 0) last_turn = output.turn;
    for (auto& block : output.deliver) delivered.push_back(std::move(block));
    for (auto& request : output.serve) served.push_back(std::move(request));
    for (auto& piece : output.evidence) evidence.push_back(std::move(piece));
    for (auto& notice : output.notices) notices.push_back(std::move(notice));
  }
  void give(Input input) { collect(core->step(now, std::move(input))); }
  bool receive(std::size_t from, const Message& message) {
    auto received = verified(fixture.verifier, node(from), message);
    if (received) give(std::move(*received));
    return received.has_value();
  }
  // Makes every turn so far durable and releases what waited for it; again, until nothing new waits.
  void sync() {
    while (synced_turn < last_turn) {
      synced_turn = last_turn;
      for (Held& held : waiting) {
        for (Outgoing& outgoing : std::move(held).release(TestLog::synced(synced_turn))) {
          released.push_back(std::move(outgoing.message));
        }
      }
      waiting.clear();
      give(Synced{TestLog::synced(synced_turn)});
    }
  }
  void advance_ms(std::uint64_t ms) {
    const std::uint64_t end_us = now.monotonic_us + 1'000 * ms;
    while (wake_at_us <= end_us) {
      now.wall_ms += (wake_at_us - now.monotonic_us) / 1'000;
      now.monotonic_us = wake_at_us;
      give(Tick{});
    }
    now.wall_ms += (end_us - now.monotonic_us) / 1'000;
    now.monotonic_us = end_us;
    give(Tick{});
  }
  void forget() { sent.clear(), told.clear(), released.clear(), notices.clear(), persisted.clear(); }
  template <class T>
  std::vector<T> of(const std::vector<Message>& messages) const {
    std::vector<T> found;
    for (const Message& message : messages) {
      if (const T* content = std::get_if<T>(&message)) found.push_back(*content);
    }
    return found;
  }
  // The votes that have left, by kind and view.
  std::size_t votes(VoteKind kind, std::uint64_t view) const {
    std::size_t count = 0;
    for (const Vote& vote : of<Vote>(released))
      count += vote.ballot.kind == kind && vote.ballot.view == View(view);
    return count;
  }
  bool noticed(const std::string& kind) const {
    return std::any_of(notices.begin(), notices.end(),
                       [&](const Notice& notice) { return notice.kind == kind; });
  }

  const Fixture& fixture;
  std::unique_ptr<Core> core;
  Now now{1'000'000, 100'000};
  std::uint64_t wake_at_us = 0;
  std::uint64_t last_turn = 0;
  std::uint64_t synced_turn = 0;
  std::vector<Record> persisted;
  std::vector<Message> sent;                   // needed nothing durable
  std::vector<std::optional<NodeIndex>> told;  // who was sent the statuses among them
  std::vector<Message> released;               // left after a sync
  std::vector<Held> waiting;
  std::vector<FinalizedBlock> delivered;
  std::vector<ServeFromStore> served;
  std::vector<Evidence> evidence;
  std::vector<Notice> notices;
};

// n cores and a perfect network: every message and sync takes a fixed time; execution hashes what it is
// given.
class Net {
 public:
  explicit Net(
      std::size_t n, Epoch epoch = Epoch(), const std::function<void(Fixture&)>& prepare = [](Fixture&) {})
      : fixture(n, epoch) {
    fixture.parameters.idle_ms = 1'000;
    prepare(fixture);
    for (std::size_t i = 0; i < n; ++i) {
      cores.push_back(Core::create(fixture.config(i), fixture.signers[i].get(), fixture.fresh(i)).value());
      blocks.emplace_back();
      roots.push_back(fixture.genesis.executed_root);
    }
    is_down.resize(n);
    wake.resize(n);
    clock_offset_ms.resize(n);
    for (std::size_t i = 0; i < n; ++i) carry_out(i, cores[i]->start(now(i)));
  }
  void run_ms(std::uint64_t ms) {
    const std::uint64_t end = time_us + 1'000 * ms;
    while (true) {
      const auto woken = std::min_element(wake.begin(), wake.end());
      const std::uint64_t next = events.empty() ? *woken : std::min(*woken, events.begin()->first);
      if (next > end) break;
      time_us = std::max(time_us, next);
      if (!events.empty() && events.begin()->first == next) {
        auto event = std::move(events.begin()->second);
        events.erase(events.begin());
        step(event.first, std::move(event.second));
      } else {
        step(static_cast<std::size_t>(woken - wake.begin()), Tick{});
      }
    }
    time_us = end;
  }
  void submit(std::size_t at, const std::string& content) { step(at, SealBatch{{to_bytes(content)}}); }

  Now now(std::size_t at) const {
    return {time_us, 10'000'000 + time_us / 1'000 + static_cast<std::uint64_t>(clock_offset_ms[at])};
  }
  std::size_t n() const { return cores.size(); }

  Fixture fixture;
  std::vector<std::unique_ptr<Core>> cores;
  std::vector<std::vector<FinalizedBlock>> blocks;
  std::vector<Hash> roots;
  std::vector<Notice> notices;
  std::vector<Evidence> evidence;
  std::vector<bool> is_down;
  std::vector<std::int64_t> clock_offset_ms;
  std::uint64_t time_us = 1'000'000;

 private:
  void step(std::size_t at, Input input) {
    if (is_down[at]) {
      wake[at] = time_us + 10'000;
      return;
    }
    carry_out(at, cores[at]->step(now(at), std::move(input)));
  }
  void later(std::uint64_t delay_us, std::size_t at, Input input) {
    events.emplace(time_us + delay_us, std::pair{at, std::move(input)});
  }
  void carry_out(std::size_t at, Output output) {
    wake[at] = output.wake_at_us;
    if (output.turn != 0) later(kSyncUs, at, Synced{TestLog::synced(output.turn)});
    for (const Outgoing& outgoing : output.send) transmit(at, outgoing, kWireUs);
    for (Held& held : output.held) {
      for (const Outgoing& outgoing : std::move(held).release(TestLog::synced(output.turn))) {
        transmit(at, outgoing, kSyncUs + kWireUs);
      }
    }
    for (FinalizedBlock& block : output.deliver) {
      Bytes digest = encode(roots[at], block.hash);
      for (const BatchPointer& batch : block.batches)
        digest.insert(digest.end(), batch->tip.begin(), batch->tip.end());
      roots[at] = sha256(digest);
      later(kSyncUs, at, Executed{block.header.height, roots[at]});
      blocks[at].push_back(std::move(block));
    }
    for (Notice& notice : output.notices) notices.push_back(std::move(notice));
    for (Evidence& piece : output.evidence) evidence.push_back(std::move(piece));
  }
  void transmit(std::size_t from, const Outgoing& outgoing, std::uint64_t delay_us) {
    for (std::size_t to = 0; to < n(); ++to) {
      if (to == from || (outgoing.to && outgoing.to->value() != to)) continue;
      if (auto received = verified(fixture.verifier, node(from), outgoing.message)) {
        later(delay_us, to, std::move(*received));
      }
    }
  }

  static constexpr std::uint64_t kSyncUs = 500;
  static constexpr std::uint64_t kWireUs = 200;
  std::multimap<std::uint64_t, std::pair<std::size_t, Input>> events;
  std::vector<std::uint64_t> wake;
};

}  // namespace jingchu::consensus::testing
