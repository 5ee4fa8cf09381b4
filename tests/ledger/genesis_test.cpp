#include "ledger/genesis.h"

#include "ledger/genesis_parameters.h"
#include "tests/ledger/fixture.h"

#include <doctest/doctest.h>

namespace jingchu::ledger::test {
namespace {

std::string good() {
  auto genesis = small_genesis();
  genesis.followers = {{"archive", fixed_key(200).public_key(), ""},
                       {"mirror", fixed_key(201).public_key(), "[::1]:7100"}};
  genesis.contracts = {{"identity", "{\"n\": 1.50}"}};
  return write_genesis(genesis);
}

std::string replaced(std::string text, const std::string& from, const std::string& to) {
  const auto at = text.find(from);
  REQUIRE_NE(at, std::string::npos);
  return text.replace(at, from.size(), to);
}

TEST_CASE("a written genesis reads back the same") {
  const auto text = good();
  const auto genesis = parse_genesis(as_bytes(text)).value();
  CHECK_EQ(genesis.chain_id, sha256(as_bytes(text)));
  CHECK_EQ(write_genesis(genesis), text);
  CHECK_EQ(genesis.validators.size(), 4);
  CHECK_EQ(genesis.validators[2].address, "127.0.0.1:7002");
  CHECK_EQ(genesis.followers[1].address, "[::1]:7100");
  CHECK_EQ(genesis.rules.validity_window, 20);
  CHECK_EQ(genesis.parameters, consensus::Parameters());
  CHECK_EQ(genesis.contracts.at("identity"), "{\"n\": 1.50}");
}

TEST_CASE("each parameter is read into its own place") {
  Genesis genesis = small_genesis();
  GenesisNumbers numbers;
  for (const auto& parameter : genesis_parameters()) {
    const auto before = numbers;
    const std::uint64_t value = parameter.read(numbers) + 1;
    parameter.write(numbers, value);
    CHECK_EQ(parameter.read(numbers), value);
    CHECK(!(before.parameters == numbers.parameters && before.rules == numbers.rules));
  }
  genesis.parameters = numbers.parameters;
  genesis.rules = numbers.rules;
  const auto text = write_genesis(genesis);
  const auto parsed = parse_genesis(as_bytes(text)).value();
  CHECK_EQ(parsed.parameters, numbers.parameters);
  CHECK_EQ(parsed.rules, numbers.rules);
}

TEST_CASE("another byte is another network") {
  const auto text = good();
  CHECK_NE(parse_genesis(as_bytes(text)).value().chain_id,
           parse_genesis(as_bytes(text + " ")).value().chain_id);
}

TEST_CASE("the genesis block is final at height 0") {
  const auto genesis = parse_genesis(as_bytes(good())).value();
  const auto header = genesis.header(Hash{7});
  CHECK_EQ(header.height, Height(0));
  CHECK_EQ(header.cut, consensus::Cut(4));
  CHECK_EQ(header.executed_root, Hash{7});
  CHECK_EQ(header.time_ms, genesis.time_ms);
  CHECK_EQ(header.validators_hash, genesis.validator_set().hash());
  CHECK_EQ(header.next_validators_hash, kZeroHash);
}

TEST_CASE("refusals name the place") {
  struct Row {
    std::string from;
    std::string to;
    std::string where;
  };
  const std::string key_0 = to_string(fixed_key(100).public_key());
  const std::string key_1 = to_string(fixed_key(101).public_key());
  const std::string transport_0 = to_string(fixed_key(150).public_key());
  const std::string follower = to_string(fixed_key(200).public_key());
  const Row rows[] = {
      {"\"name\":\"small\"", "\"name\":\"\"", "/name"},
      {"\"name\":\"small\"", "\"name\":7", "/name"},
      {"\"name\":\"small\",", "", "/name"},
      {"\"name\":\"small\"", "\"name\":\"small\",\"extra\":1", "/extra"},
      {"1700000000000", "0", "/time_ms"},
      {"1700000000000", "1.7e12", "/time_ms"},
      {"\"city-0\"", "\"City\"", "/validators/0/name"},
      {"\"city-1\"", "\"city-0\"", "/validators/1/name"},
      {"\"archive\"", "\"city-3\"", "/followers/0/name"},
      {"\"420100\"", "\"42010\"", "/validators/0/division"},
      {"\"division\":\"420100\",", "", "/validators/0/division"},
      {key_1, key_0, "/validators/1/consensus_key"},
      {key_0, "ed25519:00", "/validators/0/consensus_key"},
      {transport_0, key_0, "/validators/0/transport_key"},
      {transport_0, to_string(fixed_key(9, Algorithm::kSm2).public_key()), "/validators/0/transport_key"},
      {follower, transport_0, "/followers/0/transport_key"},
      {"127.0.0.1:7000", "127.0.0.1", "/validators/0/address"},
      {"127.0.0.1:7000", ":7000", "/validators/0/address"},
      {"127.0.0.1:7000", "a:65536", "/validators/0/address"},
      {"127.0.0.1:7000", "a:0", "/validators/0/address"},
      {"\"delay_ms\":60", "\"delay_ms\":0", "/parameters/delay_ms"},
      {"\"delay_ms\":60", "\"delay_ms\":4294967296", "/parameters/delay_ms"},
      {"\"delay_ms\":60,", "", "/parameters/delay_ms"},
      {"\"delay_ms\":60", "\"delay_ms\":60,\"delay_s\":1", "/parameters/delay_s"},
      {"\"timer_cap_ms\":10000", "\"timer_cap_ms\":239", "/parameters/timer_cap_ms"},
      {"\"status_minimum_ms\":2", "\"status_minimum_ms\":21", "/parameters/status_minimum_ms"},
      {"\"execution_lag_max\":16", "\"execution_lag_max\":0", "/parameters/execution_lag_max"},
      {"\"block_batches_max\":512", "\"block_batches_max\":3", "/parameters/block_batches_max"},
      {"\"block_bytes_max\":8388608", "\"block_bytes_max\":524287", "/parameters/block_bytes_max"},
      {"\"block_transactions_max\":10000", "\"block_transactions_max\":2944",
       "/parameters/block_transactions_max"},
      {"\"lane_bytes_max\":33554432", "\"lane_bytes_max\":1048575", "/parameters/lane_bytes_max"},
      {"\"transaction_bytes_max\":262144", "\"transaction_bytes_max\":524289",
       "/parameters/transaction_bytes_max"},
      {"\"transaction_calls_max\":256", "\"transaction_calls_max\":0", "/parameters/transaction_calls_max"},
      {"\"call_cost_max\":2000000", "\"call_cost_max\":999999", "/parameters/call_cost_max"},
      {"\"block_cost_max\":100000000", "\"block_cost_max\":1999999", "/parameters/block_cost_max"},
      {"\"validity_window\":20", "\"validity_window\":9", "/parameters/validity_window"},
      {"\"identity\":{", "\"ledger\":{", "/contracts/ledger"},
      {"\"identity\":{", "\"a/b\":{", "/contracts/a~1b"},
      {"{\"n\": 1.50}", "[]", "/contracts/identity"},
  };
  for (const auto& row : rows) {
    const auto parsed = parse_genesis(as_bytes(replaced(good(), row.from, row.to)));
    CAPTURE(row.to);
    REQUIRE(!parsed.ok());
    CHECK_EQ(parsed.error().where, row.where);
    CHECK_EQ(parsed.error().type, "bad-genesis");
    CHECK_EQ(parsed.error().fault, Fault::kEnvironment);
  }
  CHECK_EQ(parse_genesis(as_bytes(good() + "{}")).error().type, "bad-genesis");
  CHECK_EQ(parse_genesis({}).error().type, "bad-genesis");
}

TEST_CASE("a network has 1 to 100 validators") {
  auto genesis = small_genesis();
  genesis.validators.clear();
  CHECK_EQ(parse_genesis(as_bytes(write_genesis(genesis))).error().where, "/validators");
  for (int i = 0; i <= 100; ++i) {
    const auto fresh = [] { return PrivateKey::generate(Algorithm::kEd25519).public_key(); };
    genesis.validators.push_back({"v-" + std::to_string(i), "", fresh(), fresh(), "h:1"});
  }
  CHECK_EQ(parse_genesis(as_bytes(write_genesis(genesis))).error().where, "/validators");
  genesis.validators.pop_back();
  CHECK(parse_genesis(as_bytes(write_genesis(genesis))).ok());
}

}  // namespace
}  // namespace jingchu::ledger::test
