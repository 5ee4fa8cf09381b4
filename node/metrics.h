// What the node counts, in Prometheus text format. Thread-safe. Every label has a bounded set of values: what
// is not known, or beyond the bound, is counted as "other", so that no client and no peer can make this grow.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "common/file_system.h"
#include "consensus/core.h"
#include "network/http_server.h"
#include "network/peer_set.h"

namespace jingchu::node {

class Metrics {
 public:
  Metrics();  // the uptime begins here
  ~Metrics();
  Metrics(const Metrics&) = delete;
  Metrics& operator=(const Metrics&) = delete;

  // Consensus. Totals of the status are since the start of the process and never fall.
  void consensus(const consensus::CoreStatus& status);
  void notice(std::string_view kind);

  // A piece of evidence against a validator is kept, those of the store at the start among them.
  void misbehaviour(std::string_view validator, std::string_view kind);

  // Ingress and mempool.
  void accepted();
  void refused(std::string_view type);
  void mempool(std::size_t transactions, std::uint64_t bytes);

  // Execution: a block with its transactions, and each call by its contract and the code of its receipt.
  void executed(std::size_t transactions, double seconds);
  void calls(std::string_view contract, std::string_view code, std::size_t count);

  // The durable log: one sync, of so many bytes.
  void synced(std::uint64_t bytes, double seconds);

  // The database: one sync.
  void database_synced(double seconds);

  // The disks, by the name of what is on them.
  void disk(const std::string& name, const DiskSpace& space);
  void slow_sync(const std::string& name);

  // This machine's clock: against the other validators', and its jumps.
  void clock_offset(double seconds);
  void clock_jumped();

  // This node can not go on.
  void failed(std::string_view reason);

  // Totals since the start; of connections refused, failed or ended by reason.
  void peers(std::span<const network::PeerStatus> peers);
  void peer_refusals(const std::map<std::string, std::uint64_t>& refusals);

  // `route` is the pattern that the path belongs to; empty for none.
  void http(std::string_view route, unsigned status, double seconds);
  // Connections and bytes of bodies now, and refusals by reason since the start.
  void http_server(const network::HttpServerStatus& status);

  // Everything counted so far, and the process's own memory, descriptors, processor time and uptime as of
  // now.
  std::string text() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace jingchu::node
