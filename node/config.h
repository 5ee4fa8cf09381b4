// The configuration of a node: jingchud.toml in its home directory (docs/operations.md, "Configuration"). An
// unknown key, a wrong type or an unusable value is refused with file, line and what was expected.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "common/file_system.h"
#include "common/log.h"
#include "common/result.h"
#include "common/signature.h"

namespace jingchu::node {

struct Endpoint {
  std::string host;
  std::uint16_t port = 0;
};

// "host:port" or "[ipv6]:port".
Result<Endpoint> parse_endpoint(std::string_view text);
std::string to_string(const Endpoint& endpoint);
// Only 127.0.0.0/8, ::1 and "localhost".
bool is_loopback(const std::string& host);

// A node beyond genesis and the present validators that this one trusts to say what it has: to join a network
// whose validators have all changed since genesis.
struct ConfiguredPeer {
  std::string name;
  PublicKey transport_key;
  std::string address;
};

struct Config {
  std::string home;

  std::string name;                                   // of a node that no list holds by its keys
  std::string genesis = "genesis.json";               // paths are relative to the home directory
  std::string consensus_key = "keys/consensus.json";  // empty for a follower
  std::string transport_key = "keys/transport.json";
  std::string passphrase_file;
  std::string data = "data";

  Endpoint peer_listen{"127.0.0.1", 7000};
  std::vector<ConfiguredPeer> peers_known;

  Endpoint api_listen{"127.0.0.1", 8000};
  std::string api_certificate;  // PEM; TLS on the API when both are given
  std::string api_key;
  std::uint32_t api_connections_max = 1024;
  // Of one client's address (network/client_limits.h).
  std::uint32_t api_client_connections_max = 256;
  std::uint32_t api_client_requests_per_s = 5'000;  // 0: no limit
  std::uint64_t api_body_bytes_max = 4 << 20;
  std::uint64_t api_held_bytes_max = 64 << 20;  // bodies of requests and answers, of all clients
  std::uint32_t wait_ms_max = 10'000;           // of ?wait=final
  std::uint32_t api_waits_max = 512;            // requests that wait at the same time

  std::uint64_t mempool_bytes_max = 64 << 20;
  std::uint32_t mempool_transactions_max = 100'000;
  std::uint32_t mempool_sender_share_percent = 50;
  std::uint32_t seal_interval_ms = 10;  // between two batches of our own lane
  std::uint64_t log_segment_bytes = 64 << 20;
  std::uint64_t cache_bytes = 16 << 20;  // of the database
  std::uint64_t tree_bytes = 88 << 20;   // of the state tree in memory
  std::uint32_t signature_threads = 0;   // 0: as many as processors

  std::string history_keep;               // "all", or empty
  std::uint64_t history_keep_blocks = 0;  // 0: all; never fewer than ledger::kept_blocks_min()
  std::string archive_directory;  // where an epoch is exported to before it is pruned; empty: it is not

  std::uint64_t snapshots_every_blocks = 50'000;  // made at the first epoch's end from there on; 0: never
  std::uint32_t snapshots_keep = 2;

  std::uint64_t disk_reserve_bytes = 64 << 20;  // no more than this is free: the node stops; 0: never
  std::uint32_t failure_grace_ms = 10'000;      // that a failed node still says why before it exits

  std::string log_file;  // empty: standard error
  LogLevel log_level = LogLevel::kInfo;

  // A configured path, relative to the home directory unless absolute.
  std::string path(const std::string& configured) const;
};

// Reads <home>/jingchud.toml.
Result<Config> load_config(const FileSystem& files, const std::string& home);
// The same from text; `file` is what errors call it.
Result<Config> parse_config(std::string_view text, const std::string& file, const std::string& home);

}  // namespace jingchu::node
