// The rules of EPCIS 2.0, one change to a good document at a time.
#include <functional>
#include <iostream>
#include <nlohmann/json.hpp>

#include "contracts/provenance/provenance.h"
#include "tests/contracts/support/fake_context.h"
#include "tests/contracts/support/files.h"

#include <doctest/doctest.h>

using namespace jingchu;
using namespace jingchu::contracts;
using nlohmann::json;

namespace {

Error capture(const std::string& payload) {
  FakeModule module(provenance_contract());
  const auto status = module.call("capture", payload);
  return status.ok() ? Error{} : status.error();
}

json base(const json& event) {
  return {{"@context",
           {"https://ref.gs1.org/standards/epcis/epcis-context.jsonld", {{"jc", "https://jc.example/"}}}},
          {"type", "EPCISDocument"},
          {"schemaVersion", "2.0"},
          {"creationDate", "2026-05-10T07:00:00+08:00"},
          {"epcisBody", {{"eventList", {event}}}}};
}
json object_event() {
  return {{"type", "ObjectEvent"},
          {"eventTime", "2026-05-10T05:30:00+08:00"},
          {"eventTimeZoneOffset", "+08:00"},
          {"action", "ADD"},
          {"epcList", {"urn:x:1"}}};
}
json typed(const std::string& type, json more) {
  json event = {
      {"type", type}, {"eventTime", "2026-05-10T05:30:00+08:00"}, {"eventTimeZoneOffset", "+08:00"}};
  event.update(more);
  return event;
}

struct Change {
  std::string pointer;  // into the event
  json value;           // null: removed
};
// The document with a change to its event; "" where it is accepted, else the pointer in the event.
std::string outcome(json event, const Change& change) {
  const json::json_pointer pointer(change.pointer);
  if (change.value.is_null()) {
    event.erase(pointer.back());
  } else {
    event[pointer] = change.value;
  }
  const auto error = capture(base(event).dump());
  if (error.type.empty()) return "accepted";
  CHECK(error.type == "invalid-arguments");
  CHECK(error.fault == Fault::kCaller);
  const std::string prefix = "/epcisBody/eventList/0";
  REQUIRE(error.where.starts_with(prefix));
  return error.where.substr(prefix.size());
}

}  // namespace

TEST_CASE("epcis rules: one change to what, when, where and why of an ObjectEvent") {
  const std::pair<Change, std::string> cases[] = {
      {{"/action", "OBSERVE"}, "accepted"},
      {{"/action", "CREATE"}, "/action"},
      {{"/action", nullptr}, "/action"},
      {{"/eventTime", nullptr}, "/eventTime"},
      {{"/eventTime", "22-07-2026"}, "/eventTime"},
      {{"/eventTime", "2026-05-10T05:30:00"}, "/eventTime"},
      {{"/eventTime", "2026-05-10T05:30:00Z"}, "accepted"},
      {{"/eventTimeZoneOffset", nullptr}, "/eventTimeZoneOffset"},
      {{"/eventTimeZoneOffset", "+15:00"}, "/eventTimeZoneOffset"},
      {{"/eventTimeZoneOffset", "08:00"}, "/eventTimeZoneOffset"},
      {{"/recordTime", "yesterday"}, "/recordTime"},
      {{"/type", nullptr}, "/type"},
      {{"/type", "PackingEvent"}, "/type"},
      {{"/type", 5}, "/type"},
      {{"/type", "jc:PackingEvent"}, "accepted"},
      {{"/type", "AggregationEvent"}, "/epcList"},
      {{"/epcList", nullptr}, "/epcList"},
      {{"/epcList", json::array()}, "accepted"},
      {{"/epcList", {"urn:x:1", "urn:x:1"}}, "/epcList"},
      {{"/epcList", {"not a uri"}}, "/epcList/0"},
      {{"/epcList", "urn:x:1"}, "/epcList"},
      {{"/quantityList", {{{"epcClass", "urn:x:c"}, {"quantity", "twenty"}}}}, "/quantityList/0/quantity"},
      {{"/quantityList", {{{"quantity", 20}}}}, "/quantityList/0/epcClass"},
      {{"/quantityList", {{{"epcClass", "urn:x:c"}, {"uom", "kg"}}}}, "/quantityList/0/uom"},
      {{"/quantityList", {{{"epcClass", "urn:x:c"}, {"jc:more", 1}}}}, "/quantityList/0/jc:more"},
      {{"/quantityList", {{{"epcClass", "urn:x:c"}, {"quantity", 20}, {"uom", "KGM"}}}}, "accepted"},
      {{"/bizStep", "shipping"}, "accepted"},
      {{"/bizStep", "transforming"}, "/bizStep"},
      {{"/bizStep", "https://example.com/step"}, "accepted"},
      {{"/bizStep", "cbv:BizStep-shipping"}, "accepted"},
      {{"/bizStep", "urn:epcglobal:cbv:bizstep:shipping"}, "/bizStep"},
      {{"/disposition", "in_progress"}, "accepted"},
      {{"/disposition", "shipped"}, "/disposition"},
      {{"/persistentDisposition", {{"set", {"damaged"}}}}, "accepted"},
      {{"/persistentDisposition", json::object()}, "/persistentDisposition"},
      {{"/persistentDisposition", {{"set", json::array()}}}, "/persistentDisposition/set"},
      {{"/persistentDisposition", {{"set", {"damaged", "damaged"}}}}, "/persistentDisposition/set"},
      {{"/persistentDisposition", {{"unset", {"broken"}}}}, "/persistentDisposition/unset/0"},
      {{"/persistentDisposition", {{"keep", {"damaged"}}}}, "/persistentDisposition/keep"},
      {{"/readPoint", {{"id", "urn:x:here"}}}, "accepted"},
      {{"/readPoint", json::object()}, "/readPoint/id"},
      {{"/readPoint", "urn:x:here"}, "/readPoint"},
      {{"/bizLocation", {{"id", "here"}}}, "/bizLocation/id"},
      {{"/bizTransactionList", {{{"type", "po"}}}}, "/bizTransactionList/0/bizTransaction"},
      {{"/bizTransactionList", {{{"type", "order"}, {"bizTransaction", "urn:x:1"}}}},
       "/bizTransactionList/0/type"},
      {{"/bizTransactionList", {{{"bizTransaction", "urn:x:1"}}}}, "accepted"},
  };
  for (const auto& [change, expected] : cases) {
    CAPTURE(change.pointer);
    CAPTURE(change.value.dump());
    CHECK(outcome(object_event(), change) == expected);
  }
}

TEST_CASE("epcis rules: one change to parties, sensors and extensions of an ObjectEvent") {
  const json sensor = {{{"sensorReport", {{{"type", "Temperature"}, {"value", 4.5}}}}}};
  const std::pair<Change, std::string> cases[] = {
      {{"/sourceList", {{{"source", "urn:x:1"}}}}, "/sourceList/0/type"},
      {{"/sourceList", {{{"type", "location"}, {"source", "urn:x:1"}}}}, "accepted"},
      {{"/destinationList", {{{"type", "location"}, {"source", "urn:x:1"}}}}, "/destinationList/0/source"},
      {{"/sensorElementList", sensor}, "accepted"},
      {{"/sensorElementList", {{{"sensorReport", json::array()}}}}, "/sensorElementList/0/sensorReport"},
      {{"/sensorElementList", json::array({json::object()})}, "/sensorElementList/0/sensorReport"},
      {{"/sensorElementList", {{{"sensorReport", {{{"value", 4}}}}}}},
       "/sensorElementList/0/sensorReport/0/type"},
      {{"/sensorElementList", {{{"sensorReport", {{{"type", "Heat"}}}}}}},
       "/sensorElementList/0/sensorReport/0/type"},
      {{"/sensorElementList", {{{"sensorReport", {{{"type", "https://gs1.org/voc/Mass"}}}}}}},
       "/sensorElementList/0/sensorReport/0/type"},
      {{"/sensorElementList", {{{"sensorReport", {{{"type", "Mass"}, {"value", "4"}}}}}}},
       "/sensorElementList/0/sensorReport/0/value"},
      {{"/sensorElementList", {{{"sensorReport", {{{"type", "Mass"}, {"hexBinaryValue", "xy"}}}}}}},
       "/sensorElementList/0/sensorReport/0/hexBinaryValue"},
      {{"/sensorElementList", {{{"sensorReport", {{{"type", "Mass"}, {"extra", 1}}}}}}},
       "/sensorElementList/0/sensorReport/0/extra"},
      {{"/errorDeclaration", {{"reason", "incorrect_data"}}}, "/errorDeclaration/declarationTime"},
      {{"/errorDeclaration", {{"declarationTime", "2026-05-10T05:30:00Z"}, {"reason", "typo"}}},
       "/errorDeclaration/reason"},
      {{"/errorDeclaration", {{"declarationTime", "2026-05-10T05:30:00Z"}, {"jc:by", "x"}}}, "accepted"},
      {{"/certificationInfo", "urn:x:c"}, "accepted"},
      {{"/certificationInfo", {"urn:x:c", "c"}}, "/certificationInfo"},
      {{"/eventID", "seven"}, "/eventID"},
      {{"/ilmd", {{"jc:soil", "x"}}}, "accepted"},
      {{"/ilmd", {{"materialType", "soil"}}}, "/ilmd/materialType"},
      {{"/ilmd", {{"https://gs1.org/voc/soil", "x"}}}, "accepted"},
      {{"/ilmd", {{"cbvmda:lotNumber", "x"}}}, "accepted"},
      {{"/ilmd", {{"xx:soil", "x"}}}, "/ilmd/xx:soil"},
      {{"/jc:field", {{"bare", 1}}}, "accepted"},
      {{"/xx:field", 1}, "/xx:field"},
      {{"/field", 1}, "/field"},
      {{"/childEPCs", {"urn:x:1"}}, "/childEPCs"},
      {{"/@context", {{{"xx", "https://xx.example/"}}}}, "accepted"},
      {{"/@context", 7}, "/@context"},
  };
  for (const auto& [change, expected] : cases) {
    CAPTURE(change.pointer);
    CAPTURE(change.value.dump());
    CHECK(outcome(object_event(), change) == expected);
  }
}

TEST_CASE("epcis rules: what each type needs") {
  const json place = {{"id", "urn:x:here"}};
  const json sensor = {{{"sensorReport", {{{"type", "Temperature"}}}}}};
  const json quantity = {{{"epcClass", "urn:x:c"}, {"quantity", 1}}};
  const json transaction = {{{"bizTransaction", "urn:x:1"}}};
  const std::pair<json, std::string> cases[] = {
      {typed("ObjectEvent", {{"action", "OBSERVE"}, {"sensorElementList", sensor}, {"readPoint", place}}),
       "accepted"},
      {typed("ObjectEvent", {{"action", "OBSERVE"}, {"sensorElementList", sensor}}), "/epcList"},
      {typed("ObjectEvent", {{"action", "OBSERVE"}, {"quantityList", json::array()}}), "/epcList"},
      {typed("ObjectEvent", {{"action", "OBSERVE"}, {"epcList", {"urn:x:1"}}, {"ilmd", json::object()}}),
       "/ilmd"},
      {typed("ObjectEvent", {{"action", "DELETE"}, {"epcList", {"urn:x:1"}}, {"ilmd", json::object()}}),
       "/ilmd"},
      {typed("AggregationEvent", {{"action", "ADD"}, {"parentID", "urn:x:p"}, {"childEPCs", {"urn:x:1"}}}),
       "accepted"},
      {typed("AggregationEvent", {{"action", "OBSERVE"}, {"childQuantityList", quantity}}), "accepted"},
      {typed("AggregationEvent", {{"action", "ADD"}, {"parentID", "urn:x:p"}}), "/childEPCs"},
      {typed("AggregationEvent", {{"action", "ADD"}, {"parentID", "urn:x:p"}, {"childEPCs", json::array()}}),
       "/childEPCs"},
      {typed("AggregationEvent", {{"action", "DELETE"}, {"parentID", "urn:x:p"}}), "accepted"},
      {typed("AggregationEvent", {{"action", "DELETE"}, {"epcList", {"urn:x:1"}}}), "/epcList"},
      {typed("AggregationEvent", {{"action", "DELETE"}, {"ilmd", json::object()}}), "/ilmd"},
      {typed("AssociationEvent", {{"action", "ADD"}, {"childEPCs", {"urn:x:1"}}}), "/parentID"},
      {typed("AssociationEvent", {{"action", "ADD"}, {"parentID", "urn:x:p"}, {"childEPCs", {"urn:x:1"}}}),
       "accepted"},
      {typed("AssociationEvent", {{"action", "ADD"}, {"parentID", "urn:x:p"}}), "/childEPCs"},
      {typed("TransactionEvent", {{"action", "ADD"}, {"epcList", {"urn:x:1"}}}), "/bizTransactionList"},
      {typed("TransactionEvent",
             {{"action", "ADD"}, {"epcList", {"urn:x:1"}}, {"bizTransactionList", transaction}}),
       "accepted"},
      {typed("TransactionEvent",
             {{"action", "ADD"}, {"epcList", {"urn:x:1"}}, {"bizTransactionList", json::array()}}),
       "/bizTransactionList"},
      {typed("TransactionEvent", {{"action", "ADD"}, {"bizTransactionList", transaction}}), "/epcList"},
      {typed("TransactionEvent", {{"action", "DELETE"}, {"bizTransactionList", transaction}}), "accepted"},
      {typed("TransactionEvent", {{"bizTransactionList", transaction}, {"epcList", {"urn:x:1"}}}), "/action"},
      {typed("TransformationEvent", {{"inputEPCList", {"urn:x:1"}}, {"outputQuantityList", quantity}}),
       "accepted"},
      {typed("TransformationEvent", {{"inputEPCList", {"urn:x:1"}}}), "/outputEPCList"},
      {typed("TransformationEvent", {{"outputEPCList", {"urn:x:1"}}}), "/inputEPCList"},
      {typed("TransformationEvent", {{"inputEPCList", {"urn:x:1"}}, {"transformationID", "urn:x:t"}}),
       "accepted"},
      {typed("TransformationEvent", {{"transformationID", "urn:x:t"}}), "/inputEPCList"},
      {typed("TransformationEvent",
             {{"inputEPCList", {"urn:x:1"}}, {"outputEPCList", {"urn:x:2"}}, {"action", "ADD"}}),
       "/action"},
      {typed("jc:VisitEvent", {{"jc:visitor", "x"}}), "accepted"},
      {typed("jc:VisitEvent", {{"visitor", "x"}}), "/visitor"},
  };
  for (const auto& [event, expected] : cases) {
    CAPTURE(event.dump());
    CHECK(outcome(event, {"/jc:nothing", "changed"}) == expected);
  }
}

TEST_CASE("epcis rules: one change to the document") {
  const std::pair<Change, std::string> cases[] = {
      {{"/@context", nullptr}, "/@context"},
      {{"/@context", "no uri"}, "/@context"},
      {{"/@context", {"urn:x:a", "urn:x:a"}}, "/@context"},
      {{"/@context", {"urn:x:a", {{"b", "urn:x:b"}}}}, "accepted"},
      {{"/type", "EPCISQueryDocument"}, "/type"},
      {{"/type", "Document"}, "/type"},
      {{"/type", nullptr}, "/type"},
      {{"/schemaVersion", nullptr}, "/schemaVersion"},
      {{"/schemaVersion", "2."}, "/schemaVersion"},
      {{"/schemaVersion", 2.0}, "/schemaVersion"},
      {{"/schemaVersion", "2.0.1"}, "accepted"},
      {{"/creationDate", nullptr}, "/creationDate"},
      {{"/creationDate", "2026-05-10"}, "/creationDate"},
      {{"/epcisBody", nullptr}, "/epcisBody"},
      {{"/epcisBody", json::object()}, "/epcisBody/eventList"},
      {{"/epcisBody", {{"eventList", json::object()}}}, "/epcisBody/eventList"},
      {{"/epcisBody", {{"eventList", {7}}}}, "/epcisBody/eventList/0"},
      {{"/epcisBody", {{"eventList", json::array()}}}, "accepted"},
      {{"/id", "document 1"}, "/id"},
      {{"/sender", "anyone"}, "accepted"},
      {{"/more", 1}, "/more"},
      {{"/jc:more", 1}, "accepted"},
      {{"/epcisHeader", {{"epcisMasterData", {{"vocabularyList", {{{"type", "urn:x:v"}}}}}}}}, "accepted"},
      {{"/epcisHeader", {{"epcisMasterData", {{"vocabularyList", {json::object()}}}}}},
       "/epcisHeader/epcisMasterData/vocabularyList/0/type"},
      {{"/epcisHeader", {{"other", 1}}}, "/epcisHeader/other"},
  };
  for (const auto& [change, expected] : cases) {
    CAPTURE(change.pointer);
    CAPTURE(change.value.dump());
    auto document = base(object_event());
    if (change.value.is_null()) {
      document.erase(change.pointer.substr(1));
    } else {
      document[json::json_pointer(change.pointer)] = change.value;
    }
    const auto error = capture(document.dump());
    CHECK((error.type.empty() ? "accepted" : error.where) == expected);
  }
}

TEST_CASE("epcis rules: at most 1,000 identifiers in an event, 1,000 events in a document") {
  auto event = object_event();
  event["epcList"] = json::array();
  for (int i = 0; i < 600; ++i) event["epcList"].push_back("urn:x:" + std::to_string(i));
  CHECK(capture(base(event).dump()).type.empty());
  event["quantityList"] = json::array();
  for (int i = 0; i < 600; ++i)
    event["quantityList"].push_back({{"epcClass", "urn:x:c" + std::to_string(i)}});
  CHECK(capture(base(event).dump()).where == "/epcisBody/eventList/0");
  auto document = base(object_event());
  for (int i = 0; i < 1000; ++i) document["epcisBody"]["eventList"].push_back(object_event());
  CHECK(capture(document.dump()).where == "/epcisBody/eventList");
}

TEST_CASE("epcis rules: a byte-order mark is refused, with the remedy") {
  const auto error = capture("\xef\xbb\xbf" + base(object_event()).dump());
  CHECK(error.type == "malformed-json");
  CHECK(error.remedy.find("strip") != std::string::npos);
}

TEST_CASE("epcis conformance: the shared documents") {
  const std::filesystem::path folder = std::string(JINGCHU_SHARED_DATA) + "/epcis";
  if (!std::filesystem::is_directory(folder)) {
    std::cout << "skipped: no conformance data at " << folder << "\n";
    return;
  }
  for (const auto& file : files_in(folder / "valid", ".json")) {
    CAPTURE(file.string());
    CHECK(capture(read_payload(file)).to_string() == Error{}.to_string());
  }
  for (const auto& file : files_in(folder / "invalid", ".json")) {
    CAPTURE(file.string());
    CHECK(capture(read_payload(file)).type == "invalid-arguments");
  }
  for (const auto& file : files_in(folder / "hash", ".jsonld")) {
    CAPTURE(file.string());
    CHECK(capture(read_payload(file)).type != "malformed-json");
  }
  CHECK(files_in(folder / "valid", ".json").size() >= 26);
  CHECK(files_in(folder / "invalid", ".json").size() >= 9);
}
