#include "contracts/recorded.h"

#include "contracts/civil_time.h"

namespace jingchu::contracts {

Recorded recorded_now(const Context& context) {
  const auto& place = context.place();
  return {place.height, place.block_time_ms, place.transaction_id, place.call_index,
          context.caller().organization};
}

void write_recorded(JsonWriter& writer, const Recorded& recorded) {
  writer.begin_object()
      .member("height", recorded.height.value())
      .member("blockTime", timestamp_of_ms(recorded.block_time_ms))
      .member("transaction", to_hex(recorded.transaction_id))
      .member("call", std::uint64_t{recorded.call_index})
      .member("organization", recorded.organization)
      .end_object();
}

}  // namespace jingchu::contracts
