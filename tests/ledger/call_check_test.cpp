#include "ledger/call_check.h"

#include "tests/ledger/fixture.h"

#include <doctest/doctest.h>

namespace jingchu::ledger::test {
namespace {

constexpr std::uint64_t kCostMax = 2'000'000;

const std::string kDeposit = R"({"sha256":")" + std::string(64, 'a') + R"(","sm3":")" + std::string(64, 'b') +
                             R"(","mediaType":"text/plain","size":1,"subject":")" + std::string(64, 'c') +
                             R"("})";

Error refusal(std::vector<Call> calls) {
  const Status status = check_calls(calls, contracts::registry(), kCostMax);
  REQUIRE_FALSE(status.ok());
  CHECK(status.error().fault == Fault::kCaller);
  return status.error();
}

TEST_CASE("calls that may succeed pass") {
  CHECK(check_calls({call("deposit", kDeposit, "evidence"), call("deposit", kDeposit, "evidence")},
                    contracts::registry(), kCostMax)
            .ok());
}

TEST_CASE("a refusal points at the call, and into its payload") {
  const auto good = call("deposit", kDeposit, "evidence");
  struct Row {
    Call call;
    const char* type;
    const char* where;
  };
  auto wrong_size = kDeposit;
  wrong_size.replace(wrong_size.find("\"size\":1"), 8, "\"size\":\"1\"");
  const Row rows[] = {
      {call("deposit", kDeposit, "evidense"), "unknown-contract", "/calls/1/contract"},
      {call("deposti", kDeposit, "evidence"), "unknown-method", "/calls/1/method"},
      {call("deposit", wrong_size, "evidence"), "invalid-arguments", "/calls/1/payload#/size"},
      {call("deposit", "{}", "evidence"), "invalid-arguments", "/calls/1/payload#/sha256"},
      {call("deposit", "[]", "evidence"), "invalid-arguments", "/calls/1/payload#"},
      {call("deposit", "{\"a\":1,}", "evidence"), "malformed-json", "/calls/1/payload#byte 7"},
      {call("capture", R"({"type":"EPCISDocument","schemaVersion":"2.0","creationDate":"2026-05-01T00:00:00Z",
           "@context":[],"epcisBody":{"eventList":[{"type":7}]}})",
            "provenance"),
       "invalid-arguments", "/calls/1/payload#/epcisBody/eventList/0/type"},
      {call("deposit", std::string(kCostMax, ' '), "evidence"), "over-cost", "/calls/1/payload"},
  };
  for (const Row& row : rows) {
    CAPTURE(row.type);
    const Error error = refusal({good, row.call});
    CHECK(error.type == row.type);
    CHECK(error.where == row.where);
    CHECK_FALSE(error.what.empty());
  }
}

}  // namespace
}  // namespace jingchu::ledger::test
