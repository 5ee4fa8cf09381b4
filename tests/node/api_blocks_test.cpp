#include "common/codec.h"
#include "ledger/horizon.h"
#include "tests/node/api_fixture.h"

#include <doctest/doctest.h>

using namespace jingchu;
using namespace jingchu::node;

namespace {

Hash hash_of(const char* text) {
  return sha256(as_bytes(text));
}

consensus::Header sample_header(std::uint64_t height) {
  consensus::Header header;
  header.epoch = Epoch(2);
  header.view = View(height + 5);
  header.height = Height(height);
  header.parent_view = View(height + 3);
  header.parent_hash = hash_of("parent");
  header.cut = {{Sequence(4), hash_of("tip")}, {Sequence(0), kZeroHash}};
  header.time_ms = 1'790'000'000'123;
  header.executed_height = Height(height - 1);
  header.executed_root = hash_of("earlier root");
  header.validators_hash = hash_of("validators");
  return header;
}

ledger::StoredBlock sample_block(std::uint64_t height) {
  ledger::StoredBlock block;
  block.header = sample_header(height);
  block.hash = hash_of("block");
  consensus::Certificate certificate;
  certificate.epoch = Epoch(2);
  certificate.ballot = {consensus::VoteKind::kFinalize, View(height + 6), Height(height + 1),
                        hash_of("descendant")};
  certificate.signatures.push_back({NodeIndex(3), Signature{0xab}});
  block.finalization = certificate;
  block.path.push_back(sample_header(height + 1));
  block.batches = {hash_of("batch")};
  block.transactions = {hash_of("one"), hash_of("two")};
  block.roots = {hash_of("entities"), hash_of("checksum"), hash_of("receipts"), hash_of("history")};
  block.cost = 12345;
  return block;
}

}  // namespace

TEST_CASE("a block with every field of its header, its finalization and the roots of this node") {
  ApiFixture fixture;
  const auto block = sample_block(7);
  fixture.backend.put_block(block);
  const auto response = fixture.get("/v1/blocks/7");
  CHECK(response.status == 200);
  const auto document = json_of(response);
  CHECK(document.at("height") == 7);
  CHECK(document.at("hash") == to_hex(block.hash));
  const nlohmann::json header = {
      {"protocol_version", 1},
      {"epoch", 2},
      {"view", 12},
      {"height", 7},
      {"parent_view", 10},
      {"parent_hash", to_hex(hash_of("parent"))},
      {"cut",
       {{{"sequence", 4}, {"tip", to_hex(hash_of("tip"))}}, {{"sequence", 0}, {"tip", to_hex(kZeroHash)}}}},
      {"time_ms", 1'790'000'000'123},
      {"executed_height", 6},
      {"executed_root", to_hex(hash_of("earlier root"))},
      {"validators_hash", to_hex(hash_of("validators"))},
      {"next_validators_hash", to_hex(kZeroHash)}};
  CHECK(document.at("header") == header);
  CHECK(document.at("transactions") == nlohmann::json{to_hex(hash_of("one")), to_hex(hash_of("two"))});
  CHECK(document.at("batches") == nlohmann::json::array({to_hex(hash_of("batch"))}));
  const auto& finalization = document.at("finalization");
  CHECK(finalization.at("kind") == "finalize");
  CHECK(finalization.at("view") == 13);
  CHECK(finalization.at("height") == 8);
  CHECK(finalization.at("signatures")[0].at("signer") == 3);
  CHECK(finalization.at("signatures")[0].at("signature") == to_hex(Signature{0xab}));
  CHECK(document.at("path")[0].at("height") == 8);
  CHECK(document.at("executed_root") == to_hex(block.roots.executed()));
  CHECK(document.at("receipts_root") == to_hex(hash_of("receipts")));
  CHECK(document.at("state_root") == to_hex(block.roots.state()));
  CHECK(document.at("entities_root") == to_hex(hash_of("entities")));
  CHECK(document.at("state_checksum") == to_hex(hash_of("checksum")));
  CHECK(document.at("history_root") == to_hex(hash_of("history")));
  CHECK(document.at("cost") == 12345);
}

TEST_CASE("the latest block is the one at the head; genesis has no finalization") {
  ApiFixture fixture;
  CHECK(problem_type(fixture.get("/v1/blocks/latest")) == "not-found");
  ledger::StoredBlock genesis;
  fixture.backend.put_block(genesis);
  CHECK(json_of(fixture.get("/v1/blocks/latest")).at("finalization").is_null());
  fixture.backend.put_block(sample_block(1));
  CHECK(json_of(fixture.get("/v1/blocks/latest")).at("height") == 1);
  CHECK(json_of(fixture.get("/v1/blocks/0")).at("height") == 0);
}

TEST_CASE(
    "right after a snapshot was restored there is no latest block yet, and it is to be asked for again") {
  ApiFixture fixture;
  auto block = sample_block(12);
  fixture.backend.put_block(block);
  ledger::WriteBatch writes;
  writes.erase(ledger::store_keys::contents(Height(12)));
  ledger::Horizon horizon;
  horizon.target = horizon.done = horizon.began = Height(12);
  writes.put(std::string(ledger::kHorizonKey), encode(horizon));
  REQUIRE(fixture.backend.database.write(writes, ledger::Durability::kLater).ok());
  const auto response = fixture.get("/v1/blocks/latest");
  CHECK(response.status == 503);
  CHECK(problem_type(response) == "not-ready");
  CHECK(response.header("Retry-After"));
  CHECK(json_of(response).at("detail").get<std::string>().find("began with a snapshot") != std::string::npos);
  CHECK(problem_type(fixture.get("/v1/blocks/12")) == "pruned");
  fixture.backend.put_block(sample_block(13));
  CHECK(json_of(fixture.get("/v1/blocks/latest")).at("height") == 13);
}

TEST_CASE("a height beyond is not found; what is no height is refused") {
  ApiFixture fixture;
  fixture.backend.put_block(sample_block(1));
  for (const char* height : {"2", "18446744073709551615"}) {
    const auto response = fixture.get("/v1/blocks/" + std::string(height));
    CHECK(response.status == 404);
    CHECK(problem_type(response) == "not-found");
  }
  for (const char* height : {"-1", "1.0", "0x1", "%31%00", "18446744073709551616", "LATEST", "%ff", "+1"}) {
    const auto response = fixture.get("/v1/blocks/" + std::string(height));
    CAPTURE(height);
    CHECK(response.status == 400);
    CHECK(problem_type(response) == "invalid-parameter");
  }
}

TEST_CASE("a block that the disk damaged is a failure of storage") {
  ApiFixture fixture;
  ledger::WriteBatch writes;
  writes.put(ledger::store_keys::summary(Height(3)), to_bytes("damaged"));
  REQUIRE(fixture.backend.database.write(writes, ledger::Durability::kLater).ok());
  const auto response = fixture.get("/v1/blocks/3");
  CHECK(response.status == 503);
  CHECK(problem_type(response) == "storage-corrupted");
}

TEST_CASE("the genesis file is answered byte for byte") {
  ApiFixture fixture;
  fixture.backend.genesis_bytes = "{ \"name\" :\t\"湖\",\r\n\"amount\": 1.10 }\n";
  const auto response = fixture.get("/v1/genesis");
  CHECK(response.status == 200);
  CHECK(response.content_type == "application/json");
  CHECK(response.body == fixture.backend.genesis_bytes);
}
