#include "contracts/record_store.h"

#include "common/codec.h"
#include "contracts/context_reader.h"

namespace jingchu::contracts {
namespace {

constexpr std::string_view kLastNumberKey = "records";

std::string record_key(std::uint64_t number) {
  return "record/" + number_in_key(number);
}

struct StoredRecord {
  std::string text;
  Recorded recorded;

  template <class Archive>
  void serialize(Archive& archive) {
    archive(text, recorded);
  }
};

}  // namespace

std::string number_in_key(std::uint64_t number) {
  std::string big_endian(8, '\0');
  for (int i = 0; i < 8; ++i) big_endian[i] = static_cast<char>(number >> (56 - 8 * i));
  return big_endian;
}

Result<Record> append_record(Context& context, std::string_view text) {
  ASSIGN_OR_RETURN(const auto last, last_record(ContextReader(context)));
  Record record{last + 1, std::string(text), recorded_now(context)};
  RETURN_IF_ERROR(context.create(record_key(record.number), encode(record.text, record.recorded)));
  RETURN_IF_ERROR(put_number(context, kLastNumberKey, record.number));
  return record;
}

Result<std::optional<std::uint64_t>> find_number(const StateReader& state, std::string_view key) {
  ASSIGN_OR_RETURN(const auto stored, state.get(key));
  if (!stored) return std::optional<std::uint64_t>();
  ASSIGN_OR_RETURN(const auto number, decode<std::uint64_t>(*stored));
  return std::optional(number);
}

Status put_number(Context& context, std::string_view key, std::uint64_t number) {
  return context.put(key, encode(number));
}

Result<std::uint64_t> last_record(const StateReader& state) {
  ASSIGN_OR_RETURN(const auto last, find_number(state, kLastNumberKey));
  return last.value_or(0);
}

Result<Record> read_record(const StateReader& state, std::uint64_t number) {
  ASSIGN_OR_RETURN(const auto stored, state.get(record_key(number)));
  if (!stored) {
    return our_error("broken-index", "record " + std::to_string(number) + " is not in the state",
                     "restore the node from its peers");
  }
  ASSIGN_OR_RETURN(auto record, decode<StoredRecord>(*stored));
  return Record{number, std::move(record.text), std::move(record.recorded)};
}

}  // namespace jingchu::contracts
