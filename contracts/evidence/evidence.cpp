#include "contracts/evidence/evidence.h"

#include <algorithm>
#include <array>
#include <charconv>

#include "contracts/arguments.h"
#include "contracts/context_reader.h"
#include "contracts/entity_history.h"
#include "contracts/paging.h"
#include "contracts/record_store.h"

// State:
//   the records: deposits exactly as they were sent
//   deposit/<SHA-256 of the id>  -> the number of its record; only of an id that the payload gives
//   transaction/<transaction id> -> the number of its first deposit: its others follow, with nothing between
//   the entity histories "sha256:<hex>" and "sm3:<hex>"
namespace jingchu::contracts {
namespace {

constexpr std::string_view kDerivedPrefix = "urn:jingchu:";
constexpr std::string_view kDerivedIdPrefix = "urn:jingchu:evidence:";

// RFC 6838, section 4.2: type "/" subtype, each of restricted characters; parameters may follow.
std::string_view check_media_type(const JsonValue& value) {
  constexpr std::string_view kExpected = "a media type such as application/pdf";
  const auto text = value.text();
  const auto essence = text.substr(0, text.find(';'));
  const auto slash = essence.find('/');
  if (slash == 0 || slash == essence.npos || slash + 1 == essence.size()) return kExpected;
  if (essence.find('/', slash + 1) != essence.npos) return kExpected;
  for (const char c : essence) {
    const bool is_alphanumeric = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
    if (!is_alphanumeric && std::string_view("!#$&-^_.+/").find(c) == std::string_view::npos)
      return kExpected;
  }
  return {};
}

std::string_view check_evidence_id(const JsonValue& value) {
  return value.text().starts_with(kDerivedPrefix) ? "an id that does not begin with urn:jingchu:" : "";
}

constexpr std::array<Field, 12> kDepositFields = {{
    {.name = "evidenceId", .kind = FieldKind::kToken, .min = 1, .max = 128, .check = check_evidence_id},
    {.name = "sha256", .kind = FieldKind::kHashHex, .is_required = true},
    {.name = "sm3", .kind = FieldKind::kHashHex, .is_required = true},
    {.name = "mediaType", .is_required = true, .min = 3, .max = 200, .check = check_media_type},
    {.name = "size", .kind = FieldKind::kInteger, .is_required = true},
    {.name = "fileName", .min = 1, .max = 255},
    {.name = "subject", .kind = FieldKind::kHashHex, .is_required = true},
    {.name = "matter", .min = 1, .max = 128},
    {.name = "phase", .min = 1, .max = 64},
    {.name = "capturedAt", .kind = FieldKind::kTimestamp},
    {.name = "environment", .kind = FieldKind::kHashHex},
    {.name = "note", .min = 0, .max = 2000},
}};
constexpr Table kDepositTable = {kDepositFields};

constexpr std::array<Method, 1> kMethods = {{
    {"deposit", "puts the hashes of electronic data on the chain", check_arguments<kDepositTable>},
}};

constexpr std::array<Query, 3> kQueries = {{
    {"by-hash", "by-hash/{hash}", "deposits of data with that SHA-256 or SM3 hash; ?limit and ?after"},
    {"by-transaction", "by-transaction/{transaction}",
     "deposits made by a transaction; ?limit and ?after=<call>"},
    {"deposit", "{id...}", "one deposit by its id"},
}};

std::string deposit_key(std::string_view id) {
  return "deposit/" + key_of_name(id);
}

std::string transaction_key(const Hash& transaction_id) {
  return joined({"transaction/", as_text(transaction_id)});
}

// The call that a derived id is of: a transaction that was executed has each of its calls once.
struct CallOfId {
  Hash transaction{};
  std::uint32_t call = 0;

  std::string id() const {
    return joined({kDerivedIdPrefix, to_hex(transaction), ":", std::to_string(call)});
  }
};

// Nothing if the id is no derived one; it may be one in another form than its own.
std::optional<CallOfId> call_of_id(std::string_view id) {
  if (!id.starts_with(kDerivedIdPrefix)) return std::nullopt;
  const auto hex = id.substr(kDerivedIdPrefix.size(), 64);
  const auto transaction = array_from_hex<32>(hex);
  if (!transaction) return std::nullopt;
  CallOfId call{*transaction, 0};
  const auto number = id.substr(std::min(id.size(), kDerivedIdPrefix.size() + hex.size() + 1));
  std::from_chars(number.data(), number.data() + number.size(), call.call);
  return call;
}

// As its payload gives it, or of the place where the record stands.
std::string id_of(const Record& deposit, const JsonValue& payload) {
  if (payload.find("evidenceId")) return std::string(text_or(payload, "evidenceId"));
  return CallOfId{deposit.recorded.transaction_id, deposit.recorded.call_index}.id();
}

std::string lower_case(std::string hex) {
  for (char& c : hex) c = c >= 'A' && c <= 'F' ? static_cast<char>(c - 'A' + 'a') : c;
  return hex;
}

// Hexadecimal as it was sent may be upper-case; in names it is lower-case.
std::string hash_entity(std::string_view function, std::string_view hex) {
  return lower_case(joined({function, ":", hex}));
}

Status emit_deposited(Context& context, const std::string& id, const JsonValue& payload) {
  JsonWriter writer;
  writer.begin_object()
      .member("evidenceId", id)
      .member("sha256", lower_case(std::string(text_or(payload, "sha256"))))
      .member("sm3", lower_case(std::string(text_or(payload, "sm3"))))
      .end_object();
  return context.emit({"deposited", writer.take()});
}

Status note_transaction(Context& context, const Record& deposit) {
  const auto key = transaction_key(deposit.recorded.transaction_id);
  ASSIGN_OR_RETURN(const auto first, context.get_own(key));
  return first ? ok_status() : put_number(context, key, deposit.number);
}

Status note_id(Context& context, const std::string& id, const Record& deposit) {
  ASSIGN_OR_RETURN(const auto known, find_number(ContextReader(context), deposit_key(id)));
  if (!known) return put_number(context, deposit_key(id), deposit.number);
  return caller_error("duplicate-evidence", "a deposit with the id \"" + id + "\" exists already",
                      "choose another evidenceId, or leave it out to have one derived", "/evidenceId");
}

Status make_deposit(Context& context, std::string_view payload) {
  ASSIGN_OR_RETURN(const JsonDocument document, parse_arguments(payload, kDepositTable));
  const auto root = document.root();
  ASSIGN_OR_RETURN(const Record deposit, append_record(context, payload));
  const std::string id = id_of(deposit, root);
  if (root.find("evidenceId")) RETURN_IF_ERROR(note_id(context, id, deposit));
  const Hash hash = deposit.hash();
  for (const std::string_view function : {"sha256", "sm3"}) {
    RETURN_IF_ERROR(append_history(context, hash_entity(function, text_or(root, function)), deposit, hash));
  }
  RETURN_IF_ERROR(note_transaction(context, deposit));
  return emit_deposited(context, id, root);
}

Status write_deposit(JsonWriter& writer, const Record& deposit) {
  ASSIGN_OR_RETURN(const JsonDocument document, parse_arguments(deposit.text, kDepositTable));
  writer.begin_object().member("evidenceId", id_of(deposit, document.root()));
  writer.key("evidence").raw(deposit.text).key("recorded");
  write_recorded(writer, deposit.recorded);
  writer.end_object();
  return ok_status();
}

// The deposits of a transaction by calls from `call` on, oldest first, at most `limit`. Numbers ascend with
// calls, so the first one is found by halves.
Result<std::vector<Record>> deposits_of(const StateReader& state, const Hash& transaction, std::uint64_t call,
                                        std::uint64_t limit) {
  std::vector<Record> deposits;
  ASSIGN_OR_RETURN(const auto first, find_number(state, transaction_key(transaction)));
  if (!first) return deposits;
  ASSIGN_OR_RETURN(const auto last, last_record(state));
  auto number = *first;
  for (auto end = number + std::min(call, last + 1 - number); number < end;) {
    const auto middle = number + (end - number) / 2;
    ASSIGN_OR_RETURN(const auto record, read_record(state, middle));
    const auto& recorded = record.recorded;
    const bool is_earlier = recorded.transaction_id == transaction && recorded.call_index < call;
    (is_earlier ? number : end) = is_earlier ? middle + 1 : middle;
  }
  for (; number <= last && deposits.size() < limit; ++number) {
    ASSIGN_OR_RETURN(auto record, read_record(state, number));
    if (record.recorded.transaction_id != transaction) break;
    deposits.push_back(std::move(record));
  }
  return deposits;
}

Result<std::optional<Record>> find_deposit(const StateReader& state, const std::string& id) {
  const auto derived = call_of_id(id);
  if (derived) {
    ASSIGN_OR_RETURN(auto deposits, deposits_of(state, derived->transaction, derived->call, 1));
    if (deposits.empty()) return std::optional<Record>();
    ASSIGN_OR_RETURN(const auto document, parse_arguments(deposits.front().text, kDepositTable));
    const bool is_its_own = id_of(deposits.front(), document.root()) == id;
    return is_its_own ? std::optional(std::move(deposits.front())) : std::nullopt;
  }
  ASSIGN_OR_RETURN(const auto number, find_number(state, deposit_key(id)));
  if (!number) return std::optional<Record>();
  ASSIGN_OR_RETURN(Record deposit, read_record(state, *number));
  return std::optional(std::move(deposit));
}

Result<std::string> query_deposit(const StateReader& state, const QueryParameters& parameters) {
  ASSIGN_OR_RETURN(const std::string id, parameter(parameters, "id"));
  ASSIGN_OR_RETURN(const auto deposit, find_deposit(state, id));
  if (!deposit) return not_found("deposit", id);
  JsonWriter writer;
  RETURN_IF_ERROR(write_deposit(writer, *deposit));
  return writer.take();
}

Result<Hash> hash_parameter(const QueryParameters& parameters, std::string_view name) {
  ASSIGN_OR_RETURN(const std::string text, parameter(parameters, name));
  const auto hash = array_from_hex<32>(text);
  if (hash) return *hash;
  return caller_error("invalid-parameter", std::string(name) + ": expected 64 hexadecimal digits", {},
                      std::string(name));
}

Result<std::string> query_by_hash(const StateReader& state, const QueryParameters& parameters) {
  ASSIGN_OR_RETURN(const Hash hash, hash_parameter(parameters, "hash"));
  ASSIGN_OR_RETURN(const Page page, page_of(parameters));
  const auto hex = to_hex(hash);
  for (const std::string_view function : {"sha256", "sm3"}) {
    ASSIGN_OR_RETURN(const auto head, history_head(state, hash_entity(function, hex)));
    if (!head) continue;
    ASSIGN_OR_RETURN(const auto entries, read_history(state, *head, page));
    JsonWriter writer;
    writer.begin_object().member("function", function).member("hash", hex).member("count", head->count);
    writer.key("deposits").begin_array();
    for (const auto& entry : entries) {
      ASSIGN_OR_RETURN(const Record deposit, read_record(state, entry.record));
      RETURN_IF_ERROR(write_deposit(writer, deposit));
    }
    writer.end_array();
    if (page.after + entries.size() < head->count) writer.member("next", page.after + entries.size());
    return writer.end_object().take();
  }
  return not_found("deposit of data with the hash", hex);
}

Result<std::string> query_by_transaction(const StateReader& state, const QueryParameters& parameters) {
  ASSIGN_OR_RETURN(const Hash id, hash_parameter(parameters, "transaction"));
  ASSIGN_OR_RETURN(const Page page, page_of(parameters));
  const bool begins = parameters.find("after") == parameters.end();
  const auto call = begins ? 0 : page.after + 1;
  ASSIGN_OR_RETURN(const auto deposits, deposits_of(state, id, call, page.limit));
  if (deposits.empty()) return not_found("deposit made by the transaction", to_hex(id));
  JsonWriter writer;
  writer.begin_object().member("transaction", to_hex(id)).key("deposits").begin_array();
  for (const auto& deposit : deposits) RETURN_IF_ERROR(write_deposit(writer, deposit));
  return writer.end_array().end_object().take();
}

// "sha256:<hex>" or "sm3:<hex>", in any case of the digits.
Result<std::string> canonical_entity(std::string_view given) {
  RETURN_IF_ERROR(check_entity_name(given));
  const auto colon = given.find(':');
  const auto function = given.substr(0, colon);
  if (colon != given.npos && (function == "sha256" || function == "sm3")) {
    const auto hex = given.substr(colon + 1);
    if (array_from_hex<32>(hex)) return hash_entity(function, hex);
  }
  return bad_entity_name(
      "the entities of evidence are hashes of data: sha256: or sm3: and 64 hexadecimal digits",
      "give the hash of the file in question");
}

class EvidenceContract final : public Contract {
 public:
  std::string_view name() const override { return "evidence"; }
  std::span<const Method> methods() const override { return kMethods; }
  std::span<const Query> queries() const override { return kQueries; }

  Status call(Context& context, std::string_view method, ByteView payload) const override {
    if (method == "deposit") return make_deposit(context, as_text(payload));
    return unknown_method(*this, method);
  }

  Result<std::string> query(const StateReader& state, std::string_view query,
                            const QueryParameters& parameters) const override {
    if (query == "deposit") return query_deposit(state, parameters);
    if (query == "by-hash") return query_by_hash(state, parameters);
    if (query == "by-transaction") return query_by_transaction(state, parameters);
    return unknown_query(*this, query);
  }

  bool keeps_histories() const override { return true; }
  Result<std::string> entity_name(std::string_view given) const override { return canonical_entity(given); }
};

}  // namespace

const Contract& evidence_contract() {
  static const EvidenceContract contract;
  return contract;
}

}  // namespace jingchu::contracts
