#include "contracts/provenance/event_store.h"

#include "common/codec.h"
#include "contracts/arguments.h"
#include "contracts/context_reader.h"
#include "contracts/entity_history.h"
#include "contracts/provenance/epcis_event.h"
#include "contracts/provenance/gs1_identifier.h"

namespace jingchu::contracts::provenance {
namespace {

constexpr std::string_view kDerivedPrefix = "urn:jingchu:";

struct StoredEvent {
  std::uint64_t record = 0;              // its number
  std::optional<std::uint64_t> context;  // number of its document's "@context"

  template <class Archive>
  void serialize(Archive& archive) {
    archive(record, context);
  }
};

struct EventPlace {
  std::string id;
  bool is_declaration = false;
};

std::string event_key(const EventPlace& place) {
  return (place.is_declaration ? "declaration/" : "event/") + key_of_name(place.id);
}

std::string context_key(const Hash& hash) {
  return "context/" + to_string(hash);
}

Error duplicate(const JsonValue& event, const std::string& id) {
  return caller_error("duplicate-event", "an event with the id \"" + id + "\" is captured already",
                      "leave it out, or correct it by the same event with an errorDeclaration",
                      event.pointer() + (event.find("eventID") ? "/eventID" : ""));
}

// As it is given, or of the exact bytes.
std::string id_of(const JsonValue& event, const Hash& hash) {
  const auto given = event.find("eventID");
  if (given) return std::string(given->text());
  return std::string(kDerivedPrefix) + "event:" + to_hex(hash);
}

// Under which name the event is stored, if none stands there yet.
Result<EventPlace> free_place(Context& context, const JsonValue& event, const Hash& hash) {
  const auto given = event.find("eventID");
  if (given && given->text().starts_with(kDerivedPrefix)) {
    return invalid_argument(*given, "an eventID that does not begin with urn:jingchu:");
  }
  EventPlace place{id_of(event, hash), false};
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

Result<std::optional<StoredEvent>> find_event(const StateReader& state, const EventPlace& place) {
  ASSIGN_OR_RETURN(const auto stored, state.get(event_key(place)));
  if (!stored) return std::optional<StoredEvent>();
  ASSIGN_OR_RETURN(const StoredEvent event, decode<StoredEvent>(*stored));
  return std::optional(event);
}

// The members that tell of one event, into an object that is open.
Status write_event(JsonWriter& writer, const StateReader& state, std::uint64_t number) {
  ASSIGN_OR_RETURN(const Record record, read_record(state, number));
  ASSIGN_OR_RETURN(const JsonDocument event, JsonDocument::parse(record.text));
  const Hash hash = record.hash();
  writer.member("eventID", id_of(event.root(), hash)).member("sha256", to_hex(hash));
  writer.key("event").raw(record.text).key("recorded");
  write_recorded(writer, record.recorded);
  return ok_status();
}

}  // namespace

Result<std::uint64_t> store_context(Context& context, std::string_view source) {
  const auto key = context_key(sha256(as_bytes(source)));
  ASSIGN_OR_RETURN(const auto known, find_number(ContextReader(context), key));
  if (known) return *known;
  ASSIGN_OR_RETURN(const Record record, append_record(context, source));
  RETURN_IF_ERROR(put_number(context, key, record.number));
  return record.number;
}

Status store_event(Context& context, const JsonValue& event, std::optional<std::uint64_t> document_context) {
  const auto bytes = event.source();
  const Hash hash = sha256(as_bytes(bytes));
  ASSIGN_OR_RETURN(const EventPlace place, free_place(context, event, hash));
  ASSIGN_OR_RETURN(const Record record, append_record(context, bytes));
  RETURN_IF_ERROR(context.put(event_key(place), encode(StoredEvent{record.number, document_context})));
  for (const auto& identifier : identifiers_of(event)) {
    RETURN_IF_ERROR(append_history(context, identifier, record, hash));
  }
  return emit_captured(context, event, place.id, hash);
}

Result<std::string> query_event(const StateReader& state, const QueryParameters& parameters) {
  ASSIGN_OR_RETURN(const std::string id, parameter(parameters, "id"));
  ASSIGN_OR_RETURN(const auto event, find_event(state, {id, false}));
  if (!event) return not_found("event", id);
  JsonWriter writer;
  writer.begin_object();
  RETURN_IF_ERROR(write_event(writer, state, event->record));
  if (event->context) {
    ASSIGN_OR_RETURN(const Record context, read_record(state, *event->context));
    writer.key("context").raw(context.text);
  }
  ASSIGN_OR_RETURN(const auto declaration, find_event(state, {id, true}));
  if (declaration) {
    writer.key("declaredErroneous").begin_object();
    RETURN_IF_ERROR(write_event(writer, state, declaration->record));
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
  for (const auto& entry : entries) {
    writer.begin_object().member("sequence", entry.sequence);
    RETURN_IF_ERROR(write_event(writer, state, entry.record));
    writer.end_object();
  }
  writer.end_array();
  if (page.after + entries.size() < head->count) writer.member("next", page.after + entries.size());
  return writer.end_object().take();
}

}  // namespace jingchu::contracts::provenance
