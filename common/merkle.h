// Merkle trees of RFC 9162, section 2.1: leaf hash H(0x00 || leaf), node hash H(0x01 || left || right).
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <vector>

#include "common/hash_lanes.h"
#include "common/result.h"

namespace jingchu::merkle {

Hash leaf_hash(ByteView leaf);
Hash node_hash(const Hash& left, const Hash& right);

// Leaves that are gathered, to be hashed together.
class Leaves {
 public:
  // Begins a leaf, which is what is appended to the answer until the next one begins.
  Bytes& next();
  void add(ByteView leaf);
  std::vector<Hash> hashes() const { return texts_.hashes(); }

 private:
  HashTexts texts_;
};

// The root over leaf hashes; of none, H() (RFC 9162, 2.1.1).
Hash root(std::span<const Hash> leaf_hashes);

// The inclusion proof of leaf `index` (2.1.3.1). index < leaf_hashes.size().
std::vector<Hash> inclusion_proof(std::span<const Hash> leaf_hashes, std::uint64_t index);

// The same from stored nodes, with O(log tree_size) of them: `read` answers the root of a complete subtree,
// that of the leaves index * 2^level and the 2^level - 1 that follow. index < tree_size.
Result<std::vector<Hash>> inclusion_proof(
    std::uint64_t index, std::uint64_t tree_size,
    const std::function<Result<Hash>(unsigned level, std::uint64_t index)>& read);

// Checks an inclusion proof (2.1.3.2); `leaf` is a leaf hash.
bool verify_inclusion(const Hash& leaf, std::uint64_t index, std::uint64_t tree_size,
                      std::span<const Hash> proof, const Hash& root);

// The consistency proof from the first `old_size` leaves to all of them (2.1.4.1). 0 < old_size <= size.
std::vector<Hash> consistency_proof(std::span<const Hash> leaf_hashes, std::uint64_t old_size);

// Checks a consistency proof (2.1.4.2).
bool verify_consistency(std::uint64_t old_size, std::uint64_t new_size, std::span<const Hash> proof,
                        const Hash& old_root, const Hash& new_root);

// A tree that only grows: keeps the roots of its perfect subtrees (the peaks of a Merkle mountain range), so
// that a leaf costs O(1) hashes in the mean and the root O(log n). Its root equals root() over the same
// leaves.
class Accumulator {
 public:
  // `completes` is told each subtree that is complete with this leaf, the leaf itself as level 0 first.
  using Completes = std::function<void(unsigned level, std::uint64_t index, const Hash& root)>;
  void append(const Hash& leaf_hash, const Completes& completes = {});
  Hash root() const;
  std::uint64_t size() const { return size_; }

  // Of what was decoded: it has the number of peaks that its size makes. append() needs it.
  bool is_whole() const;
  // The complete subtrees that it keeps, as `completes` was told them, the largest first.
  void visit_peaks(const Completes& visit) const;

  template <class Archive>
  void serialize(Archive& archive) {
    archive(size_, peaks_);
  }

 private:
  std::uint64_t size_ = 0;
  std::vector<Hash> peaks_;  // of decreasing size, one for each bit set in size_
};

}  // namespace jingchu::merkle
