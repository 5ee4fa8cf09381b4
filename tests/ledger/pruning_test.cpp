#include "ledger/pruning.h"

#include <doctest/doctest.h>

#include "ledger/store_check.h"
#include "tests/ledger/governed_modules.h"
#include "tests/ledger/signed_chain.h"

namespace jingchu::ledger::test {
namespace {

// The store of a chain, which refuses writes once so many have succeeded.
class FailingStore final : public KeyValueStore {
 public:
  explicit FailingStore(KeyValueStore& store) : store_(store) {}
  Result<std::optional<Bytes>> get(std::string_view key) const override { return store_.get(key); }
  Status scan(std::string_view prefix, std::string_view from,
              const std::function<bool(std::string_view, ByteView)>& visit) const override {
    ++scans;
    return store_.scan(prefix, from, visit);
  }
  std::unique_ptr<const KeyValueStore> freeze() const override { return store_.freeze(); }
  Status write(const WriteBatch& batch, Durability durability) override {
    if (left == 0) return environment_error("storage-failed", "as asked");
    --left;
    return store_.write(batch, durability);
  }
  std::size_t left = SIZE_MAX;
  mutable std::size_t scans = 0;

 private:
  KeyValueStore& store_;
};

Genesis short_genesis() {
  Genesis genesis = genesis_of_short_epochs();
  genesis.rules.validity_window = 10;
  genesis.parameters.execution_lag_max = 4;
  genesis.chain_id = sha256(as_bytes(write_genesis(genesis)));
  return genesis;
}

constexpr std::uint64_t kBlocks = 150;

std::map<std::string, Bytes> entries(const KeyValueStore& store) {
  std::map<std::string, Bytes> all;
  REQUIRE(store
              .scan({}, {},
                    [&](std::string_view key, ByteView value) {
                      all[std::string(key)] = to_bytes(value);
                      return true;
                    })
              .ok());
  return all;
}

std::size_t count(const KeyValueStore& store, const std::string& prefix) {
  std::size_t found = 0;
  REQUIRE(store.scan(prefix, {}, [&](std::string_view, ByteView) { return ++found; }).ok());
  return found;
}

// All that is due, as far as the store lets it.
Status prune(KeyValueStore& store, const Genesis& genesis) {
  Pruner pruner(store, genesis, 1);
  for (;;) {
    for (bool done = false; !done;) {
      ASSIGN_OR_RETURN(done, pruner.step(2));
    }
    ASSIGN_OR_RETURN(const auto epoch, pruner.due());
    if (!epoch) return ok_status();
    RETURN_IF_ERROR(pruner.begin(*epoch));
  }
}

}  // namespace

TEST_CASE("pruning: whole epochs go, but for their last blocks; what is kept is whole") {
  SignedChain chain(short_genesis());
  chain.run_some(kBlocks);
  const std::uint64_t kept = kept_blocks_min(chain.genesis());
  const std::uint64_t target = (kBlocks - kept) / kEpochBlocks * kEpochBlocks;
  REQUIRE(target >= 2 * kEpochBlocks);
  REQUIRE(prune(chain.store(), chain.genesis()).ok());
  const BlockStore blocks(chain.store());
  CHECK(read_horizon(chain.store())->target == Height(target));
  CHECK(blocks.block(Height(target)).error().type == "pruned");
  CHECK(blocks.block(Height(1)).error().type == "pruned");
  CHECK(blocks.block(Height(0)).ok());
  CHECK(blocks.block(Height(target + 1))->has_value());
  CHECK(blocks.closing(Height(target))->has_value());
  CHECK(blocks.closing(Height(kEpochBlocks))->value().finalization);
  CHECK_FALSE(blocks.closing(Height(1))->has_value());
  for (const char* prefix : {"r", "x", "t"}) CHECK(count(chain.store(), prefix) == kBlocks - target);
  CHECK(count(chain.store(), "c") == kBlocks - target + 1);
  CHECK(count(chain.store(), "b") == kBlocks - target + 1 + target / kEpochBlocks);
  CHECK_FALSE(blocks.chain({Height(0)})->has_value());
  CHECK(blocks.chain({Height(target)})->has_value());
  CHECK(exportable_epochs(chain.source())->value().first == Epoch(target / kEpochBlocks));
  auto first = first_position(chain.source(), chain.verifier().position());
  REQUIRE(first.ok());
  ChainVerifier verifier(chain.genesis(), *first);
  const Status whole = check_chain(chain.source(), verifier);
  CHECK_MESSAGE(whole.ok(), (whole.ok() ? "" : whole.error().to_string()));
  chain.run_some(3);
}

TEST_CASE("pruning: a batch stays as long as a kept block executed from it") {
  Genesis genesis = short_genesis();
  genesis.rules.block_cost_max = 1;  // one transaction a block, the others wait
  genesis.chain_id = sha256(as_bytes(write_genesis(genesis)));
  SignedChain chain(genesis);
  const std::uint64_t target = (kBlocks - kept_blocks_min(genesis)) / kEpochBlocks * kEpochBlocks;
  chain.run_some(target - 1);
  std::vector<PreparedPointer> three;
  for (std::uint8_t i = 0; i < 3; ++i) {
    three.push_back(transaction(genesis, {call("put", "w=" + std::to_string(i))},
                                {.seed = 2, .nonce = i, .valid_until = target + 9}));
  }
  chain.run({three});
  const BlockStore blocks(chain.store());
  chain.run_some(kBlocks - target);
  const auto last = blocks.outcome(three[2]->id)->value();
  REQUIRE(last.place.height == Height(target + 2));
  REQUIRE(prune(chain.store(), genesis).ok());
  REQUIRE(read_horizon(chain.store())->target == Height(target));
  CHECK_FALSE(blocks.outcome(three[0]->id)->has_value());
  CHECK(blocks.transaction(three[2]->id)->has_value());
  CHECK(blocks.batch(last.place.batch).value() != nullptr);
  const auto place = blocks.batch_place(last.place.batch).value();
  REQUIRE(place.has_value());
  CHECK(place->height == Height(target));
  CHECK(chain.store().get(store_keys::batch_at(*place)).value().has_value());
  chain.run_some(kEpochBlocks);
  REQUIRE(prune(chain.store(), genesis).ok());
  CHECK(blocks.batch(last.place.batch).value() == nullptr);
  CHECK_FALSE(chain.store().get(store_keys::batch_at(*place)).value().has_value());
}

TEST_CASE("pruning: broken off after any write and gone on with, it leaves the same store") {
  SignedChain chain(short_genesis());
  chain.run_some(kBlocks);
  const auto before = entries(chain.store());
  REQUIRE(prune(chain.store(), chain.genesis()).ok());
  const auto expected = entries(chain.store());
  for (std::size_t writes = 0;; ++writes) {
    WriteBatch back;
    for (const auto& [key, value] : before) back.put(key, value);
    back.erase(std::string(kHorizonKey));
    REQUIRE(chain.store().write(back, Durability::kLater).ok());
    FailingStore failing(chain.store());
    failing.left = writes;
    const bool finished = prune(failing, chain.genesis()).ok();
    const auto first = first_position(chain.source(), chain.verifier().position());
    REQUIRE(first.ok());
    if (writes % 4 == 0) {
      ChainVerifier verifier(chain.genesis(), *first);
      REQUIRE(check_chain(chain.source(), verifier).ok());
    }
    REQUIRE(prune(chain.store(), chain.genesis()).ok());
    REQUIRE(entries(chain.store()) == expected);
    if (finished) break;
  }
}

TEST_CASE("pruning: a step looks through the queue once, whatever it lets go of") {
  SignedChain chain(short_genesis());
  chain.run_some(kBlocks);
  FailingStore counting(chain.store());
  Pruner pruner(counting, chain.genesis(), 1);
  REQUIRE(pruner.begin(pruner.due().value().value()).ok());
  CHECK(pruner.step(kEpochBlocks).value());
  CHECK(counting.scans == 1);
  CHECK(pruner.step(kEpochBlocks).value());
  CHECK(counting.scans == 1);
}

TEST_CASE("store check: closing proofs of what is pruned lead from genesis to the present validators") {
  SignedChain chain(genesis_of_modules(), governed_modules());
  for (std::uint64_t block = kept_blocks_min(chain.genesis()) + 24; block != 0; --block) chain.run({});
  REQUIRE(prune(chain.store(), chain.genesis()).ok());
  const Height horizon = read_horizon(chain.store())->target;
  REQUIRE(horizon >= Height(20));  // both changes of the validators lie behind it
  CHECK(check_closings(chain.source()).value() == horizon.value() / 4);
  const auto verdict = [&](Height height, const std::function<void(StoredBlock&)>& change) {
    const auto key = store_keys::summary(height);
    const Bytes before = chain.store().get(key)->value();
    auto block = BlockStore(chain.store()).closing(height)->value();
    change(block);
    WriteBatch writes;
    writes.put(key, encode_summary(block));
    REQUIRE(chain.store().write(writes, Durability::kLater).ok());
    const auto found = check_closings(chain.source());
    WriteBatch back;
    back.put(key, before);
    REQUIRE(chain.store().write(back, Durability::kLater).ok());
    return found.ok() ? std::string("ok") : found.error().what;
  };
  const auto has = [](const std::string& text, const std::string& part) {
    return text.find(part) != text.npos;
  };
  for (const std::uint64_t height : {4, 8, 12, 16, 20}) {
    CAPTURE(height);
    const Height at(height);
    const std::string name = "block " + to_string(at) + ": ";
    CHECK(verdict(at, [](auto&) {}) == "ok");
    CHECK(has(verdict(at, [](auto& b) { b.finalization.reset(); }), name + "it has no finalization"));
    CHECK(has(verdict(at, [](auto& b) { b.finalization->signatures[1].signature[3] ^= 1; }), name));
    CHECK(has(verdict(at, [](auto& b) { b.header.time_ms += 1; }), name + "its finalization is of another"));
    CHECK(has(verdict(at, [](auto& b) { b.hash[0] ^= 1; }), name + "the hash of its summary"));
    CHECK(has(verdict(at, [](auto& b) { b.header.validators_hash[0] ^= 1; }), name + "its validators_hash"));
    CHECK(has(verdict(at, [](auto& b) { b.header.next_validators_hash[0] ^= 1; }), name));
    const auto other = BlockStore(chain.store()).closing(Height(height == 4 ? 8 : 4))->value();
    CHECK(has(verdict(at, [&](auto& b) { b = other; }), name + "another block is in its place"));
  }
  WriteBatch erased;
  erased.erase(store_keys::summary(Height(8)));
  REQUIRE(chain.store().write(erased, Durability::kLater).ok());
  CHECK(has(check_closings(chain.source()).error().what, "block 8: the last block (key b)"));
}

TEST_CASE("store check: what is missing or changed is named") {
  SignedChain chain(short_genesis());
  chain.run_some(5);
  const auto verdict = [&](const std::string& key, const std::function<void(Bytes&)>& change) {
    const Bytes before = chain.store().get(key)->value();
    Bytes changed = before;
    change(changed);
    WriteBatch writes;
    if (changed.empty()) writes.erase(key);
    if (!changed.empty()) writes.put(key, changed);
    REQUIRE(chain.store().write(writes, Durability::kLater).ok());
    auto verifier = chain.verifier();
    Status status = check_chain(chain.source(), verifier);
    if (status.ok()) status = check_state(chain.store(), *BlockStore(chain.store()).head().value());
    WriteBatch back;
    back.put(key, before);
    REQUIRE(chain.store().write(back, Durability::kLater).ok());
    return status.ok() ? std::string("ok") : status.error().what;
  };
  const auto flip = [](Bytes& bytes) { bytes.back() ^= 1; };
  const auto erase = [](Bytes& bytes) { bytes.clear(); };
  const auto block = BlockStore(chain.store()).block(Height(2))->value();
  const auto has = [](const std::string& text, const std::string& part) {
    return text.find(part) != text.npos;
  };
  CHECK(verdict(store_keys::head(), [](Bytes&) {}) == "ok");
  CHECK(has(verdict(store_keys::head(), flip), "head (key m)"));
  CHECK(has(verdict(store_keys::summary(Height(2)), erase), "block 2: its summary (key b)"));
  CHECK(has(verdict(store_keys::receipts(Height(2), 0), erase), "block 2: the receipts (key r)"));
  CHECK(has(verdict(store_keys::batch(block.batches[0]), erase), "block 2: the batch (key t)"));
  CHECK(has(verdict(store_keys::batch_at({Height(2), 0}), erase), "a batch is missing"));
  CHECK(has(verdict(store_keys::transaction(block.transactions[0]), erase), "block 2: the place (key x)"));
  CHECK(has(verdict(store_keys::transaction(block.transactions[0]), flip), "block 2: the place (key x)"));
  std::string entry;
  REQUIRE(chain.store()
              .scan("s", "s",
                    [&](std::string_view key, ByteView) {
                      entry = key;
                      return false;
                    })
              .ok());
  CHECK(has(verdict(entry, flip), "its entries (keys s)"));
  CHECK(has(verdict(entry, erase), "its entries (keys s)"));
}

}  // namespace jingchu::ledger::test
