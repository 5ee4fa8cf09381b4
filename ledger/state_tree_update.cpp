// How the state tree takes the changes of a block: what stands on the ways to them is made again.
#include <algorithm>

#include "ledger/state_tree.h"

namespace jingchu::ledger {
namespace {

std::vector<EntityLeaf> merged(const std::vector<EntityLeaf>& old, std::span<const EntityLeaf> changes) {
  std::vector<EntityLeaf> all;
  all.reserve(old.size() + changes.size());
  auto next = old.begin();
  for (const auto& change : changes) {
    while (next != old.end() && next->path < change.path) all.push_back(*next++);
    if (next != old.end() && next->path == change.path) ++next;
    all.push_back(change);
  }
  all.insert(all.end(), next, old.end());
  return all;
}

// How many of them, as they ascend by path, have this bit 0; they share all bits before it.
std::size_t left_half(std::span<const EntityLeaf> leaves, std::size_t bit) {
  const auto middle = std::partition_point(leaves.begin(), leaves.end(),
                                           [&](const EntityLeaf& leaf) { return !path_bit(leaf.path, bit); });
  return static_cast<std::size_t>(middle - leaves.begin());
}

}  // namespace

struct StateTree::InnerDraft {
  explicit InnerDraft(std::size_t at_depth) : depth(at_depth) {}
  InnerDraft(const TreeNode& node, std::size_t at_depth)
      : depth(at_depth), old(&node), child_places(node.child_places) {
    std::size_t next = 0;
    for (HeapPlace place = 1; place < kHeapPlaces; ++place) {
      if (has_place(child_places, place)) children[place] = node.children[next++];
    }
  }

  std::size_t bits_of(HeapPlace place) const { return 4 * depth + level_of(place); }
  void put(HeapPlace place, const Subtree& subtree) {
    children[place] = subtree;
    child_places |= HeapPlaces{1} << place;
    changed |= HeapPlaces{1} << place;
  }

  const std::size_t depth;        // in nibbles
  const TreeNode* old = nullptr;  // the node that stood here
  HeapPlaces child_places = 0;
  HeapPlaces changed = 0;
  std::array<Subtree, kHeapPlaces> children;
};

Result<Subtree> StateTree::change(const Subtree& inner, std::size_t depth,
                                  std::span<const EntityLeaf> changes) {
  const Hash any_path = changes.front().path;
  ASSIGN_OR_RETURN(const KeptNode* old, replace(inner, 4 * depth, any_path));
  InnerDraft draft(old->node, depth);
  RETURN_IF_ERROR(change_at(1, changes, draft));
  return keep(draft, any_path);
}

Status StateTree::change_at(HeapPlace place, std::span<const EntityLeaf> changes, InnerDraft& draft) {
  if (changes.empty()) return ok_status();
  if (has_place(draft.old->part_places, place)) {
    const std::size_t middle = left_half(changes, draft.bits_of(place));
    RETURN_IF_ERROR(change_at(2 * place, changes.first(middle), draft));
    return change_at(2 * place + 1, changes.subspan(middle), draft);
  }
  if (!has_place(draft.child_places, place)) {
    return settle(place, {changes.begin(), changes.end()}, nullptr, draft);
  }
  const Subtree& child = draft.children[place];
  if (child.kind == SubtreeKind::kInner) {
    ASSIGN_OR_RETURN(const Subtree changed, change(child, draft.depth + 1, changes));
    draft.put(place, changed);
    return ok_status();
  }
  ASSIGN_OR_RETURN(const KeptNode* page, replace(child, draft.bits_of(place), changes.front().path));
  return settle(place, merged(page->node.leaves, changes), &page->node, draft);
}

// The subtree of just these leaves, with an inner node on top.
Result<Subtree> StateTree::grow(std::vector<EntityLeaf> leaves, std::size_t depth) {
  CHECK(depth < kTreeDepthMax);  // more than one path cannot share all of their nibbles
  const Hash any_path = leaves.front().path;
  InnerDraft draft(depth);
  RETURN_IF_ERROR(settle(1, std::move(leaves), nullptr, draft));
  return keep(draft, any_path);
}

// Has these leaves at the place and below it, and nothing else; `old` is the page that was there, or null.
Status StateTree::settle(HeapPlace place, std::vector<EntityLeaf> leaves, const TreeNode* old,
                         InnerDraft& draft) {
  if (leaves.empty()) return ok_status();
  const Hash any_path = leaves.front().path;
  const std::size_t bits = draft.bits_of(place);
  if (leaves.size() <= kPageLeavesMax && bits >= kBranchBits) {
    draft.put(place, keep(make_page(std::move(leaves), bits, old, hashes_), bits, any_path));
    return ok_status();
  }
  if (place >= kNibblePlaces) {
    ASSIGN_OR_RETURN(const Subtree inner, grow(std::move(leaves), draft.depth + 1));
    draft.put(place, inner);
    return ok_status();
  }
  if (old != nullptr) branches_[branch_of(any_path)].to_erase.push_back(node_key(bits, any_path));
  draft.child_places &= ~(HeapPlaces{1} << place);
  const auto middle = leaves.begin() + static_cast<std::ptrdiff_t>(left_half(leaves, bits));
  RETURN_IF_ERROR(settle(2 * place, {leaves.begin(), middle}, nullptr, draft));
  return settle(2 * place + 1, {middle, leaves.end()}, nullptr, draft);
}

Subtree StateTree::keep(const InnerDraft& draft, const Hash& any_path) {
  std::vector<Subtree> children;
  children.reserve(static_cast<std::size_t>(std::popcount(draft.child_places)));
  for (HeapPlace place = 1; place < kHeapPlaces; ++place) {
    if (has_place(draft.child_places, place)) children.push_back(draft.children[place]);
  }
  return keep(
      make_inner(draft.child_places, std::move(children), draft.depth, draft.old, draft.changed, hashes_),
      4 * draft.depth, any_path);
}

Subtree StateTree::keep(TreeNode node, std::size_t bits, const Hash& any_path) {
  newest_.push_front({std::move(node), now_, bits, any_path, {}});
  KeptNode& kept = newest_.front();
  kept.place = newest_.begin();
  newest_bytes_ += kept.node.bytes();
  if (bits != 0) unstored_bytes_ += kept.node.bytes();
  // Its new children, and then itself.
  for (Subtree& child : kept.node.children) {
    if (child.kept == nullptr || child.kept->made != now_) continue;
    hashes_.copy(child.kept->bits, &child.kept->node.hash, &child.hash);
  }
  want_hash(kept.node, bits, hashes_);
  Subtree subtree = subtree_of(kept.node);
  subtree.kept = &kept;
  return subtree;
}

// The node that stands here, and from now on does not any more.
Result<const KeptNode*> StateTree::replace(const Subtree& subtree, std::size_t bits, const Hash& any_path) {
  if (subtree.kept == nullptr) return fetch(subtree, bits, any_path);
  const std::size_t bytes = subtree.kept->node.bytes();
  newest_bytes_ -= bytes;
  if (bits != 0 && !is_stored(*subtree.kept)) unstored_bytes_ -= bytes;
  auto& nodes = replaced_by_.back().nodes;
  nodes.splice(nodes.end(), newest_, subtree.kept->place);
  return subtree.kept;
}

Result<const KeptNode*> StateTree::fetch(const Subtree& subtree, std::size_t bits, const Hash& any_path) {
  auto& [height, nodes, fetched] = replaced_by_.back();
  if (auto ahead = ahead_.extract(node_key(bits, any_path))) {
    nodes.push_back({std::move(ahead.mapped()), Height(), bits, any_path, {}});
  } else {
    ASSIGN_OR_RETURN(auto node, read(subtree, bits, any_path));
    if (!node) return corrupted(kMissing);
    nodes.push_back({std::move(*node), Height(), bits, any_path, {}});
  }
  const KeptNode& kept = nodes.back();
  fetched.push_back(&kept);
  const std::lock_guard lock(mutex_);
  fetched_.emplace(kept.node.hash, &kept);
  return &kept;
}

}  // namespace jingchu::ledger
