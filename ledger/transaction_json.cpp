#include "ledger/transaction_json.h"

#include "contracts/json_writer.h"
#include "ledger/json_fields.h"

namespace jingchu::ledger {
namespace {

using contracts::JsonValue;

const JsonFields& fields() {
  static const JsonFields kFields(Fault::kCaller, "malformed-transaction");
  return kFields;
}

template <std::size_t N>
Result<std::array<std::uint8_t, N>> hex_field(const JsonValue& object, std::string_view name) {
  ASSIGN_OR_RETURN(const auto text, fields().text(object, name));
  const auto bytes = array_from_hex<N>(text);
  if (!bytes) {
    return fields().error(std::to_string(2 * N) + " hexadecimal digits are expected here",
                          "/" + std::string(name));
  }
  return *bytes;
}

Result<OnError> on_error_field(const JsonValue& object) {
  ASSIGN_OR_RETURN(const auto text, fields().text(object, "on_error"));
  if (text == "rollback") return OnError::kRollback;
  if (text == "proceed") return OnError::kProceed;
  return fields().error("\"rollback\" or \"proceed\" is expected here", "/on_error");
}

Result<Call> read_call(const JsonValue& value) {
  RETURN_IF_ERROR(fields().object(value, {"contract", "method", "payload"}));
  Call call;
  ASSIGN_OR_RETURN(call.contract, fields().text(value, "contract"));
  ASSIGN_OR_RETURN(call.method, fields().text(value, "method"));
  ASSIGN_OR_RETURN(const auto payload, fields().text(value, "payload"));
  call.payload = to_bytes(payload);
  return call;
}

Result<PublicKey> sender_field(const JsonValue& object) {
  ASSIGN_OR_RETURN(const auto text, fields().text(object, "sender"));
  auto key = public_key_from_text(text);
  if (!key.ok()) return fields().error(key.error().what, "/sender");
  return key;
}

}  // namespace

Result<Transaction> transaction_from_json(std::string_view json) {
  ASSIGN_OR_RETURN(const auto document, contracts::JsonDocument::parse(json));
  const auto root = document.root();
  RETURN_IF_ERROR(fields().object(
      root, {"version", "chain_id", "sender", "nonce", "valid_until", "on_error", "calls", "signature"}));
  Transaction transaction;
  ASSIGN_OR_RETURN(const auto version, fields().number(root, "version", 0, 0xffff));
  transaction.version = static_cast<std::uint16_t>(version);
  ASSIGN_OR_RETURN(transaction.chain_id, hex_field<32>(root, "chain_id"));
  ASSIGN_OR_RETURN(transaction.sender, sender_field(root));
  ASSIGN_OR_RETURN(transaction.nonce, hex_field<16>(root, "nonce"));
  ASSIGN_OR_RETURN(const auto valid_until, fields().number(root, "valid_until", 0, ~std::uint64_t{0}));
  transaction.valid_until = Height(valid_until);
  ASSIGN_OR_RETURN(transaction.on_error, on_error_field(root));
  ASSIGN_OR_RETURN(const auto calls, fields().array(root, "calls"));
  for (const auto call : calls) {
    ASSIGN_OR_RETURN(auto read, read_call(call));
    transaction.calls.push_back(std::move(read));
  }
  ASSIGN_OR_RETURN(transaction.signature, hex_field<64>(root, "signature"));
  return transaction;
}

std::string transaction_to_json(const Transaction& transaction) {
  contracts::JsonWriter json;
  json.begin_object()
      .member("version", std::uint64_t{transaction.version})
      .member("chain_id", to_hex(transaction.chain_id))
      .member("sender", to_string(transaction.sender))
      .member("nonce", to_hex(transaction.nonce))
      .member("valid_until", transaction.valid_until.value())
      .member("on_error", transaction.on_error == OnError::kRollback ? "rollback" : "proceed");
  json.key("calls").begin_array();
  for (const auto& call : transaction.calls) {
    json.begin_object()
        .member("contract", call.contract)
        .member("method", call.method)
        .member("payload", as_text(call.payload))
        .end_object();
  }
  json.end_array().member("signature", to_hex(transaction.signature)).end_object();
  return json.take();
}

}  // namespace jingchu::ledger
