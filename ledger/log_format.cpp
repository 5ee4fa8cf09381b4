#include "ledger/log_format.h"

#include <algorithm>
#include <optional>

#include "common/codec.h"
#include "consensus/mutant.h"

namespace jingchu::ledger::log_format {
namespace {

using consensus::mutant;
using consensus::Mutant;

constexpr std::array<std::uint8_t, 4> kMagic = {'J', 'L', 'G', '1'};
constexpr std::size_t kSaltOffset = 4;
constexpr std::size_t kHashedHeaderBytes = 4 + 16 + 8 + 8 + 4;
constexpr std::size_t kHeaderBytes = kHashedHeaderBytes + 32;

struct GroupHeader {
  std::array<std::uint8_t, 4> magic{};
  Salt salt{};
  std::uint64_t number = 0;
  std::uint64_t turn = 0;
  std::uint32_t payload_bytes = 0;
  Hash checksum{};

  template <class Archive>
  void serialize(Archive& archive) {
    archive(magic, salt, number, turn, payload_bytes, checksum);
  }
};

std::size_t padded(std::size_t bytes) {
  return (bytes + kBlockBytes - 1) / kBlockBytes * kBlockBytes;
}

struct ValidGroup {
  GroupHeader header;
  ByteView payload;
};

// The group at `offset`, if its checksum holds and it belongs to the segment of this salt.
std::optional<ValidGroup> group_at(ByteView bytes, std::size_t offset, const Salt& salt) {
  const ByteView rest = bytes.subspan(offset);
  if (rest.size() < kHeaderBytes) return std::nullopt;
  const auto header = decode<GroupHeader>(rest.first(kHeaderBytes));
  if (!header.ok() || header->magic != kMagic || header->salt != salt) return std::nullopt;
  const std::size_t end = kHeaderBytes + header->payload_bytes;
  if (padded(end) > rest.size()) return std::nullopt;
  const ByteView payload = rest.subspan(kHeaderBytes, header->payload_bytes);
  const ByteView padding = rest.subspan(end, padded(end) - end);
  if (std::any_of(padding.begin(), padding.end(), [](std::uint8_t byte) { return byte != 0; }))
    return std::nullopt;
  if (sha256({rest.first(kHashedHeaderBytes), payload}) != header->checksum) return std::nullopt;
  return ValidGroup{*header, payload};
}

Error damaged(std::size_t offset, const std::string& what) {
  return environment_error(
      "log-damaged", what + " at byte " + std::to_string(offset),
      "do not start this validator with this log: it may have forgotten its own votes. Restore the "
      "disk, or join again with a new key");
}

}  // namespace

Bytes encode_group(const Salt& salt, std::uint64_t number, std::uint64_t turn,
                   std::span<const Bytes> records) {
  std::size_t payload_bytes = 4;
  for (const auto& record : records) payload_bytes += 4 + record.size();
  CHECK(payload_bytes <= kGroupBytesMax);
  Bytes group;
  group.reserve(padded(kHeaderBytes + payload_bytes));
  CanonicalOutput archive(group);
  archive(GroupHeader{kMagic, salt, number, turn, static_cast<std::uint32_t>(payload_bytes), kZeroHash});
  archive.write_count(records.size());
  for (const auto& record : records) archive(record);
  const ByteView whole(group);
  const Hash checksum = sha256({whole.first(kHashedHeaderBytes), whole.subspan(kHeaderBytes)});
  std::copy(checksum.begin(), checksum.end(), group.begin() + kHashedHeaderBytes);
  group.resize(padded(group.size()));
  return group;
}

Result<Segment> scan_segment(ByteView bytes) {
  Segment segment;
  segment.size = bytes.size();
  if (bytes.size() >= kHeaderBytes) {
    std::copy_n(bytes.begin() + kSaltOffset, segment.salt.size(), segment.salt.begin());
  }
  std::size_t offset = 0;
  while (offset < bytes.size()) {
    const auto group = group_at(bytes, offset, segment.salt);
    if (!group) break;
    if (!segment.groups.empty() && group->header.number != segment.groups.back().number + 1) {
      return damaged(offset, "a group of the log is missing before the one");
    }
    auto records = decode<std::vector<Bytes>>(group->payload);
    if (!records.ok()) return damaged(offset, "a group of the log cannot be read");
    segment.groups.push_back({group->header.number, group->header.turn, std::move(records).value()});
    offset = padded(offset + kHeaderBytes + group->payload.size());
  }
  segment.valid_bytes = offset;
  for (std::size_t later = offset + kBlockBytes; later < bytes.size(); later += kBlockBytes) {
    if (group_at(bytes, later, segment.salt) && !mutant(Mutant::kDamageAccepted)) {
      return damaged(offset, "a group of the log is damaged although a later one is whole, the damage is");
    }
  }
  return segment;
}

}  // namespace jingchu::ledger::log_format
