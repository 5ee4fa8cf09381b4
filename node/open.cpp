// Opening a node: from its configuration and files to parts that fit together.
#include <algorithm>
#include <filesystem>

#include "common/clock.h"
#include "contracts/contract.h"
#include "contracts/identity/identity.h"
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

std::size_t thread_count(std::uint32_t configured) {
  return configured != 0 ? configured : std::max(1u, std::thread::hardware_concurrency());
}

// What the identity module knows of a key, in the form that execution and admission ask for.
Result<contracts::Caller> caller_of(const contracts::StateReader& identity, const PublicKey& key) {
  ASSIGN_OR_RETURN(const auto member, contracts::find_member(identity, key));
  RETURN_IF_ERROR(contracts::authorize(member));
  return contracts::Caller{key, member->organization, member->roles};
}

Result<Identity> find_identity(const ledger::Genesis& genesis, const NodeKeys& keys) {
  Identity identity;
  const PublicKey& transport = keys.transport->public_key();
  for (std::size_t i = 0; i < genesis.validators.size(); ++i) {
    const auto& validator = genesis.validators[i];
    if (validator.transport_key != transport) continue;
    if (!keys.consensus || keys.consensus->public_key() != validator.consensus_key) {
      return environment_error("wrong-key",
                               "the transport key is validator " + validator.name +
                                   "'s, but the consensus key is not the one that genesis lists for it",
                               "put the key that belongs to this validator into node.consensus_key");
    }
    const auto index = static_cast<std::uint16_t>(i);
    return Identity{validator.name, NodeIndex(index), index};
  }
  for (std::size_t i = 0; i < genesis.followers.size(); ++i) {
    if (genesis.followers[i].transport_key != transport) continue;
    return Identity{genesis.followers[i].name, std::nullopt,
                    static_cast<network::PeerNumber>(genesis.validators.size() + i)};
  }
  return environment_error("wrong-key", "genesis lists no node with this transport key",
                           "use the key and the genesis file of the same network");
}

}  // namespace

Node::Node(Config config, NodeKeys keys, Log log)
    : config_(std::move(config)),
      keys_(std::move(keys)),
      log_(std::move(log)),
      started_us_(system_clock().monotonic_us()),
      strand_(boost::asio::make_strand(io_)),
      signature_pool_(thread_count(config_.signature_threads)),
      wake_timer_(strand_),
      seal_timer_(strand_),
      disks_({.files = &system_files(),
              .clock = &system_clock(),
              .metrics = &metrics_,
              .log = log_.named("disk"),
              .directories = {{"log", data_path("log")}, {"database", data_path("db")}},
              .reserve_bytes = config_.disk_reserve_bytes}),
      descriptors_(system_clock(), log_.named("process")) {}

Result<std::unique_ptr<Node>> Node::open(Config config, NodeKeys keys, Log log) {
  std::unique_ptr<Node> node(new Node(std::move(config), std::move(keys), std::move(log)));
  // These only read.
  RETURN_IF_ERROR(node->open_genesis());
  RETURN_IF_ERROR(node->share_descriptors());
  RETURN_IF_ERROR(node->open_certificate());
  RETURN_IF_ERROR(node->check_data());
  // The database's files are checked before the first write; the log is mended last.
  RETURN_IF_ERROR(node->open_ledger());
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
  ASSIGN_OR_RETURN(identity_, find_identity(genesis_, keys_));
  return ok_status();
}

Status Node::share_descriptors() {
  const DescriptorShares wanted{config_.api_connections_max, ledger::LevelDbOptions{}.files_max};
  const std::uint64_t limit = raise_descriptor_limit();
  const std::size_t peers = genesis_.validators.size() + genesis_.followers.size();
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
  return {.genesis = genesis_, .store = &store, .contracts = contracts::registry(), .authorize = caller_of};
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
  if (identity_.validator) {
    ASSIGN_OR_RETURN(found_log_, ledger::DurableLog::find(files, data_path("log"), genesis_.chain_id));
    const auto& key = std::get<consensus::KeyRecord>(found_log_.records.front());
    if (key.consensus_key != keys_.consensus->public_key()) {
      return environment_error("wrong-key", "the log belongs to another consensus key than this validator's",
                               "put the home's own keys back: a key without its log must not vote",
                               data_path("log"));
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
  ASSIGN_OR_RETURN(executor_, ledger::Executor::open(executor_config(*store_)));
  return ok_status();
}

Status Node::open_consensus() {
  ASSIGN_OR_RETURN(auto recovered, blocks_->recovered(genesis_.parameters.execution_lag_max + 64));
  if (identity_.validator) {
    recovered.records = std::move(found_log_.records);
    signer_ = std::make_unique<KeySigner>(*keys_.consensus);
  }
  verifier_ = std::make_unique<consensus::Verifier>(genesis_.chain_id, Epoch(0), genesis_.validator_set(),
                                                    consensus::real_signatures());
  consensus::CoreConfig core{.chain_id = genesis_.chain_id,
                             .epoch = Epoch(0),
                             .validators = genesis_.validator_set(),
                             .self = identity_.validator,
                             .parameters = genesis_.parameters,
                             .genesis = genesis_.header(executor_->genesis_root())};
  ASSIGN_OR_RETURN(auto created,
                   consensus::Core::create(std::move(core), signer_.get(), std::move(recovered)));
  if (identity_.validator) {
    ASSIGN_OR_RETURN(durable_log_, ledger::DurableLog::open(system_files(), data_path("log"), found_log_));
    if (found_log_.torn_bytes != 0) {
      log_.warning("cut off what a crash had left of a group of the log",
                   {{"bytes", found_log_.torn_bytes}, {"segment", found_log_.segment}});
    }
  }
  clock_watch_ =
      std::make_unique<ClockWatch>(ClockWatch::Parts{.clock = &system_clock(),
                                                     .metrics = &metrics_,
                                                     .log = log_.named("clock"),
                                                     .precision_ms = genesis_.parameters.precision_ms,
                                                     .self = identity_.validator});
  driver_ = std::make_unique<ConsensusDriver>(std::move(created), consensus_ports());
  take_snapshot();
  return ok_status();
}

ledger::MempoolLimits Node::mempool_limits() const {
  return {.bytes_max = config_.mempool_bytes_max,
          .count_max = config_.mempool_transactions_max,
          .sender_share_percent = config_.mempool_sender_share_percent};
}

Status Node::open_network() {
  ingress_ = std::make_unique<Ingress>(Ingress::Parts{.genesis = &genesis_,
                                                      .store = store_.get(),
                                                      .blocks = blocks_.get(),
                                                      .contracts = contracts::registry(),
                                                      .authorize = caller_of,
                                                      .signature_pool = &signature_pool_,
                                                      .limits = mempool_limits(),
                                                      .on_waiting = [this] { seal_soon(); }});
  traffic_ = std::make_unique<PeerTraffic>(PeerTraffic::Parts{
      .genesis = &genesis_,
      .verifier = verifier_.get(),
      .blocks = blocks_.get(),
      .signature_pool = &signature_pool_,
      .to_core = [this](consensus::Received received) { on_message(std::move(received)); },
      .on_refused = [this](NodeIndex from, const Error& error) { on_refused(from, error); },
      .self = identity_.validator});
  execution_ = std::make_unique<Execution>(
      *executor_,
      Execution::Handlers{
          .on_executed = [this](auto blocks, double seconds) { on_executed(std::move(blocks), seconds); },
          .on_failure = [this](const Error& error) { fail(error); },
          .on_synced =
              [this](std::uint64_t took_us) {
                metrics_.database_synced(static_cast<double>(took_us) / 1e6);
                disks_.synced("database", took_us);
              }});
  RETURN_IF_ERROR(open_peers());
  return open_api();
}

Status Node::open_peers() {
  network::PeerSetConfig config;
  config.transport_key = keys_.transport;
  config.chain_id = genesis_.chain_id;
  config.listen_host = config_.peer_listen.host;
  config.listen_port = config_.peer_listen.port;
  config.frame_bytes_max = traffic_->reader().frame_bytes_max();
  config.kind_bytes_max = [this](std::uint8_t kind) { return traffic_->reader().payload_bytes_max(kind); };
  config.urgent_bytes_max = kUrgentBytesMax + config.frame_bytes_max;
  config.bulk_bytes_max = kBulkBytesMax + config.frame_bytes_max;
  const auto add = [&](const std::string& name, const PublicKey& key, const std::string& address) -> Status {
    const auto number = static_cast<network::PeerNumber>(config.peers.size());
    network::Peer peer;
    peer.name = name;
    std::copy(key.bytes.begin(), key.bytes.end(), peer.transport_key.begin());
    if (!address.empty()) {
      ASSIGN_OR_RETURN(const Endpoint endpoint, parse_endpoint(address));
      peer.host = endpoint.host;
      peer.port = endpoint.port;
      // Of a pair the later in genesis dials, so that a follower dials every validator and nobody needs its
      // address.
      peer.dial = number < identity_.number;
    }
    config.peers.push_back(std::move(peer));
    return ok_status();
  };
  for (const auto& validator : genesis_.validators) {
    RETURN_IF_ERROR(add(validator.name, validator.transport_key, validator.address));
  }
  for (const auto& follower : genesis_.followers) {
    RETURN_IF_ERROR(add(follower.name, follower.transport_key, follower.address));
  }
  network::PeerHandlers handlers{
      .on_frame = [this](network::PeerNumber from, std::uint8_t kind,
                         Bytes payload) { traffic_->frame(from, kind, std::move(payload)); },
      .pause = [this](network::PeerNumber from) { return traffic_->pause(from); },
      .on_connected = [this](network::PeerNumber peer) { on_peer(peer, true); },
      .on_disconnected = [this](network::PeerNumber peer, const std::string&) { on_peer(peer, false); }};
  peers_ = std::make_unique<network::PeerSet>(io_.get_executor(), std::move(config), std::move(handlers),
                                              log_.named("peers"));
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
  http_ = std::make_unique<network::HttpServer>(io_.get_executor(), std::move(config),
                                                while_serving(api_->handler()), log_.named("api"));
  return ok_status();
}

}  // namespace jingchu::node
