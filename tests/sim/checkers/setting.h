// What every checker may know: the sizes, the genesis, who is honest, and where to report. The arithmetic is
// the checkers' own and does not come from the code under test.
#pragma once

#include <functional>
#include <string>

#include "consensus/header.h"
#include "consensus/parameters.h"
#include "consensus/validator_set.h"
#include "consensus/verify.h"

namespace jingchu::sim {

struct Setting {
  std::size_t nodes;       // of the run, validators or not
  std::size_t validators;  // of the epoch
  std::size_t faults;      // floor((n - 1) / 3)
  std::size_t quorum;      // n - faults
  Hash chain_id{};
  // Of the epoch.
  Epoch epoch;
  consensus::Header genesis;  // what it begins upon
  Hash genesis_hash{};
  Hash validators_hash{};
  Hash next_validators_hash{};
  Height last_height;
  consensus::ValidatorSet keys;
  const consensus::SignatureChecker* signatures;
  consensus::Parameters parameters;
  std::uint64_t honest;  // a bit for each
  bool clocks_jump;
  std::function<void(std::string kind, std::string text)> fail;
  std::function<void(std::string_view what, std::uint64_t by)> count;
  std::function<std::uint64_t(NodeIndex)> wall_ms;

  bool is_honest(NodeIndex index) const { return (honest >> index.value() & 1) != 0; }
};

inline std::string name(NodeIndex index) {
  return "n" + to_string(index);
}
inline std::string short_hash(const Hash& hash) {
  return to_hex(ByteView(hash).first(6));
}

}  // namespace jingchu::sim
