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

// Of a node: its version, its depth, and the nibbles that lead to it.
std::string node_key(std::uint64_t version, std::size_t depth, const Hash& any_path) {
  std::string key = "n" + big_endian(version);
  key += static_cast<char>(depth);
  for (std::size_t i = 0; i < depth; i += 2) {
    const bool whole = i + 1 < depth;
    key += static_cast<char>(whole ? any_path[i / 2] : any_path[i / 2] & 0xf0);
  }
  return key;
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

Error corrupted(const KeyValueStore& store, const std::string& what) {
  return store.report(environment_error("storage-corrupted", "the state tree: " + what,
                                        "check the disk; move the database away and start again: the node "
                                        "fetches the chain from its peers"));
}

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

Status StateTree::load() {
  ASSIGN_OR_RETURN(const auto stored, store_.get(kStepKey));
  if (stored) {
    const auto step = decode<Step>(*stored);
    if (!step.ok()) return corrupted(store_, "where it stands cannot be read");
    now_ = Height(step->height);
    roots_[now_] = {step->kind, step->is_single, step->version, step->hash};
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
      outcome = corrupted(store_, "the changes of a block cannot be read");
      return false;
    }
    deltas.emplace_back(Height(height), std::move(*leaves));
    return true;
  }));
  RETURN_IF_ERROR(outcome);
  for (const auto& [height, leaves] : deltas) {
    if (stored && height <= now_) return corrupted(store_, "changes that it has already are still there");
    RETURN_IF_ERROR(apply(height, leaves));
    deltas_.push_back(height);
  }
  return ok_status();
}

Result<Hash> StateTree::update(Height height, std::span<const EntityLeaf> changes, WriteBatch& writes) {
  finish_step();
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
  const Subtree before = roots_.rbegin()->second;
  now_ = height;
  replaced_by_.push_back({height, {}});
  Subtree after = before;
  if (!changes.empty()) {
    ASSIGN_OR_RETURN(after, apply(before, 0, changes));
  }
  const std::lock_guard lock(mutex_);
  roots_[height] = after;
  forget_unprovable();
  return after.hash;
}

Result<Subtree> StateTree::apply(const Subtree& subtree, std::size_t depth,
                                 std::span<const EntityLeaf> changes) {
  if (subtree.kind == SubtreeKind::kEmpty) return grow({changes.begin(), changes.end()}, depth, nullptr);
  const Hash& any_path = changes.front().path;
  ASSIGN_OR_RETURN(const auto old, node(subtree, depth, any_path));
  if (old == nullptr) return corrupted(store_, "a node is missing");
  replace(node_key(subtree.version, depth, any_path), old);
  if (old->is_inner()) return apply_inner(*old, depth, changes);
  return grow(merged(old->leaves, changes), depth, old.get());
}

Result<Subtree> StateTree::apply_inner(const TreeNode& old, std::size_t depth,
                                       std::span<const EntityLeaf> changes) {
  auto children = old.children;
  std::uint32_t changed = 0;
  RETURN_IF_ERROR(for_each_child(
      changes, depth, [&](std::uint8_t nibble, std::span<const EntityLeaf> of_child) -> Status {
        ASSIGN_OR_RETURN(children[nibble], apply(children[nibble], depth + 1, of_child));
        changed |= 1u << nibble;
        return ok_status();
      }));
  return keep(make_inner(std::move(children), &old, changed), depth, changes.front().path);
}

// The subtree of just these leaves; `old` is the page that was there, or null.
Result<Subtree> StateTree::grow(std::vector<EntityLeaf> leaves, std::size_t depth, const TreeNode* old) {
  const Hash any_path = leaves.front().path;
  if (leaves.size() <= kPageLeavesMax) return keep(make_page(std::move(leaves), depth, old), depth, any_path);
  CHECK(depth < kTreeDepthMax);  // more than one path cannot share all of their nibbles
  std::vector<Subtree> children(16);
  RETURN_IF_ERROR(
      for_each_child(leaves, depth, [&](std::uint8_t nibble, std::span<const EntityLeaf> of_child) -> Status {
        ASSIGN_OR_RETURN(children[nibble], grow({of_child.begin(), of_child.end()}, depth + 1, nullptr));
        return ok_status();
      }));
  return keep(make_inner(std::move(children)), depth, any_path);
}

Subtree StateTree::keep(TreeNode node, std::size_t depth, const Hash& any_path) {
  const Subtree subtree = subtree_of(node, now_.value());
  auto shared = std::make_shared<const TreeNode>(std::move(node));
  made_.push_back(node_key(now_.value(), depth, any_path));
  const std::lock_guard lock(mutex_);
  nodes_[made_.back()].node = std::move(shared);
  ++unstored_;
  return subtree;
}

// A node of the newest tree is none any more.
void StateTree::replace(const Key& key, const TreeNodePointer& node) {
  const std::lock_guard lock(mutex_);
  const auto [found, is_new] = nodes_.try_emplace(key);
  Entry& entry = found->second;
  if (is_new) {
    entry.node = node;
    to_erase_.push_back(key);
  } else if (entry.kept == Kept::kCached) {
    cached_bytes_ -= node->bytes();
    recent_.erase(entry.place);
    to_erase_.push_back(key);
  } else {
    --unstored_;
  }
  entry.kept = Kept::kReplaced;
  replaced_by_.back().keys.push_back(key);
}

void StateTree::forget_unprovable() {
  while (roots_.size() > kProvableHeights) roots_.erase(roots_.begin());
  const Height oldest = roots_.begin()->first;
  const auto needed = std::find_if(replaced_by_.begin(), replaced_by_.end(),
                                   [&](const Replaced& replaced) { return replaced.height > oldest; });
  for (auto gone = replaced_by_.begin(); gone != needed; ++gone) {
    for (const auto& key : gone->keys) nodes_.erase(key);
  }
  replaced_by_.erase(replaced_by_.begin(), needed);
}

void StateTree::make_step(WriteBatch& writes) {
  for (auto& key : made_) {
    const auto found = nodes_.find(key);
    if (found != nodes_.end() && found->second.kept == Kept::kUnstored) stepping_.push_back(std::move(key));
  }
  made_.clear();
  std::sort(stepping_.begin(), stepping_.end());
  for (const auto& key : stepping_) writes.put(key, encode_node(*nodes_.at(key).node));
  for (auto& key : to_erase_) writes.erase(std::move(key));
  for (const auto height : deltas_) writes.erase(delta_key(height));
  to_erase_.clear();
  deltas_.clear();
  const Subtree& root = roots_.rbegin()->second;
  writes.put(std::string(kStepKey),
             encode(Step{now_.value(), root.kind, root.is_single, root.version, root.hash}));
}

// The step's block was written, or nobody would go on: its nodes can be read from the store.
void StateTree::finish_step() {
  if (stepping_.empty()) return;
  const std::lock_guard lock(mutex_);
  for (const auto& key : stepping_) {
    const auto found = nodes_.find(key);
    CHECK(found != nodes_.end() && found->second.kept == Kept::kUnstored);
    cache(found->first, found->second);
  }
  stepping_.clear();
  unstored_ = 0;
  while (cached_bytes_ > options_.cached_bytes_max) {
    const auto last = nodes_.find(*recent_.back());
    cached_bytes_ -= last->second.node->bytes();
    recent_.pop_back();
    nodes_.erase(last);
  }
}

void StateTree::cache(const Key& key, Entry& entry) {
  cached_bytes_ += entry.node->bytes();
  recent_.push_front(&key);
  entry.kept = Kept::kCached;
  entry.place = recent_.begin();
}

Hash StateTree::root() const {
  const std::lock_guard lock(mutex_);
  return roots_.rbegin()->second.hash;
}

Height StateTree::height() const {
  const std::lock_guard lock(mutex_);
  return roots_.rbegin()->first;
}

TreeNodePointer StateTree::in_memory(const Key& key) const {
  const std::lock_guard lock(mutex_);
  const auto found = nodes_.find(key);
  if (found == nodes_.end()) return nullptr;
  if (found->second.kept == Kept::kCached) recent_.splice(recent_.begin(), recent_, found->second.place);
  return found->second.node;
}

Result<TreeNodePointer> StateTree::node(const Subtree& subtree, std::size_t depth,
                                        const Hash& any_path) const {
  const auto key = node_key(subtree.version, depth, any_path);
  if (auto found = in_memory(key)) return found;
  ASSIGN_OR_RETURN(const auto stored, store_.get(key));
  // Where a step has erased it between the two looks, it was replaced before.
  if (!stored) return in_memory(key);
  auto decoded = decode_node(*stored, depth);
  if (!decoded.ok()) return store_.report(decoded.error());
  // Else a damaged node would be proven from, or lead to another root than everybody's.
  if (subtree_of(*decoded, subtree.version) != subtree) {
    return corrupted(store_, "a node is not the one that its parent has hashed");
  }
  return std::make_shared<const TreeNode>(std::move(*decoded));
}

Result<std::optional<PathProof>> StateTree::prove(Height height, const Hash& path) const {
  const auto root_at = [&]() -> std::optional<Subtree> {
    const std::lock_guard lock(mutex_);
    const auto found = roots_.find(height);
    return found == roots_.end() ? std::nullopt : std::optional(found->second);
  };
  auto at = root_at();
  if (!at) return std::optional<PathProof>();
  PathProof proof;
  Hash way = path;  // the path, or that of the only entity of a subtree
  for (std::size_t depth = 0; at->kind != SubtreeKind::kEmpty; ++depth) {
    ASSIGN_OR_RETURN(const auto here, node(*at, depth, way));
    if (here == nullptr) {
      if (!root_at()) return std::optional<PathProof>();  // it was forgotten meanwhile
      return corrupted(store_, "a node is missing");
    }
    if (!here->is_inner()) {
      prove_page(*here, depth, path, proof);
      break;
    }
    const auto step = prove_inner(*here, depth, path, proof);
    if (!step.goes_on) break;
    const int shift = depth % 2 == 0 ? 4 : 0;
    auto& byte = way[depth / 2];
    byte = static_cast<std::uint8_t>((byte & ~(15 << shift)) | step.child << shift);
    at = here->children[step.child];
  }
  return std::optional(std::move(proof));
}

}  // namespace jingchu::ledger
