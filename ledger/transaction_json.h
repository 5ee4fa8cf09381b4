// The JSON envelope of a transaction over HTTP (docs/formats.md, "Over HTTP"). `payload` is a JSON string
// that holds the exact bytes of the payload, so no client needs a canonical JSON form.
#pragma once

#include <string>
#include <string_view>

#include "ledger/transaction.h"

namespace jingchu::ledger {

// Strict: unknown, missing and duplicate fields are refused. Errors are the caller's, their `where` is a JSON
// Pointer. Checks form only; check_static and the signature are the caller's next steps.
Result<Transaction> transaction_from_json(std::string_view json);

std::string transaction_to_json(const Transaction& transaction);

}  // namespace jingchu::ledger
