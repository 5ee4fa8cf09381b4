#include "sim/clients.h"

#include <algorithm>
#include <cstring>
#include <span>

#include "sim/payloads.h"
#include "sim/world.h"

namespace jingchu::sim {
namespace {

constexpr std::uint64_t kSettling_us = 300'000;      // after healing, until every node is up
constexpr std::uint64_t kSubmitting_us = 1'500'000;  // after healing
constexpr std::uint64_t kBlocksToOrder = 15;         // what a healthy network needs at most

}  // namespace

void Clients::start() {
  submit_next();
  poll_next();
}

void Clients::on_heal() {
  look_us_ = world_.queue().now_us() + kSettling_us;
}

// Every batch that an honest node holds is final: what comes now has the network for itself.
void Clients::look_whether_drained() {
  if (is_drained_ || world_.queue().now_us() < look_us_) return;
  for (std::size_t i = 0; i < world_.instances(); ++i) {
    const Node& node = world_.node(i);
    if (!world_.is_honest(node.index()) || node.is_retired()) continue;
    if (!node.running()) return;
    const auto status = node.status();
    for (std::size_t lane = 0; lane < status.watermarks.size(); ++lane) {
      const bool is_honest = world_.is_honest(NodeIndex(static_cast<std::uint16_t>(lane)));
      if (is_honest && status.watermarks[lane].sequence > status.final_cut[lane].sequence + 2) return;
    }
  }
  is_drained_ = true;
  stop_us_ = world_.queue().now_us() + kSubmitting_us;
}

std::size_t Clients::some_instance() const {
  return world_.random().below(world_.instances());
}

bool Clients::is_reachable(std::size_t instance) const {
  return world_.node(instance).running();
}

ledger::Transaction Clients::make(std::size_t client, Height valid_until) {
  ledger::Transaction made;
  ++nonce_;
  std::memcpy(made.nonce.data(), &nonce_, sizeof(nonce_));
  made.valid_until = valid_until;
  fill_calls(world_.random(), world_.keys(), client, made);
  world_.whole()->sign(made, client);
  return made;
}

Bytes Clients::fresh_transaction(Height valid_until) {
  return ledger::encode_transaction(make(world_.random().below(kMembersAtGenesis), valid_until));
}

void Clients::submit_next() {
  Random& random = world_.random();
  // After healing the backlog has to go first.
  const Delay pause = look_us_ == ~std::uint64_t{0} ? world_.plan().submit : Delay{80'000, 250'000};
  world_.queue().after(random.between(pause.min_us, pause.max_us), [this] { submit_next(); });
  const std::size_t instance = some_instance();
  if (!is_reachable(instance)) return;
  const std::size_t client = random.chance(1, 4) ? 0 : random.below(kClients);
  const std::uint64_t height = world_.node(instance).durable_height().value();
  const std::uint64_t window = world_.plan().validity_window;
  const std::uint64_t ahead = random.chance(1, 6) ? random.between(1, 4) : random.between(window / 2, window);
  ledger::Transaction made = make(client, Height(height + ahead));
  const Hash id = ledger::transaction_id(made);
  Entry& entry = *submitted_.try_emplace(id, Submitted{std::move(made), {}, false, {}, false}).first;
  bool is_taken = submit(entry, instance);
  // To another as well: the same transaction in two lanes.
  if (random.chance(1, 3)) is_taken = submit(entry, some_instance()) || is_taken;
  const bool counts = world_.queue().now_us() < stop_us_;
  if (counts && (is_taken || entry.second.taken_at != Height())) {
    open_.push_back(&entry);
  } else {
    submitted_.erase(id);
  }
}

// Who ceases to validate forgets what it took, and so does who opens itself again with other keys, or was
// away while its keys changed.
bool Clients::may_forget(const Node& node) const {
  if (world_.governor() == nullptr) return false;
  return !world_.governor()->satisfied() || node.epoch().next() < world_.epochs().latest().plan.epoch;
}

bool Clients::submit(Entry& entry, std::size_t instance) {
  if (!is_reachable(instance)) return false;
  Node& node = world_.node(instance);
  const auto taken = node.submit(entry.second.transaction);
  if (!taken.ok()) {
    world_.count("transactions refused");
    return false;
  }
  world_.count("transactions admitted");
  if (*taken != entry.first) world_.fail("wrong-id", "a node answered another transaction's id");
  if (!world_.is_honest(node.index())) return true;
  entry.second.taken_at = node.durable_height().next();
  entry.second.taken_drained = is_drained_ && !may_forget(node);
  return true;
}

void Clients::poll_next() {
  world_.queue().after(world_.random().between(40'000, 120'000), [this] { poll_next(); });
  look_whether_drained();
  for (Entry* entry : open_) poll(*entry);
  std::erase_if(open_, [](const Entry* entry) { return !entry->second.is_open(); });
}

void Clients::poll(Entry& entry) {
  const std::size_t instance = some_instance();
  if (!is_reachable(instance)) return;
  Node& node = world_.node(instance);
  if (!world_.is_honest(node.index())) return;
  const auto outcome = node.outcome(entry.first);
  if (node.is_damaged()) return;
  if (!outcome.ok()) return world_.fail("unreadable-ledger", outcome.error().to_string());
  if (*outcome) return note_final(entry, instance, (*outcome)->place.height);
  const Height valid_until = entry.second.transaction.valid_until;
  if (node.durable_height() >= valid_until) {
    // What the node may have let go, an archive has.
    const bool is_gone = node.horizon() + world_.plan().validity_window >= valid_until;
    const auto archived = is_gone ? world_.observer().executed_at(entry.first) : std::nullopt;
    return archived ? note_final(entry, instance, *archived) : note_expired(entry, instance);
  }
  if (!node.is_pending(entry.first) && world_.random().chance(1, 3)) submit(entry, instance);
}

void Clients::note_final(Entry& entry, std::size_t instance, Height height) {
  world_.count("transactions final");
  entry.second.final_height = height;
  if (height > entry.second.transaction.valid_until) {
    world_.fail("executed-after-expiry", "n" + std::to_string(instance) + " at height " + to_string(height));
  }
}

void Clients::note_expired(Entry& entry, std::size_t instance) {
  world_.count("transactions expired");
  entry.second.expired = true;
  const bool in_time = entry.second.transaction.valid_until >= entry.second.taken_at + kBlocksToOrder;
  if (entry.second.taken_drained && in_time && !world_.plan().is_congested()) {
    world_.fail("transaction-lost",
                "n" + std::to_string(instance) + " let " + to_hex(entry.first).substr(0, 12) +
                    " expire, which was taken at height " + to_string(entry.second.taken_at));
  }
}

bool Clients::is_final_everywhere(const Entry& entry) const {
  for (std::size_t i = 0; i < world_.instances(); ++i) {
    const Node& node = world_.node(i);
    if (!world_.is_honest(node.index()) || node.is_retired()) continue;
    if (!node.running()) return false;
    if (node.horizon() >= entry.second.final_height) continue;
    const auto outcome = node.outcome(entry.first);
    if (!outcome.ok() || !*outcome) return false;
    if ((*outcome)->place.height != entry.second.final_height) {
      world_.fail("final-differs", "n" + std::to_string(i) + " has at height " +
                                       to_string((*outcome)->place.height) + " what was final at " +
                                       to_string(entry.second.final_height));
    }
  }
  return true;
}

bool Clients::satisfied() const {
  if (!is_drained_ || !open_.empty() || world_.queue().now_us() < stop_us_) return false;
  for (const Entry& entry : submitted_) {
    if (entry.second.final_height != Height() && !is_final_everywhere(entry)) return false;
  }
  return true;
}

std::string Clients::missing() const {
  std::string text = is_drained_ ? "" : "; the lanes were never drained";
  for (const Entry* entry : std::span(open_).first(std::min<std::size_t>(open_.size(), 5))) {
    text += " " + to_hex(entry->first).substr(0, 12) + " (until " +
            to_string(entry->second.transaction.valid_until) + ")";
  }
  if (!open_.empty()) return "; " + std::to_string(open_.size()) + " neither final nor expired:" + text;
  for (const Entry& entry : submitted_) {
    if (entry.second.final_height == Height() || is_final_everywhere(entry)) continue;
    text += " " + to_hex(entry.first).substr(0, 12) + " (at " + to_string(entry.second.final_height) + ")";
  }
  return text.empty() ? text : "; not final on every honest node:" + text;
}

Bytes Clients::any_transaction() const {
  if (submitted_.empty()) return {};
  auto entry = submitted_.begin();
  std::advance(entry, static_cast<std::ptrdiff_t>(world_.random().below(submitted_.size())));
  return ledger::encode_transaction(entry->second.transaction);
}

}  // namespace jingchu::sim
