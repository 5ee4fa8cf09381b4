// The words of entries, which the state checksum adds up (docs/formats.md, "State checksum"): 2,048 bytes of
// ChaCha20 each. With AVX-512 sixteen blocks of a keystream are made at once, one in each lane, and stay
// there until all are summed; else libsodium makes them. The same sum everywhere. Pure.
#pragma once

#include <array>
#include <span>

#include "common/hash.h"

namespace jingchu::ledger {

using ChecksumWords = std::array<std::uint8_t, 2'048>;  // words of 16 bits, little-endian

struct SeedChange {
  Hash seed{};
  bool is_added = false;  // else removed
};

// Adds the words of these seeds to `sum`, or subtracts them, each word modulo 2^16.
void sum_words(std::span<const SeedChange> changes, ChecksumWords& sum);
// a + b, word by word.
void add_words(ChecksumWords& a, const ChecksumWords& b);

namespace checksum_detail {

// The two ways, for tests.
bool has_lanes();
void sum_in_lanes(std::span<const SeedChange> changes, ChecksumWords& sum);
void sum_by_library(std::span<const SeedChange> changes, ChecksumWords& sum);

}  // namespace checksum_detail
}  // namespace jingchu::ledger
