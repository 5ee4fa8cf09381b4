#include "contracts/provenance/provenance.h"

#include <nlohmann/json.hpp>

#include "tests/contracts/support/fake_context.h"

#include <doctest/doctest.h>

using namespace jingchu;
using namespace jingchu::contracts;
using nlohmann::ordered_json;

namespace {

const std::string kContext = "https://ref.gs1.org/standards/epcis/epcis-context.jsonld";

ordered_json event() {
  return {{"type", "ObjectEvent"},
          {"eventID", "urn:uuid:1"},
          {"eventTime", "2026-05-10T05:30:00+08:00"},
          {"eventTimeZoneOffset", "+08:00"},
          {"action", "ADD"},
          {"epcList", {"urn:epc:id:sgtin:9520123.045678.A1"}}};
}
ordered_json document(ordered_json events) {
  return {{"@context", {kContext, {{"jc", "https://jingchu.example/epcis/"}}}},
          {"type", "EPCISDocument"},
          {"schemaVersion", "2.0"},
          {"creationDate", "2026-05-10T07:00:00+08:00"},
          {"epcisBody", {{"eventList", std::move(events)}}}};
}

struct Provenance : FakeModule {
  Provenance() : FakeModule(provenance_contract()) {}
  Error capture(const ordered_json& payload) { return capture_text(payload.dump()); }
  Error capture_text(const std::string& payload) {
    const auto status = call("capture", payload);
    return status.ok() ? Error{} : status.error();
  }
  ordered_json answer(std::string_view name, const QueryParameters& parameters) const {
    const auto text = query(name, parameters);
    return text.ok() ? ordered_json::parse(*text) : ordered_json(text.error().type);
  }
};

}  // namespace

TEST_CASE("provenance: an event is answered byte by byte as it was captured") {
  Provenance module;
  const std::string text =
      R"({ "type":"ObjectEvent" , "eventID":"urn:uuid:7", "eventTime":"2026-05-10T05:30:00+08:00",
           "eventTimeZoneOffset":"+08:00","action":"OBSERVE","quantityList":[
             {"epcClass":"urn:epc:class:lgtin:9520123.045670.L1","quantity":1050.500,"uom":"KGM"}],
           "jc:产地":"x"})";
  auto payload = document(ordered_json::array()).dump();
  payload.insert(payload.find("[]") + 1, text);
  // A name with characters beyond ASCII is no URI, so no name of an extension either.
  CHECK(module.capture_text(payload).where == "/epcisBody/eventList/0/jc:产地");
  payload.replace(payload.find("jc:产地"), std::string("jc:产地").size(), "jc:origin");
  REQUIRE(module.capture_text(payload).type.empty());

  const auto raw = *module.query("event", {{"id", "urn:uuid:7"}});
  const auto begin = payload.find("{ \"type\":\"ObjectEvent\"");
  const auto exact = payload.substr(begin, payload.rfind("]}}") - begin);
  CHECK(raw.find(exact) != std::string::npos);
  const auto answer = ordered_json::parse(raw);
  CHECK(answer["eventID"] == "urn:uuid:7");
  CHECK(answer["sha256"] == to_hex(sha256(as_bytes(exact))));
  CHECK(answer["context"][0] == kContext);
  CHECK(answer["recorded"]["height"] == 7);
  CHECK(answer["recorded"]["blockTime"] == "2026-05-01T00:30:00.000Z");
  CHECK(answer["recorded"]["organization"] == "hubei-aquatic");
  CHECK(answer["recorded"]["transaction"] == to_hex(sha256(as_bytes("2"))));
  CHECK(module.context.events.back().name == "captured");
}

TEST_CASE("provenance: a context is kept once for all documents that have it") {
  Provenance module;
  const auto capture = [&](const std::string& id, const std::string& prefix) {
    auto entry = event();
    entry["eventID"] = id;
    auto whole = document(ordered_json::array({entry}));
    whole["@context"][1] = {{prefix, "https://jingchu.example/epcis/"}};
    REQUIRE(module.capture(whole).type.empty());
    return whole["@context"];
  };
  const auto first = capture("urn:uuid:1", "jc");
  const auto second = capture("urn:uuid:2", "jx");
  capture("urn:uuid:3", "jc");
  CHECK(module.answer("event", {{"id", "urn:uuid:1"}})["context"] == first);
  CHECK(module.answer("event", {{"id", "urn:uuid:2"}})["context"] == second);
  CHECK(module.answer("event", {{"id", "urn:uuid:3"}})["context"] == first);
  CHECK(*last_record(module.state) == 3 + 2);
  for (const auto& [key, value] : module.state.entries) {
    if (key.starts_with("context/")) CHECK(value.size() == sizeof(std::uint64_t));
  }
}

TEST_CASE("provenance: URN and Digital Link meet in one history, in order and in pages") {
  Provenance module;
  for (int i = 0; i < 5; ++i) {
    auto entry = event();
    entry["eventID"] = "urn:uuid:" + std::to_string(i);
    if (i % 2 == 1) entry["epcList"] = {"https://shop.example/01/09520123456788/21/A1"};
    REQUIRE(module.capture(document(ordered_json::array({entry}))).type.empty());
  }
  for (const std::string epc :
       {"urn:epc:id:sgtin:9520123.045678.A1", "https://id.gs1.org/01/09520123456788/21/A1"}) {
    const auto all = module.answer("epc-history", {{"epc", epc}});
    CHECK(all["identifier"] == "https://id.gs1.org/01/09520123456788/21/A1");
    CHECK(all["count"] == 5);
    CHECK(module.whole_history(*module.contract.entity_name(epc)) == 5);
    REQUIRE(all["events"].size() == 5);
    CHECK(!all.contains("next"));
    for (int i = 0; i < 5; ++i)
      CHECK(all["events"][i]["event"]["eventID"] == "urn:uuid:" + std::to_string(i));
    const auto page = module.answer("epc-history", {{"epc", epc}, {"limit", "2"}, {"after", "2"}});
    CHECK(page["events"].size() == 2);
    CHECK(page["events"][0]["sequence"] == 3);
    CHECK(page["next"] == 4);
  }
  CHECK(module.answer("epc-history", {{"epc", "urn:epc:id:sgtin:9520123.045678.A2"}}) == "not-found");
  CHECK(module.answer("epc-history", {}) == "invalid-parameter");
  CHECK(module.answer("event", {{"id", "urn:uuid:99"}}) == "not-found");
}

TEST_CASE("provenance: every identifier that an event names leads to it, and each once") {
  Provenance module;
  const ordered_json transformation = {
      {"type", "TransformationEvent"},
      {"eventID", "urn:uuid:t"},
      {"eventTime", "2026-05-10T05:30:00+08:00"},
      {"eventTimeZoneOffset", "+08:00"},
      {"inputEPCList", {"urn:x:in", "urn:x:both"}},
      {"inputQuantityList", {{{"epcClass", "urn:x:in-class"}, {"quantity", 1}}}},
      {"outputEPCList", {"urn:x:out", "urn:x:both"}},
      {"outputQuantityList", {{{"epcClass", "urn:x:out-class"}}}}};
  const ordered_json aggregation = {{"type", "AggregationEvent"},
                                    {"eventID", "urn:uuid:a"},
                                    {"eventTime", "2026-05-10T05:30:00+08:00"},
                                    {"eventTimeZoneOffset", "+08:00"},
                                    {"action", "ADD"},
                                    {"parentID", "urn:x:parent"},
                                    {"childEPCs", {"urn:x:child"}},
                                    {"childQuantityList", {{{"epcClass", "urn:x:child-class"}}}}};
  REQUIRE(module.capture(document(ordered_json::array({transformation, aggregation}))).type.empty());
  const std::pair<std::string, std::string> expected[] = {
      {"urn:x:in", "urn:uuid:t"},    {"urn:x:in-class", "urn:uuid:t"},   {"urn:x:out", "urn:uuid:t"},
      {"urn:x:both", "urn:uuid:t"},  {"urn:x:out-class", "urn:uuid:t"},  {"urn:x:parent", "urn:uuid:a"},
      {"urn:x:child", "urn:uuid:a"}, {"urn:x:child-class", "urn:uuid:a"}};
  for (const auto& [epc, id] : expected) {
    CAPTURE(epc);
    const auto history = module.answer("epc-history", {{"epc", epc}});
    REQUIRE(history.is_object());
    CHECK(history["count"] == 1);
    CHECK(history["events"][0]["eventID"] == id);
  }
}

TEST_CASE("provenance: an event without id is named by its bytes, and nothing is captured twice") {
  Provenance module;
  auto entry = event();
  entry.erase("eventID");
  REQUIRE(module.capture(document(ordered_json::array({entry}))).type.empty());
  const auto id = "urn:jingchu:event:" + to_hex(sha256(as_bytes(entry.dump())));
  CHECK(module.answer("event", {{"id", id}})["event"] == entry);
  CHECK(module.capture(document(ordered_json::array({entry}))).type == "duplicate-event");
  REQUIRE(module.capture(document(ordered_json::array({event()}))).type.empty());
  const auto before = module.state.entries;
  auto other = event();
  other["eventID"] = "urn:uuid:2";
  const auto error = module.capture(document(ordered_json::array({other, event()})));
  CHECK(error.type == "duplicate-event");
  CHECK(error.where == "/epcisBody/eventList/1/eventID");
  CHECK(module.state.entries == before);
  auto twice = event();
  twice["eventID"] = "urn:uuid:3";
  CHECK(module.capture(document(ordered_json::array({twice, twice}))).type == "duplicate-event");
  entry["eventID"] = id;
  CHECK(module.capture(document(ordered_json::array({entry}))).where == "/epcisBody/eventList/0/eventID");
}

TEST_CASE("provenance: the same event with an errorDeclaration declares the first one erroneous, once") {
  Provenance module;
  REQUIRE(module.capture(document(ordered_json::array({event()}))).type.empty());
  auto declaration = event();
  declaration["errorDeclaration"] = {{"declarationTime", "2026-05-11T00:00:00Z"},
                                     {"reason", "incorrect_data"}};
  REQUIRE(module.capture(document(ordered_json::array({declaration}))).type.empty());
  const auto answer = module.answer("event", {{"id", "urn:uuid:1"}});
  CHECK(answer["event"] == event());
  CHECK(answer["declaredErroneous"]["event"] == declaration);
  CHECK(module.answer("epc-history", {{"epc", "urn:epc:id:sgtin:9520123.045678.A1"}})["count"] == 2);
  CHECK(module.capture(document(ordered_json::array({declaration}))).type == "duplicate-event");
}

TEST_CASE("provenance: a single event needs a context of its own") {
  Provenance module;
  CHECK(module.capture(event()).where == "/@context");
  auto alone = event();
  alone["@context"] = kContext;
  CHECK(module.capture(alone).type.empty());
  CHECK(module.answer("event", {{"id", "urn:uuid:1"}})["event"] == alone);
}

TEST_CASE("provenance: over its cost a call ends at once") {
  Provenance module;
  auto entry = event();
  for (int i = 0; i < 30; ++i) entry["epcList"].push_back("urn:x:" + std::to_string(i));
  REQUIRE(module.capture(document(ordered_json::array({entry}))).type.empty());
  const auto whole = module.context.cost;
  for (std::uint64_t limit = 0; limit < whole; limit += 400) {
    Provenance limited;
    limited.context.cost_max = limit;
    CHECK(limited.capture(document(ordered_json::array({entry}))).type == "over-cost");
    CHECK(limited.context.accesses_after_limit == 0);
    CHECK(limited.state.entries.empty());
  }
}
