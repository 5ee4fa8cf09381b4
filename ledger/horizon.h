// How far back a store reaches: one value, written in the same atomic write as what it says.
#pragma once

#include "common/ids.h"
#include "common/merkle.h"
#include "ledger/database.h"

namespace jingchu::ledger {

// Of the blocks up to `target`, which is an epoch's last, nothing is answered any more; up to `done` they are
// gone.
struct Horizon {
  std::uint16_t format = 1;
  Height target;
  Height done;
  merkle::Accumulator history;  // of the blocks up to `done`

  template <class Archive>
  void serialize(Archive& archive) {
    archive(format, target, done, history);
  }
};

inline constexpr std::string_view kHorizonKey = "p";

// Zeros where nothing was ever pruned.
Result<Horizon> read_horizon(const KeyValueStore& store);

}  // namespace jingchu::ledger
