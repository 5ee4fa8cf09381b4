// What whole nodes need beside what every simulated node has: a genesis file's content, clients and their
// keys.
#pragma once

#include <memory>

#include "ledger/genesis.h"
#include "node/admission.h"
#include "sim/crashing_database.h"
#include "sim/keys.h"
#include "sim/ledger.h"
#include "sim/plan.h"

namespace jingchu::sim {

class Whole {
 public:
  // `time_ms` is that of genesis. The keys outlive it.
  Whole(const Plan& plan, const KeyRing& keys, std::uint64_t time_ms);

  const ledger::Genesis& genesis() const { return genesis_; }
  ByteView genesis_file() const { return as_bytes(genesis_file_); }
  std::unique_ptr<Ledger> make_ledger() const;
  // On a database that is there already.
  std::unique_ptr<Ledger> make_ledger(std::unique_ptr<CrashingDatabase> database) const;
  std::unique_ptr<node::Admission> make_admission(const Ledger& ledger) const;
  // The transactions of a peer's batch.
  Status check_batch(const consensus::Batch& batch) const;
  bool is_signed(const ledger::Transaction& transaction) const;
  // Fills in chain, sender and signature.
  void sign(ledger::Transaction& transaction, std::size_t client) const;

 private:
  ledger::SignatureCheck signatures() const;

  const KeyRing& keys_;
  ledger::Genesis genesis_;
  std::string genesis_file_;
};

}  // namespace jingchu::sim
