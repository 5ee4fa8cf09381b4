// The running node: owns the parts and wires them; the logic is theirs. Threads: network, HTTP and the
// consensus strand on one io_context, a pool for signatures, one execution thread, one for the durable log.
#pragma once

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/strand.hpp>
#include <boost/asio/thread_pool.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <optional>

#include "common/log_limit.h"
#include "ledger/durable_log.h"
#include "ledger/proof_maker.h"
#include "network/http_server.h"
#include "node/api/api.h"
#include "node/api/backend.h"
#include "node/behind_horizon.h"
#include "node/clock_watch.h"
#include "node/config.h"
#include "node/consensus_driver.h"
#include "node/descriptors.h"
#include "node/disk_watch.h"
#include "node/epoch.h"
#include "node/execution.h"
#include "node/history.h"
#include "node/identity.h"
#include "node/lane_driver.h"
#include "node/metrics.h"
#include "node/misbehaviour.h"
#include "node/peer_traffic.h"
#include "node/waiters.h"

namespace jingchu::node {

// Few where there are few processors, for each takes time from the others.
struct NetworkThreads {
  int peers = 1;
  int api = 1;
};

class Node final : public ApiBackend {
 public:
  // Reads everything and checks that it fits together; then cuts off what a crash tore and opens the data. A
  // start that is refused by what can be seen without writing has changed nothing (docs/operations.md).
  // `keys` as read_keys() gives them.
  static Result<std::unique_ptr<Node>> open(Config config, std::vector<NodeKeys> keys, Log log);
  ~Node() override;

  // Listens and begins to work. Error: "listen".
  Status start();
  // Works until SIGTERM, SIGINT or a failure of this node (its disk, say), which is the Error.
  Status run();
  // After run(): this node's keys have changed with the epoch, and it is to be opened again at once.
  bool has_other_keys() const { return has_other_keys_ && !is_asked_to_stop_; }

  boost::asio::awaitable<Result<Hash>> submit(ledger::Transaction transaction) override;
  boost::asio::awaitable<Result<TransactionView>> wait_final(Hash id,
                                                             std::chrono::milliseconds timeout) override;
  Result<TransactionView> transaction(const Hash& id) const override;
  NodeView view() const override;
  const ledger::Genesis& genesis() const override { return genesis_; }
  std::string genesis_file() const override { return genesis_file_; }
  const ledger::BlockStore& blocks() const override { return *blocks_; }
  const ledger::MisbehaviourStore& misbehaviour() const override { return *evidence_; }
  Result<ledger::ProofBundle> prove_record(const Hash& transaction_id,
                                           std::uint32_t call_index) const override {
    return proofs_->record(transaction_id, call_index);
  }
  Result<ledger::ProofBundle> prove_entity(std::string_view contract, std::string_view name,
                                           bool with_records) const override {
    return proofs_->entity(contract, name, with_records);
  }
  std::vector<SnapshotView> snapshots() const override { return snapshots_->list(); }
  boost::asio::awaitable<Result<Bytes>> snapshot_manifest(Height height) override {
    return read_beside(signature_pool_, [this, height] { return snapshots_->manifest(height); });
  }
  boost::asio::awaitable<Result<Bytes>> snapshot_chunk(Height height, std::uint64_t index) override {
    return read_beside(signature_pool_, [this, height, index] { return snapshots_->chunk(height, index); });
  }
  boost::asio::awaitable<Result<std::vector<ledger::EpochRange>>> archive_epochs() override {
    return read_beside(archive_thread_, [this] { return archive_->epochs(); });
  }
  boost::asio::awaitable<Result<SegmentView>> archive_segment(Epoch epoch) override {
    return read_beside(archive_thread_, [this, epoch] { return archive_->segment(epoch); });
  }
  boost::asio::awaitable<Result<Bytes>> archive_piece(Epoch epoch, std::uint64_t index) override {
    return read_beside(archive_thread_, [this, epoch, index] { return archive_->piece(epoch, index); });
  }
  Result<std::string> query(const contracts::Contract& contract, std::string_view query,
                            const contracts::QueryParameters& parameters) const override;
  std::string metrics() const override;

 private:
  Node(Config config, std::vector<NodeKeys> keys, Log log);

  Status open_genesis();
  Status share_descriptors();
  Status check_data();
  Status open_ledger();
  Status open_epoch();
  Status open_consensus();
  Status open_network();
  Status open_misbehaviour();
  Status open_peers(network::PeerSetConfig config);
  Status open_api();
  Height network_height() const;  // as far as it was heard of
  Result<std::shared_ptr<network::ServerTls>> open_certificate() const;
  std::string data_path(std::string_view name) const;
  ledger::LevelDbOptions database_options() const;
  ledger::ExecutorConfig executor_config(ledger::KeyValueStore& store) const;
  ConsensusPorts consensus_ports();
  ledger::MempoolLimits mempool_limits() const;

  // The end of a node, in failure.cpp.
  void fail(const Error& error);  // any thread
  void request_stop();            // any thread
  void wait_for_end();
  Status watch();
  void linger();
  std::optional<Error> failure() const;
  Status serving() const;
  network::HttpHandler while_serving(network::HttpHandler handler) const;
  void shut_down();
  Identity identity() const;
  const NodeKeys& keys() const { return all_keys_[chosen_keys_]; }

  void on_core(consensus::Input input);  // any thread
  void on_message(PeerInput input);      // any thread
  void on_executed(std::vector<ledger::ExecutedBlock> blocks, double seconds);
  Status after_blocks();
  // What `read` answers, on a thread of the pool.
  template <class Read>
  static boost::asio::awaitable<std::invoke_result_t<Read>> read_beside(boost::asio::thread_pool& pool,
                                                                        Read read) {
    std::optional<std::invoke_result_t<Read>> answer;
    const auto work = [&]() -> boost::asio::awaitable<void> {
      answer = read();
      co_return;
    };
    co_await boost::asio::co_spawn(pool, work, boost::asio::use_awaitable);
    co_return std::move(*answer);
  }
  void count(const ledger::ExecutedBlock& block, double seconds);
  void on_notice(const consensus::Notice& notice);
  void on_refused(const std::string& peer, const Error& error);
  void on_peer(network::PeerNumber peer, bool connected);
  void on_evidence(const consensus::Evidence& evidence);

  // From one epoch to the next, in epoch_switch.cpp; on the strand.
  Result<std::unique_ptr<consensus::Core>> make_core(const consensus::Core* before);
  Result<PeerDirectory> make_directory() const;
  consensus::Verifier make_verifier() const;
  void on_blocks(const std::vector<ledger::ExecutedBlock>& blocks);
  Status change_epoch(EpochPlan plan);
  Status change_peers();
  void tell_sessions();  // to the core, which takes everybody for connected

  void arm(std::uint64_t wake_at_us);
  void seal_soon();
  void seal();
  void rotate_log();
  void take_status();
  void note_unanswered_chain();

  Config config_;
  std::vector<NodeKeys> all_keys_;
  std::size_t chosen_keys_ = 0;
  Log log_;
  LogLimit log_limit_;
  LogLimit unanswered_limit_{1, kWarningInterval_us};
  std::uint64_t started_us_;

  std::string genesis_file_;
  ledger::Genesis genesis_;
  DescriptorShares shares_;
  std::unique_ptr<FileLock> home_lock_;
  std::unique_ptr<ledger::KeyValueStore> store_;
  std::unique_ptr<ledger::BlockStore> blocks_;
  std::unique_ptr<ledger::MisbehaviourStore> evidence_;
  ledger::CheckedBatches checked_batches_;
  std::unique_ptr<ledger::Executor> executor_;
  std::unique_ptr<ledger::ProofMaker> proofs_;
  std::vector<ledger::DurableLog::Found> found_logs_;  // of each pair of keys
  std::unique_ptr<ledger::DurableLog> durable_log_;
  std::unique_ptr<consensus::Signer> signer_;
  mutable Metrics metrics_;

  Waiters waiters_;  // outlives api_io_, whose last coroutines still stand in it
  // The core and the peers have threads of their own: nothing that a client asks for keeps a vote waiting.
  const NetworkThreads network_threads_;
  boost::asio::io_context peers_io_{network_threads_.peers};
  boost::asio::io_context api_io_{network_threads_.api};
  boost::asio::strand<boost::asio::io_context::executor_type> strand_;
  boost::asio::thread_pool signature_pool_;
  boost::asio::thread_pool archive_thread_{1};  // a segment is read as a whole: only who asks for it waits
  std::unique_ptr<Admission> admission_;
  std::unique_ptr<Misbehaviour> misbehaviour_;
  std::unique_ptr<PeerTraffic> traffic_;
  std::unique_ptr<network::PeerSet> peers_;
  std::unique_ptr<History> history_;
  std::unique_ptr<Snapshots> snapshots_;
  std::unique_ptr<Archive> archive_;
  std::unique_ptr<Execution> execution_;
  std::unique_ptr<Api> api_;
  std::unique_ptr<network::HttpServer> http_;

  // Only on the strand.
  EpochPlan plan_;
  std::vector<consensus::Record> log_records_;  // what our log holds, while no core has taken it
  std::unique_ptr<ConsensusDriver> driver_;
  boost::asio::steady_timer wake_timer_;
  std::uint64_t armed_for_us_ = 0;
  boost::asio::steady_timer seal_timer_;
  LaneDriver lane_;
  LogRotation rotation_;

  DiskWatch disks_;
  DescriptorWatch descriptors_;
  std::unique_ptr<ClockWatch> clock_watch_;

  std::atomic<bool> has_other_keys_{false};
  std::atomic<bool> is_asked_to_stop_{false};

  mutable std::mutex view_mutex_;  // guards what is below
  Identity identity_;
  std::vector<std::string> validator_names_;  // by index in the epoch's set
  consensus::CoreStatus status_;
  std::uint64_t status_us_ = 0;
  // Newer than status_: whoever was told of a final record finds its height here.
  std::pair<Height, Hash> executed_;
  BehindHorizon behind_horizon_;
  std::optional<Error> failure_;
  bool stopping_ = false;
  std::condition_variable ending_;  // one of the two was set
};

}  // namespace jingchu::node
