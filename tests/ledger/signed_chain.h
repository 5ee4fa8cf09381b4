// A chain of short epochs that is signed as a real one is, executed into a store in memory.
#pragma once

#include "ledger/archive.h"
#include "tests/ledger/fixture.h"

namespace jingchu::ledger::test {

inline constexpr std::uint64_t kEpochBlocks = 3;

// small_genesis() with epochs of kEpochBlocks.
Genesis genesis_of_short_epochs();

class SignedChain {
 public:
  explicit SignedChain(Genesis start = genesis_of_short_epochs());

  // One inner list is one batch; batch i goes to lane i.
  void run(std::vector<std::vector<PreparedPointer>> batches);
  // So many blocks with a transaction each.
  void run_some(std::uint64_t blocks);

  SegmentSource source() const;
  ChainVerifier verifier() const;
  const Genesis& genesis() const { return chain_.genesis; }
  MemoryDatabase& store() { return chain_.store; }
  Height height() const { return chain_.executor->height(); }

 private:
  consensus::BatchPointer batch(std::uint16_t lane, const consensus::CutEntry& after, Epoch epoch,
                                const std::vector<PreparedPointer>& transactions) const;
  void finalize(consensus::FinalizedBlock& block) const;

  Chain chain_;
  consensus::Header parent_;
  Hash parent_hash_{};
};

}  // namespace jingchu::ledger::test
