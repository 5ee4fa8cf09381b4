// What the state tree says of one entity.
#include <algorithm>

#include "ledger/state_tree.h"

namespace jingchu::ledger {
namespace {

// Paths are hashes, so where among the leaves of a page of this depth one would stand can be guessed; to
// halve again and again would wait for memory more often.
bool has_leaf(const std::vector<EntityLeaf>& leaves, std::size_t bits, const Hash& path) {
  constexpr std::size_t kGuessBits = 16;
  std::size_t share = 0;  // of what the depth leaves open, in 2^16ths
  for (std::size_t bit = bits; bit < std::min(bits + kGuessBits, 8 * path.size()); ++bit)
    share = share << 1 | (path_bit(path, bit) ? 1 : 0);
  std::size_t at = leaves.size() * share >> kGuessBits;
  while (at < leaves.size() && leaves[at].path < path) ++at;
  while (at > 0 && !(leaves[at - 1].path < path)) --at;
  return at < leaves.size() && leaves[at].path == path;
}

}  // namespace

Result<bool> StateTree::is_absent(const Hash& path) {
  const Subtree* at = &roots_.rbegin()->second;
  std::size_t bits = 0;
  for (std::size_t depth = 0; at->kind != SubtreeKind::kEmpty; ++depth) {
    ASSIGN_OR_RETURN(const TreeNode* node, look_at(*at, bits, path));
    if (node == nullptr) return false;
    if (!node->is_inner()) return !has_leaf(node->leaves, bits, path);
    const HeapPlace place = child_place(*node, path_nibble(path, depth));
    if (place == 0) return true;
    at = &child_at(*node, place);
    bits = 4 * depth + level_of(place);
  }
  return true;
}

// Of the newest tree. Null: there is no room for more.
Result<const TreeNode*> StateTree::look_at(const Subtree& subtree, std::size_t bits, const Hash& any_path) {
  constexpr std::size_t kAheadMax = 4096;  // nodes of some 2 kB
  if (subtree.kept != nullptr) return &subtree.kept->node;
  auto key = node_key(bits, any_path);
  const auto found = ahead_.find(key);
  if (found != ahead_.end()) return &found->second;
  if (ahead_.size() >= kAheadMax) return nullptr;
  ASSIGN_OR_RETURN(auto node, read(subtree, bits, any_path));
  if (!node) return corrupted(kMissing);
  return &ahead_.emplace(std::move(key), std::move(*node)).first->second;
}

Result<std::optional<TreeNode>> StateTree::read(const Subtree& subtree, std::size_t bits,
                                                const Hash& any_path) const {
  ASSIGN_OR_RETURN(const auto stored, store_.get(node_key(bits, any_path)));
  if (stored) {
    auto decoded = decode_node(*stored, bits);
    if (!decoded.ok()) return store_.report(decoded.error());
    // Else a damaged node would be proven from, or lead to another root than everybody's.
    if (subtree_of(*decoded) == subtree) return std::optional(std::move(*decoded));
  }
  // A step has written over it, so it was replaced before; or it is gone with the last height that led to it.
  const std::lock_guard lock(mutex_);
  const auto found = fetched_.find(subtree.hash);
  return found == fetched_.end() ? std::optional<TreeNode>() : found->second->node;
}

Hash StateTree::root() const {
  const std::lock_guard lock(mutex_);
  return roots_.rbegin()->second.hash;
}

Height StateTree::height() const {
  const std::lock_guard lock(mutex_);
  return roots_.rbegin()->first;
}

namespace {

// A proof on its way down.
class Descent {
 public:
  explicit Descent(const Hash& path) : path_(path), way_(path) {}

  // Through a node. Answers the subtree in which the proof goes on, or nothing: it has ended.
  std::optional<Subtree> pass(const TreeNode& node) {
    if (!node.is_inner()) {
      prove_page(node, bits_, path_, proof_);
      return std::nullopt;
    }
    const HeapPlace place = prove_inner(node, bits_ / 4, path_, proof_);
    if (place == 0) return std::nullopt;
    for (std::size_t level = level_of(place); level > 0; ++bits_) {
      const auto bit = static_cast<std::uint8_t>(0x80 >> bits_ % 8);
      const bool is_one = (place >> --level & 1) != 0;
      way_[bits_ / 8] = static_cast<std::uint8_t>(is_one ? way_[bits_ / 8] | bit : way_[bits_ / 8] & ~bit);
    }
    return child_at(node, place);
  }
  std::size_t bits() const { return bits_; }
  // Begins like the path, or like that of the only entity of a subtree.
  const Hash& way() const { return way_; }
  PathProof take_proof() { return std::move(proof_); }

 private:
  const Hash path_;
  Hash way_;
  std::size_t bits_ = 0;
  PathProof proof_;
};

}  // namespace

Result<std::optional<PathProof>> StateTree::prove(Height height, const Hash& path) const {
  std::unique_lock lock(mutex_);
  const auto root = roots_.find(height);
  if (root == roots_.end()) return std::optional<PathProof>();
  Descent descent(path);
  Subtree at = root->second;
  // Where a node is only in the store, so is all that is below it.
  while (at.kept != nullptr) {
    const auto next = descent.pass(at.kept->node);
    if (!next) return std::optional(descent.take_proof());
    at = *next;
  }
  lock.unlock();
  while (at.kind != SubtreeKind::kEmpty) {
    ASSIGN_OR_RETURN(const auto node, read(at, descent.bits(), descent.way()));
    if (!node) {
      const bool is_forgotten = [&] {
        const std::lock_guard again(mutex_);
        return roots_.count(height) == 0;
      }();
      if (is_forgotten) return std::optional<PathProof>();
      return corrupted(kMissing);
    }
    const auto next = descent.pass(*node);
    if (!next) break;
    at = *next;
  }
  return std::optional(descent.take_proof());
}

}  // namespace jingchu::ledger
