// Golden vectors of docs/formats.md: what this program computes must equal tests/vectors/ byte for byte. With
// JINGCHU_WRITE_VECTORS=1 in the environment the files are written anew (SM2 signatures, which are random,
// are kept while they are valid).
#include <nlohmann/json.hpp>

#include <cstdlib>
#include <fstream>
#include <utility>

#include "common/codec.h"
#include "common/merkle.h"
#include "consensus/vote.h"
#include "contracts/governance/governance.h"
#include "ledger/transaction_json.h"
#include "tests/ledger/evidence_fixture.h"

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

bool writes_vectors() {
  return std::getenv("JINGCHU_WRITE_VECTORS") != nullptr;
}

void check_vectors(const std::string& name, const Json& computed) {
  if (writes_vectors()) {
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
    const auto fresh = std::exchange(sm2.signature, *kept);
    if (writes_vectors() && !signature_valid(*prepare(sm2))) sm2.signature = fresh;
  }
  CHECK(signature_valid(*prepare(ed25519)));
  CHECK(signature_valid(*prepare(sm2)));
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

// What is refused, for a reason that stands in its name; all of it is an encoding of evidence.
std::vector<std::pair<std::string, consensus::Evidence>> unfounded(const Culprit& culprit) {
  using consensus::Contradiction;
  using consensus::InvalidBatch;
  std::vector<std::pair<std::string, consensus::Evidence>> list;
  const auto add = [&](std::string why, consensus::Evidence evidence, const auto& change) {
    change(evidence);
    list.emplace_back(std::move(why), std::move(evidence));
  };
  const auto notarizes = culprit.two_notarizes(7);
  const auto both = [](auto& evidence) -> auto& {
    return std::get<Contradiction>(evidence.proof);
  };
  add("another culprit", notarizes, [](auto& evidence) { evidence.culprit = NodeIndex(1); });
  add("a culprit that is none", notarizes, [](auto& evidence) { evidence.culprit = NodeIndex(4); });
  add("another epoch", notarizes, [](auto& evidence) { evidence.epoch = Epoch(1); });
  add("another view", notarizes, [](auto& evidence) { evidence.number = 8; });
  add("another kind", notarizes,
      [](auto& evidence) { evidence.kind = consensus::EvidenceKind::kTwoFinalizes; });
  add("one content twice", notarizes, [&](auto& evidence) { both(evidence).second = both(evidence).first; });
  add("contents that descend", notarizes,
      [&](auto& evidence) { std::swap(both(evidence).first, both(evidence).second); });
  add("a forged signature", notarizes, [&](auto& evidence) { both(evidence).second.signature[9] ^= 1; });
  const auto notarize = culprit.vote(consensus::VoteKind::kNotarize, 7, "a block");
  const auto nullify = culprit.vote(consensus::VoteKind::kNullify, 7, "");
  add("notarize and nullify", evidence_of(consensus::EvidenceKind::kNullifyAndFinalize, nullify, notarize),
      [](auto&) {});
  add("batches of two sequences", culprit.two_batches(3), [&](auto& evidence) {
    const auto next = culprit.two_batches(4);
    both(evidence).second = std::get<Contradiction>(next.proof).second;
  });
  const auto invalid = culprit.invalid(culprit.invalid_batch(4));
  const auto shown = [](auto& evidence) -> auto& {
    return *std::get<InvalidBatch>(evidence.proof).transaction;
  };
  add("a transaction of another batch", invalid, [&](auto& evidence) { shown(evidence).bytes.back() ^= 1; });
  add("a transaction at another place", invalid, [&](auto& evidence) { shown(evidence).index = 0; });
  add("a batch that is as it must be", invalid, [&](auto& evidence) {
    const auto good = transaction(culprit.genesis, {call("put", "k=v")});
    const Hash other = merkle::leaf_hash(culprit.forged_transaction());
    shown(evidence) = {good->bytes, 0, 3, {other, merkle::leaf_hash(good->bytes)}};
  });
  add("no transaction", invalid,
      [](auto& evidence) { std::get<InvalidBatch>(evidence.proof).transaction.reset(); });
  return list;
}

TEST_CASE("evidence vectors") {
  const auto genesis = vector_genesis();
  const Culprit culprit(genesis);
  const consensus::Verifier verifier(genesis.chain_id, Epoch(), genesis.validator_set(),
                                     consensus::real_signatures());
  const auto verified = [&](const consensus::Evidence& evidence) {
    return verify_evidence(verifier, evidence, culprit.check()).ok();
  };
  Json proven = Json::array();
  for (const auto& evidence : culprit.all()) {
    CHECK(verified(evidence));
    proven.push_back({{"epoch", evidence.epoch.value()},
                      {"validator", genesis.validators[evidence.culprit.value()].name},
                      {"index", evidence.culprit.value()},
                      {"kind", to_string(evidence.kind)},
                      {"number", evidence.number},
                      {"bytes", hex(encode(evidence))}});
  }
  Json refused = Json::array();
  for (const auto& [why, evidence] : unfounded(culprit)) {
    CAPTURE(why);
    CHECK_FALSE(verified(evidence));
    refused.push_back({{"why", why}, {"bytes", hex(encode(evidence))}});
  }
  check_vectors("evidence",
                {{"chain_id", hex(genesis.chain_id)}, {"evidence", proven}, {"refused", refused}});
}

TEST_CASE("governance vectors") {
  const auto genesis = vector_genesis();
  contracts::governance::Members members;
  for (const auto& validator : genesis.validators) {
    members.push_back({validator.name, validator.division, validator.name, validator.consensus_key,
                       validator.transport_key, validator.address});
  }
  const auto key = fixed_key(21);
  members[1].consensus_key = key.public_key();
  members[2].consensus_key = fixed_key(22, Algorithm::kSm2).public_key();
  const auto signing = contracts::governance::readiness_bytes(genesis.chain_id, 7, members, members[1].name);
  Json encoded = Json::array();
  for (const auto& member : members) encoded.push_back(hex(encode(member)));
  check_vectors("governance", {{"chain_id", hex(genesis.chain_id)},
                               {"members", encoded},
                               {"validators_hash", hex(contracts::governance::validators_hash(members))},
                               {"proposal", 7},
                               {"validator", members[1].name},
                               {"secret", hex(Bytes(32, 21))},
                               {"readiness_bytes", hex(signing)},
                               {"readiness_signature", hex(key.sign(signing))}});
}

TEST_CASE("receipt and root vectors") {
  Chain chain;
  const auto one = transaction(chain.genesis, {call("put", "a=1"), call("emit", "{\"n\":1}")}, {.nonce = 1});
  const auto two =
      transaction(chain.genesis, {call("put", "b=1"), call("fail", ""), call("erase", "a")}, {.nonce = 2});
  const auto block = chain.run({{one, two}});
  Json receipts = Json::array();
  const auto all = BlockStore(chain.store).receipts(Height(1)).value();
  for (const auto& receipt : all) receipts.push_back(hex(encode(receipt)));
  Json state = Json::array();
  const Status scanned = chain.store.scan("s", "s", [&](std::string_view key, ByteView value) {
    state.push_back({{"key", key.substr(1)}, {"value", hex(value)}});
    return true;
  });
  CHECK(scanned.ok());
  check_vectors("receipt", {{"receipts", receipts},
                            {"receipts_root", hex(block.roots.receipts)},
                            {"block_hash", hex(block.hash)},
                            {"history_leaf", hex(encode(block.height, block.hash, block.roots.receipts))},
                            {"history_root", hex(block.roots.history)},
                            {"state", state},
                            {"entities_root", hex(block.roots.entities)},
                            {"state_checksum", hex(block.roots.checksum)},
                            {"state_root", hex(block.roots.state())},
                            {"executed_root", hex(block.executed_root)}});
}

}  // namespace
}  // namespace jingchu::ledger::test
