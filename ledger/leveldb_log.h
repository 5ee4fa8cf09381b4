// The record format that LevelDB's write-ahead and MANIFEST files share (leveldb doc/log_format.md), read
// without LevelDB: it takes some damage in the middle of a file for its end, and the end that a power loss
// may leave for damage. Pure.
#pragma once

#include <cstdint>
#include <vector>

#include "common/bytes.h"

namespace jingchu::ledger::leveldb_log {

inline constexpr std::size_t kHeaderBytes = 7;  // checksum 4, length 2, type 1
inline constexpr std::size_t kBlockBytes = 32 << 10;

// Types of the pieces of a record.
enum class Piece : std::uint8_t { kFull = 1, kFirst = 2, kMiddle = 3, kLast = 4 };

struct LaterPiece {
  Piece type{};
  Bytes content;
};

struct File {
  std::vector<Bytes> records;  // whole ones from the beginning, each cut to `kept_bytes`
  std::uint64_t valid_bytes = 0;
  std::uint64_t size = 0;
  std::vector<LaterPiece> later;  // valid pieces behind the first place that is not valid, cut as well

  // What follows the whole records is less than a record: a crash broke it off.
  bool torn() const { return valid_bytes < size; }
};

File read(ByteView file, std::size_t kept_bytes);

// CRC-32C, masked as LevelDB stores it, of these bytes and what of a type follows or precedes them.
std::uint32_t masked_checksum(ByteView bytes);

std::uint64_t little_endian(ByteView bytes);  // at most eight

// A piece with its header, as LevelDB writes it: for tests.
Bytes encode_piece(Piece type, ByteView content);

}  // namespace jingchu::ledger::leveldb_log
