// The project's own sample records under tests/data/ execute, and the registry holds the modules that take
// them.
#include <nlohmann/json.hpp>

#include "tests/contracts/support/fake_context.h"
#include "tests/contracts/support/files.h"

#include <doctest/doctest.h>

using namespace jingchu;
using namespace jingchu::contracts;
using nlohmann::json;

namespace {

const std::filesystem::path kData = std::string(JINGCHU_TESTS) + "/data";

FakeModule module_named(std::string_view name) {
  const Contract* contract = find_contract(name);
  REQUIRE(contract != nullptr);
  return FakeModule(*contract);
}

// "05-record-operation.drug-use.json" calls record-operation.
std::string method_of(const std::filesystem::path& file) {
  const auto name = file.filename().string().substr(3);
  return name.substr(0, name.find('.'));
}

}  // namespace

TEST_CASE("registry: the modules in their order, each by its name") {
  std::string names;
  for (const Contract* contract : registry()) {
    names += std::string(contract->name()) + " ";
    CHECK(find_contract(contract->name()) == contract);
    CHECK(!contract->methods().empty());
    for (const auto& method : contract->methods()) CHECK(!method.summary.empty());
    for (const auto& query : contract->queries()) CHECK(!query.summary.empty());
  }
  CHECK(names == "identity provenance evidence agriculture governance ");
  CHECK(find_contract("governance ") == nullptr);
}

TEST_CASE("samples: the crayfish supply chain") {
  auto module = module_named("provenance");
  const auto files = files_in(kData / "crayfish", ".json");
  CHECK(files.size() >= 8);
  for (const auto& file : files) {
    CAPTURE(file.string());
    const auto status = module.call("capture", read_payload(file));
    CHECK((status.ok() ? "ok" : status.error().to_string()) == "ok");
  }
  const auto history =
      json::parse(*module.query("epc-history", {{"epc", "urn:epc:id:sscc:9520123.1000000517"}}));
  CHECK(history["count"] == 5);  // packed, shipped, transported, received as a Digital Link, unpacked
  const auto box = json::parse(
      *module.query("epc-history", {{"epc", "https://id.gs1.org/01/09520123456788/21/260510001"}}));
  CHECK(box["count"] == 4);  // graded, inspected, packed, sold
}

TEST_CASE("samples: the evidence states the hashes and the size of its file") {
  auto module = module_named("evidence");
  const auto payload = read_payload(kData / "evidence" / "deposit.json");
  REQUIRE(module.call("deposit", payload).ok());
  const auto deposit = json::parse(payload);
  const auto file = read_text(kData / "evidence" / "purchase-contract.txt");
  CHECK(deposit["size"] == file.size());
  CHECK(deposit["sha256"] == to_hex(sha256(as_bytes(file))));
  CHECK(deposit["sm3"] == to_hex(sm3(as_bytes(file))));
}

TEST_CASE("samples: the agricultural lot, whose early harvest would be refused") {
  auto module = module_named("agriculture");
  const auto files = files_in(kData / "agriculture", ".json");
  CHECK(files.size() >= 10);
  for (const auto& file : files) {
    CAPTURE(file.string());
    auto payload = read_payload(file);
    if (file.filename().string().find("harvest") != std::string::npos) {
      auto early = json::parse(payload);
      early["time"] = "2026-05-08T05:30:00+08:00";
      const auto refusal = module.call(method_of(file), early.dump());
      REQUIRE(!refusal.ok());
      CHECK(refusal.error().type == "withdrawal-period");
    }
    const auto status = module.call(method_of(file), payload);
    CHECK((status.ok() ? "ok" : status.error().to_string()) == "ok");
  }
  const auto lot = json::parse(*module.query("lot", {{"lot", "QJ-XIA-2026-0017"}}));
  CHECK(lot["records"] == files.size());
  CHECK(lot["withdrawalBreached"] == false);
}
