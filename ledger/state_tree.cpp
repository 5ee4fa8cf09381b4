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

}  // namespace

// The subtrees below the root, each after the block of its height.
struct StateTree::Step {
  struct Stored {
    std::uint64_t height = 0;
    SubtreeKind kind = SubtreeKind::kEmpty;
    bool is_single = false;
    Hash hash{};

    template <class Archive>
    void serialize(Archive& archive) {
      archive(height, kind, is_single, hash);
    }
  };
  std::vector<Stored> branches;

  template <class Archive>
  void serialize(Archive& archive) {
    archive(branches);
  }
};

Result<std::unique_ptr<StateTree>> StateTree::open(const KeyValueStore& store,
                                                   const StateTreeOptions& options) {
  std::unique_ptr<StateTree> tree(new StateTree(store, options));
  RETURN_IF_ERROR(tree->load());
  return tree;
}

StateTree::Key StateTree::node_key(std::size_t bits, const Hash& any_path) {
  std::string key = "n";
  key += static_cast<char>(bits);
  key.append(reinterpret_cast<const char*>(any_path.data()), (bits + 7) / 8);
  if (bits % 8 != 0) key.back() = static_cast<char>(key.back() & 0xff << (8 - bits % 8));
  return key;
}

bool StateTree::is_stored(const KeptNode& kept) const {
  return kept.bits != 0 && kept.made <= branches_[branch_of(kept.any_path)].stored;
}

Error StateTree::corrupted(const std::string& what) const {
  return store_.report(environment_error("storage-corrupted", "the state tree: " + what,
                                         "check the disk; move the database away and start again: the node "
                                         "fetches the chain from its peers"));
}

Status StateTree::load() {
  roots_[now_] = {};
  ASSIGN_OR_RETURN(const auto stored, store_.get(kStepKey));
  if (stored) {
    const auto step = decode<Step>(*stored);
    if (!step.ok() || step->branches.size() != kBranches) return corrupted("where it stands cannot be read");
    RETURN_IF_ERROR(load_root(*step));
  }
  ASSIGN_OR_RETURN(auto deltas, load_deltas());
  return apply_again(std::move(deltas));
}

Status StateTree::load_root(const Step& step) {
  HeapPlaces places = 0;
  std::vector<Subtree> children;
  for (std::size_t i = 0; i < kBranches; ++i) {
    const auto& [height, kind, is_single, hash] = step.branches[i];
    branches_[i] = {Height(height), Height(height), {kind, is_single, hash, nullptr}, {}};
    last_step_ = std::max(last_step_, Height(height));
    if (kind == SubtreeKind::kEmpty) continue;
    places |= HeapPlaces{1} << (kNibblePlaces + i);
    children.push_back(branches_[i].top);
  }
  now_ = branches_[oldest_branch()].stepped;
  Subtree root;
  if (places != 0) {
    root = keep(make_inner(places, std::move(children)), 0, Hash{});
    hashes_.run();
    root.hash = root.kept->node.hash;
  }
  roots_ = {{now_, root}};
  return ok_status();
}

Result<StateTree::Deltas> StateTree::load_deltas() {
  Deltas deltas;
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
  for (auto& [height, leaves] : deltas) {
    if (height <= now_ && now_ != Height()) return corrupted("changes that all of it has are still there");
    std::erase_if(leaves, [&, at = height](const EntityLeaf& leaf) {
      return at <= branches_[branch_of(leaf.path)].stored;
    });
    deltas_.push_back(height);
  }
  const Height newest = deltas.empty() ? now_ : deltas.back().first;
  if (last_step_ > newest) return corrupted("the changes of a block are missing");
  return deltas;
}

// What no proof can be made of is applied at once, which makes each node once; and before the last step some
// branches are newer than others, which no height had.
Status StateTree::apply_again(Deltas deltas) {
  auto provable = deltas.end() - static_cast<std::ptrdiff_t>(std::min(deltas.size(), kProvableHeights));
  while (provable != deltas.end() && provable->first <= last_step_) ++provable;
  if (provable != deltas.begin()) {
    std::map<Hash, EntityLeaf> merged;
    for (auto next = deltas.begin(); next != provable; ++next) {
      for (const auto& leaf : next->second) merged.insert_or_assign(leaf.path, leaf);
    }
    std::vector<EntityLeaf> leaves;
    for (const auto& [path, leaf] : merged) leaves.push_back(leaf);
    const Height height = std::prev(provable)->first;
    RETURN_IF_ERROR(apply(height, leaves));
    roots_.erase(roots_.begin(), roots_.find(height));
  }
  for (auto next = provable; next != deltas.end(); ++next) RETURN_IF_ERROR(apply(next->first, next->second));
  return ok_status();
}

Result<Hash> StateTree::update(Height height, std::span<const EntityLeaf> changes, WriteBatch& writes) {
  // The last step's block was written, or nobody would go on.
  for (auto& branch : branches_) branch.stored = branch.stepped;
  ASSIGN_OR_RETURN(const Hash root, apply(height, changes));
  const bool has_step = is_step_due();
  while (is_step_due()) make_step(oldest_branch(), writes);
  if (branches_[oldest_branch()].stepped < height) {
    // Also of a block that changed nothing: what is opened stands at the height of the rest of the store.
    writes.put(delta_key(height), encode(std::vector<EntityLeaf>(changes.begin(), changes.end())));
    deltas_.push_back(height);
  }
  if (has_step) put_steps(writes);
  return root;
}

Result<Hash> StateTree::apply(Height height, std::span<const EntityLeaf> changes) {
  now_ = height;
  replaced_by_.push_back({height, {}, {}});
  Subtree root = roots_.rbegin()->second;
  if (!changes.empty()) {
    if (root.kind == SubtreeKind::kEmpty) {
      ASSIGN_OR_RETURN(root, grow({changes.begin(), changes.end()}, 0));
    } else {
      ASSIGN_OR_RETURN(root, change(root, 0, changes));
    }
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

// What no height leads to any more.
StateTree::Nodes StateTree::forget_unprovable() {
  while (roots_.size() > kProvableHeights) roots_.erase(roots_.begin());
  const Height oldest = roots_.begin()->first;
  const auto needed = std::find_if(replaced_by_.begin(), replaced_by_.end(),
                                   [&](const Replaced& replaced) { return replaced.height > oldest; });
  const auto forget_fetched = [&](const KeptNode& kept) {
    auto found = fetched_.equal_range(kept.node.hash).first;
    while (found != fetched_.end() && found->second != &kept) ++found;
    CHECK(found != fetched_.end());
    fetched_.erase(found);
  };
  Nodes gone;
  for (auto replaced = replaced_by_.begin(); replaced != needed; ++replaced) {
    for (const KeptNode* kept : replaced->fetched) forget_fetched(*kept);
    gone.splice(gone.end(), replaced->nodes);
  }
  replaced_by_.erase(replaced_by_.begin(), needed);
  return gone;
}

// An evicted node is kept like a replaced one, as older trees may lead to it too. What is at the back has
// nothing below it in memory.
void StateTree::evict() {
  while (newest_bytes_ > options_.cached_bytes_max && !newest_.empty() && is_stored(newest_.back())) {
    place_in_parent(newest_.back()) = nullptr;
    newest_bytes_ -= newest_.back().node.bytes();
    auto& nodes = replaced_by_.back().nodes;
    nodes.splice(nodes.end(), newest_, std::prev(newest_.end()));
  }
}

KeptNode*& StateTree::place_in_parent(const KeptNode& kept) {
  Subtree* at = &roots_.rbegin()->second;
  for (std::size_t depth = 0; at->kept != &kept; ++depth) {
    CHECK(at->kept != nullptr);  // what is in memory is under what leads to it
    TreeNode& inner = at->kept->node;
    at = &child_at(inner, child_place(inner, path_nibble(kept.any_path, depth)));
  }
  return at->kept;
}

bool StateTree::is_step_due() const {
  const auto blocks_since = [&](Height height) { return now_.value() - height.value(); };
  return unstored_bytes_ > options_.unstored_bytes_max ||
         blocks_since(last_step_) * kBranches >= options_.blocks_max ||
         blocks_since(branches_[oldest_branch()].stepped) >= options_.blocks_max;
}

std::size_t StateTree::oldest_branch() const {
  const auto is_older = [](const Branch& a, const Branch& b) { return a.stepped < b.stepped; };
  return static_cast<std::size_t>(std::min_element(branches_.begin(), branches_.end(), is_older) -
                                  branches_.begin());
}

void StateTree::make_step(std::size_t branch, WriteBatch& writes) {
  auto& [stepped, stored, top, to_erase] = branches_[branch];
  const Subtree& root = roots_.rbegin()->second;
  const auto place = kNibblePlaces + static_cast<HeapPlace>(branch);
  if (root.kept != nullptr && has_place(root.kept->node.child_places, place)) {
    const KeptNode* kept = child_at(root.kept->node, place).kept;
    top = child_at(root.kept->node, place);
    top.kept = nullptr;
    std::vector<std::pair<Key, const TreeNode*>> nodes;
    if (kept != nullptr && !is_stored(*kept)) take_unstored(*kept, nodes);
    std::sort(nodes.begin(), nodes.end());  // neighbours are found faster, also by who cleans the store
    for (auto& [key, node] : nodes) {
      // They stay where they are until the step is written.
      writes.put_made(std::move(key), node->bytes(), [node = node] { return encode_node(*node); });
    }
  }
  for (auto& key : to_erase) writes.erase(std::move(key));
  to_erase.clear();
  stepped = last_step_ = now_;
}

// Of a node that is not stored: nothing above it is.
void StateTree::take_unstored(const KeptNode& kept, std::vector<std::pair<Key, const TreeNode*>>& nodes) {
  unstored_bytes_ -= kept.node.bytes();
  nodes.emplace_back(node_key(kept.bits, kept.any_path), &kept.node);
  for (const Subtree& child : kept.node.children) {
    if (child.kept != nullptr && !is_stored(*child.kept)) take_unstored(*child.kept, nodes);
  }
}

void StateTree::put_steps(WriteBatch& writes) {
  Step step;
  for (const auto& [stepped, stored, top, to_erase] : branches_) {
    step.branches.push_back({stepped.value(), top.kind, top.is_single, top.hash});
  }
  const Height all = branches_[oldest_branch()].stepped;
  const auto kept = std::upper_bound(deltas_.begin(), deltas_.end(), all);
  for (auto height = deltas_.begin(); height != kept; ++height) writes.erase(delta_key(*height));
  deltas_.erase(deltas_.begin(), kept);
  writes.put(std::string(kStepKey), encode(step));
}

}  // namespace jingchu::ledger
