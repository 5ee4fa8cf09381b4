#include "sim/checkers/execution_checker.h"

#include "common/codec.h"

namespace jingchu::sim {
namespace {

Hash receipts_of(const ledger::ExecutedBlock& result) {
  Bytes all;
  for (const auto& transaction : result.transactions) {
    const Bytes bytes = encode(transaction.id, transaction.receipts);
    all.insert(all.end(), bytes.begin(), bytes.end());
  }
  return sha256(all);
}

}  // namespace

ExecutionChecker::ExecutionChecker(const Setting& setting, SetChecker& sets,
                                   std::unique_ptr<Ledger> reference,
                                   std::function<bool(const ledger::Transaction&)> is_signed)
    : setting_(setting), sets_(sets), reference_(std::move(reference)), is_signed_(std::move(is_signed)) {
  CHECK(reference_->open().ok());
}

Hash ExecutionChecker::execute(const consensus::FinalizedBlock& block) {
  const Height height = block.header.height;
  const auto result = reference_->execute(block);
  if (!result.ok()) {
    setting_.fail("reference-failed", result.error().to_string());
    return kZeroHash;
  }
  expected_[height] = {result->executed_root, receipts_of(*result), reference_->digest()};
  check("height " + to_string(height), *result);
  sets_.on_executed(*result);
  return result->executed_root;
}

void ExecutionChecker::check(const std::string& where, const ledger::ExecutedBlock& result) {
  setting_.count("duplicates skipped", result.duplicates);
  setting_.count("expired in a batch", result.expired.size());
  setting_.count("blocks with a queue", result.queued == 0 ? 0 : 1);
  for (const auto& executed : result.transactions) {
    for (const auto& receipt : executed.receipts) {
      setting_.count(receipt.code == ledger::kOk ? "calls executed" : "calls refused", 1);
    }
    const std::string what = where + ", transaction " + short_hash(executed.id);
    const ledger::Transaction& transaction = executed.transaction->transaction;
    if (!executed_.try_emplace(executed.id, result.height).second) setting_.fail("executed-twice", what);
    if (transaction.valid_until < result.height) setting_.fail("executed-after-expiry", what);
    if (!is_signed_(transaction)) setting_.fail("forged-transaction-executed", what);
  }
}

void ExecutionChecker::on_executed(NodeIndex node, const ledger::ExecutedBlock& result,
                                   const StoreDigest& digest) const {
  const std::string where = name(node) + " at height " + to_string(result.height);
  const auto expected = expected_.find(result.height);
  if (expected == expected_.end()) return setting_.fail("executed-before-final", where);
  if (expected->second.root != result.executed_root) return setting_.fail("roots-differ", where);
  if (expected->second.receipts != receipts_of(result)) return setting_.fail("receipts-differ", where);
  const StoreDigest& right = expected->second.digest;
  if (right.state != digest.state) return setting_.fail("states-differ", where);
  const bool is_built = digest.began != Height() || right.built == digest.built;
  const bool is_recorded = digest.horizon != Height() || right.records == digest.records;
  if (!is_built || !is_recorded) setting_.fail("stores-differ", where);
}

void ExecutionChecker::on_restored(NodeIndex node, Height height, const Hash& root,
                                   const StoreDigest& digest) const {
  const std::string where = name(node) + " from a snapshot of height " + to_string(height);
  const auto expected = expected_.find(height);
  if (expected == expected_.end()) return setting_.fail("restored-what-is-not-final", where);
  if (expected->second.root != root) return setting_.fail("restored-root-differs", where);
  if (expected->second.digest.state != digest.state) setting_.fail("restored-state-differs", where);
}

std::optional<Height> ExecutionChecker::executed_at(const Hash& transaction_id) const {
  const auto found = executed_.find(transaction_id);
  return found == executed_.end() ? std::nullopt : std::optional(found->second);
}

}  // namespace jingchu::sim
