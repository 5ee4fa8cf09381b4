#include "common/merkle.h"

#include <bit>

#include "common/check.h"

namespace jingchu::merkle {
namespace {

constexpr std::uint8_t kLeafPrefix = 0;
constexpr std::uint8_t kNodePrefix = 1;

// The largest power of two smaller than n; n > 1.
std::uint64_t split(std::uint64_t n) {
  return std::bit_floor(n - 1);
}

void collect_consistency(std::span<const Hash> leaves, std::uint64_t old_size, bool complete,
                         std::vector<Hash>& proof) {
  if (old_size == leaves.size()) {
    if (!complete) proof.push_back(root(leaves));
    return;
  }
  const std::uint64_t k = split(leaves.size());
  if (old_size <= k) {
    collect_consistency(leaves.first(k), old_size, complete, proof);
    proof.push_back(root(leaves.subspan(k)));
  } else {
    collect_consistency(leaves.subspan(k), old_size - k, false, proof);
    proof.push_back(root(leaves.first(k)));
  }
}

}  // namespace

Hash leaf_hash(ByteView leaf) {
  return sha256({ByteView(&kLeafPrefix, 1), leaf});
}

Hash node_hash(const Hash& left, const Hash& right) {
  return sha256_pair(kNodePrefix, left, right);
}

Hash root(std::span<const Hash> leaf_hashes) {
  if (leaf_hashes.empty()) return sha256({});
  // Level by level; the last one of an odd number goes up as it is, which makes the same tree.
  std::vector<Hash> level(leaf_hashes.begin(), leaf_hashes.end());
  std::vector<HashPair> pairs;
  while (level.size() > 1) {
    pairs.clear();
    for (std::size_t i = 0; 2 * i + 1 < level.size(); ++i) {
      pairs.push_back({&level[2 * i], &level[2 * i + 1], &level[i]});
    }
    sha256_pairs(kNodePrefix, pairs);
    if (level.size() % 2 == 1) level[level.size() / 2] = level.back();
    level.resize((level.size() + 1) / 2);
  }
  return level.front();
}

Bytes& Leaves::next() {
  Bytes& bytes = texts_.next();
  bytes.push_back(kLeafPrefix);
  return bytes;
}

void Leaves::add(ByteView leaf) {
  Bytes& bytes = next();
  bytes.insert(bytes.end(), leaf.begin(), leaf.end());
}

std::vector<Hash> inclusion_proof(std::span<const Hash> leaf_hashes, std::uint64_t index) {
  CHECK(index < leaf_hashes.size());
  std::vector<Hash> proof;
  while (leaf_hashes.size() > 1) {
    const std::uint64_t k = split(leaf_hashes.size());
    if (index < k) {
      proof.push_back(root(leaf_hashes.subspan(k)));
      leaf_hashes = leaf_hashes.first(k);
    } else {
      proof.push_back(root(leaf_hashes.first(k)));
      leaf_hashes = leaf_hashes.subspan(k);
      index -= k;
    }
  }
  return {proof.rbegin(), proof.rend()};
}

namespace {

using ReadNode = std::function<Result<Hash>(unsigned level, std::uint64_t index)>;

// The root of leaves [first, first + size), where `first` is a multiple of the largest power of 2 up to
// `size`.
Result<Hash> root_of_range(std::uint64_t first, std::uint64_t size, const ReadNode& read) {
  if (std::has_single_bit(size)) {
    const auto level = static_cast<unsigned>(std::countr_zero(size));
    return read(level, first >> level);
  }
  const std::uint64_t left = std::bit_floor(size);
  ASSIGN_OR_RETURN(const Hash left_root, root_of_range(first, left, read));
  ASSIGN_OR_RETURN(const Hash right_root, root_of_range(first + left, size - left, read));
  return node_hash(left_root, right_root);
}

}  // namespace

Result<std::vector<Hash>> inclusion_proof(std::uint64_t index, std::uint64_t tree_size,
                                          const ReadNode& read) {
  CHECK(index < tree_size);
  std::vector<Hash> from_the_root;
  std::uint64_t first = 0;
  std::uint64_t size = tree_size;
  while (size > 1) {
    // The largest power of 2 below the size (RFC 9162, 2.1.1).
    const std::uint64_t left = std::bit_ceil(size) / 2;
    const bool goes_left = index - first < left;
    auto sibling =
        goes_left ? root_of_range(first + left, size - left, read) : root_of_range(first, left, read);
    if (!sibling.ok()) return sibling.error();
    from_the_root.push_back(*sibling);
    first += goes_left ? 0 : left;
    size = goes_left ? left : size - left;
  }
  return std::vector<Hash>(from_the_root.rbegin(), from_the_root.rend());
}

bool verify_inclusion(const Hash& leaf, std::uint64_t index, std::uint64_t tree_size,
                      std::span<const Hash> proof, const Hash& root) {
  if (index >= tree_size) return false;
  std::uint64_t node = index;
  std::uint64_t last = tree_size - 1;
  Hash hash = leaf;
  for (const auto& sibling : proof) {
    if (last == 0) return false;
    if ((node & 1) != 0 || node == last) {
      hash = node_hash(sibling, hash);
      while ((node & 1) == 0 && node != 0) {
        node >>= 1;
        last >>= 1;
      }
    } else {
      hash = node_hash(hash, sibling);
    }
    node >>= 1;
    last >>= 1;
  }
  return last == 0 && hash == root;
}

std::vector<Hash> consistency_proof(std::span<const Hash> leaf_hashes, std::uint64_t old_size) {
  CHECK(old_size > 0 && old_size <= leaf_hashes.size());
  std::vector<Hash> proof;
  collect_consistency(leaf_hashes, old_size, true, proof);
  return proof;
}

bool verify_consistency(std::uint64_t old_size, std::uint64_t new_size, std::span<const Hash> proof,
                        const Hash& old_root, const Hash& new_root) {
  if (old_size == 0 || old_size > new_size) return false;
  if (old_size == new_size) return proof.empty() && old_root == new_root;
  if (proof.empty()) return false;
  std::uint64_t node = old_size - 1;
  std::uint64_t last = new_size - 1;
  while ((node & 1) != 0) {
    node >>= 1;
    last >>= 1;
  }
  // When the old tree is a perfect subtree of the new one, its root is not repeated in the proof.
  const bool perfect = std::has_single_bit(old_size);
  Hash from_old = perfect ? old_root : proof.front();
  Hash from_new = from_old;
  for (const auto& sibling : perfect ? proof : proof.subspan(1)) {
    if (last == 0) return false;
    if ((node & 1) != 0 || node == last) {
      from_old = node_hash(sibling, from_old);
      from_new = node_hash(sibling, from_new);
      while ((node & 1) == 0 && node != 0) {
        node >>= 1;
        last >>= 1;
      }
    } else {
      from_new = node_hash(from_new, sibling);
    }
    node >>= 1;
    last >>= 1;
  }
  return last == 0 && from_old == old_root && from_new == new_root;
}

void Accumulator::append(const Hash& leaf_hash, const Completes& completes) {
  Hash hash = leaf_hash;
  unsigned level = 0;
  if (completes) completes(level, size_, hash);
  for (std::uint64_t bits = size_; (bits & 1) != 0; bits >>= 1) {
    hash = node_hash(peaks_.back(), hash);
    peaks_.pop_back();
    ++level;
    if (completes) completes(level, size_ >> level, hash);
  }
  peaks_.push_back(hash);
  ++size_;
}

Hash Accumulator::root() const {
  if (peaks_.empty()) return sha256(ByteView());
  Hash hash = peaks_.back();
  for (std::size_t i = peaks_.size() - 1; i-- > 0;) hash = node_hash(peaks_[i], hash);
  return hash;
}

bool Accumulator::is_whole() const {
  return peaks_.size() == static_cast<std::size_t>(std::popcount(size_));
}

void Accumulator::visit_peaks(const Completes& visit) const {
  auto peak = peaks_.begin();
  for (unsigned level = 64; level-- > 0;) {
    if ((size_ >> level & 1) == 0) continue;
    const std::uint64_t index = level == 63 ? 0 : size_ >> (level + 1) << 1;
    visit(level, index, *peak++);
  }
}

}  // namespace jingchu::merkle
