// What this node proves out of a chain that the real modules executed, judged by the verifier alone.
#include "ledger/proof_maker.h"

#include "ledger/proof_verify.h"
#include "ledger/proof_writer.h"
#include "ledger/pruning.h"
#include "tests/ledger/governed_modules.h"
#include "tests/ledger/proof_chain.h"
#include "tests/ledger/signed_chain.h"

#include <doctest/doctest.h>

namespace jingchu::ledger::test {
namespace {

// A store whose reads are seen before they are answered.
class WatchedStore final : public KeyValueStore {
 public:
  explicit WatchedStore(KeyValueStore& store) : store_(store) {}
  Result<std::optional<Bytes>> get(std::string_view key) const override {
    if (before_get) before_get(key);
    return store_.get(key);
  }
  Status scan(std::string_view prefix, std::string_view from,
              const std::function<bool(std::string_view, ByteView)>& visit) const override {
    if (before_get) before_get(prefix);
    return store_.scan(prefix, from, visit);
  }
  std::unique_ptr<const KeyValueStore> freeze() const override { return store_.freeze(); }
  Status write(const WriteBatch& batch, Durability durability) override {
    return store_.write(batch, durability);
  }
  std::function<void(std::string_view)> before_get;

 private:
  KeyValueStore& store_;
};

struct MakerChain {
  MakerChain() : chain(genesis_of_modules(), governed_modules()), watched(chain.store()) {
    watched.notify([this](const Error& error) { failures.push_back(error.what); });
  }

  PreparedPointer made(std::vector<Call> calls) {
    const std::uint64_t next = chain.height().value() + 1;
    Draft draft{.nonce = ++nonce, .valid_until = next + 5, .on_error = OnError::kProceed};
    return transaction(chain.genesis(), std::move(calls), draft);
  }
  Hash run(std::vector<Call> calls) {
    const auto one = made(std::move(calls));
    chain.run({{one}});
    return one->id;
  }
  void run_empty(std::uint64_t blocks) {
    for (; blocks != 0; --blocks) chain.run({});
  }
  ProofMaker maker() const { return {watched, chain.tree(), chain.genesis(), chain.modules().contracts}; }
  ProofReport judge(const ProofBundle& bundle, const std::optional<FileHashes>& file = {}) const {
    const auto genesis = write_genesis(chain.genesis());
    const auto report = verify_proof(as_bytes(write_proof(bundle)), as_bytes(genesis), file);
    if (const auto* failed = report.failed())
      MESSAGE(to_string(failed->failure->reason), " ", failed->failure->where);
    return report;
  }

  SignedChain chain;
  WatchedStore watched;
  std::vector<std::string> failures;  // what the store was told of
  std::uint8_t nonce = 0;
};

Call deposit(const std::string& content) {
  return call("deposit", deposit_of(content), "evidence");
}

template <class T>
std::string type_of(const Result<T>& result) {
  return result.ok() ? "ok" : result.error().type;
}

}  // namespace

TEST_CASE("proof maker: every call of a transaction is proven as it ended, under anchors of every epoch") {
  MakerChain made;
  const auto first = made.made({deposit("a"), call("deposit", "{}", "evidence"), deposit("b")});
  const auto beside = made.made({deposit("c")});
  made.chain.run({{made.made({deposit("before")}), first}, {beside}});
  made.run_empty(1);
  for (std::uint64_t height = 2; height <= 26; ++height) {
    CAPTURE(height);
    const std::size_t changes = height <= 8 ? 0 : height <= 16 ? 1 : 2;
    for (std::uint32_t index = 0; index < 3; ++index) {
      const auto bundle = made.maker().record(first->id, index);
      REQUIRE(bundle.ok());
      CHECK(bundle->sets.size() == changes);
      const auto report = made.judge(*bundle);
      REQUIRE(report.holds());
      const auto& facts = std::get<RecordFacts>(report.facts->claim);
      CHECK(facts.transaction_id == first->id);
      CHECK(facts.call_index == index);
      CHECK(facts.code == (index == 1 ? "invalid-arguments" : "ok"));
      CHECK(report.facts->anchor.height == Height(height));
      CHECK(report.facts->anchor.executed_height == Height(height - 1));
    }
    REQUIRE(made.judge(made.maker().record(beside->id, 0).value()).holds());
    made.run({deposit(std::to_string(height))});
  }
  CHECK(made.failures.empty());
}

TEST_CASE("proof maker: a record is compared with the file that it is about") {
  MakerChain made;
  const Hash id = made.run({deposit("a")});
  made.run_empty(1);
  const auto bundle = made.maker().record(id, 0).value();
  CHECK(made.judge(bundle, FileHashes{sha256(as_bytes("a")), sm3(as_bytes("a"))}).holds());
  CHECK_FALSE(verify_proof(as_bytes(write_proof(bundle)), as_bytes(write_genesis(made.chain.genesis())),
                           FileHashes{sha256(as_bytes("b")), sm3(as_bytes("b"))})
                  .holds());
}

TEST_CASE("proof maker: a deposit that was undone is no deposit of the file that it names") {
  MakerChain made;
  const Draft draft{.nonce = 1, .valid_until = 5, .on_error = OnError::kRollback};
  const auto undone =
      transaction(made.chain.genesis(), {deposit("a"), call("deposit", "{}", "evidence")}, draft);
  made.chain.run({{undone}});
  made.run_empty(1);
  const auto bundle = made.maker().record(undone->id, 0).value();
  const auto report = made.judge(bundle);
  REQUIRE(report.holds());
  CHECK(std::get<RecordFacts>(report.facts->claim).code == "rolled-back");
  const auto with_file = made.judge(bundle, FileHashes{sha256(as_bytes("a")), sm3(as_bytes("a"))});
  REQUIRE_FALSE(with_file.holds());
  CHECK(with_file.failed()->failure->reason == ProofReason::kNotOk);
}

TEST_CASE("proof maker: what is final by a later header only is proven by that") {
  MakerChain made;
  const Hash id = made.run({deposit("a")});
  made.chain.run_with_child();
  const auto bundle = made.maker().record(id, 0).value();
  CHECK(bundle.anchor.path.size() == 1);
  CHECK(made.judge(bundle).holds());
  made.run_empty(1);
  CHECK(made.judge(made.maker().record(id, 0).value()).holds());
}

TEST_CASE("proof maker: an entity, with all of its records, as of the height that is proven") {
  MakerChain made;
  const std::string name = sha256_name("a");
  for (std::uint64_t count = 1; count <= 12; ++count) {
    CAPTURE(count);
    made.run({deposit("a")});
    if (count == 1) continue;  // nothing is proven of it yet
    // The newest block's record is in the state, and under no root yet.
    for (const bool with_records : {true, false}) {
      const auto bundle = made.maker().entity("evidence", name, with_records);
      REQUIRE(bundle.ok());
      const auto report = made.judge(*bundle);
      REQUIRE(report.holds());
      const auto& facts = std::get<EntityFacts>(report.facts->claim);
      CHECK(facts.name == name);
      CHECK(facts.count == count - 1);
      REQUIRE(facts.records.has_value() == with_records);
      if (with_records) {
        CHECK(facts.records->size() == count - 1);
        CHECK(facts.records->back().record == deposit_of("a"));
        CHECK(facts.records->back().recorded.height == Height(count - 1));
      }
    }
  }
  const auto upper = made.maker().entity(
      "evidence",
      "sha256:" +
          [&] {
            std::string hex = name.substr(7);
            for (char& c : hex) c = static_cast<char>(std::toupper(c));
            return hex;
          }(),
      false);
  REQUIRE(upper.ok());
  CHECK(std::get<EntityClaim>(upper->claim).name == name);
  CHECK(made.judge(*upper).holds());
}

TEST_CASE("proof maker: absence, before anything is there, beside another entity, and until it is there") {
  MakerChain made;
  made.run_empty(2);
  const auto absent = [&](const std::string& contract, const std::string& name, bool with_records) {
    const auto bundle = made.maker().entity(contract, name, with_records);
    REQUIRE(bundle.ok());
    const auto report = made.judge(*bundle);
    REQUIRE(report.holds());
    CHECK(std::get<EntityFacts>(report.facts->claim).count == 0);
    return std::get<EntityClaim>(bundle->claim).other.has_value();
  };
  CHECK_FALSE(absent("evidence", sha256_name("a"), true));
  made.run({deposit("b"), deposit("c"), deposit("d"), deposit("e")});
  made.run_empty(1);
  std::size_t beside_another = 0;
  for (int i = 0; i < 20; ++i) {
    beside_another += absent("evidence", sha256_name(std::to_string(i)), i % 2 == 0);
    beside_another += absent("agriculture", "lot-" + std::to_string(i), i % 2 == 0);
  }
  CHECK(beside_another > 10);
  made.run({deposit("a")});
  absent("evidence", sha256_name("a"), true);  // of the height before
  made.run_empty(1);
  CHECK(std::get<EntityClaim>(made.maker().entity("evidence", sha256_name("a"), true)->claim).head->count ==
        1);
}

TEST_CASE(
    "proof maker: what no final header names yet is not provable yet; what nobody executed is not found") {
  MakerChain made;
  CHECK(type_of(made.maker().record(kZeroHash, 0)) == "not-found");
  CHECK(type_of(made.maker().entity("evidence", sha256_name("a"), false)) == "not-provable-yet");
  const Hash id = made.run({deposit("a")});
  CHECK(type_of(made.maker().record(id, 0)) == "not-provable-yet");
  CHECK(type_of(made.maker().record(id, 1)) == "not-found");
  made.run_empty(1);
  CHECK(type_of(made.maker().record(id, 0)) == "ok");
  CHECK(type_of(made.maker().entity("nothing", "a", false)) == "unknown-contract");
  CHECK(type_of(made.maker().entity("identity", "a", false)) == "no-histories");
  CHECK(type_of(made.maker().entity("evidence", "a", false)) == "bad-entity-name");
  CHECK(made.failures.empty());
}

TEST_CASE("proof maker: one bundle shows so many records and bytes of them, and no more") {
  MakerChain made;
  const auto run_many = [&](const std::string& payload, std::uint64_t count) {
    while (count != 0) {
      const auto now = std::min<std::uint64_t>(count, 100);
      made.run(std::vector<Call>(now, call("deposit", payload, "evidence")));
      count -= now;
    }
    made.run_empty(10);
  };
  const auto count_of = [&](const std::string& name) {
    return std::get<EntityClaim>(made.maker().entity("evidence", name, false)->claim).head->count;
  };
  run_many(deposit_of("many"), kProvenRecordsMax);
  REQUIRE(count_of(sha256_name("many")) == kProvenRecordsMax);
  const auto most = made.maker().entity("evidence", sha256_name("many"), true);
  REQUIRE(most.ok());
  CHECK(std::get<EntityClaim>(most->claim).records->size() == kProvenRecordsMax);
  CHECK(made.judge(*most).holds());
  run_many(deposit_of("many"), 1);
  CHECK(type_of(made.maker().entity("evidence", sha256_name("many"), true)) == "too-many-records");
  CHECK(type_of(made.maker().entity("evidence", sha256_name("many"), false)) == "ok");
  // White space belongs to a record.
  const std::uint64_t bytes = 64 << 10;
  std::string large = deposit_of("large");
  large.insert(large.size() - 1, bytes - large.size(), ' ');
  for (std::uint64_t i = 0; i < kProvenRecordBytesMax / bytes; ++i)
    made.run({call("deposit", large, "evidence")});
  made.run_empty(1);
  REQUIRE(count_of(sha256_name("large")) == kProvenRecordBytesMax / bytes);
  CHECK(made.judge(made.maker().entity("evidence", sha256_name("large"), true).value()).holds());
  made.run({deposit("large")});
  made.run_empty(1);
  CHECK(type_of(made.maker().entity("evidence", sha256_name("large"), true)) == "too-many-records");
}

namespace {

void prune_all(MakerChain& made, std::uint64_t blocks_at_a_time = 4) {
  Pruner pruner(made.chain.store(), made.chain.genesis(), 1);
  for (;;) {
    while (!pruner.step(blocks_at_a_time).value()) {
    }
    const auto epoch = pruner.due().value();
    if (!epoch) return;
    REQUIRE(pruner.begin(*epoch).ok());
  }
}

}  // namespace

TEST_CASE("proof maker: behind the horizon nothing is proven, in front of it everything") {
  MakerChain made;
  const Hash old = made.run({deposit("a")});
  const auto blocks = kept_blocks_min(made.chain.genesis());
  made.run_empty(blocks);
  const Hash recent = made.run({deposit("a")});
  made.run_empty(20);
  prune_all(made);
  REQUIRE(read_horizon(made.chain.store())->done >= Height(16));  // with both changes of the validators
  CHECK(type_of(made.maker().record(old, 0)) == "not-found");
  const auto bundle = made.maker().record(recent, 0);
  REQUIRE(bundle.ok());
  CHECK(bundle->sets.size() == 2);
  CHECK(made.judge(*bundle).holds());
  const auto entity = made.maker().entity("evidence", sha256_name("a"), true);
  REQUIRE(entity.ok());
  const auto report = made.judge(*entity);
  REQUIRE(report.holds());
  CHECK(std::get<EntityFacts>(report.facts->claim).records->size() == 2);
  CHECK(made.failures.empty());
}

TEST_CASE("proof maker: blocks about the entity between any two of its reads change nothing") {
  for (const std::uint64_t blocks : {1, 2}) {
    for (std::size_t at = 0;; ++at) {
      CAPTURE(blocks);
      CAPTURE(at);
      MakerChain made;
      made.run({deposit("a")});
      made.run({deposit("a")});
      made.run_empty(1);
      std::size_t reads = 0;
      made.watched.before_get = [&](std::string_view) {
        if (reads++ != at) return;
        for (std::uint64_t i = 0; i < blocks; ++i) made.run({deposit("a")});
      };
      const auto bundle = made.maker().entity("evidence", sha256_name("a"), true);
      made.watched.before_get = {};
      REQUIRE(type_of(bundle) == "ok");
      CHECK(made.judge(*bundle).holds());
      CHECK(std::get<EntityClaim>(bundle->claim).records->size() >= 2);
      CHECK(made.failures.empty());
      if (reads <= at) break;
    }
  }
}

TEST_CASE("proof maker: pruning between any two of its reads is no damage") {
  for (std::size_t at = 0;; ++at) {
    CAPTURE(at);
    MakerChain made;
    const Hash old = made.run({deposit("a")});
    made.run_empty(kept_blocks_min(made.chain.genesis()) + 12);
    std::size_t reads = 0;
    made.watched.before_get = [&](std::string_view) {
      if (reads++ == at) prune_all(made);
    };
    const auto bundle = made.maker().record(old, 0);
    made.watched.before_get = {};
    CHECK(made.failures.empty());
    if (bundle.ok()) CHECK(made.judge(*bundle).holds());
    if (!bundle.ok()) CHECK((bundle.error().type == "pruned" || bundle.error().type == "not-found"));
    if (reads <= at) break;
  }
}

}  // namespace jingchu::ledger::test
