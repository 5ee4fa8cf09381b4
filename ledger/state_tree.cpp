#include "ledger/state_tree.h"

#include <algorithm>

#include "common/codec.h"

namespace jingchu::ledger {
namespace {

std::string big_endian(std::uint64_t value) {
  std::string text;
  for (int shift = 56; shift >= 0; shift -= 8) text += static_cast<char>(value >> shift);
  return text;
}

std::string delta_key(Height height) {
  return "d" + big_endian(height.value());
}
constexpr std::string_view kDeltaPrefix = "d";
constexpr std::string_view kStepKey = "k";

struct Step {
  std::uint64_t height = 0;
  SubtreeKind kind = SubtreeKind::kEmpty;
  bool is_single = false;
  std::uint64_t version = 0;
  Hash hash{};

  template <class Archive>
  void serialize(Archive& archive) {
    archive(height, kind, is_single, version, hash);
  }
};

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

// The changes, or leaves, that belong to each child at this depth, as they ascend by path.
template <class Visit>
Status for_each_child(std::span<const EntityLeaf> leaves, std::size_t depth, const Visit& visit) {
  while (!leaves.empty()) {
    const auto nibble = path_nibble(leaves.front().path, depth);
    const auto end = std::find_if(leaves.begin(), leaves.end(), [&](const EntityLeaf& leaf) {
      return path_nibble(leaf.path, depth) != nibble;
    });
    const auto count = static_cast<std::size_t>(end - leaves.begin());
    RETURN_IF_ERROR(visit(nibble, leaves.first(count)));
    leaves = leaves.subspan(count);
  }
  return ok_status();
}

}  // namespace

Result<std::unique_ptr<StateTree>> StateTree::open(const KeyValueStore& store,
                                                   const StateTreeOptions& options) {
  std::unique_ptr<StateTree> tree(new StateTree(store, options));
  RETURN_IF_ERROR(tree->load());
  return tree;
}

StateTree::Key StateTree::node_key(std::uint64_t version, std::size_t depth, const Hash& any_path) {
  std::string key = "n" + big_endian(version);
  key += static_cast<char>(depth);
  for (std::size_t i = 0; i < depth; i += 2) {
    const bool whole = i + 1 < depth;
    key += static_cast<char>(whole ? any_path[i / 2] : any_path[i / 2] & 0xf0);
  }
  return key;
}

Error StateTree::corrupted(const std::string& what) const {
  return store_.report(environment_error("storage-corrupted", "the state tree: " + what,
                                         "check the disk; move the database away and start again: the node "
                                         "fetches the chain from its peers"));
}

Status StateTree::load() {
  ASSIGN_OR_RETURN(const auto stored, store_.get(kStepKey));
  if (stored) {
    const auto step = decode<Step>(*stored);
    if (!step.ok()) return corrupted("where it stands cannot be read");
    now_ = Height(step->height);
    stepped_below_ = stored_below_ = step->height + 1;
    roots_[now_] = {step->kind, step->is_single, step->version, step->hash, nullptr};
  } else {
    roots_[now_] = {};
  }
  std::vector<std::pair<Height, std::vector<EntityLeaf>>> deltas;
  Status outcome = ok_status();
  RETURN_IF_ERROR(store_.scan(kDeltaPrefix, kDeltaPrefix, [&](std::string_view key, ByteView value) {
    auto leaves = decode<std::vector<EntityLeaf>>(value);
    std::uint64_t height = 0;
    for (const char c : key.substr(1)) height = height << 8 | static_cast<std::uint8_t>(c);
    if (!leaves.ok() || key != delta_key(Height(height))) {
      outcome = corrupted("the changes of a block cannot be read");
      return false;
    }
    deltas.emplace_back(Height(height), std::move(*leaves));
    return true;
  }));
  RETURN_IF_ERROR(outcome);
  for (const auto& [height, leaves] : deltas) {
    if (stored && height <= now_) return corrupted("changes that it has already are still there");
    deltas_.push_back(height);
  }
  return apply_again(std::move(deltas));
}

// What no proof can be made of is applied at once, which makes each node once.
Status StateTree::apply_again(std::vector<std::pair<Height, std::vector<EntityLeaf>>> deltas) {
  auto next = deltas.begin();
  if (deltas.size() > kProvableHeights) {
    const auto provable = deltas.end() - kProvableHeights;
    std::map<Hash, EntityLeaf> merged;
    for (; next != provable; ++next) {
      for (const auto& leaf : next->second) merged.insert_or_assign(leaf.path, leaf);
    }
    std::vector<EntityLeaf> leaves;
    for (const auto& [path, leaf] : merged) leaves.push_back(leaf);
    RETURN_IF_ERROR(apply(std::prev(provable)->first, leaves));
  }
  for (; next != deltas.end(); ++next) RETURN_IF_ERROR(apply(next->first, next->second));
  return ok_status();
}

Result<Hash> StateTree::update(Height height, std::span<const EntityLeaf> changes, WriteBatch& writes) {
  stored_below_ = stepped_below_;  // the step's block was written, or nobody would go on
  ASSIGN_OR_RETURN(const Hash root, apply(height, changes));
  if (unstored_ > options_.unstored_nodes_max || deltas_.size() + 1 >= options_.blocks_max) {
    make_step(writes);
  } else {
    // Also of a block that changed nothing: what is opened stands at the height of the rest of the store.
    writes.put(delta_key(height), encode(std::vector<EntityLeaf>(changes.begin(), changes.end())));
    deltas_.push_back(height);
  }
  return root;
}

Result<Hash> StateTree::apply(Height height, std::span<const EntityLeaf> changes) {
  now_ = height;
  replaced_by_.push_back({height, {}, {}});
  Subtree root = roots_.rbegin()->second;
  if (!changes.empty()) {
    ASSIGN_OR_RETURN(root, apply(root, 0, changes));
    hashes_.run();
    root.hash = root.kept->node.hash;
  }
  ahead_.clear();
  Nodes unprovable;  // freed when others need not wait for it
  const std::lock_guard lock(mutex_);
  roots_[height] = root;
  unprovable = forget_unprovable();
  evict();
  return root.hash;
}

Result<Subtree> StateTree::apply(const Subtree& subtree, std::size_t depth,
                                 std::span<const EntityLeaf> changes) {
  if (subtree.kind == SubtreeKind::kEmpty) return grow({changes.begin(), changes.end()}, depth, nullptr);
  ASSIGN_OR_RETURN(const KeptNode* old, replace(subtree, depth, changes.front().path));
  if (old->node.is_inner()) return apply_inner(*old, changes);
  return grow(merged(old->node.leaves, changes), depth, &old->node);
}

Result<Subtree> StateTree::apply_inner(const KeptNode& old, std::span<const EntityLeaf> changes) {
  auto children = old.node.children;
  std::uint32_t changed = 0;
  RETURN_IF_ERROR(for_each_child(
      changes, old.depth, [&](std::uint8_t nibble, std::span<const EntityLeaf> of_child) -> Status {
        ASSIGN_OR_RETURN(children[nibble], apply(children[nibble], old.depth + 1, of_child));
        changed |= 1u << nibble;
        return ok_status();
      }));
  return keep(make_inner(std::move(children), old.depth, &old.node, changed, hashes_), old.depth,
              changes.front().path);
}

// The subtree of just these leaves; `old` is the page that was there, or null.
Result<Subtree> StateTree::grow(std::vector<EntityLeaf> leaves, std::size_t depth, const TreeNode* old) {
  const Hash any_path = leaves.front().path;
  if (leaves.size() <= kPageLeavesMax) {
    return keep(make_page(std::move(leaves), depth, old, hashes_), depth, any_path);
  }
  CHECK(depth < kTreeDepthMax);  // more than one path cannot share all of their nibbles
  std::vector<Subtree> children(16);
  RETURN_IF_ERROR(
      for_each_child(leaves, depth, [&](std::uint8_t nibble, std::span<const EntityLeaf> of_child) -> Status {
        ASSIGN_OR_RETURN(children[nibble], grow({of_child.begin(), of_child.end()}, depth + 1, nullptr));
        return ok_status();
      }));
  return keep(make_inner(std::move(children), depth, nullptr, 0xffff, hashes_), depth, any_path);
}

Subtree StateTree::keep(TreeNode node, std::size_t depth, const Hash& any_path) {
  newest_.push_front({std::move(node), now_.value(), depth, any_path, {}});
  KeptNode& kept = newest_.front();
  kept.place = newest_.begin();
  newest_bytes_ += kept.node.bytes();
  ++unstored_;
  // Its new children, and then itself.
  for (Subtree& child : kept.node.children) {
    if (child.version != kept.version || child.kept == nullptr) continue;
    hashes_.copy(4 * (depth + 1), &child.kept->node.hash, &child.hash);
  }
  want_hash(kept.node, depth, hashes_);
  Subtree subtree = subtree_of(kept.node, kept.version);
  subtree.kept = &kept;
  return subtree;
}

// The node that stands here, and from now on does not any more.
Result<const KeptNode*> StateTree::replace(const Subtree& subtree, std::size_t depth, const Hash& any_path) {
  if (subtree.version < stored_below_) {
    to_erase_.push_back(node_key(subtree.version, depth, any_path));
  } else {
    --unstored_;
  }
  if (subtree.kept == nullptr) return fetch(subtree, depth, any_path);
  newest_bytes_ -= subtree.kept->node.bytes();
  auto& nodes = replaced_by_.back().nodes;
  nodes.splice(nodes.end(), newest_, subtree.kept->place);
  return subtree.kept;
}

Result<const KeptNode*> StateTree::fetch(const Subtree& subtree, std::size_t depth, const Hash& any_path) {
  auto key = node_key(subtree.version, depth, any_path);
  auto ahead = ahead_.extract(key);
  auto& [height, nodes, fetched] = replaced_by_.back();
  if (ahead) {
    nodes.push_back({std::move(ahead.mapped()), subtree.version, depth, any_path, {}});
  } else {
    ASSIGN_OR_RETURN(auto node, read(subtree, depth, any_path));
    if (!node) return corrupted("a node is missing");
    nodes.push_back({std::move(*node), subtree.version, depth, any_path, {}});
  }
  fetched.push_back(std::move(key));
  const std::lock_guard lock(mutex_);
  fetched_[fetched.back()] = &nodes.back();
  return &nodes.back();
}

// Of the newest tree. Null: there is no room for more.
Result<const TreeNode*> StateTree::look_at(const Subtree& subtree, std::size_t depth, const Hash& any_path) {
  constexpr std::size_t kAheadMax = 4096;  // nodes of some 2 kB
  if (subtree.kept != nullptr) return &subtree.kept->node;
  auto key = node_key(subtree.version, depth, any_path);
  const auto found = ahead_.find(key);
  if (found != ahead_.end()) return &found->second;
  if (ahead_.size() >= kAheadMax) return nullptr;
  ASSIGN_OR_RETURN(auto node, read(subtree, depth, any_path));
  if (!node) return corrupted("a node is missing");
  return &ahead_.emplace(std::move(key), std::move(*node)).first->second;
}

// What no height leads to any more.
StateTree::Nodes StateTree::forget_unprovable() {
  while (roots_.size() > kProvableHeights) roots_.erase(roots_.begin());
  const Height oldest = roots_.begin()->first;
  const auto needed = std::find_if(replaced_by_.begin(), replaced_by_.end(),
                                   [&](const Replaced& replaced) { return replaced.height > oldest; });
  Nodes gone;
  for (auto replaced = replaced_by_.begin(); replaced != needed; ++replaced) {
    for (const auto& key : replaced->fetched) fetched_.erase(key);
    gone.splice(gone.end(), replaced->nodes);
  }
  replaced_by_.erase(replaced_by_.begin(), needed);
  return gone;
}

// An evicted node is kept like a replaced one, as older trees may lead to it too. What is at the back has
// nothing below it in memory.
void StateTree::evict() {
  while (newest_bytes_ > options_.cached_bytes_max && !newest_.empty() &&
         newest_.back().version < stored_below_) {
    place_in_parent(newest_.back()) = nullptr;
    newest_bytes_ -= newest_.back().node.bytes();
    auto& nodes = replaced_by_.back().nodes;  // there is one: the root of genesis was not stored
    nodes.splice(nodes.end(), newest_, std::prev(newest_.end()));
  }
}

KeptNode*& StateTree::place_in_parent(const KeptNode& kept) {
  Subtree* place = &roots_.rbegin()->second;
  for (std::size_t depth = 0; depth < kept.depth; ++depth) {
    place = &place->kept->node.children[path_nibble(kept.any_path, depth)];
  }
  CHECK(place->kept == &kept);
  return place->kept;
}

void StateTree::make_step(WriteBatch& writes) {
  std::vector<std::pair<Key, const TreeNode*>> made;
  for (const KeptNode& kept : newest_) {
    if (kept.version < stored_below_) break;
    made.emplace_back(node_key(kept.version, kept.depth, kept.any_path), &kept.node);
  }
  std::sort(made.begin(), made.end());
  // A step has hundreds of megabytes of nodes, which stay where they are until it is written.
  for (auto& [key, node] : made) {
    writes.put_made(std::move(key), node->bytes(), [node = node] { return encode_node(*node); });
  }
  std::sort(to_erase_.begin(), to_erase_.end());  // neighbours are found faster
  for (auto& key : to_erase_) writes.erase(std::move(key));
  for (const auto height : deltas_) writes.erase(delta_key(height));
  to_erase_.clear();
  deltas_.clear();
  unstored_ = 0;
  stepped_below_ = now_.value() + 1;
  const Subtree& root = roots_.rbegin()->second;
  writes.put(std::string(kStepKey),
             encode(Step{now_.value(), root.kind, root.is_single, root.version, root.hash}));
}

Hash StateTree::root() const {
  const std::lock_guard lock(mutex_);
  return roots_.rbegin()->second.hash;
}

Height StateTree::height() const {
  const std::lock_guard lock(mutex_);
  return roots_.rbegin()->first;
}

Result<std::optional<TreeNode>> StateTree::read(const Subtree& subtree, std::size_t depth,
                                                const Hash& any_path) const {
  const auto key = node_key(subtree.version, depth, any_path);
  ASSIGN_OR_RETURN(const auto stored, store_.get(key));
  if (!stored) {
    // A step has erased it, so it was replaced before; or it is gone with the last height that led to it.
    const std::lock_guard lock(mutex_);
    const auto found = fetched_.find(key);
    return found == fetched_.end() ? std::optional<TreeNode>() : found->second->node;
  }
  auto decoded = decode_node(*stored, depth);
  if (!decoded.ok()) return store_.report(decoded.error());
  // Else a damaged node would be proven from, or lead to another root than everybody's.
  if (subtree_of(*decoded, subtree.version) != subtree) {
    return corrupted("a node is not the one that its parent has hashed");
  }
  return std::optional(std::move(*decoded));
}

}  // namespace jingchu::ledger
