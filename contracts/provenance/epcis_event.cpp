#include "contracts/provenance/epcis_event.h"

#include <array>
#include <set>

#include "contracts/arguments.h"
#include "contracts/provenance/epcis_tables.h"
#include "contracts/provenance/gs1_identifier.h"
#include "contracts/provenance/namespaces.h"
#include "contracts/uri.h"

namespace jingchu::contracts::provenance {
namespace {

// Elements of a list field; 0 where it is absent.
std::size_t count_of(const JsonValue& event, std::string_view name) {
  const auto list = event.find(name);
  return list ? list->size() : 0;
}

bool has_any(const JsonValue& event, std::string_view a, std::string_view b) {
  return count_of(event, a) != 0 || count_of(event, b) != 0;
}

bool is_delete(const JsonValue& event) {
  return text_or(event, "action") == "DELETE";
}

Status check_object(const JsonValue& event) {
  const bool is_sensor_report = count_of(event, "sensorElementList") != 0 && event.find("readPoint");
  if (!event.find("epcList") && count_of(event, "quantityList") == 0 && !is_sensor_report) {
    return missing_argument(event, "epcList",
                            "an epcList, a quantityList, or a sensorElementList with a readPoint");
  }
  const auto ilmd = event.find("ilmd");
  if (ilmd && text_or(event, "action") != "ADD")
    return invalid_argument(*ilmd, "no ilmd but with the action ADD");
  return ok_status();
}

Status check_aggregation(const JsonValue& event) {
  if (is_delete(event) || has_any(event, "childEPCs", "childQuantityList")) return ok_status();
  return missing_argument(event, "childEPCs", "childEPCs or a childQuantityList that are not empty");
}

Status check_transaction(const JsonValue& event) {
  if (is_delete(event) || event.find("epcList") || count_of(event, "quantityList") != 0) return ok_status();
  return missing_argument(event, "epcList", "an epcList or a quantityList");
}

Status check_transformation(const JsonValue& event) {
  const bool has_inputs = has_any(event, "inputEPCList", "inputQuantityList");
  const bool has_outputs = has_any(event, "outputEPCList", "outputQuantityList");
  // With a transformationID inputs and outputs may be spread over several events.
  if (has_inputs && has_outputs) return ok_status();
  if (event.find("transformationID") && (has_inputs || has_outputs)) return ok_status();
  return has_inputs ? missing_argument(event, "outputEPCList", "outputs, or a transformationID")
                    : missing_argument(event, "inputEPCList", "inputs, or a transformationID with outputs");
}

Status check_nothing_more(const JsonValue&) {
  return ok_status();
}

struct EventType {
  std::string_view name;
  const Table* table;
  Status (*check)(const JsonValue& event);
};

constexpr std::array<EventType, 5> kEventTypes = {{
    {"ObjectEvent", &kObjectEventTable, check_object},
    {"AggregationEvent", &kAggregationEventTable, check_aggregation},
    {"TransactionEvent", &kTransactionEventTable, check_transaction},
    {"TransformationEvent", &kTransformationEventTable, check_transformation},
    {"AssociationEvent", &kAssociationEventTable, check_aggregation},
}};
constexpr EventType kExtendedEvent = {"", &kExtendedEventTable, check_nothing_more};

Result<EventType> type_of(const JsonValue& event) {
  constexpr std::string_view kExpected = "one of the five event types, or a URI that names another";
  if (!event.is_object()) return invalid_argument(event, "an event object");
  const auto type = event.find("type");
  if (!type) return missing_argument(event, "type", kExpected);
  for (const auto& known : kEventTypes) {
    if (type->is_string() && type->text() == known.name) return known;
  }
  if (type->is_string() && is_uri(type->text())) return kExtendedEvent;
  return invalid_argument(*type, kExpected);
}

constexpr std::array<std::string_view, 4> kEpcLists = {"epcList", "childEPCs", "inputEPCList",
                                                       "outputEPCList"};
constexpr std::array<std::string_view, 4> kQuantityLists = {"quantityList", "childQuantityList",
                                                            "inputQuantityList", "outputQuantityList"};

Status check_identifier_count(const JsonValue& event) {
  std::size_t count = 1;
  for (const auto list : kEpcLists) count += count_of(event, list);
  for (const auto list : kQuantityLists) count += count_of(event, list);
  if (count <= kIdentifiersMax) return ok_status();
  return invalid_argument(event, "at most " + std::to_string(kIdentifiersMax) + " identifiers in one event");
}

Status validate_event(const JsonValue& event, Namespaces namespaces) {
  ASSIGN_OR_RETURN(const EventType type, type_of(event));
  RETURN_IF_ERROR(validate(event, *type.table));
  RETURN_IF_ERROR(type.check(event));
  RETURN_IF_ERROR(check_identifier_count(event));
  if (const auto context = event.find("@context")) namespaces.add(*context);
  RETURN_IF_ERROR(namespaces.check_fields(event));
  const auto ilmd = event.find("ilmd");
  return ilmd ? namespaces.check_fields(*ilmd) : ok_status();
}

Result<Capture> validate_document(const JsonValue& root) {
  RETURN_IF_ERROR(validate(root, kDocumentTable));
  Capture capture{{}, root.find("@context")};
  Namespaces namespaces;
  namespaces.add(*capture.context);
  RETURN_IF_ERROR(namespaces.check_fields(root));
  const auto list = *root.find("epcisBody")->find("eventList");
  capture.events.reserve(list.size());
  for (const JsonValue event : list) {
    RETURN_IF_ERROR(validate_event(event, namespaces));
    capture.events.push_back(event);
  }
  return capture;
}

}  // namespace

Result<Capture> validate_capture(const JsonValue& root) {
  if (!root.is_object()) return invalid_argument(root, "an EPCISDocument or an event object");
  const auto type = root.find("type");
  if (type && type->is_string() && type->text() == "EPCISDocument") return validate_document(root);
  if (type && type->is_string() && type->text() == "EPCISQueryDocument") {
    return invalid_argument(*type, "an EPCISDocument: the answer to a query is not captured");
  }
  RETURN_IF_ERROR(validate_event(root, Namespaces()));
  if (!root.find("@context"))
    return missing_argument(root, "@context", "the context of an event that stands alone");
  return Capture{{root}, std::nullopt};
}

std::vector<std::string> identifiers_of(const JsonValue& event) {
  std::vector<std::string> identifiers;
  std::set<std::string, std::less<>> seen;
  const auto take = [&](std::string_view text) {
    auto canonical = canonical_identifier(text);
    if (seen.insert(canonical).second) identifiers.push_back(std::move(canonical));
  };
  if (const auto parent = event.find("parentID")) take(parent->text());
  for (const auto name : kEpcLists) {
    const auto list = event.find(name);
    if (!list) continue;
    for (const JsonValue epc : *list) take(epc.text());
  }
  for (const auto name : kQuantityLists) {
    const auto list = event.find(name);
    if (!list) continue;
    for (const JsonValue quantity : *list) take(text_or(quantity, "epcClass"));
  }
  return identifiers;
}

}  // namespace jingchu::contracts::provenance
