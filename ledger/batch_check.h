// What every validator checks in a batch before it stores it: all its transactions are well-formed, of this
// chain, within the limits and signed. Expiry, senders and duplicates are execution's matter.
#pragma once

#include <functional>
#include <optional>
#include <span>
#include <vector>

#include "consensus/messages.h"
#include "ledger/transaction.h"

namespace jingchu::ledger {

// Checks signatures, on as many threads as it likes: the index of an invalid one, or nothing.
using SignatureCheck = std::function<std::optional<std::size_t>(std::span<const PreparedPointer>)>;

// On the calling thread, one after another.
std::optional<std::size_t> check_signatures(std::span<const PreparedPointer> transactions);

// Of one transaction, with its signature.
Status check_transaction(ByteView bytes, const Hash& chain_id, const TransactionLimits& limits);

// The decoded transactions. Errors are the peer's: "malformed-batch", with the transaction's index in
// `where`.
Result<std::vector<PreparedPointer>> check_batch(const consensus::Batch& batch, const Hash& chain_id,
                                                 const TransactionLimits& limits,
                                                 const SignatureCheck& signatures = check_signatures);

}  // namespace jingchu::ledger
