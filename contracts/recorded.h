// Where a record stands on the chain and who put it there: kept beside every record, written into every
// answer.
#pragma once

#include "contracts/context.h"
#include "contracts/json_writer.h"

namespace jingchu::contracts {

struct Recorded {
  Height height;
  std::uint64_t block_time_ms = 0;
  Hash transaction_id{};
  std::uint32_t call_index = 0;
  std::string organization;

  friend bool operator==(const Recorded&, const Recorded&) = default;
  template <class Archive>
  void serialize(Archive& archive) {
    archive(height, block_time_ms, transaction_id, call_index, organization);
  }
};

Recorded recorded_now(const Context& context);

// {"height":7,"blockTime":"2026-05-01T00:30:00.000Z","transaction":"<hex>","call":0,"organization":"..."}
void write_recorded(JsonWriter& writer, const Recorded& recorded);

}  // namespace jingchu::contracts
