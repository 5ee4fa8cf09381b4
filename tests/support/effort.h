// How much of a long test is worth its time: all of it in a release build; where a sanitizer makes every step
// ten times as slow, a part, which meets the same code.
#pragma once

#include <cstdint>

namespace jingchu::test {

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
inline constexpr bool kSanitized = true;
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
inline constexpr bool kSanitized = true;
#else
inline constexpr bool kSanitized = false;
#endif
#else
inline constexpr bool kSanitized = false;
#endif

// So many rounds, or a step of so much: one of `all`, the other under a sanitizer.
constexpr std::uint64_t effort(std::uint64_t all, std::uint64_t sanitized) {
  return kSanitized ? sanitized : all;
}

}  // namespace jingchu::test
