#include "common/codec.h"
#include "common/merkle.h"
#include "ledger/batch_check.h"
#include "ledger/transaction_json.h"
#include "tests/ledger/fixture.h"

#include <doctest/doctest.h>

namespace jingchu::ledger::test {
namespace {

const Genesis& genesis() {
  static const Genesis kGenesis = small_genesis();
  return kGenesis;
}

Transaction sample() {
  return transaction(genesis(), {call("put", "a=1"), call("emit", "{\"x\":\"\\n\"}")})->transaction;
}

TEST_CASE("a transaction survives its encoding, and only its own bytes decode") {
  const auto transaction = sample();
  const auto bytes = encode_transaction(transaction);
  const TransactionLimits limits;
  CHECK_EQ(decode_transaction(bytes, limits).value(), transaction);
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    CHECK(!decode_transaction(ByteView(bytes).first(size), limits).ok());
  }
  auto longer = bytes;
  longer.push_back(0);
  CHECK_EQ(decode_transaction(longer, limits).error().type, "malformed-transaction");
  CHECK_EQ(decode_transaction(bytes, {.bytes_max = bytes.size() - 1}).error().type, "transaction-too-large");
}

TEST_CASE("no transaction is smaller than the least size") {
  Transaction least;
  least.calls = {{"a", "b", {}}};
  sign(least, fixed_key(1));
  CHECK_EQ(encode_transaction(least).size(), kTransactionBytesMin);
}

TEST_CASE("the signature covers every field but itself, the id too") {
  for (const auto algorithm : {Algorithm::kEd25519, Algorithm::kSm2}) {
    auto transaction = sample();
    sign(transaction, fixed_key(3, algorithm));
    const Hash id = transaction_id(transaction);
    CHECK(signature_valid(*prepare(transaction)));
    const auto changed = [&](auto change) {
      auto copy = transaction;
      change(copy);
      CHECK_NE(transaction_id(copy), id);
      CHECK(!signature_valid(*prepare(copy)));
    };
    changed([](Transaction& t) { t.version = 2; });
    changed([](Transaction& t) { t.chain_id[31] ^= 1; });
    changed([](Transaction& t) { t.nonce[0] ^= 1; });
    changed([](Transaction& t) { t.valid_until = t.valid_until.next(); });
    changed([](Transaction& t) { t.on_error = OnError::kProceed; });
    changed([](Transaction& t) { t.calls[0].payload[0] ^= 1; });
    changed([](Transaction& t) { t.calls[1].method = "pux"; });
    changed([](Transaction& t) { std::swap(t.calls[0], t.calls[1]); });
    changed([](Transaction& t) { t.calls.pop_back(); });
    changed([](Transaction& t) { t.sender = fixed_key(4).public_key(); });
    transaction.signature[40] ^= 1;
    CHECK_EQ(transaction_id(transaction), id);
    CHECK(!signature_valid(*prepare(transaction)));
  }
}

TEST_CASE("one call is proven without its neighbours") {
  const auto transaction = sample();
  std::vector<Hash> leaves;
  for (const auto& one : transaction.calls) leaves.push_back(merkle::leaf_hash(encode(one)));
  const auto proof = merkle::inclusion_proof(leaves, 1);
  CHECK(merkle::verify_inclusion(leaves[1], 1, 2, proof, calls_root(transaction.calls)));
}

TEST_CASE("static checks name the field") {
  const TransactionLimits limits{.bytes_max = 1'000, .calls_max = 3};
  struct Row {
    void (*change)(Transaction&);
    std::string type;
    std::string where;
  };
  const Row rows[] = {
      {[](Transaction& t) { t.version = 2; }, "wrong-version", "/version"},
      {[](Transaction& t) { t.chain_id[0] ^= 1; }, "wrong-chain", "/chain_id"},
      {[](Transaction& t) { t.sender.bytes.pop_back(); }, "malformed-key", "/sender"},
      {[](Transaction& t) { t.sender.algorithm = Algorithm::kSm2; }, "malformed-key", "/sender"},
      {[](Transaction& t) { t.calls.clear(); }, "no-calls", "/calls"},
      {[](Transaction& t) { t.calls.resize(4, t.calls[0]); }, "too-many-calls", "/calls"},
      {[](Transaction& t) { t.calls[1].contract = ""; }, "malformed-name", "/calls/1/contract"},
      {[](Transaction& t) { t.calls[0].method = "a/b"; }, "malformed-name", "/calls/0/method"},
      {[](Transaction& t) { t.calls[0].method = std::string(65, 'a'); }, "malformed-name", "/calls/0/method"},
      {[](Transaction& t) { t.calls[0].payload.resize(900); }, "transaction-too-large", ""},
  };
  CHECK(check_static(sample(), genesis().chain_id, limits).ok());
  for (const auto& row : rows) {
    auto transaction = sample();
    row.change(transaction);
    const auto refused = check_static(transaction, genesis().chain_id, limits);
    REQUIRE(!refused.ok());
    CHECK_EQ(refused.error().type, row.type);
    CHECK_EQ(refused.error().where, row.where);
    CHECK_EQ(refused.error().fault, Fault::kCaller);
  }
}

TEST_CASE("the JSON envelope and the transaction are the same") {
  for (const auto algorithm : {Algorithm::kEd25519, Algorithm::kSm2}) {
    auto transaction = sample();
    transaction.on_error = OnError::kProceed;
    sign(transaction, fixed_key(3, algorithm));
    CHECK_EQ(transaction_from_json(transaction_to_json(transaction)).value(), transaction);
  }
}

TEST_CASE("a wrong envelope is refused with the place of the fault") {
  const std::string good = transaction_to_json(sample());
  const auto where = [&](const std::string& from, const std::string& to) {
    auto text = good;
    const auto at = text.find(from);
    REQUIRE_NE(at, std::string::npos);
    text.replace(at, from.size(), to);
    const auto parsed = transaction_from_json(text);
    REQUIRE(!parsed.ok());
    return parsed.error().where;
  };
  CHECK_EQ(where("\"version\":1", "\"version\":1.0"), "/version");
  CHECK_EQ(where("\"version\":1", "\"version\":65536"), "/version");
  CHECK_EQ(where("\"version\":1", "\"version\":\"1\""), "/version");
  CHECK_EQ(where("\"version\":1,", ""), "/version");
  CHECK_EQ(where("\"version\":1", "\"version\":1,\"colour\":2"), "/colour");
  CHECK_EQ(where("\"chain_id\":\"", "\"chain_id\":\"0"), "/chain_id");
  CHECK_EQ(where("ed25519:", "rsa:"), "/sender");
  CHECK_EQ(where("\"valid_until\":10", "\"valid_until\":-1"), "/valid_until");
  CHECK_EQ(where("\"valid_until\":10", "\"valid_until\":18446744073709551616"), "/valid_until");
  CHECK_EQ(where("rollback", "Rollback"), "/on_error");
  CHECK_EQ(where("\"method\":\"emit\"", "\"method\":7"), "/calls/1/method");
  CHECK_EQ(where("\"payload\":\"a=1\"", "\"payload\":{}"), "/calls/0/payload");
  CHECK_EQ(where("\"method\":\"put\",", ""), "/calls/0/method");
  CHECK_EQ(transaction_from_json("[]").error().where, "");
  CHECK_EQ(transaction_from_json(good + " x").error().type, "malformed-json");
}

TEST_CASE("a batch is refused for one bad transaction, and says which") {
  const auto& rules = genesis().rules;
  consensus::Batch batch;
  for (std::uint8_t i = 0; i < 3; ++i) {
    batch.transactions.push_back(transaction(genesis(), {call("put", "a=1")}, {.nonce = i})->bytes);
  }
  CHECK_EQ(check_batch(batch, genesis().chain_id, rules.transaction).value().size(), 3);
  auto forged = batch;
  forged.transactions[2].back() ^= 1;  // in the signature
  auto refused = check_batch(forged, genesis().chain_id, rules.transaction);
  CHECK_EQ(refused.error().fault, Fault::kPeer);
  CHECK_EQ(refused.error().type, "malformed-batch");
  CHECK_EQ(refused.error().where, "transaction 2");
  const SignatureCheck careless = [](auto) { return std::optional<std::size_t>(); };
  CHECK(check_batch(forged, genesis().chain_id, rules.transaction, careless).ok());
  auto cut = batch;
  cut.transactions[1].pop_back();
  CHECK_EQ(check_batch(cut, genesis().chain_id, rules.transaction, careless).error().where, "transaction 1");
  CHECK(!check_batch(batch, kZeroHash, rules.transaction).ok());
}

}  // namespace
}  // namespace jingchu::ledger::test
