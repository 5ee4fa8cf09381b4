// Chunks that lie, also together with their manifest, and stores that fail while one is made.
#include "tests/node/snapshot_given.h"

#include <doctest/doctest.h>

namespace jingchu::node::test {
namespace {

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
  for (const std::string& key : {std::string(), std::string("m"), std::string("b"), std::string("t"),
                                 std::string(33, 'b'), std::string(33, 'x')}) {
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

consensus::Batch unsigned_batch(const consensus::SealedBatch& sealed) {
  auto batch = sealed.batch;
  batch.signature = {};
  return batch;
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
               entries.push_back({ledger::store_keys::batch(early->tip), encode(unsigned_batch(*early))});
               const auto end = entries.end();
               if (end[-1].key < end[-2].key) std::swap(end[-1], end[-2]);
             }),
             needs);
  CHECK_SAYS(outcome_with([](Entries& entries) { entries.back().key.back() ^= 1; }),
             "peer bad-snapshot: a batch is not the one of its key");
  CHECK_SAYS(outcome_with([](Entries& entries) {
               const auto& early = honest().made.chain.blocks[0].batches[0];
               entries.back().value = encode(unsigned_batch(*early));
             }),
             "peer bad-snapshot: a batch is not the one of its key");
  CHECK_SAYS(outcome_with([](Entries& entries) { entries.back().value.pop_back(); }),
             "peer bad-snapshot: a batch cannot be read");
  CHECK_SAYS(outcome_with([](Entries& entries) { entries.back().value.back() = 1; }),
             "peer bad-snapshot: a batch has a signature");
}

// Nothing is looked at before the last chunk is there: what comes first may be anything.
TEST_CASE("a restorer that is given what no chunk can be refuses it as the peer's fault") {
  const auto& snapshot = honest().snapshot;
  ledger::MemoryDatabase store;
  const auto added = [&](const std::string& key, const Bytes& value) {
    ledger::SnapshotRestorer restorer(store, store, snapshot);
    const Status status = restorer.add({{key, value}});
    return status.ok() ? "ok" : words(status.error());
  };
  CHECK_SAYS(added("sevidence/head/x", to_bytes("no head")), "peer bad-snapshot: ");
  CHECK_SAYS(added("t", {}), "peer bad-snapshot: it holds what is not of the state");
  CHECK_SAYS(added("m", {}), "peer bad-snapshot: it holds what is not of the state");
}

TEST_CASE("a store is finished only with all chunks, and with the tree that the head names") {
  const auto& [made, snapshot, file] = honest();
  ledger::MemoryDatabase genesis_store;
  open_executor(made.chain.genesis, genesis_store);
  for (std::size_t missing = 0; missing < made.state.chunks.size(); ++missing) {
    CAPTURE(missing);
    ledger::MemoryDatabase store;
    ledger::SnapshotRestorer restorer(store, genesis_store, snapshot);
    for (std::size_t i = 0; i < made.state.chunks.size(); ++i) {
      if (i != missing) REQUIRE(restorer.add(decode<Entries>(made.state.chunks[i]).value()).ok());
    }
    const Status done = restorer.finish();
    REQUIRE_FALSE(done.ok());
    CHECK_EQ(done.error().type, "bad-snapshot");
    CHECK_FALSE(ledger::BlockStore(store).head().value().has_value());
  }
  auto other = snapshot;
  other.contents.head.roots.entities[0] ^= 1;
  ledger::MemoryDatabase store;
  CHECK_SAYS(words(restore(store, genesis_store, other, made.state.chunks).error()),
             "peer bad-snapshot: its entities make the root");
  CHECK_FALSE(ledger::BlockStore(store).head().value().has_value());
}

// A store that refuses writes once so many have succeeded.
class StoppingStore final : public ledger::KeyValueStore {
 public:
  explicit StoppingStore(std::size_t left) : left_(left) {}
  Result<std::optional<Bytes>> get(std::string_view key) const override { return store_.get(key); }
  Status scan(std::string_view prefix, std::string_view from,
              const std::function<bool(std::string_view, ByteView)>& visit) const override {
    return store_.scan(prefix, from, visit);
  }
  std::unique_ptr<const ledger::KeyValueStore> freeze() const override { return store_.freeze(); }
  Status write(const ledger::WriteBatch& batch, ledger::Durability durability) override {
    if (left_ == 0) return environment_error("storage-failed", "as asked");
    --left_;
    is_synced = durability == ledger::Durability::kSynced;
    return store_.write(batch, durability);
  }
  bool is_synced = false;

 private:
  ledger::MemoryDatabase store_;
  std::size_t left_;
};

TEST_CASE("a store that fails at any write has no head, and one that is finished is synced") {
  const auto& [made, snapshot, file] = honest();
  ledger::MemoryDatabase genesis_store;
  open_executor(made.chain.genesis, genesis_store);
  std::size_t failed = 0;
  for (;; ++failed) {
    StoppingStore store(failed);
    const Status done = restore(store, genesis_store, snapshot, made.state.chunks, 30);
    const auto head = ledger::BlockStore(store).head().value();
    REQUIRE_EQ(head.has_value(), done.ok());
    if (done.ok()) {
      CHECK(store.is_synced);
      break;
    }
    REQUIRE_EQ(done.error().type, "storage-failed");
  }
  CHECK(failed > made.state.chunks.size() + 2);
}

TEST_CASE("a cut whose chunks cannot be kept, or of a store without genesis, is an error") {
  const auto full = [](std::size_t, ByteView) { return Status(environment_error("disk-full", "as asked")); };
  CHECK_EQ(ledger::cut_snapshot(honest().made.chain.store, full, 100).error().type, "disk-full");
  CHECK_EQ(ledger::cut_snapshot(honest().made.chain.store, full).error().type, "disk-full");
  CHECK_EQ(ledger::cut_snapshot(ledger::MemoryDatabase(), full).error().type, "no-genesis");
  SnapshotChain made;
  ledger::WriteBatch writes;
  for (const auto& batch : made.chain.blocks.back().batches) {
    writes.erase(ledger::store_keys::batch(batch->tip));
  }
  REQUIRE(made.chain.store.write(writes, ledger::Durability::kLater).ok());
  std::string told;
  made.chain.store.notify([&](const Error& error) { told = error.type; });
  const auto taken = [](std::size_t, ByteView) { return ok_status(); };
  CHECK_EQ(ledger::cut_snapshot(made.chain.store, taken).error().type, "storage-corrupted");
  CHECK_EQ(told, "storage-corrupted");
}

}  // namespace
}  // namespace jingchu::node::test
