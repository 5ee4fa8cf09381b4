// Golden vectors of docs/formats.md: what this program computes must equal tests/vectors/ byte for byte. With
// JINGCHU_WRITE_VECTORS=1 in the environment the files are written anew (SM2 signatures, which are random,
// are kept).
#include <nlohmann/json.hpp>

#include <cstdlib>
#include <fstream>

#include "common/codec.h"
#include "consensus/vote.h"
#include "ledger/transaction_json.h"
#include "tests/ledger/fixture.h"

#include <doctest/doctest.h>

namespace jingchu::ledger::test {
namespace {

using Json = nlohmann::ordered_json;

std::string path_of(const std::string& name) {
  return std::string(JINGCHU_TESTS) + "/vectors/" + name + ".json";
}

Json stored(const std::string& name) {
  std::ifstream file(path_of(name));
  return file ? Json::parse(file) : Json();
}

void check_vectors(const std::string& name, const Json& computed) {
  if (std::getenv("JINGCHU_WRITE_VECTORS") != nullptr) {
    std::ofstream(path_of(name)) << computed.dump(1) << "\n";
    return;
  }
  CHECK_EQ(computed.dump(1), stored(name).dump(1));
}

std::string hex(ByteView bytes) {
  return to_hex(bytes);
}

Genesis vector_genesis() {
  auto genesis = small_genesis();
  genesis.contracts.clear();
  genesis.chain_id = sha256(as_bytes(write_genesis(genesis)));
  return genesis;
}

Transaction vector_transaction(Algorithm algorithm) {
  Transaction made;
  made.chain_id = vector_genesis().chain_id;
  for (std::uint8_t i = 0; i < 16; ++i) made.nonce[i] = i;
  made.valid_until = Height(1234);
  made.on_error = algorithm == Algorithm::kSm2 ? OnError::kProceed : OnError::kRollback;
  made.calls = {{"evidence", "deposit", to_bytes("{\"title\":\"\u8bc1\u636e\"}")},
                {"agriculture", "record-operation", to_bytes("{\"amount\":1.50}")},
                {"provenance", "capture", to_bytes("{}")}};
  sign(made, fixed_key(algorithm == Algorithm::kSm2 ? 12 : 11, algorithm));
  return made;
}

Json describe(const Transaction& transaction, std::uint8_t seed) {
  Json leaves = Json::array();
  for (const auto& one : transaction.calls) leaves.push_back(hex(encode(one)));
  return {{"secret", hex(Bytes(32, seed))},
          {"envelope", Json::parse(transaction_to_json(transaction))},
          {"calls", leaves},
          {"calls_root", hex(calls_root(transaction.calls))},
          {"signing_bytes", hex(signing_bytes(transaction))},
          {"id", hex(transaction_id(transaction))},
          {"bytes", hex(encode_transaction(transaction))}};
}

TEST_CASE("transaction vectors") {
  const auto ed25519 = vector_transaction(Algorithm::kEd25519);
  auto sm2 = vector_transaction(Algorithm::kSm2);
  if (const auto known = stored("transaction"); known.is_array()) {
    const auto kept = array_from_hex<64>(known.at(1).at("envelope").at("signature").get<std::string>());
    REQUIRE(kept);
    sm2.signature = *kept;
  }
  CHECK(signature_valid(ed25519));
  CHECK(signature_valid(sm2));
  check_vectors("transaction", Json::array({describe(ed25519, 11), describe(sm2, 12)}));
}

TEST_CASE("batch vectors") {
  consensus::Batch batch;
  batch.lane = NodeIndex(2);
  batch.sequence = Sequence(7);
  batch.prev = sha256(as_bytes("the batch before"));
  batch.transactions = {encode_transaction(vector_transaction(Algorithm::kEd25519)), to_bytes("opaque"), {}};
  const auto chain_id = vector_genesis().chain_id;
  const Hash tip = consensus::seal(chain_id, batch)->tip;
  const auto signing = consensus::signing_bytes(chain_id, batch.epoch, consensus::SignedKind::kBatch, View(0),
                                                Height(batch.sequence.value()), tip);
  const auto key = fixed_key(102);
  batch.signature = key.sign(signing);
  check_vectors("batch", {{"chain_id", hex(chain_id)},
                          {"owner", to_string(key.public_key())},
                          {"tip", hex(tip)},
                          {"signing_bytes", hex(signing)},
                          {"bytes", hex(encode(batch))}});
}

TEST_CASE("header vectors") {
  const auto genesis = vector_genesis();
  auto header = genesis.header(sha256(as_bytes("root")));
  header.view = View(9);
  header.height = Height(5);
  header.parent_view = View(8);
  header.parent_hash = sha256(as_bytes("parent"));
  header.cut[1] = {Sequence(3), sha256(as_bytes("tip"))};
  header.time_ms += 777;
  header.executed_height = Height(4);
  const Hash hash = consensus::block_hash(genesis.chain_id, header);
  const consensus::Ballot ballot{consensus::VoteKind::kFinalize, header.view, header.height, hash};
  check_vectors("header", {{"chain_id", hex(genesis.chain_id)},
                           {"bytes", hex(encode(header))},
                           {"hash", hex(hash)},
                           {"finalize_signing_bytes",
                            hex(consensus::signing_bytes(genesis.chain_id, Epoch(0), ballot))}});
}

TEST_CASE("genesis vectors") {
  const auto genesis = vector_genesis();
  const auto text = write_genesis(genesis);
  CHECK_EQ(parse_genesis(as_bytes(text)).value().chain_id, genesis.chain_id);
  MemoryDatabase store;
  const auto executor =
      Executor::open({.genesis = genesis, .store = &store, .contracts = {}, .authorize = {}}).value();
  const auto header = genesis.header(executor->genesis_root());
  check_vectors("genesis", {{"file", text},
                            {"chain_id", hex(genesis.chain_id)},
                            {"validators_hash", hex(genesis.validator_set().hash())},
                            {"executed_root", hex(executor->genesis_root())},
                            {"block_hash", hex(consensus::block_hash(genesis.chain_id, header))}});
}

TEST_CASE("receipt and root vectors") {
  Chain chain;
  const auto one = transaction(chain.genesis, {call("put", "a=1"), call("emit", "{\"n\":1}")}, {.nonce = 1});
  const auto two =
      transaction(chain.genesis, {call("put", "b=1"), call("fail", ""), call("erase", "a")}, {.nonce = 2});
  const auto state_before = BlockStore(chain.store).latest().value()->roots.state;
  const auto block = chain.run({{one, two}});
  Json receipts = Json::array();
  const auto all = BlockStore(chain.store).receipts(Height(1)).value();
  for (const auto& receipt : all) receipts.push_back(hex(encode(receipt)));
  Json writes = Json::array();
  for (const auto& [key, value] : std::vector<std::pair<std::string, Bytes>>{
           {"ledger/window/0000000000000001", encode(std::vector<Hash>{one->id, two->id})},
           {"notes/a", to_bytes("1")}}) {
    writes.push_back(
        {{"key", key}, {"value", hex(value)}, {"leaf", hex(encode(key, std::optional<Bytes>(value)))}});
  }
  check_vectors("receipt", {{"receipts", receipts},
                            {"receipts_root", hex(block.roots.receipts)},
                            {"block_hash", hex(block.hash)},
                            {"history_leaf", hex(encode(block.height, block.hash, block.roots.receipts))},
                            {"history_root", hex(block.roots.history)},
                            {"state_root_before", hex(state_before)},
                            {"writes", writes},
                            {"state_root", hex(block.roots.state)},
                            {"executed_root", hex(block.executed_root)}});
}

}  // namespace
}  // namespace jingchu::ledger::test
