#include "ledger/batch_check.h"

#include "consensus/mutant.h"

namespace jingchu::ledger {
namespace {

using consensus::mutant;
using consensus::Mutant;

Error malformed(std::size_t index, const std::string& what) {
  auto error = peer_error("malformed-batch", what);
  error.where = "transaction " + std::to_string(index);
  return error;
}

}  // namespace

std::optional<std::size_t> check_signatures(std::span<const PreparedPointer> transactions) {
  for (std::size_t i = 0; i < transactions.size(); ++i) {
    if (!signature_valid(*transactions[i])) return i;
  }
  return std::nullopt;
}

Status check_transaction(ByteView bytes, const Hash& chain_id, const TransactionLimits& limits) {
  ASSIGN_OR_RETURN(const auto prepared, prepare(bytes, chain_id, limits));
  if (signature_valid(*prepared)) return ok_status();
  return caller_error("bad-signature", "the signature of a transaction is not valid");
}

Result<std::vector<PreparedPointer>> check_batch(const consensus::Batch& batch, const Hash& chain_id,
                                                 const TransactionLimits& limits,
                                                 const SignatureCheck& signatures) {
  std::vector<PreparedPointer> transactions;
  transactions.reserve(batch.transactions.size());
  for (const auto& bytes : batch.transactions) {
    auto prepared = prepare(bytes, chain_id, limits);
    if (!prepared.ok()) return malformed(transactions.size(), prepared.error().what);
    transactions.push_back(std::move(prepared).value());
  }
  const auto invalid = mutant(Mutant::kClientUnchecked) ? std::nullopt : signatures(transactions);
  if (invalid) {
    return malformed(*invalid, "the signature of a transaction is not valid");
  }
  return transactions;
}

}  // namespace jingchu::ledger
