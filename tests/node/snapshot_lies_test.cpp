// Snapshots that lie, each in one place: what refuses them, and in which words.
#include "common/codec.h"
#include "ledger/state.h"
#include "tests/node/snapshot_support.h"

#include <doctest/doctest.h>

namespace jingchu::node::test {
namespace {

using ledger::Snapshot;
using ledger::SnapshotEntry;
using Entries = std::vector<SnapshotEntry>;

struct Honest {
  SnapshotChain made;
  const Snapshot snapshot = (made.run_next(), made.snapshot());
  const std::string file = made.genesis_file();
};

const Honest& honest() {
  static const Honest kHonest;
  return kHonest;
}

std::string words(const Error& error) {
  return std::string(to_string(error.fault)) + " " + error.type + ": " + error.what;
}

std::string verdict(const Snapshot& snapshot) {
  const auto verified = verify_snapshot(snapshot, as_bytes(honest().file), honest().made.genesis_root());
  return verified.ok() ? "ok" : words(verified.error());
}

// What a verifier says of the snapshot with this change.
std::string verdict_of(const std::function<void(Snapshot&)>& change) {
  Snapshot snapshot = honest().snapshot;
  change(snapshot);
  return verdict(snapshot);
}

// As a peer gives it: a manifest and chunks.
struct Given {
  Snapshot snapshot = honest().snapshot;
  std::vector<Bytes> chunks = honest().made.state.chunks;

  Entries entries(std::size_t index) const { return decode<Entries>(chunks.at(index)).value(); }
  // Another chunk, which the manifest names; with the checksum of the one before, or its own.
  void replace(std::size_t index, const Entries& entries, bool with_checksum = false) {
    chunks[index] = encode(entries);
    auto& named = snapshot.contents.chunks.at(index);
    named.entries = static_cast<std::uint32_t>(entries.size());
    named.bytes = static_cast<std::uint32_t>(chunks[index].size());
    named.hash = sha256(chunks[index]);
    if (!with_checksum) return;
    named.checksum = {};
    for (const auto& entry : entries) {
      if (entry.key.front() == 's') named.checksum.add(entry.key.substr(1), entry.value);
    }
  }
};

// What the whole way of a snapshot into a store ends with.
std::string outcome(const Given& given) {
  const std::string verified = verdict(given.snapshot);
  if (verified != "ok") return verified;
  ledger::MemoryDatabase genesis_store;
  open_executor(honest().made.chain.genesis, genesis_store);
  ledger::MemoryDatabase store;
  const Status done = restore(store, genesis_store, given.snapshot, given.chunks);
  if (done.ok()) return "ok";
  CHECK_FALSE(ledger::BlockStore(store).head().value().has_value());
  return words(done.error());
}

std::string outcome_of(const std::function<void(Given&)>& change) {
  Given given;
  change(given);
  return outcome(given);
}

// The history of a head, by its encoding.
merkle::Accumulator history_of(std::uint64_t size, const std::vector<Hash>& peaks) {
  return decode<merkle::Accumulator>(encode(size, peaks)).value();
}
std::vector<Hash> peaks_of(const merkle::Accumulator& history) {
  std::vector<Hash> peaks;
  history.visit_peaks([&](unsigned, std::uint64_t, const Hash& peak) { peaks.push_back(peak); });
  return peaks;
}

// Final again after a change of the header.
void certify(ledger::FinalHeader& proof) {
  proof.path.clear();
  honest().made.chain.certify(proof);
}

#define CHECK_SAYS(verdict, words) CHECK_EQ(::jingchu::node::test::part_of(verdict, words), words)

// The words, if they are in it; else all of it.
std::string part_of(const std::string& text, const std::string& words) {
  return text.find(words) == text.npos ? text : words;
}

TEST_CASE("what is honest is accepted") {
  CHECK_EQ(verdict_of([](Snapshot&) {}), "ok");
  CHECK_EQ(outcome_of([](Given&) {}), "ok");
}

TEST_CASE("a head that lies is refused, each field of it") {
  const auto head_verdict = [](const std::function<void(ledger::ExecutionHead&)>& change) {
    return verdict_of([&](Snapshot& snapshot) { change(snapshot.contents.head); });
  };
  using Head = ledger::ExecutionHead;
  const std::string bad = "peer bad-snapshot: ";
  CHECK_SAYS(head_verdict([](Head& head) { ++head.format; }), bad + "its head has another format");
  CHECK_SAYS(head_verdict([](Head& head) { head.chain_id[0] ^= 1; }),
             bad + "the block behind it: other-chain");
  CHECK_SAYS(head_verdict([](Head& head) { head.height = head.height.next(); }),
             bad + "the block behind it names another height");
  CHECK_SAYS(head_verdict([](Head& head) { head.hash[0] ^= 1; }),
             bad + "the block behind it has another parent");
  for (const auto root : {&ledger::Roots::entities, &ledger::Roots::checksum, &ledger::Roots::receipts,
                          &ledger::Roots::history}) {
    CHECK_SAYS(head_verdict([&](Head& head) { (head.roots.*root)[31] ^= 1; }), bad + "its executed root is");
  }
  CHECK_SAYS(head_verdict([](Head& head) { head.genesis_root[0] ^= 1; }),
             bad + "its genesis root is another");
  CHECK_SAYS(head_verdict([](Head& head) { head.checksum.add("k", {}); }),
             bad + "its checksum is not that of its root");
  const std::string history = bad + "its history is not that of its root";
  CHECK_SAYS(head_verdict([](Head& head) { head.history.append(kZeroHash); }), history);
  const auto peaks = peaks_of(honest().snapshot.contents.head.history);
  REQUIRE_EQ(peaks.size(), 2u);
  // Of as many peaks, and so of the same root; of too few and too many.
  CHECK_SAYS(head_verdict([&](Head& head) { head.history = history_of(10, peaks); }), history);
  CHECK_SAYS(head_verdict([&](Head& head) { head.history = history_of(9, {peaks[0]}); }), history);
  CHECK_SAYS(head_verdict([&](Head& head) { head.history = history_of(9, {head.roots.history}); }), history);
  CHECK_SAYS(head_verdict([&](Head& head) { head.history = history_of(9, {peaks[1], peaks[0]}); }), history);
}

TEST_CASE("chunks in the manifest that do not make the state are refused") {
  const auto chunks_verdict = [](const std::function<void(std::vector<ledger::SnapshotChunk>&)>& change) {
    return verdict_of([&](Snapshot& snapshot) { change(snapshot.contents.chunks); });
  };
  using Chunks = std::vector<ledger::SnapshotChunk>;
  const std::string state = "peer bad-snapshot: its chunks do not make the state";
  const std::string size = "peer bad-snapshot: a chunk of no size";
  CHECK_SAYS(chunks_verdict([](Chunks& chunks) {
               chunks.pop_back();
               chunks.pop_back();
             }),
             state);
  CHECK_SAYS(chunks_verdict([](Chunks& chunks) { chunks.clear(); }), state);
  CHECK_SAYS(chunks_verdict([](Chunks& chunks) { chunks.push_back(chunks.front()); }), state);
  CHECK_SAYS(chunks_verdict([](Chunks& chunks) { chunks[1].checksum.add("k", {}); }), state);
  CHECK_SAYS(chunks_verdict([](Chunks& chunks) { chunks[1].entries = 0; }), size);
  CHECK_SAYS(chunks_verdict([](Chunks& chunks) { chunks[1].bytes = (32 << 20) + 1; }), size);
}

TEST_CASE("sets and final blocks that lie are refused") {
  const std::string behind = "peer bad-snapshot: the block behind it: ";
  const std::string last = "peer bad-snapshot: its last block";
  CHECK_SAYS(verdict_of([](Snapshot& it) { it.sets.clear(); }), behind + "other-set");
  CHECK_SAYS(verdict_of([](Snapshot& it) { it.sets.push_back(it.sets.front()); }), behind);
  CHECK_SAYS(verdict_of([](Snapshot& it) { it.sets[0].validators.pop_back(); }), behind + "set-hash");
  CHECK_SAYS(verdict_of([](Snapshot& it) { it.sets[0].proof.finalization.signatures.pop_back(); }),
             behind + "quorum");
  CHECK_SAYS(verdict_of([](Snapshot& it) { it.following.finalization.signatures.pop_back(); }),
             behind + "quorum at /anchor/finalization, expected 4, found 3");
  CHECK_SAYS(verdict_of([](Snapshot& it) { it.following.finalization.signatures[1].signature[5] ^= 1; }),
             behind + "signature");
  CHECK_SAYS(verdict_of([](Snapshot& it) { ++it.following.header.time_ms; }), behind + "certificate-block");
  CHECK_SAYS(verdict_of([](Snapshot& it) { it.last.finalization.signatures.pop_back(); }), last + ": quorum");
  CHECK_SAYS(verdict_of([](Snapshot& it) { it.last.finalization.signatures[1].signature[5] ^= 1; }),
             last + ": signature");
  CHECK_SAYS(verdict_of([](Snapshot& it) { ++it.last.header.time_ms; }), last + " is not that of its head");
  CHECK_SAYS(verdict_of([](Snapshot& it) { it.last = it.sets[0].proof; }),
             "its height is not an epoch's end");
  CHECK_SAYS(verdict_of([](Snapshot& it) { std::swap(it.last, it.following); }), "has another parent");
  CHECK_SAYS(verdict_of([](Snapshot& it) { it.following = it.sets[0].proof; }), "bad-snapshot");
}

// A quorum would have to sign these: what is looked at does not hang on the certificate alone.
TEST_CASE("final headers that name something else are refused") {
  const auto signed_verdict = [](const std::function<void(consensus::Header&)>& change) {
    return verdict_of([&](Snapshot& snapshot) {
      change(snapshot.following.header);
      certify(snapshot.following);
    });
  };
  using consensus::Header;
  CHECK_EQ(signed_verdict([](Header& header) { header.time_ms += 1; }), "ok");
  CHECK_SAYS(signed_verdict([](Header& header) { header.parent_hash[0] ^= 1; }), "has another parent");
  CHECK_SAYS(signed_verdict([](Header& header) { header.height = Height(11); }), "names another height");
  CHECK_SAYS(signed_verdict([](Header& header) { header.executed_height = Height(8); }),
             "names another height");
  CHECK_SAYS(signed_verdict([](Header& header) { header.executed_root[0] ^= 1; }), "its executed root is");
}

TEST_CASE("a snapshot of another chain, or from the middle of an epoch, is refused") {
  const auto& [made, snapshot, file] = honest();
  auto other = made.chain.genesis;
  other.name = "another";
  CHECK_SAYS(
      words(verify_snapshot(snapshot, as_bytes(ledger::write_genesis(other)), made.genesis_root()).error()),
      "the block behind it: other-chain");
  CHECK_SAYS(words(verify_snapshot(snapshot, as_bytes(file), kZeroHash).error()),
             "its genesis root is another");
  GovernedChain chain(genesis_of_snapshots());
  chain.run();
  const auto state = cut(*chain.store.freeze());
  chain.run();
  const auto early = prove_snapshot(chain.store, chain.genesis, state.contents).value().value();
  CHECK_SAYS(verdict(early), "its height is not an epoch's end");
}

TEST_CASE("a chunk whose bytes are not those of the manifest is damaged, whoever gave it") {
  const std::string damaged = "peer chunk-damaged: ";
  CHECK_SAYS(outcome_of([](Given& it) { it.chunks[3][100] ^= 1; }), damaged);
  CHECK_SAYS(outcome_of([](Given& it) { it.chunks[3].pop_back(); }), damaged);
  CHECK_SAYS(outcome_of([](Given& it) { it.chunks[3].push_back(0); }), damaged);
  CHECK_SAYS(outcome_of([](Given& it) { it.snapshot.contents.chunks[3].hash[0] ^= 1; }), damaged);
  CHECK_SAYS(outcome_of([](Given& it) { it.snapshot.contents.chunks[3].bytes += 1; }), damaged);
  CHECK_SAYS(outcome_of([](Given& it) { std::swap(it.chunks[3], it.chunks[4]); }), damaged);
  CHECK_SAYS(outcome_of([](Given& it) { it.snapshot.contents.chunks[3].entries += 1; }),
             "peer bad-snapshot: a chunk has another number of entries");
}

TEST_CASE("a chunk that lies with its manifest is refused by its checksum, or by the sum of all") {
  const std::function<void(Entries&)> changes[] = {
      [](Entries& entries) { entries[2].value.back() ^= 1; },
      [](Entries& entries) { entries[2].key += 'a'; },
      [](Entries& entries) { entries.erase(entries.begin() + 1); },
      [](Entries& entries) {
        entries.insert(entries.begin(), {"sa/", {}});
      },
  };
  for (const auto& change : changes) {
    Given given;
    auto entries = given.entries(0);
    change(entries);
    given.replace(0, entries);
    CHECK_SAYS(outcome(given), "peer bad-snapshot: a chunk has not the checksum of the manifest");
    given.replace(0, entries, true);
    CHECK_SAYS(outcome(given), "peer bad-snapshot: its chunks do not make the state");
  }
  // The sum of all is right; each of the two is not.
  CHECK_SAYS(outcome_of([](Given& it) {
               it.snapshot.contents.chunks[0].checksum.add("k", {});
               it.snapshot.contents.chunks[1].checksum.remove("k", {});
             }),
             "peer bad-snapshot: a chunk has not the checksum of the manifest");
}

TEST_CASE("entries in another order, twice, or not of the state are refused") {
  const auto outcome_with = [](const std::function<void(Entries&)>& change) {
    return outcome_of([&](Given& given) {
      auto entries = given.entries(1);
      change(entries);
      given.replace(1, entries);
    });
  };
  const std::string order = "peer bad-snapshot: a chunk is not in the order of its keys";
  CHECK_SAYS(outcome_with([](Entries& entries) { std::swap(entries[0], entries[1]); }), order);
  CHECK_SAYS(outcome_with([](Entries& entries) { entries.insert(entries.begin(), entries.front()); }), order);
  const std::string other = "peer bad-snapshot: a chunk holds what is not of the state";
  for (const char* key : {"", "m", "b", "p", "t", "z"}) {
    CHECK_SAYS(outcome_with([&](Entries& entries) {
                 entries.push_back({key, {}});
                 if (entries.back().key < entries.front().key)
                   std::rotate(entries.begin(), entries.end() - 1, entries.end());
               }),
               other);
  }
  CHECK_SAYS(outcome_of([](Given& it) {
               std::swap(it.chunks[1], it.chunks[2]);
               std::swap(it.snapshot.contents.chunks[1], it.snapshot.contents.chunks[2]);
             }),
             "peer bad-snapshot: its chunks are not in the order of their keys");
  CHECK_SAYS(outcome_of([](Given& it) {
               it.chunks[1] = to_bytes("no entries");
               auto& named = it.snapshot.contents.chunks[1];
               named.bytes = static_cast<std::uint32_t>(it.chunks[1].size());
               named.hash = sha256(it.chunks[1]);
             }),
             "peer bad-snapshot: a chunk cannot be read");
}

TEST_CASE("batches are those that the queue needs, and what their keys say") {
  const auto outcome_with = [](const std::function<void(Entries&)>& change) {
    return outcome_of([&](Given& given) {
      const std::size_t last = given.chunks.size() - 1;
      auto entries = given.entries(last);
      REQUIRE(entries.back().key.front() == 't');
      change(entries);
      if (!entries.empty()) {
        given.replace(last, entries);
      } else {
        given.chunks.pop_back();
        given.snapshot.contents.chunks.pop_back();
      }
    });
  };
  CHECK_EQ(outcome_with([](Entries&) {}), "ok");
  const std::string needs = "peer bad-snapshot: its batches are not those that its queue needs";
  CHECK_SAYS(outcome_with([](Entries& entries) { entries.pop_back(); }), needs);
  CHECK_SAYS(outcome_with([](Entries& entries) {
               const auto& early = honest().made.chain.blocks[0].batches[0];
               entries.push_back({ledger::store_keys::batch(early->tip), encode(early->batch)});
               const auto end = entries.end();
               if (end[-1].key < end[-2].key) std::swap(end[-1], end[-2]);
             }),
             needs);
  CHECK_SAYS(outcome_with([](Entries& entries) { entries.back().key.back() ^= 1; }),
             "peer bad-snapshot: a batch is not the one of its key");
  CHECK_SAYS(outcome_with([](Entries& entries) {
               const auto& early = honest().made.chain.blocks[0].batches[0];
               entries.back().value = encode(early->batch);
             }),
             "peer bad-snapshot: a batch is not the one of its key");
  CHECK_SAYS(outcome_with([](Entries& entries) { entries.back().value.pop_back(); }),
             "peer bad-snapshot: a batch cannot be read");
}

}  // namespace
}  // namespace jingchu::node::test
