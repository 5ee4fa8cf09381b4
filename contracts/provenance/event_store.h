// The state of the module "provenance" and the queries that read it.
//   the records: events exactly as they were captured
//   event/<SHA-256 of the event's id, hex>       -> StoredEvent
//   declaration/<SHA-256 of the event's id, hex> -> StoredEvent: the event again, declared erroneous
//   context/<SHA-256, hex>                       -> the exact "@context" of documents
//   the entity histories of canonical identifiers
#pragma once

#include "contracts/contract.h"
#include "contracts/json.h"

namespace jingchu::contracts::provenance {

// Keeps the exact bytes of a document's "@context", once; answers their hash.
Result<std::optional<Hash>> store_context(Context& context, std::string_view source);

// Stores a valid event and appends it to the history of each identifier. Its id is its eventID, or
// "urn:jingchu:event:" and the SHA-256 of its exact bytes. Errors: "duplicate-event".
// An event that repeats a known eventID with an errorDeclaration declares the known one erroneous
// (EPCIS 2.0, 7.4.1).
Status store_event(Context& context, const JsonValue& event, const std::optional<Hash>& context_hash);

Result<std::string> query_event(const StateReader& state, const QueryParameters& parameters);
Result<std::string> query_epc_history(const StateReader& state, const QueryParameters& parameters);

}  // namespace jingchu::contracts::provenance
