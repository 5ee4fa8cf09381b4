// What commits to the whole state in any order: LtHash with 1,024 words of 16 bits (docs/formats.md, "State
// checksum"; Lewi, Kim, Maykov and Weis, "Securing Update Propagation with Homomorphic Hashing", 2019). To
// change an entry costs the same however many there are. Pure.
#pragma once

#include <string_view>

#include "common/bytes.h"
#include "common/hash.h"
#include "ledger/checksum_words.h"

namespace jingchu::ledger {

class StateChecksum {
 public:
  // Entries of the state by their full keys. Removing what was never added gives a checksum of no state.
  void add(std::string_view key, ByteView value);
  void remove(std::string_view key, ByteView value);
  // Many at once, which is faster.
  struct Change {
    std::string_view key;
    ByteView value;
    bool is_added = false;  // else removed
  };
  void apply(std::span<const Change> changes);
  // That of the states of both together, which have no key in common.
  void join(const StateChecksum& other);

  Hash digest() const;

  friend bool operator==(const StateChecksum&, const StateChecksum&) = default;
  template <class Archive>
  void serialize(Archive& archive) {
    archive(words_);
  }

 private:
  ChecksumWords words_{};
};

}  // namespace jingchu::ledger
