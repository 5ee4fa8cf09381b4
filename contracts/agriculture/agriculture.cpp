#include "contracts/agriculture/agriculture.h"

#include "common/check.h"
#include "common/codec.h"
#include "contracts/agriculture/agriculture_tables.h"
#include "contracts/civil_time.h"
#include "contracts/context_reader.h"
#include "contracts/entity_history.h"
#include "contracts/paging.h"
#include "contracts/recorded.h"

// State:
//   lot/<SHA-256 of the lot's id> -> Lot
//   the records: payloads exactly as they were sent
//   the entity history of the lot's id: its registration, then its operations
namespace jingchu::contracts {
namespace {

using namespace agriculture;  // NOLINT: the module's own tables

constexpr std::size_t kHarvestsMax = 366;  // the times kept to judge what is recorded late

struct Lot {
  std::string id;  // not stored: whoever reads a lot knows it
  std::string organization;
  std::optional<Instant> withdrawal_until;  // the latest of all uses
  std::string withdrawal_text;              // as it was written
  std::vector<Instant> harvests;
  bool has_breach = false;  // a use recorded late shows a harvest within its withdrawal time

  template <class Archive>
  void serialize(Archive& archive) {
    archive(organization, withdrawal_until, withdrawal_text, harvests, has_breach);
  }
};

bool is_application(std::string_view operation) {
  return operation == "drug-use" || operation == "pesticide-use";
}

// A use of a drug or pesticide names what was used and until when nothing may be harvested; nothing else
// does.
Status check_withdrawal_fields(const JsonValue& root) {
  const auto until = root.find("withdrawalUntil");
  const auto operation = *root.find("operation");
  if (!is_application(operation.text())) {
    return until ? Status(invalid_argument(*until, "no withdrawalUntil but for drug-use and pesticide-use"))
                 : ok_status();
  }
  if (!root.find("product")) return missing_argument(root, "product", "the name of what was used");
  if (!until) return missing_argument(root, "withdrawalUntil", "the time from which a harvest is allowed");
  if (*parse_timestamp(until->text()) < *parse_timestamp(text_or(root, "time"))) {
    return invalid_argument(*until, "a time not before the use itself");
  }
  return ok_status();
}

Result<JsonDocument> read_operation(std::string_view payload) {
  ASSIGN_OR_RETURN(JsonDocument document, parse_arguments(payload, kOperationTable));
  RETURN_IF_ERROR(check_withdrawal_fields(document.root()));
  return document;
}

Status check_operation(std::string_view payload) {
  const auto document = read_operation(payload);
  return document.ok() ? ok_status() : Status(document.error());
}

constexpr std::array<Method, 2> kMethods = {{
    {"register-lot", "registers a lot of an agricultural product", check_arguments<kLotTable>},
    {"record-operation", "records an operation on a lot of the own organization", check_operation},
}};

constexpr std::array<Query, 2> kQueries = {{
    {"lot-history", "lots/{lot}/history", "the records of a lot, oldest first; ?limit and ?after"},
    {"lot", "lots/{lot}", "a lot as it was registered, and where it stands"},
}};

std::string lot_key(std::string_view id) {
  return "lot/" + key_of_name(id);
}

Result<std::optional<Lot>> find_lot(const StateReader& state, std::string_view id) {
  ASSIGN_OR_RETURN(const auto stored, state.get(lot_key(id)));
  if (!stored) return std::optional<Lot>();
  ASSIGN_OR_RETURN(Lot lot, decode<Lot>(*stored));
  lot.id = id;
  return std::optional(std::move(lot));
}

Status keep_record(Context& context, const std::string& lot_id, std::string_view payload) {
  ASSIGN_OR_RETURN(const auto record, append_record(context, payload));
  const auto head = append_history(context, lot_id, record, record.hash());
  return head.ok() ? ok_status() : Status(head.error());
}

Status register_lot(Context& context, std::string_view payload) {
  ASSIGN_OR_RETURN(const JsonDocument document, parse_arguments(payload, kLotTable));
  const std::string id(text_or(document.root(), "lotId"));
  ASSIGN_OR_RETURN(const auto known, context.get(lot_key(id)));
  if (known) {
    return caller_error("duplicate-lot", "a lot with the id \"" + id + "\" is registered already",
                        "choose another lotId", "/lotId");
  }
  Lot lot;
  lot.id = id;
  lot.organization = context.caller().organization;
  RETURN_IF_ERROR(keep_record(context, id, payload));
  RETURN_IF_ERROR(context.put(lot_key(id), encode(lot)));
  JsonWriter writer;
  writer.begin_object()
      .member("lotId", id)
      .member("product", text_or(document.root(), "product"))
      .end_object();
  return context.emit({"lot-registered", writer.take()});
}

Status apply_harvest(Lot& lot, const JsonValue& root) {
  const auto time_field = *root.find("time");
  const auto time = *parse_timestamp(time_field.text());
  if (lot.withdrawal_until && time < *lot.withdrawal_until) {
    return caller_error(
        "withdrawal-period",
        "the lot \"" + lot.id + "\" may not be harvested before " + lot.withdrawal_text + " (" +
            to_string(*lot.withdrawal_until) +
            "), the end of the withdrawal time of what was applied to it; the harvest is of " +
            std::string(time_field.text()),
        "harvest later", "/time");
  }
  if (lot.harvests.size() == kHarvestsMax) {
    return caller_error("too-many-harvests",
                        "a lot takes at most " + std::to_string(kHarvestsMax) + " harvests",
                        "register a new lot", "/lotId");
  }
  lot.harvests.push_back(time);
  return ok_status();
}

// A use recorded late is taken, for it is the truth, and marks the lot if a harvest lies within its
// withdrawal time.
void apply_use(Lot& lot, const JsonValue& root) {
  const auto time = *parse_timestamp(text_or(root, "time"));
  const auto until_text = text_or(root, "withdrawalUntil");
  const auto until = *parse_timestamp(until_text);
  for (const auto& harvest : lot.harvests) {
    if (harvest >= time && harvest < until) lot.has_breach = true;
  }
  if (!lot.withdrawal_until || until > *lot.withdrawal_until) {
    lot.withdrawal_until = until;
    lot.withdrawal_text = until_text;
  }
}

Result<Lot> own_lot(Context& context, const std::string& id) {
  ASSIGN_OR_RETURN(auto lot, find_lot(ContextReader(context), id));
  if (!lot) {
    return caller_error("unknown-lot", "no lot with the id \"" + id + "\" is registered",
                        "register-lot first", "/lotId");
  }
  if (lot->organization != context.caller().organization) {
    return caller_error("not-permitted", "the lot \"" + id + "\" belongs to " + lot->organization,
                        "let a member of that organization sign the transaction", "/lotId");
  }
  return std::move(*lot);
}

Status record_operation(Context& context, std::string_view payload) {
  ASSIGN_OR_RETURN(const JsonDocument document, read_operation(payload));
  const auto root = document.root();
  ASSIGN_OR_RETURN(Lot lot, own_lot(context, std::string(text_or(root, "lotId"))));
  const auto operation = text_or(root, "operation");
  if (operation == "harvest") RETURN_IF_ERROR(apply_harvest(lot, root));
  if (is_application(operation)) apply_use(lot, root);
  if (operation == "harvest" || is_application(operation)) {
    RETURN_IF_ERROR(context.put(lot_key(lot.id), encode(lot)));
  }
  RETURN_IF_ERROR(keep_record(context, lot.id, payload));
  JsonWriter writer;
  writer.begin_object()
      .member("lotId", lot.id)
      .member("operation", operation)
      .member("time", text_or(root, "time"))
      .end_object();
  return context.emit({"operation-recorded", writer.take()});
}

Result<std::string> query_lot(const StateReader& state, const QueryParameters& parameters) {
  ASSIGN_OR_RETURN(const std::string id, parameter(parameters, "lot"));
  ASSIGN_OR_RETURN(const auto lot, find_lot(state, id));
  ASSIGN_OR_RETURN(const auto head, history_head(state, id));
  if (!lot || !head) return not_found("lot", id);
  ASSIGN_OR_RETURN(const auto entries, read_history(state, *head, {.limit = 1, .after = 0}));
  CHECK(!entries.empty());  // no head counts none
  ASSIGN_OR_RETURN(const auto registration, read_record(state, entries.front().record));
  JsonWriter writer;
  writer.begin_object().member("lotId", lot->id).key("lot").raw(registration.text).key("recorded");
  write_recorded(writer, registration.recorded);
  writer.member("records", head->count).member("chain", to_hex(head->chain));
  if (lot->withdrawal_until) writer.member("withdrawalUntil", lot->withdrawal_text);
  writer.member("harvests", std::uint64_t{lot->harvests.size()})
      .member("withdrawalBreached", lot->has_breach);
  return writer.end_object().take();
}

Result<std::string> query_history(const StateReader& state, const QueryParameters& parameters) {
  ASSIGN_OR_RETURN(const std::string id, parameter(parameters, "lot"));
  ASSIGN_OR_RETURN(const Page page, page_of(parameters));
  ASSIGN_OR_RETURN(const auto head, history_head(state, id));
  if (!head) return not_found("lot", id);
  ASSIGN_OR_RETURN(const auto entries, read_history(state, *head, page));
  JsonWriter writer;
  writer.begin_object().member("lotId", id).member("count", head->count).member("chain", to_hex(head->chain));
  writer.key("records").begin_array();
  for (const auto& entry : entries) {
    ASSIGN_OR_RETURN(const auto record, read_record(state, entry.record));
    writer.begin_object().member("sequence", entry.sequence).member("sha256", to_hex(record.hash()));
    writer.key("record").raw(record.text).key("recorded");
    write_recorded(writer, record.recorded);
    writer.end_object();
  }
  writer.end_array();
  if (page.after + entries.size() < head->count) writer.member("next", page.after + entries.size());
  return writer.end_object().take();
}

class AgricultureContract final : public Contract {
 public:
  std::string_view name() const override { return "agriculture"; }
  std::span<const Method> methods() const override { return kMethods; }
  std::span<const Query> queries() const override { return kQueries; }

  Status call(Context& context, std::string_view method, ByteView payload) const override {
    if (method == "register-lot") return register_lot(context, as_text(payload));
    if (method == "record-operation") return record_operation(context, as_text(payload));
    return unknown_method(*this, method);
  }

  Result<std::string> query(const StateReader& state, std::string_view query,
                            const QueryParameters& parameters) const override {
    if (query == "lot") return query_lot(state, parameters);
    if (query == "lot-history") return query_history(state, parameters);
    return unknown_query(*this, query);
  }

  bool keeps_histories() const override { return true; }
  Result<std::string> entity_name(std::string_view given) const override {
    RETURN_IF_ERROR(check_entity_name(given));
    return std::string(given);
  }
};

}  // namespace

const Contract& agriculture_contract() {
  static const AgricultureContract contract;
  return contract;
}

}  // namespace jingchu::contracts
