#include "ledger/leveldb_log.h"

#include <algorithm>
#include <boost/crc.hpp>
#include <optional>

namespace jingchu::ledger::leveldb_log {

std::uint32_t masked_checksum(ByteView bytes) {
  boost::crc_optimal<32, 0x1EDC6F41, 0xFFFFFFFF, 0xFFFFFFFF, true, true> crc;
  crc.process_bytes(bytes.data(), bytes.size());
  const std::uint32_t value = crc.checksum();
  return ((value >> 15) | (value << 17)) + 0xa282ead8u;
}

namespace {

struct FoundPiece {
  Piece type{};
  ByteView content;
};

// The piece that begins here, if it is valid. No piece reaches beyond its block.
std::optional<FoundPiece> piece_at(ByteView file, std::size_t offset) {
  const std::size_t block_end = std::min(file.size(), (offset / kBlockBytes + 1) * kBlockBytes);
  const ByteView rest = file.subspan(offset, block_end - offset);
  if (rest.size() < kHeaderBytes) return std::nullopt;
  const std::size_t length = little_endian(rest.subspan(4, 2));
  if (rest[6] < 1 || rest[6] > 4 || kHeaderBytes + length > rest.size()) return std::nullopt;
  if (masked_checksum(rest.subspan(6, 1 + length)) != little_endian(rest.first(4))) return std::nullopt;
  return FoundPiece{static_cast<Piece>(rest[6]), rest.subspan(kHeaderBytes, length)};
}

// Fewer bytes than a header at the end of a block are left unused.
std::size_t next_header(std::size_t offset) {
  const std::size_t left = kBlockBytes - offset % kBlockBytes;
  return left < kHeaderBytes ? offset + left : offset;
}

void append_kept(Bytes& record, ByteView content, std::size_t kept_bytes) {
  const auto kept = content.first(std::min(content.size(), kept_bytes - record.size()));
  record.insert(record.end(), kept.begin(), kept.end());
}

// Behind a place that is not valid lengths say nothing, so a piece may begin at any byte.
std::vector<LaterPiece> search(ByteView file, std::size_t offset, std::size_t kept_bytes) {
  std::vector<LaterPiece> found;
  while (offset + kHeaderBytes <= file.size()) {
    const auto piece = piece_at(file, offset);
    if (!piece) {
      ++offset;
      continue;
    }
    append_kept(found.emplace_back(LaterPiece{piece->type, {}}).content, piece->content, kept_bytes);
    offset = next_header(offset + kHeaderBytes + piece->content.size());
  }
  return found;
}

}  // namespace

std::uint64_t little_endian(ByteView bytes) {
  std::uint64_t value = 0;
  for (std::size_t i = bytes.size(); i > 0; --i) value = value << 8 | bytes[i - 1];
  return value;
}

File read(ByteView bytes, std::size_t kept_bytes) {
  File file;
  file.size = bytes.size();
  Bytes record;
  bool begun = false;
  std::size_t offset = 0;
  for (;;) {
    const auto piece = offset < bytes.size() ? piece_at(bytes, offset) : std::nullopt;
    if (!piece) break;
    const bool begins = piece->type == Piece::kFull || piece->type == Piece::kFirst;
    if (begins == begun) break;
    append_kept(record, piece->content, kept_bytes);
    begun = piece->type == Piece::kFirst || piece->type == Piece::kMiddle;
    offset = next_header(offset + kHeaderBytes + piece->content.size());
    if (begun) continue;
    file.records.push_back(std::exchange(record, {}));
    file.valid_bytes = std::min(offset, bytes.size());
  }
  if (offset < bytes.size()) file.later = search(bytes, offset, kept_bytes);
  return file;
}

Bytes encode_piece(Piece type, ByteView content) {
  Bytes piece(kHeaderBytes);
  piece[6] = static_cast<std::uint8_t>(type);
  piece.insert(piece.end(), content.begin(), content.end());
  const std::uint32_t crc = masked_checksum(ByteView(piece).subspan(6));
  for (int i = 0; i < 4; ++i) piece[static_cast<std::size_t>(i)] = static_cast<std::uint8_t>(crc >> 8 * i);
  piece[4] = static_cast<std::uint8_t>(content.size());
  piece[5] = static_cast<std::uint8_t>(content.size() >> 8);
  return piece;
}

}  // namespace jingchu::ledger::leveldb_log
