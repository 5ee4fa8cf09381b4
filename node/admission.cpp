#include "node/admission.h"

#include "contracts/identity/identity.h"
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

Result<contracts::Caller> caller_of(const contracts::StateReader& identity, const PublicKey& key) {
  ASSIGN_OR_RETURN(const auto member, contracts::find_member(identity, key));
  RETURN_IF_ERROR(contracts::authorize(member));
  return contracts::Caller{key, member->organization, member->roles};
}

Admission::Admission(Parts parts)
    : parts_(std::move(parts)),
      mempool_(parts_.limits, parts_.genesis->rules.validity_window),
      height_(executed_height(*parts_.blocks)) {}

Result<Admission::Admitted> Admission::submit(ledger::Transaction transaction, Height network_height) {
  RETURN_IF_ERROR(
      ledger::check_static(transaction, parts_.genesis->chain_id, parts_.genesis->rules.transaction));
  auto prepared = ledger::prepare(std::move(transaction));
  const Hash id = prepared->id;
  if (is_pending(id)) return Admitted{id, false};
  ASSIGN_OR_RETURN(const auto outcome, parts_.blocks->outcome(id));
  if (outcome) return Admitted{id, false};
  RETURN_IF_ERROR(check(prepared));
  RETURN_IF_ERROR(authorize(*prepared));
  const Height valid_until = prepared->transaction.valid_until;
  const std::lock_guard lock(mutex_);
  const auto added = mempool_.add(std::move(prepared), height_);
  if (!added.ok()) return refusal(added.error(), valid_until, network_height);
  return Admitted{id, *added == ledger::Added::kNew};
}

// What is too early for what is executed here is the node's fault where the network is far enough.
Error Admission::refusal(const Error& error, Height valid_until, Height network_height) const {
  const std::uint64_t window = parts_.genesis->rules.validity_window;
  const bool is_ours = network_height > height_ && valid_until.value() <= network_height.value() + window;
  if (error.type != "not-yet-valid" || !is_ours) return error;
  return caller_error("not-ready",
                      "this node has executed block " + to_string(height_) + ", and the network is at " +
                          to_string(network_height),
                      "send the same bytes to another validator, or to this one again later");
}

Status Admission::check(const ledger::PreparedPointer& transaction) const {
  if (parts_.signatures({&transaction, 1})) return bad_signature();
  return ledger::check_calls(transaction->transaction.calls, parts_.contracts,
                             parts_.genesis->rules.call_cost_max);
}

Status Admission::authorize(const ledger::PreparedTransaction& transaction) const {
  const ledger::CommittedState identity(*parts_.store, "identity");
  const auto caller = parts_.authorize(identity, transaction.transaction.sender);
  if (caller.ok()) return ok_status();
  Error error = caller.error();
  if (error.where.empty() && error.fault == Fault::kCaller) error.where = "/sender";
  return error;
}

std::vector<Bytes> Admission::take(std::uint64_t bytes_max, std::size_t count_max) {
  const std::lock_guard lock(mutex_);
  std::vector<Bytes> batch;
  for (const auto& transaction : mempool_.take(bytes_max, count_max)) batch.push_back(transaction->bytes);
  return batch;
}

std::vector<Hash> Admission::abandon() {
  const std::lock_guard lock(mutex_);
  return mempool_.clear();
}

void Admission::give_back(const std::vector<Bytes>& transactions) {
  for (const auto& bytes : transactions) {
    auto prepared = ledger::prepare(bytes, parts_.genesis->chain_id, parts_.genesis->rules.transaction);
    if (!prepared.ok()) continue;  // nobody can have admitted it
    const std::lock_guard lock(mutex_);
    mempool_.give_back(std::move(*prepared));
  }
}

void Admission::executed(const ledger::ExecutedBlock& block) {
  const std::lock_guard lock(mutex_);
  height_ = std::max(height_, block.height);
  std::vector<Hash> ids;
  for (const auto& transaction : block.transactions) ids.push_back(transaction.id);
  mempool_.committed(ids);
  remember_expired(mempool_.expire(height_));
}

void Admission::remember_expired(std::vector<Hash> ids) {
  for (const auto& id : ids) {
    if (!expired_.insert(id).second) continue;
    expired_order_.push_back(id);
    if (expired_order_.size() <= kExpiredKept) continue;
    expired_.erase(expired_order_.front());
    expired_order_.pop_front();
  }
}

bool Admission::is_pending(const Hash& id) const {
  const std::lock_guard lock(mutex_);
  return mempool_.contains(id);
}

bool Admission::is_expired(const Hash& id) const {
  const std::lock_guard lock(mutex_);
  return expired_.contains(id);
}

std::size_t Admission::waiting_count() const {
  const std::lock_guard lock(mutex_);
  return mempool_.waiting_count();
}

std::uint64_t Admission::waiting_bytes() const {
  const std::lock_guard lock(mutex_);
  return mempool_.waiting_bytes();
}

}  // namespace jingchu::node
