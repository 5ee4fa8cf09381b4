#include "contracts/provenance/event_store.h"

#include "common/codec.h"
#include "contracts/arguments.h"
#include "contracts/entity_history.h"
#include "contracts/provenance/epcis_event.h"
#include "contracts/provenance/gs1_identifier.h"
#include "contracts/recorded.h"

namespace jingchu::contracts::provenance {
namespace {

constexpr std::string_view kDerivedPrefix = "urn:jingchu:";

struct StoredEvent {
  std::string id;
  std::string json;  // exactly as it was captured
  std::optional<Hash> context_hash;
  Recorded recorded;

  template <class Archive>
  void serialize(Archive& archive) {
    archive(id, json, context_hash, recorded);
  }
};

struct EventReference {
  std::string id;
  bool is_declaration = false;

  template <class Archive>
  void serialize(Archive& archive) {
    archive(id, is_declaration);
  }
};

std::string event_key(const EventReference& reference) {
  return (reference.is_declaration ? "declaration/" : "event/") + key_of_name(reference.id);
}

std::string context_key(const Hash& hash) {
  return "context/" + to_hex(hash);
}

Error duplicate(const JsonValue& event, const std::string& id) {
  return caller_error("duplicate-event", "an event with the id \"" + id + "\" is captured already",
                      "leave it out, or correct it by the same event with an errorDeclaration",
                      event.pointer() + (event.find("eventID") ? "/eventID" : ""));
}

// Under which name the event is stored, if none stands there yet.
Result<EventReference> free_place(Context& context, const JsonValue& event, const Hash& hash) {
  const auto given = event.find("eventID");
  if (given && given->text().starts_with(kDerivedPrefix)) {
    return invalid_argument(*given, "an eventID that does not begin with urn:jingchu:");
  }
  EventReference place{std::string(kDerivedPrefix) + "event:" + to_hex(hash), false};
  if (given) place.id = given->text();
  ASSIGN_OR_RETURN(const auto known, context.get(event_key(place)));
  if (!known) return place;
  place.is_declaration = given && event.find("errorDeclaration");
  if (!place.is_declaration) return duplicate(event, place.id);
  ASSIGN_OR_RETURN(const auto declared, context.get(event_key(place)));
  if (declared) return duplicate(event, place.id);
  return place;
}

Status emit_captured(Context& context, const JsonValue& event, const std::string& id, const Hash& hash) {
  JsonWriter writer;
  writer.begin_object()
      .member("eventID", id)
      .member("type", text_or(event, "type"))
      .member("sha256", to_hex(hash))
      .end_object();
  return context.emit({"captured", writer.take()});
}

Result<std::optional<StoredEvent>> find_event(const StateReader& state, const EventReference& reference) {
  ASSIGN_OR_RETURN(const auto stored, state.get(event_key(reference)));
  if (!stored) return std::optional<StoredEvent>();
  ASSIGN_OR_RETURN(StoredEvent event, decode<StoredEvent>(*stored));
  return std::optional(std::move(event));
}

// The members that tell of one event, into an object that is open.
void write_event(JsonWriter& writer, const StoredEvent& event) {
  writer.member("eventID", event.id).member("sha256", to_hex(sha256(as_bytes(event.json))));
  writer.key("event").raw(event.json).key("recorded");
  write_recorded(writer, event.recorded);
}

Error lost_event(const EventReference& reference) {
  return our_error("broken-index", "the event \"" + reference.id + "\" is not in the state");
}

Status write_entries(JsonWriter& writer, const StateReader& state,
                     const std::vector<NumberedEntry>& entries) {
  for (const auto& [sequence, entry] : entries) {
    ASSIGN_OR_RETURN(const auto reference, decode<EventReference>(entry.reference));
    ASSIGN_OR_RETURN(const auto event, find_event(state, reference));
    if (!event) return lost_event(reference);
    writer.begin_object().member("sequence", sequence);
    write_event(writer, *event);
    writer.end_object();
  }
  return ok_status();
}

}  // namespace

Result<std::optional<Hash>> store_context(Context& context, std::string_view source) {
  const Hash hash = sha256(as_bytes(source));
  ASSIGN_OR_RETURN(const auto known, context.get(context_key(hash)));
  if (!known) RETURN_IF_ERROR(context.put(context_key(hash), as_bytes(source)));
  return std::optional(hash);
}

Status store_event(Context& context, const JsonValue& event, const std::optional<Hash>& context_hash) {
  const auto bytes = event.source();
  const Hash hash = sha256(as_bytes(bytes));
  ASSIGN_OR_RETURN(const EventReference place, free_place(context, event, hash));
  const StoredEvent stored{place.id, std::string(bytes), context_hash, recorded_now(context)};
  RETURN_IF_ERROR(context.put(event_key(place), encode(stored)));
  const HistoryEntry entry{hash, stored.recorded, encode(place)};
  for (const auto& identifier : identifiers_of(event)) {
    RETURN_IF_ERROR(append_history(context, identifier, entry));
  }
  return emit_captured(context, event, place.id, hash);
}

Result<std::string> event_text(const StateReader& state, ByteView reference) {
  ASSIGN_OR_RETURN(const auto place, decode<EventReference>(reference));
  ASSIGN_OR_RETURN(auto event, find_event(state, place));
  if (!event) return lost_event(place);
  return std::move(event->json);
}

Result<std::string> query_event(const StateReader& state, const QueryParameters& parameters) {
  ASSIGN_OR_RETURN(const std::string id, parameter(parameters, "id"));
  ASSIGN_OR_RETURN(const auto event, find_event(state, {id, false}));
  if (!event) return not_found("event", id);
  JsonWriter writer;
  writer.begin_object();
  write_event(writer, *event);
  if (event->context_hash) {
    ASSIGN_OR_RETURN(const auto source, state.get(context_key(*event->context_hash)));
    if (source) writer.key("context").raw(as_text(*source));
  }
  ASSIGN_OR_RETURN(const auto declaration, find_event(state, {id, true}));
  if (declaration) {
    writer.key("declaredErroneous").begin_object();
    write_event(writer, *declaration);
    writer.end_object();
  }
  return writer.end_object().take();
}

Result<std::string> query_epc_history(const StateReader& state, const QueryParameters& parameters) {
  ASSIGN_OR_RETURN(const std::string epc, parameter(parameters, "epc"));
  ASSIGN_OR_RETURN(const Page page, page_of(parameters));
  ASSIGN_OR_RETURN(const auto head, history_head(state, canonical_identifier(epc)));
  if (!head) return not_found("EPC or class", epc);
  ASSIGN_OR_RETURN(const auto entries, read_history(state, *head, page));
  JsonWriter writer;
  writer.begin_object().member("epc", epc).member("identifier", head->entity).member("count", head->count);
  writer.member("chain", to_hex(head->chain)).key("events").begin_array();
  RETURN_IF_ERROR(write_entries(writer, state, entries));
  writer.end_array();
  if (page.after + entries.size() < head->count) writer.member("next", page.after + entries.size());
  return writer.end_object().take();
}

}  // namespace jingchu::contracts::provenance
