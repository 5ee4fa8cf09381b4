// Epochs: stretches of a fixed number of blocks with one validator set each. Every epoch is an instance of
// the protocol of its own, whose genesis is the last block of the epoch before (docs/protocol.md, "Epochs").
#pragma once

#include "common/check.h"
#include "consensus/header.h"

namespace jingchu::consensus {

// Which heights belong to which epoch. Genesis, height 0, belongs to none: it is what epoch 0 begins upon.
class EpochSchedule {
 public:
  explicit EpochSchedule(std::uint64_t blocks) : blocks_(blocks) { CHECK(blocks != 0); }

  Height last(Epoch epoch) const { return Height((epoch.value() + 1) * blocks_); }
  // Of a height above 0.
  Epoch of(Height height) const { return Epoch((height.value() - 1) / blocks_); }
  // The epoch to work in when `executed` is the last executed block: where it is an epoch's last, the next.
  Epoch after(Height executed) const { return Epoch(executed.value() / blocks_); }
  bool is_last(Height height) const { return height.value() != 0 && height.value() % blocks_ == 0; }

 private:
  std::uint64_t blocks_;
};

// What an epoch begins upon, as its own blocks see it: final, executed, in view 0, with lanes that begin
// anew. `last` is the last block of the epoch before, `executed_root` the root after its execution.
inline Header base_of(Epoch epoch, const Header& last, const Hash& executed_root, std::size_t validators) {
  Header base = last;
  base.epoch = epoch;
  base.view = View();
  base.cut = Cut(validators);
  base.executed_height = last.height;
  base.executed_root = executed_root;
  return base;
}

}  // namespace jingchu::consensus
