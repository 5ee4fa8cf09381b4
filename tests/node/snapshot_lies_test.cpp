// Manifests that lie, each in one place: what refuses them, and in which words.
#include "tests/node/snapshot_given.h"

#include <doctest/doctest.h>

namespace jingchu::node::test {
namespace {

using ledger::Snapshot;

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

TEST_CASE("a manifest that is cut off, too long or of another format is refused") {
  const Bytes whole = encode_snapshot(honest().snapshot);
  for (std::size_t size = 0; size < whole.size(); ++size) {
    const auto decoded = ledger::decode_snapshot(ByteView(whole).first(size));
    REQUIRE_FALSE(decoded.ok());
    REQUIRE_EQ(decoded.error().type, "bad-snapshot");
  }
  const auto refusal = [](Bytes bytes) { return words(ledger::decode_snapshot(bytes).error()); };
  Bytes longer = whole;
  longer.push_back(0);
  CHECK_SAYS(refusal(longer), "peer bad-snapshot: the manifest cannot be read");
  auto other = honest().snapshot;
  other.contents.format = 2;
  CHECK_SAYS(refusal(encode_snapshot(other)), "peer bad-snapshot: its format is 2");
  CHECK_SAYS(refusal(Bytes(ledger::kSnapshotManifestBytesMax + 1)),
             "peer bad-snapshot: the manifest is too long");
}

TEST_CASE("no byte of a manifest can be another") {
  const Bytes whole = encode_snapshot(honest().snapshot);
  std::size_t changed = 0;
  for (std::size_t at = 0; at < whole.size(); at += 61) {
    Bytes bytes = whole;
    bytes[at] ^= 0x10;
    const auto decoded = ledger::decode_snapshot(bytes);
    if (!decoded.ok()) continue;
    Given given;
    given.snapshot = *decoded;
    CAPTURE(at);
    REQUIRE(outcome(given) != "ok");
    ++changed;
  }
  CHECK(changed > 100);
}

}  // namespace
}  // namespace jingchu::node::test
