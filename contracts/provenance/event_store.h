// The state of the module "provenance" and the queries that read it.
//   the records: events exactly as they were captured, and each exact "@context" of documents once
//   event/<SHA-256 of the event's id>       -> StoredEvent
//   declaration/<SHA-256 of the event's id> -> StoredEvent: the event again, declared erroneous
//   context/<SHA-256 of an "@context">      -> the number of its record
//   the entity histories of canonical identifiers
#pragma once

#include "contracts/contract.h"
#include "contracts/json.h"

namespace jingchu::contracts::provenance {

// Keeps the exact bytes of a document's "@context", once; answers the number of their record.
Result<std::uint64_t> store_context(Context& context, std::string_view source);

// Stores a valid event, with the number of the "@context" that its document has, and appends it to the
// history of each identifier. Its id is its eventID, or "urn:jingchu:event:" and the SHA-256 of its exact
// bytes. Errors: "duplicate-event". An event that repeats a known eventID with an errorDeclaration declares
// the known one erroneous (EPCIS 2.0, 7.4.1).
Status store_event(Context& context, const JsonValue& event, std::optional<std::uint64_t> document_context);

Result<std::string> query_event(const StateReader& state, const QueryParameters& parameters);
Result<std::string> query_epc_history(const StateReader& state, const QueryParameters& parameters);

}  // namespace jingchu::contracts::provenance
