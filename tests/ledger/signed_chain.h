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
  explicit SignedChain(Genesis start = genesis_of_short_epochs(), Modules modules = {});

  // One inner list is one batch; batch i goes to lane i.
  void run(std::vector<std::vector<PreparedPointer>> batches);
  // A block without batches that is final by its child only: the next block is that child.
  void run_with_child();
  // So many blocks with a transaction each.
  void run_some(std::uint64_t blocks);

  SegmentSource source() const;
  ChainVerifier verifier() const;
  const Genesis& genesis() const { return chain_.genesis; }
  MemoryDatabase& store() { return chain_.store; }
  Height height() const { return chain_.executor->height(); }
  const StateTree& tree() const { return chain_.executor->tree(); }
  const Modules& modules() const { return chain_.modules; }

 private:
  consensus::ValidatorSet set_of(Epoch epoch) const;
  consensus::Header header_after(const consensus::Header& parent) const;
  consensus::BatchPointer batch(std::uint16_t lane, const consensus::CutEntry& after, Epoch epoch,
                                const std::vector<PreparedPointer>& transactions) const;
  consensus::Certificate certify(const consensus::Header& header) const;
  void execute(consensus::FinalizedBlock block);

  Chain chain_;
  consensus::Header parent_;
  std::optional<consensus::Header> child_;  // of run_with_child()
};

}  // namespace jingchu::ledger::test
