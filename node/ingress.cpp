#include "node/ingress.h"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "ledger/call_check.h"
#include "ledger/state.h"

namespace jingchu::node {
namespace {

// Enough that a client that polls learns of its transaction's end; older ones are "unknown".
constexpr std::size_t kExpiredKept = 100'000;

Height executed_height(const ledger::BlockStore& blocks) {
  const auto head = blocks.head();
  return head.ok() && *head ? (*head)->height : Height(0);
}

Error bad_signature() {
  return caller_error("bad-signature", "the signature is not the sender's over this transaction's head",
                      "sign the bytes that docs/formats.md calls the head, with the sender's key",
                      "/signature");
}

}  // namespace

Ingress::Ingress(Parts parts)
    : parts_(std::move(parts)),
      mempool_(parts_.limits, parts_.genesis->rules.validity_window),
      height_(executed_height(*parts_.blocks)) {}

boost::asio::awaitable<Result<Hash>> Ingress::submit(ledger::Transaction transaction) {
  const Status fits =
      ledger::check_static(transaction, parts_.genesis->chain_id, parts_.genesis->rules.transaction);
  if (!fits.ok()) co_return fits.error();
  const auto prepared = ledger::prepare(std::move(transaction));
  if (is_pending(prepared->id)) co_return prepared->id;
  const auto outcome = parts_.blocks->outcome(prepared->id);
  if (!outcome.ok()) co_return outcome.error();
  if (*outcome) co_return prepared->id;
  const auto refusal =
      co_await boost::asio::co_spawn(*parts_.signature_pool, check(prepared), boost::asio::use_awaitable);
  if (refusal) co_return *refusal;
  const Status authorized = authorize(*prepared);
  if (!authorized.ok()) co_return authorized.error();
  auto admitted = admit(prepared);
  if (admitted.ok()) parts_.on_waiting();
  co_return admitted;
}

boost::asio::awaitable<std::optional<Error>> Ingress::check(ledger::PreparedPointer prepared) const {
  const auto& transaction = prepared->transaction;
  if (!ledger::signature_valid(transaction)) co_return bad_signature();
  const Status calls =
      ledger::check_calls(transaction.calls, parts_.contracts, parts_.genesis->rules.call_cost_max);
  co_return calls.ok() ? std::nullopt : std::optional(calls.error());
}

Status Ingress::authorize(const ledger::PreparedTransaction& transaction) const {
  const ledger::CommittedState identity(*parts_.store, "identity");
  const auto caller = parts_.authorize(identity, transaction.transaction.sender);
  if (caller.ok()) return ok_status();
  Error error = caller.error();
  if (error.where.empty() && error.fault == Fault::kCaller) error.where = "/sender";
  return error;
}

Result<Hash> Ingress::admit(ledger::PreparedPointer transaction) {
  const Hash id = transaction->id;
  const std::lock_guard lock(mutex_);
  ASSIGN_OR_RETURN([[maybe_unused]] const auto added, mempool_.add(std::move(transaction), height_));
  return id;
}

std::vector<Bytes> Ingress::take(std::uint64_t bytes_max, std::size_t count_max) {
  const std::lock_guard lock(mutex_);
  std::vector<Bytes> batch;
  for (const auto& transaction : mempool_.take(bytes_max, count_max)) batch.push_back(transaction->bytes);
  return batch;
}

void Ingress::executed(const ledger::ExecutedBlock& block) {
  const std::lock_guard lock(mutex_);
  height_ = std::max(height_, block.height);
  std::vector<Hash> ids;
  for (const auto& transaction : block.transactions) ids.push_back(transaction.id);
  mempool_.committed(ids);
  remember_expired(mempool_.expire(height_));
}

void Ingress::remember_expired(std::vector<Hash> ids) {
  for (const auto& id : ids) {
    if (!expired_.insert(id).second) continue;
    expired_order_.push_back(id);
    if (expired_order_.size() <= kExpiredKept) continue;
    expired_.erase(expired_order_.front());
    expired_order_.pop_front();
  }
}

bool Ingress::is_pending(const Hash& id) const {
  const std::lock_guard lock(mutex_);
  return mempool_.contains(id);
}

bool Ingress::is_expired(const Hash& id) const {
  const std::lock_guard lock(mutex_);
  return expired_.contains(id);
}

std::size_t Ingress::waiting_count() const {
  const std::lock_guard lock(mutex_);
  return mempool_.waiting_count();
}

std::uint64_t Ingress::waiting_bytes() const {
  const std::lock_guard lock(mutex_);
  return mempool_.waiting_bytes();
}

}  // namespace jingchu::node
