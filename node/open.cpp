// Opening a node: from its configuration and files to parts that fit together.
#include <algorithm>
#include <numeric>

#include "common/clock.h"
#include "contracts/contract.h"
#include "ledger/memory_database.h"
#include "node/descriptors.h"
#include "node/node.h"

namespace jingchu::node {
namespace {

class KeySigner final : public consensus::Signer {
 public:
  explicit KeySigner(const PrivateKey& key) : key_(key) {}
  Signature sign(ByteView message) const override { return key_.sign(message); }

 private:
  const PrivateKey& key_;
};

// Queued for one peer, beside the largest frame.
constexpr std::size_t kUrgentBytesMax = 8 << 20;
constexpr std::size_t kBulkBytesMax = 24 << 20;
// A validator that comes back is missed until the others dial it.
constexpr std::chrono::milliseconds kRedialDelayMax{1'000};

constexpr int kPeerThreadsMax = 2;
constexpr int kApiThreadsMax = 4;

NetworkThreads network_threads() {
  const int half = static_cast<int>(std::thread::hardware_concurrency() / 2);
  return {.peers = std::clamp(half, 1, kPeerThreadsMax), .api = std::clamp(half, 1, kApiThreadsMax)};
}

std::size_t thread_count(std::uint32_t configured) {
  return configured != 0 ? configured : std::max(1u, std::thread::hardware_concurrency());
}

// What can be said without the database, before anything is written: a key that genesis gives to another, or
// that nothing can list.
Status check_keys(const ledger::Genesis& genesis, const std::vector<NodeKeys>& keys, const std::string& name,
                  bool has_database) {
  if (has_database) return ok_status();
  EpochPlan first;
  for (const auto& validator : genesis.validators) {
    first.members.push_back({validator.name, validator.division, validator.name, validator.consensus_key,
                             validator.transport_key, validator.address});
  }
  const auto identity = find_identity(first, genesis, keys[choose_keys(first, keys)], name);
  return identity.ok() ? ok_status() : Status(identity.error());
}

}  // namespace

Node::Node(Config config, std::vector<NodeKeys> keys, Log log)
    : config_(std::move(config)),
      all_keys_(std::move(keys)),
      log_(std::move(log)),
      started_us_(system_clock().monotonic_us()),
      network_threads_(network_threads()),
      strand_(boost::asio::make_strand(peers_io_)),
      signature_pool_(thread_count(config_.signature_threads)),
      wake_timer_(strand_),
      seal_timer_(strand_),
      lane_(config_.seal_interval_ms * 1'000ull),
      rotation_(config_.log_segment_bytes),
      disks_({.files = &system_files(),
              .clock = &system_clock(),
              .metrics = &metrics_,
              .log = log_.named("disk"),
              .directories = {{"log", data_path("log")}, {"database", data_path("db")}},
              .reserve_bytes = config_.disk_reserve_bytes}),
      descriptors_(system_clock(), log_.named("process")) {}

Result<std::unique_ptr<Node>> Node::open(Config config, std::vector<NodeKeys> keys, Log log) {
  std::unique_ptr<Node> node(new Node(std::move(config), std::move(keys), std::move(log)));
  // These only read.
  RETURN_IF_ERROR(node->open_genesis());
  RETURN_IF_ERROR(node->share_descriptors());
  RETURN_IF_ERROR(node->open_certificate());
  RETURN_IF_ERROR(node->check_data());
  // The database's files are checked before the first write; the log is mended last.
  RETURN_IF_ERROR(node->open_ledger());
  RETURN_IF_ERROR(node->open_epoch());
  RETURN_IF_ERROR(node->open_consensus());
  RETURN_IF_ERROR(node->open_network());
  return node;
}

Status Node::open_genesis() {
  const std::string path = config_.path(config_.genesis);
  ASSIGN_OR_RETURN(const Bytes file, system_files().read(path, ledger::kGenesisBytesMax));
  auto genesis = ledger::parse_genesis(file);
  if (!genesis.ok()) {
    Error error = genesis.error();
    error.where = path + (error.where.empty() ? "" : " " + error.where);
    return error;
  }
  genesis_ = std::move(*genesis);
  genesis_file_ = jingchu::to_string(file);
  return check_keys(genesis_, all_keys_, config_.name, system_files().exists(data_path("db")));
}

Status Node::share_descriptors() {
  const DescriptorShares wanted{config_.api_connections_max, ledger::LevelDbOptions{}.files_max};
  const std::uint64_t limit = raise_descriptor_limit();
  // Two sets of validators while one takes the other's place.
  const std::size_t peers =
      2 * genesis_.validators.size() + genesis_.followers.size() + config_.peers_known.size();
  ASSIGN_OR_RETURN(shares_, node::share_descriptors(limit, peers, wanted));
  if (shares_.connections < wanted.connections) {
    log_.warning(
        "api.connections_max does not fit into the limit of open files",
        {{"connections_max", wanted.connections}, {"admitted", shares_.connections}, {"limit", limit}});
  }
  return ok_status();
}

Result<std::shared_ptr<network::ServerTls>> Node::open_certificate() const {
  if (config_.api_certificate.empty()) return std::shared_ptr<network::ServerTls>();
  return network::ServerTls::open(config_.path(config_.api_certificate), config_.path(config_.api_key),
                                  log_.named("api"));
}

std::string Node::data_path(std::string_view name) const {
  return config_.path(config_.data) + "/" + std::string(name);
}

ledger::LevelDbOptions Node::database_options() const {
  return {.block_cache_bytes = config_.cache_bytes,
          .files_max = shares_.tables,
          .identity = to_hex(genesis_.chain_id)};
}

ledger::ExecutorConfig Node::executor_config(ledger::KeyValueStore& store) const {
  return {.genesis = genesis_,
          .store = &store,
          .contracts = contracts::registry(),
          .authorize = caller_of,
          .validator_sets = governed_sets(),
          .tree = ledger::StateTreeOptions::of(config_.tree_bytes)};
}

// The contracts' parts of genesis are tried in memory: on the disk they would be half a database.
Status Node::check_data() {
  ledger::MemoryDatabase scratch;
  ASSIGN_OR_RETURN(const auto genesis_state, ledger::Executor::open(executor_config(scratch)));
  FileSystem& files = system_files();
  const std::string data = config_.path(config_.data);
  if (files.exists(data)) {
    ASSIGN_OR_RETURN(home_lock_, files.lock(data));
    RETURN_IF_ERROR(disks_.check());
  }
  for (const NodeKeys& keys : all_keys_) {
    auto& found = found_logs_.emplace_back();
    if (!keys.consensus) continue;
    ASSIGN_OR_RETURN(found, ledger::DurableLog::find(files, data_path(keys.log), genesis_.chain_id));
    const auto& key = std::get<consensus::KeyRecord>(found.records.front());
    if (key.consensus_key != keys.consensus->public_key()) {
      return environment_error("wrong-key", "the log belongs to another consensus key than this validator's",
                               "put the home's own keys back: a key without its log must not vote",
                               data_path(keys.log));
    }
  }
  return ok_status();
}

Status Node::open_ledger() {
  if (!home_lock_) {
    RETURN_IF_ERROR(system_files().make_directories(config_.path(config_.data)));
    ASSIGN_OR_RETURN(home_lock_, system_files().lock(config_.path(config_.data)));
  }
  ASSIGN_OR_RETURN(store_, ledger::open_leveldb(data_path("db"), database_options()));
  blocks_ = std::make_unique<ledger::BlockStore>(*store_);
  evidence_ = std::make_unique<ledger::MisbehaviourStore>(*store_);
  auto config = executor_config(*store_);
  config.checked = &checked_batches_;
  ASSIGN_OR_RETURN(executor_, ledger::Executor::open(std::move(config)));
  proofs_ = std::make_unique<ledger::ProofMaker>(*store_, executor_->tree(), genesis_, contracts::registry());
  return ok_status();
}

// Which of its keys the node works with, and as whom, is a matter of the epoch that its state is in.
Status Node::open_epoch() {
  ASSIGN_OR_RETURN(plan_, plan_epoch(genesis_, *store_));
  chosen_keys_ = choose_keys(plan_, all_keys_);
  ASSIGN_OR_RETURN(identity_, find_identity(plan_, genesis_, keys(), config_.name));
  for (const auto& member : plan_.members) validator_names_.push_back(member.name);
  if (!keys().is_next) return ok_status();
  log_.info("the next keys are in force and take the place of the former ones",
            {{"epoch", plan_.epoch.value()}, {"transport_key", to_string(keys().transport->public_key())}});
  RETURN_IF_ERROR(promote_next_keys(system_files(), config_));
  // Nothing of the former pair stays, in memory neither.
  all_keys_.erase(all_keys_.begin(), all_keys_.begin() + static_cast<std::ptrdiff_t>(chosen_keys_));
  found_logs_.erase(found_logs_.begin(), found_logs_.begin() + static_cast<std::ptrdiff_t>(chosen_keys_));
  chosen_keys_ = 0;
  all_keys_.front().log = NodeKeys().log;
  return ok_status();
}

Status Node::open_consensus() {
  auto& found_log = found_logs_[chosen_keys_];
  if (keys().consensus) {
    signer_ = std::make_unique<KeySigner>(*keys().consensus);
    ASSIGN_OR_RETURN(durable_log_,
                     ledger::DurableLog::open(system_files(), data_path(keys().log), found_log));
    if (found_log.torn_bytes != 0) {
      log_.warning("cut off what a crash had left of a group of the log",
                   {{"bytes", found_log.torn_bytes}, {"segment", found_log.segment}});
    }
  }
  log_records_ = std::move(found_log.records);
  ASSIGN_OR_RETURN(auto core, make_core(nullptr));
  clock_watch_ =
      std::make_unique<ClockWatch>(ClockWatch::Parts{.clock = &system_clock(),
                                                     .metrics = &metrics_,
                                                     .log = log_.named("clock"),
                                                     .precision_ms = genesis_.parameters.precision_ms});
  clock_watch_->enter_epoch(identity_.validator);
  driver_ = std::make_unique<ConsensusDriver>(std::move(core), consensus_ports());
  take_status();
  return ok_status();
}

ledger::MempoolLimits Node::mempool_limits() const {
  return {.bytes_max = config_.mempool_bytes_max,
          .count_max = config_.mempool_transactions_max,
          .sender_share_percent = config_.mempool_sender_share_percent};
}

Status Node::open_network() {
  admission_ = std::make_unique<Admission>(Admission::Parts{.genesis = &genesis_,
                                                            .store = store_.get(),
                                                            .blocks = blocks_.get(),
                                                            .contracts = contracts::registry(),
                                                            .authorize = caller_of,
                                                            .limits = mempool_limits()});
  ASSIGN_OR_RETURN(auto directory, make_directory());
  // Those that a set of peers begins with have their indexes as numbers.
  std::vector<network::PeerNumber> numbers(directory.peers().size());
  std::iota(numbers.begin(), numbers.end(), network::PeerNumber{0});
  directory.assign(numbers);
  network::PeerSetConfig peers;
  peers.peers = directory.peers();
  RETURN_IF_ERROR(open_misbehaviour());
  traffic_ = std::make_unique<PeerTraffic>(
      PeerTraffic::Parts{
          .genesis = &genesis_,
          .blocks = blocks_.get(),
          .signature_pool = &signature_pool_,
          .misbehaviour = misbehaviour_.get(),
          .checked = &checked_batches_,
          .to_core = [this](PeerInput input) { on_message(std::move(input)); },
          .on_refused = [this](const std::string& peer, const Error& error) { on_refused(peer, error); }},
      make_verifier(), std::move(directory));
  const std::string archive =
      config_.archive_directory.empty() ? "" : config_.path(config_.archive_directory);
  history_ = std::make_unique<History>(History::Parts{.store = store_.get(),
                                                      .genesis = &genesis_,
                                                      .files = &system_files(),
                                                      .keep_blocks = config_.history_keep_blocks,
                                                      .archive_directory = archive,
                                                      .log = log_.named("history")});
  snapshots_ = std::make_unique<Snapshots>(Snapshots::Parts{.store = store_.get(),
                                                            .genesis = &genesis_,
                                                            .files = &system_files(),
                                                            .directory = data_path("snapshots"),
                                                            .every_blocks = config_.snapshots_every_blocks,
                                                            .keep = config_.snapshots_keep,
                                                            .log = log_.named("snapshots")});
  RETURN_IF_ERROR(snapshots_->open());
  archive_ = std::make_unique<Archive>(Archive::Parts{
      .genesis = &genesis_, .files = &system_files(), .directory = archive, .log = log_.named("archive")});
  execution_ = std::make_unique<Execution>(
      *executor_,
      Execution::Handlers{
          .on_executed = [this](auto blocks, double seconds) { on_executed(std::move(blocks), seconds); },
          .on_failure = [this](const Error& error) { fail(error); },
          .on_synced =
              [this](std::uint64_t took_us) {
                metrics_.database_synced(static_cast<double>(took_us) / 1e6);
                disks_.synced("database", took_us);
              },
          .on_rest = [this] { return after_blocks(); }});
  RETURN_IF_ERROR(open_peers(std::move(peers)));
  return open_api();
}

// Only a validator hands evidence on: from others it is not taken.
Status Node::open_misbehaviour() {
  misbehaviour_ = std::make_unique<Misbehaviour>(
      Misbehaviour::Parts{.genesis = &genesis_,
                          .store = evidence_.get(),
                          .pool = &signature_pool_,
                          .metrics = &metrics_,
                          .log = log_.named("misbehaviour"),
                          .on_new = [this](const consensus::Evidence& evidence) {
                            if (identity().validator) traffic_->tell(evidence);
                          }});
  return misbehaviour_->open(plan_);
}

Status Node::open_peers(network::PeerSetConfig config) {
  config.transport_key = keys().transport;
  config.chain_id = genesis_.chain_id;
  config.redial_delay_max = kRedialDelayMax;
  config.listen_host = config_.peer_listen.host;
  config.listen_port = config_.peer_listen.port;
  config.frame_bytes_max = traffic_->frame_bytes_max();
  config.kind_bytes_max = [this](std::uint8_t kind) { return traffic_->payload_bytes_max(kind); };
  config.urgent_bytes_max = kUrgentBytesMax + config.frame_bytes_max;
  config.bulk_bytes_max = kBulkBytesMax + config.frame_bytes_max;
  network::PeerHandlers handlers{
      .on_frame = [this](network::PeerNumber from, std::uint8_t kind,
                         Bytes payload) { traffic_->frame(from, kind, std::move(payload)); },
      .pause = [this](network::PeerNumber from) { return traffic_->pause(from); },
      .on_connected = [this](network::PeerNumber peer) { on_peer(peer, true); },
      .on_disconnected = [this](network::PeerNumber peer, const std::string&) { on_peer(peer, false); }};
  peers_ = std::make_unique<network::PeerSet>(peers_io_.get_executor(), std::move(config),
                                              std::move(handlers), log_.named("peers"));
  traffic_->attach(*peers_);
  return ok_status();
}

Status Node::open_api() {
  ApiOptions options;
  options.wait_ms_max = config_.wait_ms_max;
  options.wait_ms_default = config_.wait_ms_max;
  options.waits_max = config_.api_waits_max;
  options.version = JINGCHU_VERSION;
  api_ = std::make_unique<Api>(*this, metrics_, std::move(options), log_.named("api"));
  network::HttpServerConfig config;
  config.listen_host = config_.api_listen.host;
  config.listen_port = config_.api_listen.port;
  config.body_bytes_max = config_.api_body_bytes_max;
  config.connections_max = shares_.connections;
  config.clients = {.connections_max = config_.api_client_connections_max,
                    .requests_per_s = config_.api_client_requests_per_s,
                    .held_bytes_max = config_.api_held_bytes_max,
                    .client_held_bytes_max = config_.api_held_bytes_max / 4};
  ASSIGN_OR_RETURN(config.tls, open_certificate());
  http_ = std::make_unique<network::HttpServer>(api_io_.get_executor(), std::move(config),
                                                while_serving(api_->handler()), log_.named("api"));
  return ok_status();
}

}  // namespace jingchu::node
