// EPCIS 2.0 in JSON as tables of fields: the EPCIS 2.0.1 JSON schema, definition by definition. Rules across
// fields are in epcis_event.cpp.
#pragma once

#include "contracts/arguments.h"

namespace jingchu::contracts::provenance {

inline constexpr std::size_t kUriMax = 2000;          // characters
inline constexpr std::size_t kIdentifiersMax = 1000;  // EPCs and classes of one event
inline constexpr std::size_t kEventsMax = 1000;       // of one document

extern const Table kDocumentTable;
extern const Table kObjectEventTable;
extern const Table kAggregationEventTable;
extern const Table kTransactionEventTable;
extern const Table kTransformationEventTable;
extern const Table kAssociationEventTable;
// An event of a type of its own, named by a URI: any field of the standard, any extension.
extern const Table kExtendedEventTable;

}  // namespace jingchu::contracts::provenance
