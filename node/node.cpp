#include "node/node.h"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <map>
#include <thread>
#include <tuple>

#include "common/clock.h"
#include "ledger/state.h"

namespace jingchu::node {
namespace {

constexpr std::uint64_t kStatusInterval_us = 10'000;
// After SIGTERM: how long requests may wait to become final, and how long any request may take. Together with
// what follows less than 5 s.
constexpr std::chrono::milliseconds kDrainPatience{2'000};
constexpr std::chrono::milliseconds kDrainTimeout{3'000};

consensus::Now now() {
  return {system_clock().monotonic_us(), system_clock().wall_ms()};
}

constexpr const char* kBehindHorizonRemedy =
    "restore a snapshot (jingchu snapshot restore), or give it a peer that keeps all of the history";

}  // namespace

Node::~Node() = default;

// ---- the core and its ports

ConsensusPorts Node::consensus_ports() {
  return {.now = now,
          .persist = [this](std::uint64_t turn,
                            std::vector<consensus::Record> records) { durable_log_->append(turn, records); },
          .send = [this](const consensus::Outgoing& outgoing) { traffic_->send(outgoing); },
          .deliver =
              [this](consensus::FinalizedBlock block) {
                clock_watch_->take(block);
                execution_->deliver(std::move(block));
              },
          .serve = [this](const consensus::ServeFromStore& request) { traffic_->serve(request); },
          .notice = [this](const consensus::Notice& notice) { on_notice(notice); },
          .evidence = [this](const consensus::Evidence& evidence) { on_evidence(evidence); },
          .arm = [this](std::uint64_t wake_at_us) { arm(wake_at_us); }};
}

void Node::on_core(consensus::Input input) {
  boost::asio::post(strand_, [this, input = std::move(input)]() mutable {
    driver_->take(std::move(input));
    take_status();
  });
}

void Node::on_message(PeerInput input) {
  boost::asio::post(strand_, [this, input = std::move(input)]() mutable {
    const std::uint64_t begin_us = thread_cpu_us();
    if (input.epoch == plan_.epoch) driver_->take(std::move(input.received));
    traffic_->taken(input.peer, thread_cpu_us() - begin_us);
    take_status();
  });
}

void Node::arm(std::uint64_t wake_at_us) {
  if (wake_at_us == armed_for_us_) return;
  armed_for_us_ = wake_at_us;
  const std::uint64_t current = system_clock().monotonic_us();
  wake_timer_.expires_after(std::chrono::microseconds(wake_at_us > current ? wake_at_us - current : 0));
  wake_timer_.async_wait([this](boost::system::error_code code) {
    if (code) return;
    armed_for_us_ = 0;
    driver_->take(consensus::Tick{});
    take_status();
  });
}

void Node::take_status() {
  const std::uint64_t current = system_clock().monotonic_us();
  const std::lock_guard lock(view_mutex_);
  if (status_us_ != 0 && current - status_us_ < kStatusInterval_us) return;
  status_us_ = current;
  // The core of a new epoch has not heard from its peers yet; what they said to the one before holds.
  const auto heard = status_.network_height;
  status_ = driver_->core().status();
  if (!status_.network_height) status_.network_height = heard;
}

void Node::on_notice(const consensus::Notice& notice) {
  metrics_.notice(notice.kind);
  if (notice.kind == "chain-unanswered") note_unanswered_chain();
  if (notice.alarm) {
    if (log_limit_.admit(notice.kind, system_clock().monotonic_us())) {
      log_.named("consensus").error(notice.text, {{"kind", notice.kind}});
    }
  } else {
    log_.named("consensus").debug(notice.text, {{"kind", notice.kind}});
  }
}

void Node::note_unanswered_chain() {
  Height final_height;
  {
    const std::lock_guard lock(view_mutex_);
    final_height = status_.final_height;
    behind_horizon_.unanswered(final_height);
    if (!behind_horizon_.holds(final_height)) return;
  }
  if (!unanswered_limit_.admit("behind-horizon", system_clock().monotonic_us())) return;
  log_.named("consensus")
      .warning("no peer gives the blocks that this node needs next: all that it reaches have pruned them",
               {{"above_height", final_height.value()}, {"remedy", kBehindHorizonRemedy}});
}

void Node::on_evidence(const consensus::Evidence& evidence) {
  const Status taken = misbehaviour_->take(evidence);
  if (!taken.ok()) {
    log_.named("consensus").error("our own evidence proves nothing", {{"why", taken.error().to_string()}});
  }
}

void Node::on_refused(const std::string& peer, const Error& error) {
  metrics_.notice(error.type);
  const auto left_out = log_limit_.admit(error.type, system_clock().monotonic_us());
  if (!left_out) return;
  log_.named("peers").warning(
      "refused a message",
      {{"peer", peer}, {"why", error.to_string()}, {"more_like_this_before", *left_out}});
}

void Node::on_peer(network::PeerNumber peer, bool connected) {
  boost::asio::post(strand_, [this, peer, connected] {
    const auto index = traffic_->index_of(peer);
    if (!index) return;
    if (connected) {
      driver_->take(consensus::PeerConnected{*index});
      // It may have been away when this was told to all.
      if (identity().validator)
        misbehaviour_->recall([this, peer](const auto& evidence) { traffic_->tell(evidence, peer); });
    } else {
      driver_->take(consensus::PeerLost{*index});
    }
    take_status();
  });
}

// ---- our own lane

void Node::seal_soon() {
  boost::asio::post(strand_, [this] {
    const std::uint64_t current = system_clock().monotonic_us();
    const auto seal_at_us = lane_.wait_us(current);
    if (!seal_at_us) return;
    seal_timer_.expires_after(std::chrono::microseconds(*seal_at_us - current));
    seal_timer_.async_wait([this](boost::system::error_code code) {
      if (!code) seal();
    });
  });
}

void Node::seal() {
  auto transactions = lane_.seal(system_clock().monotonic_us(), driver_->core(),
                                 genesis_.parameters.batch_bytes_max, *admission_);
  if (!transactions.empty()) driver_->take(consensus::SealBatch{std::move(transactions)});
  if (admission_->waiting_count() > 0) seal_soon();
}

// Only of a validator: the core of anyone else holds nothing of the log, whose key must stay in it.
void Node::rotate_log() {
  if (!identity().validator || !rotation_.is_due(durable_log_->segment_bytes())) return;
  const auto live = driver_->core().live_records();
  rotation_.rotated(live);
  durable_log_->rotate(live);
}

// ---- execution

void Node::count(const ledger::ExecutedBlock& block, double seconds) {
  metrics_.executed(block.transactions.size(), seconds);
  std::map<std::pair<std::string_view, std::string_view>, std::size_t> counts;
  for (const auto& executed : block.transactions) {
    const auto& calls = executed.transaction->transaction.calls;
    for (const auto& receipt : executed.receipts)
      ++counts[{calls[receipt.call_index].contract, receipt.code}];
  }
  for (const auto& [of, calls] : counts) metrics_.calls(of.first, of.second, calls);
}

void Node::on_executed(std::vector<ledger::ExecutedBlock> blocks, double seconds) {
  for (const auto& block : blocks) {
    admission_->executed(block);
    count(block, seconds / static_cast<double>(blocks.size()));
  }
  {
    const std::lock_guard lock(view_mutex_);
    executed_ = {blocks.back().height, blocks.back().executed_root};
  }
  for (const auto& block : blocks) {
    for (const auto& transaction : block.transactions) waiters_.notify(transaction.id, transaction.receipts);
    for (const auto& id : block.expired) waiters_.notify(id);
  }
  boost::asio::post(strand_, [this, blocks = std::move(blocks)] {
    on_blocks(blocks);
    take_status();
  });
}

// What is held fast for a snapshot is the state of this moment.
Status Node::after_blocks() {
  snapshots_->after_blocks(executor_->height());
  return history_->after_blocks();
}

// ---- the API's questions

boost::asio::awaitable<Result<Hash>> Node::submit(ledger::Transaction transaction) {
  if (const Identity self = identity(); !self.validator) {
    const Hash known = ledger::transaction_id(transaction);
    const auto view = this->transaction(known);
    if (view.ok() && view->state != TransactionState::kUnknown) co_return known;
    co_return caller_error("no-lane", "this node validates nothing at present (" + self.role +
                                          "): no transaction gets into the chain through it");
  }
  const auto admitted = admission_->submit(std::move(transaction), network_height());
  if (!admitted.ok()) {
    metrics_.refused(admitted.error().type);
    co_return admitted.error();
  }
  metrics_.accepted();
  if (admitted->is_new) seal_soon();
  co_return admitted->id;
}

Height Node::network_height() const {
  const std::lock_guard lock(view_mutex_);
  return std::max(status_.final_height, status_.network_height.value_or(Height()));
}

boost::asio::awaitable<Result<TransactionView>> Node::wait_final(Hash id, std::chrono::milliseconds timeout) {
  const auto receipts = co_await waiters_.wait(id, timeout, [this, id] {
    const auto view = transaction(id);
    return view.ok() && view->state == TransactionState::kPending;
  });
  if (receipts) co_return TransactionView{TransactionState::kFinal, *receipts};
  co_return transaction(id);
}

Result<TransactionView> Node::transaction(const Hash& id) const {
  RETURN_IF_ERROR(serving());
  ASSIGN_OR_RETURN(auto outcome, blocks_->outcome(id));
  if (outcome) return TransactionView{TransactionState::kFinal, std::move(outcome->receipts)};
  if (admission_->is_pending(id)) return TransactionView{TransactionState::kPending, {}};
  if (admission_->is_expired(id)) return TransactionView{TransactionState::kExpired, {}};
  return TransactionView{};
}

// Reads in the pool, where only signatures wait.
NodeView Node::view() const {
  NodeView view;
  view.peers = peers_->status();
  view.mempool = {admission_->waiting_count(), admission_->waiting_bytes(), config_.mempool_transactions_max,
                  config_.mempool_bytes_max};
  view.refusals = peers_->refusals();
  view.disks = disks_.disks();
  view.clock_offset_ms = clock_watch_->offset_ms();
  view.time_ms = system_clock().wall_ms();
  view.monotonic_us = system_clock().monotonic_us();
  view.uptime_ms = (view.monotonic_us - started_us_) / 1'000;
  for (auto& problem : {clock_watch_->problem(), descriptors_.problem()}) {
    if (!problem.empty()) view.problems.push_back(problem);
  }
  view.keep_blocks = config_.history_keep_blocks;
  const auto horizon = ledger::read_horizon(*store_);
  if (horizon.ok() && horizon->target != Height()) view.from_height = horizon->target.next();
  const std::lock_guard lock(view_mutex_);
  view.name = identity_.name;
  view.role = identity_.role;
  view.validators = validator_names_;
  view.consensus = status_;
  view.epoch = status_.epoch;
  view.behind_horizon = behind_horizon_.holds(status_.final_height);
  if (executed_.first > status_.executed_height) {
    std::tie(view.consensus.executed_height, view.consensus.executed_root) = executed_;
    view.consensus.final_height = std::max(status_.final_height, executed_.first);
  }
  if (failure_) {
    view.failure = failure_->to_string();
    view.consensus.votes = false;
  }
  if (const auto network_height = status_.network_height) {
    const Height final_height = std::max(status_.final_height, *network_height);
    view.caught_up = view.consensus.executed_height + genesis_.parameters.execution_lag_max >= final_height;
  }
  return view;
}

Result<std::string> Node::query(const contracts::Contract& contract, std::string_view query,
                                const contracts::QueryParameters& parameters) const {
  return contract.query(ledger::CommittedState(*store_, std::string(contract.name())), query, parameters);
}

std::string Node::metrics() const {
  const NodeView current = view();
  metrics_.consensus(current.consensus);
  metrics_.mempool(current.mempool.transactions, current.mempool.bytes);
  metrics_.peers(current.peers);
  metrics_.peer_refusals(peers_->refusals());
  metrics_.http_server(http_->status());
  return metrics_.text();
}

// ---- life and end

Status Node::start() {
  store_->notify([this](const Error& error) { fail(error); });
  if (durable_log_) {
    durable_log_->notify(
        [this](consensus::SyncReceipt receipt) {
          boost::asio::post(strand_, [this, receipt] { driver_->synced(receipt); });
        },
        [this](const Error& error) { fail(error); },
        [this](std::uint64_t bytes, std::uint64_t took_us) {
          metrics_.synced(bytes, static_cast<double>(took_us) / 1e6);
          disks_.synced("log", took_us);
        });
    durable_log_->start();
  }
  history_->start();
  snapshots_->start();
  execution_->start();
  Status listening = peers_->start();
  if (listening.ok()) listening = http_->start();
  if (!listening.ok()) {
    shut_down();
    return listening;
  }
  boost::asio::post(strand_, [this] {
    driver_->start();
    tell_sessions();
  });
  const Identity self = identity();
  log_.info("serving", {{"node", self.name},
                        {"role", self.role},
                        {"epoch", plan_.epoch.value()},
                        {"chain", to_hex(genesis_.chain_id)},
                        {"height", executor_->height().value()},
                        {"peers", to_string(config_.peer_listen)},
                        {"api", (config_.api_certificate.empty() ? "http://" : "https://") +
                                    to_string(config_.api_listen)}});
  return ok_status();
}

Status Node::run() {
  boost::asio::signal_set signals(api_io_, SIGTERM, SIGINT);
  signals.async_wait([this](boost::system::error_code code, int) {
    if (code) return;
    log_.info("stopping: asked to");
    is_asked_to_stop_ = true;
    request_stop();
  });
  std::vector<std::thread> threads;
  for (int i = 0; i < network_threads_.peers; ++i) threads.emplace_back([this] { peers_io_.run(); });
  for (int i = 0; i < network_threads_.api; ++i) threads.emplace_back([this] { api_io_.run(); });
  wait_for_end();
  linger();
  boost::asio::steady_timer patience(api_io_, kDrainPatience);
  patience.async_wait([this](boost::system::error_code) { waiters_.close(); });
  http_->stop(kDrainTimeout, [this] {
    api_io_.stop();
    peers_io_.stop();
  });
  for (auto& thread : threads) thread.join();
  shut_down();
  if (auto failed = failure()) return *failed;
  log_.info("stopped");
  return ok_status();
}

Identity Node::identity() const {
  const std::lock_guard lock(view_mutex_);
  return identity_;
}

// The order matters: first nothing comes in any more, then those who call others end before those they call.
void Node::shut_down() {
  peers_->stop();
  signature_pool_.join();
  execution_->stop();
  history_->stop();
  snapshots_->stop();
  archive_->stop();
  archive_thread_.join();
  durable_log_.reset();
}

}  // namespace jingchu::node
