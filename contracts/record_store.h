// The records of a module: each kept once, the exact bytes that were sent and where they stand, under the
// number of its arrival. What leads to a record (a history, an id) keeps that number only. Keys of arrival
// ascend, so a store that keeps its keys in order writes records one behind the other and seldom again;
// keys that are hashes lie anywhere, and all that stands under them is written again with what lies around.
//
// Keys: record/<number as in keys>, beginning at 1; records -> the last number.
#pragma once

#include "contracts/context.h"
#include "contracts/recorded.h"

namespace jingchu::contracts {

struct Record {
  std::uint64_t number = 0;
  std::string text;
  Recorded recorded;

  Hash hash() const { return sha256(as_bytes(text)); }
};

// The record that the call under way brings: one read, two writes.
Result<Record> append_record(Context& context, std::string_view text);

// Error of fault kOurs, type "broken-index", if there is none of that number.
Result<Record> read_record(const StateReader& state, std::uint64_t number);

// The number of the last record; 0 if there is none.
Result<std::uint64_t> last_record(const StateReader& state);

// What leads to a record: its number, under a key of the module's own.
Result<std::optional<std::uint64_t>> find_number(const StateReader& state, std::string_view key);
Status put_number(Context& context, std::string_view key, std::uint64_t number);

// A number as it stands in keys: 8 bytes, big-endian, so that keys ascend with numbers.
std::string number_in_key(std::uint64_t number);

}  // namespace jingchu::contracts
