#include "contracts/provenance/provenance.h"

#include <array>

#include "contracts/arguments.h"
#include "contracts/entity_history.h"
#include "contracts/provenance/epcis_event.h"
#include "contracts/provenance/event_store.h"
#include "contracts/provenance/gs1_identifier.h"

namespace jingchu::contracts {
namespace {

using namespace provenance;  // NOLINT: the module's own parts

Status check_capture(std::string_view payload) {
  ASSIGN_OR_RETURN(const JsonDocument document, JsonDocument::parse(payload));
  const auto capture = validate_capture(document.root());
  return capture.ok() ? ok_status() : Status(capture.error());
}

constexpr std::array<Method, 1> kMethods = {{
    {"capture", "captures an EPCIS 2.0 event, or all events of an EPCISDocument", check_capture},
}};

constexpr std::array<Query, 4> kQueries = {{
    {"event", "events/{id...}", "one event by its id"},
    {"event", "events", "one event by ?id="},
    {"epc-history", "epcs/{epc...}", "the events about an EPC or class, oldest first; ?limit and ?after"},
    {"epc-history", "epcs", "the same for ?epc="},
}};

Status capture(Context& context, std::string_view payload) {
  ASSIGN_OR_RETURN(const JsonDocument document, JsonDocument::parse(payload));
  ASSIGN_OR_RETURN(const Capture capture, validate_capture(document.root()));
  std::optional<std::uint64_t> document_context;
  if (capture.context && !capture.events.empty()) {
    ASSIGN_OR_RETURN(document_context, store_context(context, capture.context->source()));
  }
  for (const JsonValue& event : capture.events)
    RETURN_IF_ERROR(store_event(context, event, document_context));
  return ok_status();
}

class ProvenanceContract final : public Contract {
 public:
  std::string_view name() const override { return "provenance"; }
  std::span<const Method> methods() const override { return kMethods; }
  std::span<const Query> queries() const override { return kQueries; }

  Status call(Context& context, std::string_view method, ByteView payload) const override {
    if (method == "capture") return capture(context, as_text(payload));
    return unknown_method(*this, method);
  }

  Result<std::string> query(const StateReader& state, std::string_view query,
                            const QueryParameters& parameters) const override {
    if (query == "event") return query_event(state, parameters);
    if (query == "epc-history") return query_epc_history(state, parameters);
    return unknown_query(*this, query);
  }

  bool keeps_histories() const override { return true; }
  Result<std::string> entity_name(std::string_view given) const override {
    RETURN_IF_ERROR(check_entity_name(given));
    return canonical_identifier(given);
  }
};

}  // namespace

const Contract& provenance_contract() {
  static const ProvenanceContract contract;
  return contract;
}

}  // namespace jingchu::contracts
