#include "sim/governor.h"

#include <algorithm>
#include <cstring>

#include "sim/payloads.h"
#include "sim/whole_ledger.h"
#include "sim/world.h"

namespace jingchu::sim {

namespace governance = contracts::governance;

namespace {

constexpr std::uint64_t kBlocksToDecide = 60;  // of one change, until a quorum is ready
constexpr std::uint64_t kBlock_us = 400'000;   // at the most, on an average
constexpr std::uint64_t kVotedFor = 60;        // blocks

std::string quoted(const std::string& text) {
  return "\"" + text + "\"";
}

std::string keys_json(const governance::Member& member) {
  return R"("name":)" + quoted(member.name) + R"(,"consensus_key":)" +
         quoted(to_string(member.consensus_key)) + R"(,"transport_key":)" +
         quoted(to_string(member.transport_key));
}

// Nothing where the two are the same.
std::string change_json(const governance::Member* before, const governance::Member* after) {
  if (after == nullptr) return R"({"remove":)" + quoted(before->name) + "}";
  if (before == nullptr) {
    return R"({"add":{)" + keys_json(*after) + R"(,"operator_id":)" + quoted(after->operator_id) +
           R"(,"address":)" + quoted(after->address) + "}}";
  }
  return *before == *after ? "" : R"({"replace":{)" + keys_json(*after) + "}}";
}

}  // namespace

Governor::Governor(World& world) : world_(world), at_once_(world.plan().seed % 2 == 0) {}

void Governor::act_next() {
  world_.queue().after(world_.random().between(10'000, 60'000), [this] { act_next(); });
  check_pace();
  let_in_again();
  const Node& node = world_.node(world_.random().below(world_.instances()));
  if (node.running() && world_.is_honest(node.index())) act(node);
}

void Governor::act(const Node& node) {
  const auto view = look(node);
  if (node.is_damaged()) return;
  if (!view.ok()) return world_.fail("unreadable-ledger", view.error().to_string());
  if (view->pending) return attest(*view);
  if (differences(view->latest) == 0) return;
  const std::string payload = proposal(*view);
  for (const auto& [id, open] : view->open) {
    if (open.json == payload) return vote(*view, id);
  }
  send(*view, NodeIndex(0), "propose", payload);
}

// Who was away for so long that its former keys are not listed any more gets its next ones by hand.
void Governor::let_in_again() {
  const auto& present = world_.epochs().latest().plan;
  for (std::size_t i = 0; i < world_.plan().nodes(); ++i) {
    Node& node = world_.node(i);
    if (!node.running() || !node.is_locked_out(present)) continue;
    world_.count("keys put in place by hand");
    world_.reopen(i);
    node.put_next_keys_in_place();
  }
}

Result<Governor::View> Governor::look(const Node& node) const {
  const ledger::CommittedState state(whole_of(node.ledger()).store(), "governance");
  ASSIGN_OR_RETURN(const auto head, governance::read_head(state));
  View view;
  view.height = node.durable_height();
  ASSIGN_OR_RETURN(view.latest, governance::read_set(state, head.latest_since));
  ASSIGN_OR_RETURN(view.pending, governance::find_pending_change(state));
  ASSIGN_OR_RETURN(const auto open, governance::read_open(state));
  for (const auto& entry : open) {
    ASSIGN_OR_RETURN(const auto found, governance::find_proposal(state, entry.id));
    if (found && entry.expires > view.height) view.open.emplace(entry.id, *found);
  }
  return view;
}

governance::Members Governor::wanted(const Members& present) const {
  Members members;
  const std::size_t count = world_.plan().validators + (wants_joined_ ? 1 : 0);
  for (std::size_t i = 0; i < count; ++i) {
    const Node& node = world_.node(i);
    if (node.is_retired() && i < present.size()) {
      members.push_back(present[i]);
      continue;
    }
    const auto& keys = node.newest_keys();
    members.push_back({keys.name, "", keys.name, keys.consensus_key, keys.transport_key,
                       "127.0.0.1:" + std::to_string(i + 1)});
    if (i < present.size()) members.back().division = present[i].division;
  }
  return members;
}

std::size_t Governor::differences(const Members& present) const {
  const Members after = wanted(present);
  std::size_t count = std::max(after.size(), present.size()) - std::min(after.size(), present.size());
  for (std::size_t i = 0; i < std::min(after.size(), present.size()); ++i) count += present[i] != after[i];
  return count;
}

std::string Governor::proposal(const View& view) const {
  const Members after = wanted(view.latest);
  std::string changes;
  for (std::size_t i = 0; i < std::max(after.size(), view.latest.size()); ++i) {
    const std::string change = change_json(i < view.latest.size() ? &view.latest[i] : nullptr,
                                           i < after.size() ? &after[i] : nullptr);
    if (change.empty()) continue;
    changes += (changes.empty() ? "" : ",") + change;
    if (!at_once_) break;
  }
  return R"({"changes":[)" + changes + R"(],"valid_for":)" + std::to_string(kVotedFor) + "}";
}

void Governor::vote(const View& view, governance::ProposalId id) {
  for (std::size_t i = 0; i < view.latest.size(); ++i) {
    send(view, NodeIndex(static_cast<std::uint16_t>(i)), "vote",
         R"({"proposal":)" + std::to_string(id) + R"(,"vote":"yes"})");
  }
}

// Every member that has the keys and is caught up, once.
void Governor::attest(const View& view) {
  const auto& [id, members, accepted, ready] = *view.pending;
  for (std::size_t i = 0; i < members.size(); ++i) {
    const Node& node = world_.node(i);
    const std::string& name = members[i].name;
    if (!node.running() || view.pending->is_ready(name)) continue;
    const auto signature =
        node.attest(members, governance::readiness_bytes(world_.chain_id(), id, members, name));
    if (!signature) continue;
    send(view, node.index(), "ready",
         R"({"proposal":)" + std::to_string(id) + R"(,"validator":)" + quoted(name) + R"(,"signature":)" +
             quoted(to_hex(*signature)) + "}");
  }
}

void Governor::send(const View& view, NodeIndex node, const std::string& method, const std::string& payload) {
  const std::string what = to_string(node) + " " + method + " " + payload;
  const auto sent = sent_.find(what);
  if (sent != sent_.end() && sent->second >= view.height) return;
  Node& taker = world_.node(world_.random().below(world_.instances()));
  if (!taker.running()) return;
  ledger::Transaction made;
  ++nonce_;
  std::memcpy(made.nonce.data() + sizeof(nonce_), &nonce_, sizeof(nonce_));
  made.valid_until = view.height + world_.random().between(4, world_.plan().validity_window);
  made.calls.push_back({"governance", method, to_bytes(payload)});
  world_.whole()->sign(made, operator_of(node));
  if (taker.submit(made).ok()) sent_[what] = made.valid_until;
}

bool Governor::satisfied() const {
  const Members& members = world_.epochs().latest().plan.members;
  return differences(members) == 0;
}

std::string Governor::missing() const {
  const auto& plan = world_.epochs().latest().plan;
  const std::size_t open = differences(plan.members);
  if (open == 0) return {};
  return "; epoch " + to_string(plan.epoch) + " has not " + std::to_string(open) + " changes of validators";
}

// One change may be under way already, and each takes up to three epochs from when its members are ready.
std::uint64_t Governor::blocks_max() const {
  const std::size_t open = differences(world_.epochs().latest().plan.members) + 1;
  return open * (kBlocksToDecide + 3 * world_.plan().parameters.epoch_blocks);
}

std::uint64_t Governor::bound_us() const {
  return blocks_max() * kBlock_us;
}

void Governor::on_heal() {
  due_ = world_.observer().height() + blocks_max();
}

void Governor::check_pace() {
  if (!due_ || satisfied() || world_.observer().height() <= *due_) return;
  world_.fail("change-never-took-effect",
              "at height " + to_string(world_.observer().height()) + missing() + world_.describe_nodes());
}

}  // namespace jingchu::sim
