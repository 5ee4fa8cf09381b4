// Reading and verifying segments; ledger/archive_export.cpp writes them.
#include "ledger/archive.h"

#include <algorithm>
#include <charconv>
#include <cstdio>

#include "common/codec.h"
#include "ledger/archive_format.h"

namespace jingchu::ledger {
namespace {

constexpr std::string_view kPrefix = "epoch-";
constexpr std::string_view kSuffix = ".jca";
constexpr std::size_t kEpochDigits = 10;
// More than the list of offsets of any epoch that genesis allows.
constexpr DecodeLimits kTailLimits{.list_max = 16 << 20};

void tell(const ArchiveProgress& progress, std::uint64_t done, std::uint64_t of) {
  if (progress) progress(done, of);
}

Error with_file(Error error, const Segment& segment) {
  error.where = segment.path();
  error.remedy =
      "jingchu archive repair fetches this segment from other nodes, whom it need not trust, verifies it and "
      "puts it in its place; or export it again from a home that keeps its epoch";
  return error;
}

}  // namespace

std::string segment_name(Epoch epoch) {
  char digits[32];
  std::snprintf(digits, sizeof(digits), "%010llu", static_cast<unsigned long long>(epoch.value()));
  return std::string(kPrefix) + digits + std::string(kSuffix);
}

std::optional<Epoch> segment_epoch(const std::string& file_name) {
  if (!file_name.starts_with(kPrefix) || !file_name.ends_with(kSuffix)) return std::nullopt;
  if (file_name.size() < kPrefix.size() + kSuffix.size() + kEpochDigits) return std::nullopt;
  const char* begin = file_name.data() + kPrefix.size();
  const char* end = file_name.data() + file_name.size() - kSuffix.size();
  std::uint64_t number = 0;
  const auto [stop, code] = std::from_chars(begin, end, number);
  if (code != std::errc() || stop != end || segment_name(Epoch(number)) != file_name) return std::nullopt;
  return Epoch(number);
}

Error Segment::damaged(const std::string& what) const {
  return with_file(environment_error("segment-damaged", what), *this);
}

Result<std::unique_ptr<Segment>> Segment::open(const std::string& path, const Genesis& genesis) {
  ASSIGN_OR_RETURN(auto file, FileReader::open(path));
  return open(std::move(file), genesis);
}

Result<std::unique_ptr<Segment>> Segment::open(std::unique_ptr<FileReader> file, const Genesis& genesis) {
  std::unique_ptr<Segment> segment(new Segment(std::move(file)));
  RETURN_IF_ERROR(segment->read_head());
  RETURN_IF_ERROR(segment->read_tail());
  RETURN_IF_ERROR(segment->check_chain(genesis));
  RETURN_IF_ERROR(segment->check_place(genesis));
  RETURN_IF_ERROR(segment->check_offsets());
  return segment;
}

Status Segment::read_head() {
  if (bytes() < kHeadBytes + kTrailerBytes) return damaged("it is cut off");
  ASSIGN_OR_RETURN(const Bytes encoded, file_->read(0, kHeadBytes));
  const auto head = decode<SegmentHead>(encoded);
  CHECK(head.ok());  // nothing but numbers of a fixed size
  head_ = *head;
  if (head_.magic != kSegmentMagic) return damaged("it is no archive segment");
  if (head_.format != kSegmentFormat) return damaged("it has format " + std::to_string(head_.format));
  return ok_status();
}

// Whose head is damaged is not of another network.
Status Segment::check_chain(const Genesis& genesis) const {
  if (head_.chain_id == genesis.chain_id) return ok_status();
  RETURN_IF_ERROR(check_whole());
  return environment_error("wrong-chain", "it is of chain " + to_hex(head_.chain_id),
                           "give the genesis file of that network", path());
}

Status Segment::check_place(const Genesis& genesis) const {
  const auto epochs = genesis.epochs();
  const auto blocks = genesis.parameters.epoch_blocks;
  const bool fits = head_.epoch.value() < UINT64_MAX / blocks - 1 && head_.last == epochs.last(head_.epoch) &&
                    head_.first == head_.last - (blocks - 1);
  return fits ? ok_status()
              : Status(damaged("its head names an epoch and heights that do not belong together"));
}

Status Segment::read_tail() {
  ASSIGN_OR_RETURN(const Bytes trailer, file_->read(bytes() - kTrailerBytes, kTrailerBytes));
  const auto end = decode<SegmentTrailer>(trailer);
  CHECK(end.ok());
  whole_ = end->whole;
  tail_offset_ = end->tail_offset;
  const std::uint64_t behind = bytes() - kTrailerBytes;
  if (tail_offset_ < kHeadBytes || tail_offset_ > behind)
    return damaged("it is cut off, or its end is damaged");
  ASSIGN_OR_RETURN(const Bytes encoded, file_->read(tail_offset_, behind - tail_offset_));
  auto tail = decode<SegmentTail>(encoded, kTailLimits);
  if (!tail.ok()) return damaged("its tail cannot be read: " + tail.error().what);
  if (encode(*tail) != encoded) return damaged("its tail is not in the one encoding that it has");
  tail_ = std::move(*tail);
  return ok_status();
}

Status Segment::check_offsets() const {
  const auto& offsets = tail_.offsets;
  if (offsets.size() != head_.last - head_.first + 1) return damaged("its index is of other blocks");
  if (offsets.front() != kHeadBytes) return damaged("its index does not begin with the first block");
  for (std::size_t i = 0; i < offsets.size(); ++i) {
    const std::uint64_t end = i + 1 < offsets.size() ? offsets[i + 1] : tail_offset_;
    if (end < offsets[i] || end - offsets[i] < kHashBytes || end > tail_offset_) {
      return damaged("its index does not ascend at block " + to_string(head_.first + i));
    }
  }
  return ok_status();
}

Result<ArchivedBlock> Segment::block(Height height) const {
  CHECK(height >= head_.first && height <= head_.last);
  const std::size_t index = height - head_.first;
  const std::uint64_t begin = tail_.offsets[index];
  const std::uint64_t end = index + 1 < blocks() ? tail_.offsets[index + 1] : tail_offset_;
  const std::string name = "block " + to_string(height);
  ASSIGN_OR_RETURN(const Bytes bytes, file_->read(begin, end - begin));
  const ByteView record = ByteView(bytes).first(bytes.size() - kHashBytes);
  const Hash checksum = sha256(record);
  if (!std::equal(checksum.begin(), checksum.end(), bytes.end() - static_cast<std::ptrdiff_t>(kHashBytes))) {
    return damaged(name + ": its bytes do not have its checksum");
  }
  auto block = decode<ArchivedBlock>(record, kRecordLimits);
  if (!block.ok()) return damaged(name + ": it cannot be read: " + block.error().what);
  return block;
}

Status Segment::check_whole(const TakePiece& take) const {
  StreamingHash hash(HashFunction::kSha256);
  const std::uint64_t end = bytes() - kHashBytes;
  for (std::uint64_t at = 0; at < bytes(); at += kSegmentPieceBytes) {
    ASSIGN_OR_RETURN(const Bytes piece, file_->read(at, std::min(kSegmentPieceBytes, bytes() - at)));
    if (at < end) hash.update(ByteView(piece).first(std::min<std::uint64_t>(piece.size(), end - at)));
    if (take) RETURN_IF_ERROR(take(piece));
  }
  return hash.finish() == whole_ ? ok_status() : Status(damaged("the whole does not have its SHA-256"));
}

Status verify_segment(const Segment& segment, ChainVerifier& verifier, const ArchiveProgress& progress) {
  const auto& head = segment.head();
  if (head.first != verifier.position().header.height.next()) {
    return with_file(
        environment_error("segment-differs", "it begins with block " + to_string(head.first) +
                                                 " instead of block " +
                                                 to_string(verifier.position().header.height.next())),
        segment);
  }
  for (Height height = head.first; height <= head.last; height = height.next()) {
    ASSIGN_OR_RETURN(const auto block, segment.block(height));
    const Status status = verifier.block(block);
    if (!status.ok()) return with_file(status.error(), segment);
    tell(progress, height - head.first + 1, segment.blocks());
  }
  RETURN_IF_ERROR(segment.check_whole());
  const auto& tail = segment.tail();
  Status status = verifier.enter_epoch(tail.next_set);
  if (status.ok()) status = verifier.following(tail.following, tail.path, tail.finalization);
  return status.ok() ? status : Status(with_file(status.error(), segment));
}

Status read_segment(const Segment& segment, const ArchiveProgress& progress) {
  const auto& head = segment.head();
  for (Height height = head.first; height <= head.last; height = height.next()) {
    ASSIGN_OR_RETURN([[maybe_unused]] const auto block, segment.block(height));
    tell(progress, height - head.first + 1, segment.blocks());
  }
  return segment.check_whole();
}

Status compare_segment(const Segment& segment, const SegmentSource& source, const StopRequest& stop) {
  RETURN_IF_ERROR(segment.check_whole());
  for (Height height = segment.head().first; height <= segment.head().last; height = height.next()) {
    if (stop && stop()) return stopped();
    ASSIGN_OR_RETURN(const auto archived, segment.block(height));
    ASSIGN_OR_RETURN(const auto stored, read_archived(*source.store, height));
    if (encode(archived) == encode(stored)) continue;
    return with_file(
        environment_error("segment-differs", "block " + to_string(height) + " is not that of the database"),
        segment);
  }
  return ok_status();
}

}  // namespace jingchu::ledger
