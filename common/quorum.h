// Quorum arithmetic: n validators, of whom f = floor((n-1)/3) may be Byzantine; a quorum is q = n - f, NEVER
// 2f+1 (docs/protocol.md, "Numbers": at n = 6 a quorum of 2f+1 = 3 lets two halves finalize different
// blocks).
#pragma once

#include <cstddef>

namespace jingchu {

constexpr std::size_t faults_max(std::size_t validators) {
  return validators == 0 ? 0 : (validators - 1) / 3;
}
constexpr std::size_t quorum(std::size_t validators) {
  return validators - faults_max(validators);
}
// At least one of so many is honest.
constexpr std::size_t one_honest(std::size_t validators) {
  return faults_max(validators) + 1;
}

}  // namespace jingchu
