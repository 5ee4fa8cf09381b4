#include "contracts/agriculture/agriculture.h"

#include <nlohmann/json.hpp>

#include "tests/contracts/support/fake_context.h"

#include <doctest/doctest.h>

using namespace jingchu;
using namespace jingchu::contracts;
using nlohmann::json;

namespace {

json lot() {
  return {{"lotId", "QJ-1"},
          {"product", "潜江龙虾"},
          {"origin", {{"name", "湖北省潜江市"}, {"gbCode", "429005"}}},
          {"producer", {{"name", "合作社（示例）"}}},
          {"quantity", "300.50"},
          {"unit", "kg"},
          {"startDate", "2026-03-01"}};
}
json operation(const std::string& name, const std::string& time) {
  return {{"lotId", "QJ-1"}, {"operation", name}, {"time", time}};
}
json use(const std::string& name, const std::string& time, const std::string& until) {
  auto payload = operation(name, time);
  payload["product"] = "恩诺沙星粉";
  payload["withdrawalUntil"] = until;
  return payload;
}

struct Agriculture : FakeModule {
  Agriculture() : FakeModule(agriculture_contract()) { REQUIRE(call("register-lot", lot().dump()).ok()); }
  Error record(const json& payload) {
    const auto status = call("record-operation", payload.dump());
    return status.ok() ? Error{} : status.error();
  }
  json answer(std::string_view name, const QueryParameters& parameters) const {
    const auto text = query(name, parameters);
    return text.ok() ? json::parse(*text) : json(text.error().type);
  }
};

}  // namespace

TEST_CASE("agriculture: a lot and its history, in order and in pages") {
  Agriculture farm;
  for (int day = 10; day < 20; ++day) {
    REQUIRE(
        farm.record(operation("feeding", "2026-03-" + std::to_string(day) + "T08:00:00+08:00")).type.empty());
  }
  const auto answer = farm.answer("lot", {{"lot", "QJ-1"}});
  CHECK(answer["lot"] == lot());
  CHECK(answer["records"] == 11);
  CHECK(farm.whole_history("QJ-1") == 11);
  CHECK(answer["withdrawalBreached"] == false);
  const auto history = farm.answer("lot-history", {{"lot", "QJ-1"}});
  CHECK(history["count"] == 11);
  CHECK(history["records"][0]["record"] == lot());
  CHECK(history["records"][10]["record"]["time"] == "2026-03-19T08:00:00+08:00");
  CHECK(history["records"][10]["recorded"]["height"] == 7);
  CHECK(history["chain"] == answer["chain"]);
  const auto page = farm.answer("lot-history", {{"lot", "QJ-1"}, {"limit", "3"}, {"after", "6"}});
  CHECK(page["records"][0]["sequence"] == 7);
  CHECK(page["next"] == 9);
  CHECK(farm.answer("lot", {{"lot", "QJ-2"}}) == "not-found");
  CHECK(farm.answer("lot-history", {{"lot", "QJ-2"}}) == "not-found");
}

TEST_CASE("agriculture: no harvest before the latest withdrawal time, compared as instants") {
  Agriculture farm;
  REQUIRE(
      farm.record(use("drug-use", "2026-04-18T10:00:00+08:00", "2026-05-09T00:00:00+08:00")).type.empty());
  REQUIRE(farm.record(use("pesticide-use", "2026-04-20T10:00:00+08:00", "2026-05-01T00:00:00+08:00"))
              .type.empty());
  const auto error = farm.record(operation("harvest", "2026-05-08T15:59:59Z"));
  CHECK(error.type == "withdrawal-period");
  CHECK(error.where == "/time");
  CHECK(error.what.find("2026-05-09T00:00:00+08:00") != std::string::npos);
  CHECK(farm.record(operation("feeding", "2026-05-02T00:00:00+08:00")).type.empty());
  CHECK(farm.record(operation("harvest", "2026-05-08T16:00:00Z")).type.empty());
  CHECK(farm.answer("lot", {{"lot", "QJ-1"}})["withdrawalUntil"] == "2026-05-09T00:00:00+08:00");
  CHECK(farm.answer("lot", {{"lot", "QJ-1"}})["harvests"] == 1);
}

TEST_CASE("agriculture: a use recorded after a harvest within its withdrawal time marks the lot") {
  Agriculture farm;
  REQUIRE(farm.record(operation("harvest", "2026-05-10T05:00:00+08:00")).type.empty());
  REQUIRE(
      farm.record(use("drug-use", "2026-04-01T00:00:00+08:00", "2026-05-10T05:00:00+08:00")).type.empty());
  REQUIRE(
      farm.record(use("drug-use", "2026-05-11T00:00:00+08:00", "2026-05-20T00:00:00+08:00")).type.empty());
  CHECK(farm.answer("lot", {{"lot", "QJ-1"}})["withdrawalBreached"] == false);
  REQUIRE(
      farm.record(use("drug-use", "2026-05-09T00:00:00+08:00", "2026-05-12T00:00:00+08:00")).type.empty());
  CHECK(farm.answer("lot", {{"lot", "QJ-1"}})["withdrawalBreached"] == true);
}

TEST_CASE("agriculture: a lot takes a bounded number of harvests") {
  Agriculture farm;
  for (int i = 0; i < 366; ++i)
    REQUIRE(farm.record(operation("harvest", "2026-05-10T05:00:00Z")).type.empty());
  CHECK(farm.record(operation("harvest", "2026-05-10T05:00:00Z")).type == "too-many-harvests");
}

TEST_CASE("agriculture: only the organization of the lot records on it") {
  Agriculture farm;
  farm.context.caller_value.organization = "wuhan-market";
  const auto error = farm.record(operation("feeding", "2026-03-10T08:00:00+08:00"));
  CHECK(error.type == "not-permitted");
  CHECK(error.where == "/lotId");
  auto other = lot();
  CHECK(farm.call("register-lot", other.dump()).error().type == "duplicate-lot");
  other["lotId"] = "WH-1";
  CHECK(farm.call("register-lot", other.dump()).ok());
}

TEST_CASE("agriculture: wrong input, with the place") {
  Agriculture farm;
  struct Case {
    std::string method;
    json payload;
    std::string type, where;
  };
  const auto lot_with = [](const std::string& pointer, const json& value) {
    auto payload = lot();
    payload["lotId"] = "QJ-2";
    if (value.is_null()) {
      payload.erase(pointer.substr(1));
    } else {
      payload[json::json_pointer(pointer)] = value;
    }
    return payload;
  };
  const auto step_with = [](json payload, const std::string& name, const json& value) {
    if (value.is_null()) {
      payload.erase(name);
    } else {
      payload[name] = value;
    }
    return payload;
  };
  const auto feeding = operation("feeding", "2026-03-10T08:00:00+08:00");
  const auto drug = use("drug-use", "2026-03-10T08:00:00+08:00", "2026-03-20T08:00:00+08:00");
  const std::string invalid = "invalid-arguments";
  const Case cases[] = {
      {"register-lot", lot(), "duplicate-lot", "/lotId"},
      {"register-lot", lot_with("/lotId", ""), invalid, "/lotId"},
      {"register-lot", lot_with("/product", nullptr), invalid, "/product"},
      {"register-lot", lot_with("/quantity", "0.00"), invalid, "/quantity"},
      {"register-lot", lot_with("/quantity", "-3"), invalid, "/quantity"},
      {"register-lot", lot_with("/quantity", "3kg"), invalid, "/quantity"},
      {"register-lot", lot_with("/startDate", "2026-02-30"), invalid, "/startDate"},
      {"register-lot", lot_with("/origin/gbCode", "42900"), invalid, "/origin/gbCode"},
      {"register-lot", lot_with("/origin/gbCode", "029005"), invalid, "/origin/gbCode"},
      {"register-lot", lot_with("/origin/gbCode", "42900a"), invalid, "/origin/gbCode"},
      {"register-lot", lot_with("/origin/country", "CN"), invalid, "/origin/country"},
      {"register-lot", lot_with("/producer/name", 5), invalid, "/producer/name"},
      {"register-lot", lot_with("/colour", "red"), invalid, "/colour"},
      {"record-operation", step_with(feeding, "lotId", "QJ-9"), "unknown-lot", "/lotId"},
      {"record-operation", step_with(feeding, "operation", "dancing"), invalid, "/operation"},
      {"record-operation", step_with(feeding, "time", "2026-03-10"), invalid, "/time"},
      {"record-operation", step_with(feeding, "quantity", "a lot"), invalid, "/quantity"},
      {"record-operation", step_with(feeding, "withdrawalUntil", "2026-03-20T08:00:00Z"), invalid,
       "/withdrawalUntil"},
      {"record-operation", step_with(drug, "withdrawalUntil", nullptr), invalid, "/withdrawalUntil"},
      {"record-operation", step_with(drug, "withdrawalUntil", "2026-03-10T07:00:00+08:00"), invalid,
       "/withdrawalUntil"},
      {"record-operation", step_with(drug, "product", nullptr), invalid, "/product"},
      {"record-operation", step_with(feeding, "details", "x"), invalid, "/details"},
      {"sell-lot", json::object(), "unknown-method", ""},
  };
  const auto before = farm.state.entries;
  for (const auto& [method, payload, type, where] : cases) {
    CAPTURE(payload.dump());
    const auto status = farm.call(method, payload.dump());
    REQUIRE(!status.ok());
    CHECK(status.error().fault == Fault::kCaller);
    CHECK(status.error().type == type);
    CHECK(status.error().where == where);
  }
  CHECK(farm.state.entries == before);
}

TEST_CASE("agriculture: over its cost a call ends at once") {
  Agriculture farm;
  farm.context.cost = 0;
  REQUIRE(farm.record(operation("harvest", "2026-05-10T05:00:00Z")).type.empty());
  const auto whole = farm.context.cost;
  for (std::uint64_t limit = 0; limit < whole; limit += 50) {
    Agriculture limited;
    limited.context.cost = 0;
    limited.context.cost_max = limit;
    CHECK(limited.record(operation("harvest", "2026-05-10T05:00:00Z")).type == "over-cost");
    CHECK(limited.context.accesses_after_limit == 0);
  }
}
