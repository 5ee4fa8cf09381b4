#include "sim/whole.h"

#include "sim/payloads.h"
#include "sim/whole_ledger.h"

namespace jingchu::sim {
namespace {

ledger::Genesis make_genesis(const Plan& plan, const KeyRing& keys, std::uint64_t time_ms) {
  ledger::Genesis genesis;
  genesis.name = "simulated";
  genesis.time_ms = time_ms;
  for (const auto& validator : keys.validators().all()) {
    genesis.validators.push_back({validator.name, "420000", validator.consensus_key, validator.transport_key,
                                  "127.0.0.1:" + std::to_string(genesis.validators.size() + 1)});
  }
  genesis.parameters = plan.parameters;
  genesis.rules.validity_window = plan.validity_window;
  genesis.rules.block_cost_max = plan.block_cost_max;
  genesis.contracts["identity"] = identity_genesis(keys, plan.nodes());
  genesis.chain_id = sha256(as_bytes(ledger::write_genesis(genesis)));
  return genesis;
}

}  // namespace

Whole::Whole(const Plan& plan, const KeyRing& keys, std::uint64_t time_ms)
    : keys_(keys), genesis_(make_genesis(plan, keys, time_ms)), genesis_file_(write_genesis(genesis_)) {}

std::unique_ptr<Ledger> Whole::make_ledger() const {
  return std::make_unique<WholeLedger>(genesis_);
}

std::unique_ptr<Ledger> Whole::make_ledger(std::unique_ptr<CrashingDatabase> database) const {
  return std::make_unique<WholeLedger>(genesis_, std::move(database));
}

ledger::SignatureCheck Whole::signatures() const {
  return [this](std::span<const ledger::PreparedPointer> transactions) -> std::optional<std::size_t> {
    for (std::size_t i = 0; i < transactions.size(); ++i) {
      if (!is_signed(transactions[i]->transaction)) return i;
    }
    return std::nullopt;
  };
}

std::unique_ptr<node::Admission> Whole::make_admission(const Ledger& ledger) const {
  const WholeLedger& whole = whole_of(ledger);
  return std::make_unique<node::Admission>(node::Admission::Parts{.genesis = &genesis_,
                                                                  .store = &whole.store(),
                                                                  .blocks = &whole.blocks(),
                                                                  .contracts = contracts::registry(),
                                                                  .authorize = node::caller_of,
                                                                  .limits = {},
                                                                  .signatures = signatures()});
}

Status Whole::check_batch(const consensus::Batch& batch) const {
  const auto checked =
      ledger::check_batch(batch, genesis_.chain_id, genesis_.rules.transaction, signatures());
  return checked.ok() ? ok_status() : Status(checked.error());
}

bool Whole::is_signed(const ledger::Transaction& transaction) const {
  return keys_.checker().check(transaction.sender, ledger::signing_bytes(transaction), transaction.signature);
}

void Whole::sign(ledger::Transaction& transaction, std::size_t client) const {
  transaction.chain_id = genesis_.chain_id;
  transaction.sender = keys_.client(client).key;
  transaction.signature = keys_.client(client).signer->sign(ledger::signing_bytes(transaction));
}

}  // namespace jingchu::sim
