// Transactions as bytes in a peer's batch and as JSON of a client: what is taken has one encoding, and goes
// to JSON and back without a change of its id.
#include "common/codec.h"
#include "contracts/utf8.h"
#include "ledger/batch_check.h"
#include "ledger/transaction_json.h"
#include "tests/fuzz/input.h"

namespace jingchu::ledger {
namespace {

constexpr TransactionLimits kLimits{.bytes_max = 4096, .calls_max = 8};
constexpr Hash kChain{};

bool is_utf8(ByteView bytes) {
  const std::string_view text = as_text(bytes);
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t size = contracts::utf8_character_size(text, at);
    if (size == 0) return false;
    at += size;
  }
  return true;
}

void check_prepared(const PreparedTransaction& prepared) {
  const Transaction& transaction = prepared.transaction;
  CHECK(encode_transaction(transaction) == prepared.bytes);
  CHECK(prepared.bytes.size() >= kTransactionBytesMin && prepared.bytes.size() <= kLimits.bytes_max);
  CHECK(prepare(transaction)->id == prepared.id);
  // A key that is no point of the curve is refused with the first signature, and as text at once.
  bool is_text = public_key_from_text(to_string(transaction.sender)).ok();
  for (const Call& call : transaction.calls) is_text = is_text && is_utf8(call.payload);
  const auto read = transaction_from_json(transaction_to_json(transaction));
  if (is_text) CHECK(read.ok() && *read == transaction);
}

// The signatures are the input's own matter: the first that is invalid, or none.
void check_batch_of(fuzz::Input input) {
  const std::uint8_t invalid = input.byte();
  consensus::Batch batch;
  while (!input.empty()) batch.transactions.push_back(to_bytes(input.bytes(input.two_bytes())));
  const auto signatures = [&](std::span<const PreparedPointer> transactions) {
    return invalid < transactions.size() ? std::optional<std::size_t>(invalid) : std::nullopt;
  };
  const auto checked = check_batch(batch, kChain, kLimits, signatures);
  if (!checked.ok()) {
    CHECK(checked.error().fault == Fault::kPeer && checked.error().type == "malformed-batch");
    return;
  }
  CHECK(checked->size() == batch.transactions.size() && invalid >= checked->size());
  for (std::size_t i = 0; i < checked->size(); ++i) {
    CHECK((*checked)[i]->bytes == batch.transactions[i]);
    check_prepared(*(*checked)[i]);
  }
}

void check_json(std::string_view json) {
  const auto transaction = transaction_from_json(json);
  if (!transaction.ok()) {
    CHECK(transaction.error().fault == Fault::kCaller);
    return;
  }
  const auto again = transaction_from_json(transaction_to_json(*transaction));
  CHECK(again.ok() && *again == *transaction);
  if (check_static(*transaction, kChain, kLimits).ok()) check_prepared(*prepare(*transaction));
  static_cast<void>(signature_valid(*prepare(*transaction)));
}

}  // namespace
}  // namespace jingchu::ledger

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  jingchu::fuzz::Input input(data, size);
  // JSON begins with a brace; a batch with anything else.
  if (!input.empty() && input.rest().front() == '{') {
    jingchu::ledger::check_json(jingchu::as_text(input.rest()));
  } else {
    jingchu::ledger::check_batch_of(input);
  }
  return 0;
}
