#include "ledger/misbehaviour_store.h"

#include "common/codec.h"

namespace jingchu::ledger {
namespace {

constexpr std::string_view kPrefix = "e";

std::string hexadecimal(std::uint64_t value, int digits) {
  std::string text;
  for (int shift = 4 * (digits - 1); shift >= 0; shift -= 4) text += "0123456789abcdef"[value >> shift & 15];
  return text;
}

std::string epoch_place(Epoch epoch) {
  return hexadecimal(epoch.value(), 16);
}

}  // namespace

std::string MisbehaviourStore::place_of(const consensus::Evidence& evidence) {
  return epoch_place(evidence.epoch) + hexadecimal(evidence.culprit.value(), 4) +
         hexadecimal(static_cast<std::uint64_t>(evidence.kind), 2) + hexadecimal(evidence.number, 16);
}

Status MisbehaviourStore::put(const RecordedEvidence& recorded) {
  WriteBatch batch;
  batch.put(std::string(kPrefix) + place_of(recorded.evidence), encode(recorded));
  return store_.write(batch, Durability::kSynced);
}

Status MisbehaviourStore::erase_before(Epoch epoch) {
  const std::string end = std::string(kPrefix) + epoch_place(epoch);
  WriteBatch batch;
  RETURN_IF_ERROR(store_.scan(kPrefix, kPrefix, [&](std::string_view key, ByteView) {
    if (key >= end) return false;
    batch.erase(std::string(key));
    return true;
  }));
  return batch.writes().empty() ? ok_status() : store_.write(batch, Durability::kLater);
}

Status MisbehaviourStore::visit(std::string_view place,
                                const std::function<bool(RecordedEvidence)>& visit) const {
  const std::string last = std::string(kPrefix).append(place);
  Status read = ok_status();
  RETURN_IF_ERROR(store_.scan(kPrefix, last, [&](std::string_view key, ByteView value) {
    if (!place.empty() && key == last) return true;
    auto recorded = decode<RecordedEvidence>(value);
    if (recorded.ok()) return visit(std::move(*recorded));
    read = store_.report(environment_error(
        "storage-corrupted", "stored evidence cannot be read: " + recorded.error().what, "check the disk"));
    return false;
  }));
  return read;
}

}  // namespace jingchu::ledger
