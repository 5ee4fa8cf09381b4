// Payloads of a load: evidence deposits, each of other content, filled up to a size.
#pragma once

#include <array>
#include <cstdint>
#include <string>

namespace jingchu::cli {

// Bytes of a payload: the record that etcd's own benchmark puts is the least, the longest note that the
// contract takes makes the most.
inline constexpr std::size_t kBenchPayloadBytesMin = 256;
inline constexpr std::size_t kBenchPayloadBytesMax = 2280;

using RunNonce = std::array<std::uint8_t, 16>;

// Exactly `size` bytes, within the bounds above; equal inputs give equal bytes, other numbers other hashes.
std::string bench_payload(const RunNonce& run, std::uint64_t number, std::size_t size);

}  // namespace jingchu::cli
