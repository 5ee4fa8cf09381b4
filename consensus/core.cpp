#include "consensus/core.h"

#include <algorithm>

#include "consensus/core_state.h"

namespace jingchu::consensus {

Core::Core(std::unique_ptr<State> state) : state_(std::move(state)) {}
Core::~Core() = default;

Result<std::unique_ptr<Core>> Core::create(CoreConfig config, const Signer* signer, Recovered recovered) {
  ASSIGN_OR_RETURN(auto state, State::recover(std::move(config), signer, std::move(recovered)));
  return std::unique_ptr<Core>(new Core(std::move(state)));
}

Output Core::start(Now now) {
  State& state = *state_;
  state.begin(now);
  state.pacemaker.enter(state.view, now.monotonic_us);
  state.pacemaker.note_progress(now.monotonic_us);
  state.last_final_us = now.monotonic_us;
  state.housekeeping_us = now.monotonic_us + 1'000ull * state.config.parameters.status_interval_ms;
  // The identical bytes of before: what was durable may or may not have left.
  state.send_again();
  state.unsettled = true;
  return state.finish();
}

Output Core::step(Now now, Input input) {
  State& state = *state_;
  state.begin(now);
  std::visit([&](const auto& content) { state.take(content); }, input);
  state.run_timers();
  return state.finish();
}

std::vector<Record> Core::live_records() const {
  return state_->live_records();
}
std::uint64_t Core::turns() const {
  return state_->turns_made;
}
std::vector<BatchPointer> Core::own_uncut_batches() const {
  const State& state = *state_;
  std::vector<BatchPointer> batches;
  if (!state.config.self) return batches;
  const Sequence cut = state.chain.head().header.cut[state.config.self->value()].sequence;
  for (BatchPointer& batch : state.lanes.all()) {
    if (state.is_self(batch->batch.lane) && batch->batch.sequence > cut) batches.push_back(std::move(batch));
  }
  return batches;
}
std::uint64_t Core::own_lane_room() const {
  return state_->own_lane_room();
}

CoreStatus Core::status() const {
  const State& state = *state_;
  CoreStatus status;
  status.epoch = state.config.epoch;
  status.view = state.view;
  status.final_view = state.final_view;
  status.final_height = state.chain.height();
  status.network_height = state.network_height();
  status.executed_height = state.executed;
  status.executed_root = state.roots.at(state.executed);
  status.leader = state.leader_of(state.view);
  status.votes = state.config.self && state.knows_own() && state.stopped.empty();
  status.stopped = state.stopped;
  status.watermarks = state.lanes.watermarks();
  status.final_cut = state.chain.head().header.cut;
  status.abstains = state.abstains();
  status.nullified_views = state.nullified_views;
  status.nullified_by_leader = state.nullified_by_leader;
  status.pending_bytes = state.lanes.pending_bytes();
  for (const State::Peer& peer : state.peers) status.reports.push_back(state.report_of(peer));
  return status;
}

std::string Core::State::abstains() const {
  if (!config.self || !stopped.empty()) return {};
  if (!key) return "key-without-log";
  return is_behind_log() ? "behind-its-log" : std::string();
}

PeerReport Core::State::report_of(const Peer& peer) const {
  PeerReport report;
  report.heard_us = peer.heard_us;
  if (!peer.status) return report;
  report.view = peer.status->view;
  report.final_height = peer.status->final_height;
  report.executed_height = peer.status->executed_height;
  const auto mine = roots.find(peer.status->executed_height);
  if (mine != roots.end()) report.root_differs = mine->second != peer.status->executed_root;
  const Cut& watermarks = lanes.watermarks();
  for (std::size_t lane = 0; lane < n; ++lane) {
    const Sequence theirs = peer.status->watermarks[lane].sequence;
    if (watermarks[lane].sequence > theirs) report.batches_lacking += watermarks[lane].sequence - theirs;
  }
  return report;
}

Core::State::State(CoreConfig configuration, const Signer* a_signer, FinalBlock executed_block)
    : config(std::move(configuration)),
      signer(a_signer),
      n(config.validators.size()),
      rules{config.epoch, n, config.validators.hash(), config.next_validators_hash, config.last_height},
      base_hash(config.base_hash.value_or(block_hash(config.chain_id, config.base))),
      delay_us(1'000ull * config.parameters.delay_ms),
      book(n, config.validators.quorum()),
      chain(std::move(executed_block)),
      lanes(chain.head().header.cut, config.parameters),
      pacemaker(config.parameters),
      fetching(n, config.self, delay_us),
      delivered(chain.height()),
      executed(chain.height()),
      peers(n),
      nullified_by_leader(n) {}

void Core::State::begin(Now time) {
  now = time;
  out = Output{};
  held.clear();
  turn = Turn{};
}

void Core::State::settle() {
  do {
    while (unsettled) {
      unsettled = false;
      link_finalized();
      deliver();
      vote_finalize();
      vote_notarize();
    }
    propose_if_due();
  } while (unsettled);
}

// Durable before sent: what signs leaves by Held, and counts here when its turn is synced. Where nothing is
// to be persisted there is nothing to wait for.
Output Core::State::finish() {
  settle();
  send_status_if_due();
  if (out.persist.empty()) {
    std::move(held.begin(), held.end(), std::back_inserter(out.send));
    held.clear();
    const Turn effects = std::move(turn);
    turn = Turn{};
    apply(effects);
  } else {
    out.turn = turn.number = ++turns_made;
    if (!held.empty()) out.held.emplace_back(turn.number, std::move(held));
    turns.push_back(std::move(turn));
  }
  out.wake_at_us = wake_at_us();
  return std::move(out);
}

std::uint64_t Core::State::wake_at_us() const {
  std::uint64_t wake = housekeeping_us;
  if (!pacemaker.has_fired()) wake = std::min(wake, pacemaker.view_deadline_us(final_view));
  if (!pacemaker.is_idle()) wake = std::min(wake, pacemaker.standstill_us());
  if (propose_us) wake = std::min(wake, *propose_us);
  if (const auto retry = fetching.next_deadline_us()) wake = std::min(wake, *retry);
  if (config.self && status_dirty) {
    wake = std::min(wake, status_told_us + 1'000 * status_ms(config.parameters.status_minimum_ms));
  }
  if (config.self && status_stale) wake = std::min(wake, status_due_us());
  return std::max(wake, now.monotonic_us + 1);
}

void Core::State::run_timers() {
  watch_idle();
  if (!pacemaker.has_fired() && now.monotonic_us >= pacemaker.view_deadline_us(final_view)) on_view_timer();
  if (pacemaker.is_idle()) {
    pacemaker.note_progress(now.monotonic_us);
  } else if (pacemaker.standstill_is_due(now.monotonic_us)) {
    on_standstill();
  }
  if (fetching.next_deadline_us().value_or(now.monotonic_us + 1) <= now.monotonic_us) retry_fetches();
  if (now.monotonic_us >= housekeeping_us) housekeeping();
}

void Core::State::take(const Received& received) {
  std::visit([&](const auto& message) { receive(received.from, message); }, received.message);
}

void Core::State::take(const Synced& synced) {
  while (!turns.empty() && turns.front().number <= synced.receipt.turn()) {
    const Turn durable = std::move(turns.front());
    turns.pop_front();
    apply(durable);
  }
}

void Core::State::apply(const Turn& durable) {
  for (const Hash& tip : durable.batches) {
    if (lanes.set_durable(tip)) change_status();
  }
  durable_turn = std::max(durable_turn, durable.number);
  for (const Vote& vote : durable.votes) tally(vote);
}

void Core::State::take(const PeerConnected& change) {
  if (change.peer.value() < n) peers[change.peer.value()].connected = true;
  fetching.connect(change.peer);
  if (!config.self) return;
  for (Message& message : current_messages()) send(change.peer, std::move(message));
  send(change.peer, own_status());
}

void Core::State::take(const PeerLost& change) {
  if (change.peer.value() < n) peers[change.peer.value()].connected = false;
  sources.erase(change.peer);
  for (Outgoing& retry : fetching.lose(change.peer, now.monotonic_us)) out.send.push_back(std::move(retry));
}

NodeIndex Core::State::leader_of(View of) const {
  return NodeIndex(static_cast<std::uint16_t>((of.value() % n + config.epoch.value() % n) % n));
}

const Header* Core::State::header_of(const Hash& hash) const {
  if (const Block* block = tree.find(hash)) return &block->header();
  const FinalBlock* block = chain.find(hash);
  return block == nullptr ? nullptr : &block->header;
}

void Core::State::refuse(NodeIndex from, std::string_view why) {
  notice("refused", "from " + to_string(from) + ": " + std::string(why));
}

void Core::State::stop(std::string kind, std::string text) {
  const bool is_first = stopped.empty();
  if (is_first) stopped = kind + ": " + text;
  out.notices.push_back({std::move(kind), std::move(text), true});
}

void Core::State::report(Evidence evidence, std::uint64_t number) {
  if (!evidence_filter.is_new(evidence, number)) return;
  notice("evidence", std::string(to_string(evidence.kind)) + " by validator " + to_string(evidence.culprit));
  out.evidence.push_back(std::move(evidence));
}

}  // namespace jingchu::consensus
