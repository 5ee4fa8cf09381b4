// An EPCIS 2.0 event or document in JSON: whether it is one, the events that it holds, and what each is
// about.
#pragma once

#include <string>
#include <vector>

#include "contracts/json.h"

namespace jingchu::contracts::provenance {

struct Capture {
  std::vector<JsonValue> events;  // in the order of the document
  std::optional<JsonValue>
      context;  // the document's "@context"; nothing for a single event, which has its own
};

// Holds a payload against the EPCIS 2.0.1 JSON schema: an EPCISDocument with its events, or one event with
// its own
// "@context". Stricter than the schema in one point: the prefix of a namespaced field must be defined.
Result<Capture> validate_capture(const JsonValue& root);

// The canonical identifiers of all EPCs and classes of a valid event, each once: parentID, epcList,
// childEPCs, inputEPCList, outputEPCList, then the classes of the quantity lists.
std::vector<std::string> identifiers_of(const JsonValue& event);

}  // namespace jingchu::contracts::provenance
