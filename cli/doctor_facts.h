// What the doctor has seen of a network: the answers of the nodes that it was given, some seconds apart, and
// nothing that was concluded from them.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace jingchu::cli::doctor {

// What a peer last said of itself, as the node that was asked knows it.
struct Report {
  std::uint64_t age_ms = 0;
  std::uint64_t height = 0;
  std::uint64_t final_height = 0;
  std::uint64_t batches_lacking = 0;
  std::optional<bool> root_differs;
};

struct PeerFacts {
  std::string name;
  bool connected = false;
  std::string last_reason;  // why the last session ended or could not be made
  std::string last_type;
  std::optional<std::uint64_t> last_age_ms;
  std::optional<Report> report;
};

struct DiskFacts {
  std::string of;
  std::uint64_t free_bytes = 0;
  std::uint64_t total_bytes = 0;
  std::uint64_t reserve_bytes = 0;
  std::uint64_t slow_syncs = 0;
};

// GET /v1/status at one moment.
struct Sample {
  std::string name;
  std::string role;
  std::string version;
  std::string chain_id;
  std::uint64_t epoch = 0;
  std::uint64_t height = 0;
  std::uint64_t final_height = 0;
  std::uint64_t view = 0;
  std::vector<std::string> validators;
  bool votes = false;
  bool caught_up = false;
  bool behind_horizon = false;
  std::string stopped;   // empty: by no alarm
  std::string failure;   // empty: it serves
  std::string abstains;  // why it does not vote, if nothing stopped it
  std::vector<std::string> problems;
  std::vector<std::uint64_t> nullified_by_leader;
  std::vector<PeerFacts> peers;
  std::map<std::string, std::uint64_t> refusals;
  std::uint64_t mempool_transactions = 0;
  std::uint64_t mempool_transactions_max = 0;  // 0: not told
  std::uint64_t mempool_bytes = 0;
  std::uint64_t mempool_bytes_max = 0;
  std::vector<DiskFacts> disks;
  std::optional<std::int64_t> clock_offset_ms;  // ahead of the other validators', as the node itself knows
  std::optional<std::int64_t> ahead_ms;         // of the doctor's clock, within half a round trip
  std::uint64_t round_trip_ms = 0;
};

struct NodeFacts {
  std::string url;
  std::string why_away;         // it did not answer the second time
  std::optional<Sample> first;  // nothing: it did not answer
  std::optional<Sample> last;
  std::vector<std::string> not_ready;  // the reasons of /readyz
};

// Of genesis.
struct ChainRules {
  std::uint64_t precision_ms = 500;
  std::uint64_t execution_lag_max = 16;
  std::uint64_t epoch_blocks = 0;  // 0: not known
};

// The executed roots of one height, by URL; if some differ, of the first height at which they do.
struct RootFacts {
  std::uint64_t height = 0;
  std::map<std::string, std::string> roots;
};

struct PendingChange {
  std::uint64_t proposal = 0;
  std::uint64_t quorum = 0;
  std::vector<std::string> ready;
  std::vector<std::string> waiting;
};

struct Facts {
  std::uint64_t interval_ms = 0;  // between the two times that each node was asked
  std::vector<NodeFacts> nodes;   // in the order of the command line
  std::optional<ChainRules> rules;
  std::optional<RootFacts> roots;
  std::optional<PendingChange> pending;
  std::optional<std::int64_t> last_block_age_ms;  // by the clock of the node that holds it
};

}  // namespace jingchu::cli::doctor
