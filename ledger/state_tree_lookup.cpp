// What the state tree says of one entity.
#include <algorithm>

#include "ledger/state_tree.h"

namespace jingchu::ledger {
namespace {

// Paths are hashes, so where among the leaves of a page at this depth one would stand can be guessed; to
// halve again and again would wait for memory more often.
bool has_leaf(const std::vector<EntityLeaf>& leaves, std::size_t depth, const Hash& path) {
  constexpr std::size_t kNibbles = 4;
  std::size_t share = 0;  // of what the depth leaves open, in 2^16ths
  for (std::size_t i = depth; i < std::min(depth + kNibbles, kTreeDepthMax); ++i)
    share = share << 4 | path_nibble(path, i);
  std::size_t at = leaves.size() * share >> 4 * kNibbles;
  while (at < leaves.size() && leaves[at].path < path) ++at;
  while (at > 0 && !(leaves[at - 1].path < path)) --at;
  return at < leaves.size() && leaves[at].path == path;
}

}  // namespace

Result<bool> StateTree::is_absent(const Hash& path) {
  const Subtree* at = &roots_.rbegin()->second;
  for (std::size_t depth = 0; at->kind != SubtreeKind::kEmpty; ++depth) {
    ASSIGN_OR_RETURN(const TreeNode* node, look_at(*at, depth, path));
    if (node == nullptr) return false;
    if (!node->is_inner()) return !has_leaf(node->leaves, depth, path);
    at = &node->children[path_nibble(path, depth)];
  }
  return true;
}

namespace {

// A proof on its way down.
class Descent {
 public:
  explicit Descent(const Hash& path) : path_(path), way_(path) {}

  // Through the node at this depth. Answers the child in which the proof goes on, or nothing: it has ended.
  std::optional<std::uint8_t> pass(const TreeNode& node) {
    if (!node.is_inner()) {
      prove_page(node, depth_, path_, proof_);
      return std::nullopt;
    }
    const auto step = prove_inner(node, depth_, path_, proof_);
    if (!step.goes_on) return std::nullopt;
    const int shift = depth_ % 2 == 0 ? 4 : 0;
    auto& byte = way_[depth_ / 2];
    byte = static_cast<std::uint8_t>((byte & ~(15 << shift)) | step.child << shift);
    ++depth_;
    return step.child;
  }
  std::size_t depth() const { return depth_; }
  // Begins like the path, or like that of the only entity of a subtree.
  const Hash& way() const { return way_; }
  PathProof take_proof() { return std::move(proof_); }

 private:
  const Hash path_;
  Hash way_;
  std::size_t depth_ = 0;
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
    const TreeNode& node = at.kept->node;
    const auto child = descent.pass(node);
    if (!child) return std::optional(descent.take_proof());
    at = node.children[*child];
  }
  lock.unlock();
  while (at.kind != SubtreeKind::kEmpty) {
    ASSIGN_OR_RETURN(const auto node, read(at, descent.depth(), descent.way()));
    if (!node) {
      const bool is_forgotten = [&] {
        const std::lock_guard again(mutex_);
        return roots_.count(height) == 0;
      }();
      if (is_forgotten) return std::optional<PathProof>();
      return corrupted("a node is missing");
    }
    const auto child = descent.pass(*node);
    if (!child) break;
    at = node->children[*child];
  }
  return std::optional(descent.take_proof());
}

}  // namespace jingchu::ledger
