// Verifying proof bundles: true ones hold, and nothing can be done to one that leaves it a proof.
#include <chrono>
#include <set>

#include "common/codec.h"
#include "common/merkle.h"
#include "ledger/proof_parser.h"
#include "ledger/proof_work.h"
#include "ledger/proof_writer.h"
#include "tests/ledger/proof_attacks.h"
#include "tests/ledger/proof_mutations.h"
#include "tests/support/effort.h"

#include <doctest/doctest.h>

namespace jingchu::ledger::test {
namespace {

using Json = nlohmann::ordered_json;

const ProofChain& chain() {
  static const ProofChain kChain;
  return kChain;
}

ProofReport judge(const std::string& bundle, const std::optional<FileHashes>& file = {}) {
  return verify_proof(as_bytes(bundle), as_bytes(chain().genesis()), file);
}
ProofReport judge(const ProofBundle& bundle, const std::optional<FileHashes>& file = {}) {
  return judge(write_proof(bundle), file);
}

// "holds", or the step and the reason of the failure.
std::string verdict(const ProofReport& report) {
  CHECK(report.holds() == (report.failed() == nullptr));
  bool has_failed = false;
  for (const auto& step : report.steps) {
    CHECK((step.verdict == ProofVerdict::kNotReached) == has_failed);
    has_failed = has_failed || step.verdict == ProofVerdict::kFails;
  }
  const auto* failed = report.failed();
  if (failed == nullptr) return "holds";
  return std::string(to_string(failed->step)) + " " + std::string(to_string(failed->failure->reason));
}

FileHashes file_of(const std::string& content) {
  return {sha256(as_bytes(content)), sm3(as_bytes(content))};
}

TEST_CASE("proof: bundles of every kind under anchors of every epoch hold, and say what they prove") {
  const auto all = honest_bundles(chain());
  CHECK(all.size() >= 30);
  for (const auto& [name, bundle] : all) {
    CAPTURE(name);
    const auto report = judge(bundle);
    CHECK(verdict(report) == "holds");
    REQUIRE(report.holds());
    CHECK(report.facts->anchor.height == bundle.anchor.header.height);
    CHECK(report.facts->anchor.signers.size() == (bundle.anchor.header.epoch.value() < 4 ? 3 : 4));
    CHECK(report.facts->anchor.set_changes == bundle.sets.size());
    CHECK(report.steps.size() == (report.facts->claim.index() == 0 ? 9 : 7));
  }
}

TEST_CASE("proof: the facts of a record and of an entity") {
  const auto record = judge(chain().record(22, 3, 3));
  REQUIRE(record.holds());
  CHECK(record.facts->anchor.network == "small");
  CHECK(record.facts->anchor.chain_id == chain().chain_id());
  CHECK(record.facts->anchor.executed_height == Height(21));
  CHECK(record.facts->anchor.epoch == Epoch(5));
  CHECK(record.facts->anchor.validators == 5);
  const std::vector<std::string> signers = {"city-0", "city-2", "city-4", "city-5"};
  CHECK(record.facts->anchor.signers == signers);
  const auto& call = std::get<RecordFacts>(record.facts->claim);
  CHECK(call.contract == "agriculture");
  CHECK(call.method == "fail");
  CHECK(std::string(as_text(call.payload)) == "{}");
  CHECK(call.sender == fixed_key(12, Algorithm::kSm2).public_key());
  CHECK(call.code == "unknown-method");
  CHECK(call.height == Height(3));
  CHECK(call.call_index == 1);
  CHECK(call.call_count == 4);
  CHECK(call.time_ms == chain().header(3).time_ms);
  const auto entity = judge(chain().entity(22, "evidence", sha256_name("a")));
  REQUIRE(entity.holds());
  const auto& there = std::get<EntityFacts>(entity.facts->claim);
  CHECK(there.count == 21);
  REQUIRE(there.records);
  CHECK(there.records->size() == 21);
  CHECK(there.records->at(2).record == deposit_of("a"));
  CHECK(there.records->at(2).recorded.height == Height(3));
  const auto absent = judge(chain().entity(22, "evidence", sha256_name("nothing"), false));
  REQUIRE(absent.holds());
  CHECK(std::get<EntityFacts>(absent.facts->claim).count == 0);
}

TEST_CASE("proof: what somebody may try is refused by the step and for the reason that is named") {
  const auto all = attacks(chain());
  CHECK(all.size() >= 90);
  for (const auto& attack : all) {
    CAPTURE(attack.name);
    CHECK(verdict(judge(attack.bundle)) ==
          std::string(to_string(attack.step)) + " " + std::string(to_string(attack.reason)));
  }
}

// The absence of another entity at the same place of the tree: another claim, and as true.
bool is_another_truth(const ProofBundle& bundle, const ProofReport& report) {
  const auto* original = std::get_if<EntityClaim>(&bundle.claim);
  if (!report.holds() || original == nullptr || original->head) return false;
  const auto& facts = std::get<EntityFacts>(report.facts->claim);
  const auto truth = chain().entity(bundle.anchor.header.height.value(), facts.contract, facts.name);
  return facts.name != original->name && !std::get<EntityClaim>(truth.claim).head;
}

void refuse_all_mutations(const ProofBundle& bundle, std::size_t least) {
  const auto all = mutations(Json::parse(write_proof(bundle)));
  CHECK(all.size() >= least);
  const std::size_t step = jingchu::test::effort(1, 7);
  for (std::size_t i = 0; i < all.size(); i += step) {
    const auto& [name, changed] = all[i];
    const auto report = judge(changed.dump());
    if (is_another_truth(bundle, report)) continue;
    // The root does not tell the count: another one under which the path holds proves the same.
    if (report.holds() && name.ends_with("/record/receipt_count")) continue;
    CAPTURE(name);
    REQUIRE(report.failed() != nullptr);
    // At the root of the bundle the pointer is empty.
    const auto& failed = *report.failed();
    CHECK((failed.step == ProofStep::kBundle || !failed.failure->where.empty()));
  }
}

TEST_CASE("proof: no value of a true bundle can be changed, left out, doubled or moved") {
  refuse_all_mutations(chain().record(22, 3, 1, 1), 1'000);
  refuse_all_mutations(chain().record(13, 4, 0), 500);
  refuse_all_mutations(chain().entity(8, "evidence", sha256_name("a")), 500);
  refuse_all_mutations(chain().entity(22, "agriculture", "lot-3"), 1'000);
  for (int i = 0; i < 4; ++i) {
    refuse_all_mutations(chain().entity(5, "evidence", sha256_name("absent " + std::to_string(i)), false),
                         300);
  }
}

TEST_CASE("proof: texts that are no bundle") {
  const auto text = write_proof(chain().record(4, 3, 1));
  const std::pair<std::string, std::string> bad[] = {
      {"", "bundle not-json"},
      {"\xef\xbb\xbf" + text, "bundle not-json"},
      {text + "{}", "bundle not-json"},
      {"[]", "bundle not-object"},
      {"{}", "bundle one-claim"},
      {"{\"format\":\"jingchu-proof\"," + text.substr(1), "bundle not-json"},
      {std::string(kProofBytesMax + 1, ' '), "bundle not-json"},
      {std::string(100, '['), "bundle not-json"}};
  for (const auto& [bytes, expected] : bad) CHECK(verdict(judge(bytes)) == expected);
  CHECK(verdict(judge(" \n" + text + "\t\r\n ")) == "holds");
  for (const std::string space : {"\v", "\f", "\xc2\xa0", "\xe2\x80\xa8"}) {
    CHECK(verdict(judge(space + text)) == "bundle not-json");
    CHECK(verdict(judge(text + space)) == "bundle not-json");
  }
  const auto nested = [](std::size_t depth) { return std::string(depth, '[') + std::string(depth, ']'); };
  CHECK(verdict(judge(nested(32))) == "bundle not-object");
  CHECK(verdict(judge(nested(33))) == "bundle not-json");
  auto both = Json::parse(text);
  both["entity"] = Json::parse(write_proof(chain().entity(4, "agriculture", "lot-1")))["entity"];
  CHECK(verdict(judge(both.dump())) == "bundle one-claim");
  auto numbers = Json::parse(text);
  for (const std::uint64_t beyond : {kProofIntegerMax + 1, ~std::uint64_t{0}}) {
    numbers["record"]["receipt_count"] = beyond;
    CHECK(verdict(judge(numbers.dump())) == "bundle not-integer");
  }
  numbers["record"]["receipt_count"] = kProofIntegerMax;
  CHECK(verdict(judge(numbers.dump())) == "receipt receipt-path");
  auto upper = Json::parse(write_proof(chain().record(22, 3, 1)));
  auto& key = upper["sets"][0]["validators"][0]["consensus_key"];
  const auto lower = key.get<std::string>();
  std::string digits = lower.substr(lower.find(':'));
  for (char& c : digits) c = static_cast<char>(std::toupper(c));
  REQUIRE(digits != lower.substr(lower.find(':')));
  CHECK(verdict(judge(upper.dump())) == "holds");
  key = lower.substr(0, lower.find(':')) + digits;
  CHECK(verdict(judge(upper.dump())) == "bundle not-key");
  // A text within an encoding that is not UTF-8, and a head that is none.
  auto bundle = chain().record(4, 3, 1);
  std::get<RecordClaim>(bundle.claim).receipt.message = "\xff";
  CHECK(verdict(judge(bundle)) == "bundle not-encoding");
  bundle = chain().record(4, 3, 1);
  std::get<RecordClaim>(bundle.claim).transaction.tag = "jingchu/readiness";
  CHECK(verdict(judge(bundle)) == "bundle not-encoding");
}

TEST_CASE("proof: another genesis file, or one that is none") {
  const auto bundle = write_proof(chain().record(4, 3, 1));
  const auto with = [&](const std::string& genesis) {
    return verdict(verify_proof(as_bytes(bundle), as_bytes(genesis)));
  };
  CHECK(with(chain().genesis() + " ") == "genesis other-chain");
  auto endless = Json::parse(chain().genesis());
  endless["parameters"]["epoch_blocks"] = 0;
  for (const std::string& genesis : {std::string(), std::string("[]"), std::string("{}"),
                                     std::string("{\"validators\":[]}"), endless.dump()}) {
    auto own = chain().record(4, 3, 1);
    own.chain_id = sha256(as_bytes(genesis));
    CHECK(verdict(verify_proof(as_bytes(write_proof(own)), as_bytes(genesis))) == "genesis bad-genesis");
  }
  const auto read = parse_proof_genesis(as_bytes(chain().genesis()));
  REQUIRE(std::holds_alternative<ProofGenesis>(read));
  CHECK(std::get<ProofGenesis>(read).epoch_blocks == 4);
  auto without = Json::parse(chain().genesis());
  without["parameters"].erase("epoch_blocks");
  const auto text = without.dump();
  CHECK(std::get<ProofGenesis>(parse_proof_genesis(as_bytes(text))).epoch_blocks == 1'000);
}

TEST_CASE("proof: names have the one form that their module has for them") {
  const auto with = [](const char* contract, const std::string& name) {
    const auto report = judge(chain().entity(22, contract, name, false));
    return verdict(report) + (report.failed() ? " " + report.failed()->failure->expected : "");
  };
  std::string upper = sha256_name("a");
  for (auto& c : upper) c = static_cast<char>(c >= 'a' && c <= 'f' ? c - 32 : c);
  upper.replace(0, 6, "sha256");
  CHECK(with("evidence", upper) == "state not-canonical " + sha256_name("a"));
  CHECK(with("provenance", "urn:epc:id:sgtin:9521141.001234.2017") ==
        "state not-canonical https://id.gs1.org/01/09521141012345/21/2017");
  CHECK(with("provenance", "https://id.gs1.org/01/09521141012345/21/2017") == "holds");
  CHECK(with("evidence", "a").starts_with("state entity-name "));
  CHECK(with("agriculture", "").starts_with("state entity-name "));
  CHECK(with("identity", "a") == "state no-histories ");
  CHECK(with("evidnce", sha256_name("a")) == "state no-histories ");
}

TEST_CASE("proof: a file is the record's or the entity's, by both hashes") {
  const auto a = file_of("a");
  const auto b = file_of("b");
  const auto deposit = chain().record(22, 3, 0);
  CHECK(verdict(judge(deposit, a)) == "holds");
  CHECK(verdict(judge(deposit, b)) == "file other-file");
  CHECK(verdict(judge(deposit, FileHashes{a.sha256, b.sm3})) == "file other-file");
  CHECK(verdict(judge(deposit, FileHashes{b.sha256, a.sm3})) == "file other-file");
  CHECK(verdict(judge(chain().record(22, 3, 1), a)) == "file not-deposit");
  CHECK(verdict(judge(chain().entity(22, "evidence", sha256_name("a")), a)) == "holds");
  CHECK(verdict(judge(chain().entity(22, "evidence", sm3_name("a"), false), a)) == "holds");
  CHECK(verdict(judge(chain().entity(22, "evidence", sha256_name("a")), b)) == "file other-entity");
  CHECK(verdict(judge(chain().entity(22, "evidence", sm3_name("b")), b)) == "file absent-file");
  CHECK(verdict(judge(chain().entity(22, "agriculture", "lot-1"), a)) == "file not-evidence");
  CHECK(verdict(judge("", a)) == "bundle not-json");
  CHECK(judge("", a).steps.back().step == ProofStep::kFile);
}

// No chain has such receipts as long as a quorum of its validators executes as it should.
TEST_CASE("proof: a receipt of another height is refused although it is under the block's root") {
  proof::Work work;
  work.bundle = chain().record(22, 3, 1);
  auto& record = std::get<RecordClaim>(work.bundle.claim);
  CHECK_FALSE(proof::check_receipt(work));
  record.receipt.height = Height(4);
  std::vector<Hash> leaves;
  for (const auto& receipt : chain().receipts(3)) leaves.push_back(receipt_leaf(receipt));
  leaves[record.receipt_index] = receipt_leaf(record.receipt);
  record.receipts_root = merkle::root(leaves);
  record.receipt_path = merkle::inclusion_proof(leaves, record.receipt_index);
  const auto wrong = proof::check_receipt(work);
  REQUIRE(wrong);
  CHECK(wrong->reason == ProofReason::kReceiptHeight);
}

TEST_CASE("proof: a head's encoding is what the sender signed") {
  Transaction transaction;
  transaction.calls = {call("put", "a=b"), call("put", "c=d")};
  sign(transaction, fixed_key(1));
  CHECK(encode(head_of(transaction)) == signing_bytes(transaction));
}

TEST_CASE("proof: a record is verified in milliseconds") {
  const auto text = write_proof(chain().record(4, 3, 1));
  constexpr int kRounds = 50;
  const auto begin = std::chrono::steady_clock::now();
  for (int i = 0; i < kRounds; ++i) REQUIRE(judge(text).holds());
  const std::chrono::duration<double, std::milli> spent = std::chrono::steady_clock::now() - begin;
  MESSAGE((spent.count() / kRounds) << " ms for a record with 4 validators");
}

TEST_CASE("proof: every reason and step has a name of its own") {
  std::set<std::string_view> names;
  for (std::size_t i = 0; i < kProofReasons; ++i) names.insert(to_string(static_cast<ProofReason>(i)));
  CHECK(names.size() == kProofReasons);
  CHECK(!names.contains(""));
}

}  // namespace
}  // namespace jingchu::ledger::test
