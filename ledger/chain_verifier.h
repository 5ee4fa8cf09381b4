// Verifies a chain block by block from what is trusted, the genesis file: links, finalizations by the sets of
// validators, batches, receipts and roots. Bounded memory: what a later block may still refer to.
#pragma once

#include <map>
#include <unordered_map>

#include "consensus/verify.h"
#include "ledger/archived_block.h"
#include "ledger/batch_check.h"
#include "ledger/genesis.h"

namespace jingchu::ledger {

// Where a verified chain stands.
struct ChainPosition {
  consensus::Header header;
  Hash hash{};
  Hash executed_root{};                // after this block
  consensus::ValidatorSet validators;  // of the epoch that the next block is of
  merkle::Accumulator history;

  // Where every chain of that network begins; `genesis_root` is the executed root of its genesis state.
  static ChainPosition genesis(const Genesis& genesis, const Hash& genesis_root);
};

// That a header is final by a set: its path and the certificate of the last header of it. "chain-differs".
Status check_final(const Genesis& genesis, const consensus::ValidatorSet& validators,
                   const consensus::Header& header, const std::vector<consensus::Header>& path,
                   const std::optional<consensus::Certificate>& finalization);

class ChainVerifier {
 public:
  ChainVerifier(const Genesis& genesis, ChainPosition start,
                const SignatureCheck& signatures = check_signatures);

  // The next block. Errors have the type "chain-differs", name the block, and say what differs; after one the
  // verifier is of no use any more.
  Status block(const ArchivedBlock& block);
  // The first block of the next epoch without its batches and receipts: final, and committing to the executed
  // root of the last one.
  Status following(const consensus::Header& header, const std::vector<consensus::Header>& path,
                   const std::optional<consensus::Certificate>& finalization) const;
  // Behind an epoch's last block: the set of the next epoch, if it is another.
  Status enter_epoch(const std::optional<consensus::ValidatorSet>& validators);

  const ChainPosition& position() const { return at_; }
  std::uint64_t records() const { return records_; }  // receipts verified so far

 private:
  // A transaction that was ordered and may still be executed, or was.
  struct Ordered {
    std::size_t calls = 0;
    bool executed = false;
  };

  Status check_link(const consensus::Header& header) const;
  Status check_executed(const consensus::Header& header) const;
  Status check_batches(const ArchivedBlock& block);
  Status check_batch_content(const consensus::BatchPointer& sealed, Height height);
  Status check_receipts(const ArchivedBlock& block);
  Status check_transaction(const std::vector<Receipt>& receipts, Height height);
  void advance(const ArchivedBlock& block, const Hash& hash);

  const Genesis& genesis_;
  SignatureCheck signatures_;
  ChainPosition at_;
  std::map<Height, Hash> executed_roots_;  // that later headers may name
  std::unordered_map<Hash, Ordered, HashOfHash> ordered_;
  std::multimap<Height, Hash> by_expiry_;
  bool begins_midway_ = false;  // what was ordered before the start is not known
  std::uint64_t records_ = 0;
};

}  // namespace jingchu::ledger
