#include "node/metrics.h"

#include <prometheus/counter.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>
#include <prometheus/text_serializer.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <fstream>
#include <mutex>
#include <set>

#include "common/clock.h"
#include "contracts/contract.h"
#include "node/descriptors.h"

namespace jingchu::node {
namespace {

using prometheus::Counter;
using prometheus::Family;
using prometheus::Gauge;
using prometheus::Histogram;

constexpr std::size_t kLabelValuesMax = 256;  // more than a network has nodes, or the program has error types
constexpr std::size_t kLabelBytesMax = 96;
const Histogram::BucketBoundaries kSecondsBuckets = {
    0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10};

// The values of one label, bounded in number and in form.
class LabelValues {
 public:
  std::string operator()(std::string_view value) {
    if (value.empty() || value.size() > kLabelBytesMax ||
        !std::all_of(value.begin(), value.end(), is_plain)) {
      return "other";
    }
    const std::lock_guard lock(mutex_);
    if (values_.size() < kLabelValuesMax) return *values_.emplace(value).first;
    return values_.contains(value) ? std::string(value) : "other";
  }

 private:
  static bool is_plain(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           std::string_view("-_./{}() ").find(c) != std::string_view::npos;
  }
  std::mutex mutex_;
  std::set<std::string, std::less<>> values_;
};

// Pages of this process that are in memory (proc(5), statm).
double resident_bytes() {
  std::ifstream statm("/proc/self/statm");
  std::uint64_t total = 0, resident = 0;
  statm >> total >> resident;
  return static_cast<double>(resident) * static_cast<double>(sysconf(_SC_PAGESIZE));
}

double processor_seconds() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  const auto seconds = [](const timeval& time) {
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
  };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

}  // namespace

struct Metrics::State {
  prometheus::Registry registry;
  const std::uint64_t begin_us = system_clock().monotonic_us();
  std::mutex totals_mutex;
  LabelValues kinds, types, codes, peers, reasons, routes;

  Gauge& gauge(const char* name, const char* help) { return gauges(name, help).Add({}); }
  Counter& counter(const char* name, const char* help) { return counters(name, help).Add({}); }
  Histogram& histogram(const char* name, const char* help) {
    return prometheus::BuildHistogram().Name(name).Help(help).Register(registry).Add({}, kSecondsBuckets);
  }
  Family<Gauge>& gauges(const char* name, const char* help) {
    return prometheus::BuildGauge().Name(name).Help(help).Register(registry);
  }
  Family<Counter>& counters(const char* name, const char* help) {
    return prometheus::BuildCounter().Name(name).Help(help).Register(registry);
  }

  // Brings a counter to a total that is counted elsewhere.
  void raise(Counter& total, std::uint64_t value) {
    const std::lock_guard lock(totals_mutex);
    total.Increment(static_cast<double>(value) - total.Value());
  }

  // Of peers that are not listed any more.
  void forget_peers(std::set<std::string> listed) {
    const std::lock_guard lock(totals_mutex);
    for (const auto& name : told_peers) {
      if (listed.contains(name)) continue;
      connected.Add({{"peer", name}}).Set(0);
      queued_bytes.Add({{"peer", name}}).Set(0);
    }
    told_peers = std::move(listed);
  }
  std::set<std::string> told_peers;  // under `totals_mutex`

  Gauge& view = gauge("jingchu_consensus_view", "View that the node is in");
  Gauge& final_view = gauge("jingchu_consensus_final_view", "View of the last finalized block");
  Gauge& final_height = gauge("jingchu_consensus_final_height", "Height of the last finalized block");
  Gauge& executed_height = gauge("jingchu_consensus_executed_height", "Height of the last executed block");
  Gauge& votes = gauge("jingchu_consensus_votes", "1 while the node votes");
  Gauge& pending_bytes = gauge("jingchu_consensus_pending_bytes", "Batches held that are not final");
  Counter& nullified_views =
      counter("jingchu_consensus_nullified_views_total", "Views that ended without a block");
  Family<Counter>& notices =
      counters("jingchu_consensus_notices_total", "Notices of the consensus core, by kind");

  Family<Counter>& misbehaviour = counters(
      "jingchu_misbehaviour_total", "Pieces of evidence against a validator, by its name and the kind");

  Counter& accepted =
      counter("jingchu_ingress_transactions_accepted_total", "Transactions admitted to the mempool");
  Family<Counter>& refused =
      counters("jingchu_ingress_transactions_refused_total", "Transactions refused, by type of the problem");
  Gauge& mempool_transactions = gauge("jingchu_mempool_transactions", "Transactions that wait for a batch");
  Gauge& mempool_bytes = gauge("jingchu_mempool_bytes", "Bytes of the transactions that wait for a batch");

  Counter& blocks = counter("jingchu_execution_blocks_total", "Blocks executed");
  Counter& transactions = counter("jingchu_execution_transactions_total", "Transactions executed");
  Family<Counter>& calls =
      counters("jingchu_execution_calls_total", "Calls executed, by contract and receipt code");
  Histogram& execution_seconds = histogram("jingchu_execution_block_seconds", "Time to execute a block");

  Histogram& sync_seconds = histogram("jingchu_log_sync_seconds", "Time of a sync of the durable log");
  Counter& log_bytes = counter("jingchu_log_bytes_total", "Bytes made durable in the log");

  Histogram& database_seconds = histogram("jingchu_database_sync_seconds", "Time of a sync of the database");
  Family<Gauge>& disk_free = gauges("jingchu_disk_free_bytes", "Free space for this node's user");
  Family<Gauge>& disk_total = gauges("jingchu_disk_total_bytes", "Size of the disk");
  Family<Counter>& slow_syncs = counters("jingchu_disk_slow_syncs_total", "Syncs that took 200 ms or more");
  Gauge& clock_offset =
      gauge("jingchu_clock_offset_seconds", "How far this machine's clock is ahead of the other validators'");
  Counter& clock_jumps =
      counter("jingchu_clock_jumps_total", "Jumps of the wall clock against the monotonic one");

  Gauge& failed = gauge("jingchu_failed", "1 once the node can not go on and is about to exit");
  Family<Counter>& failures =
      counters("jingchu_failures_total", "Failures that end the node, by type of the error");

  Family<Gauge>& connected = gauges("jingchu_peer_connected", "1 while the peer is connected");
  Family<Gauge>& queued_bytes = gauges("jingchu_peer_queued_bytes", "Bytes that wait to be sent to the peer");
  Family<Counter>& bytes_in = counters("jingchu_peer_received_bytes_total", "Bytes received from the peer");
  Family<Counter>& bytes_out = counters("jingchu_peer_sent_bytes_total", "Bytes sent to the peer");
  Family<Counter>& dropped =
      counters("jingchu_peer_dropped_frames_total", "Frames for the peer that found no room in its queue");
  Family<Counter>& refusals =
      counters("jingchu_peer_refusals_total", "Connections of peers refused, failed or ended, by reason");

  Gauge& http_connections = gauge("jingchu_http_connections", "Connections of clients that are open");
  Gauge& http_held_bytes =
      gauge("jingchu_http_held_bytes", "Bytes of bodies of requests and answers that are held");
  Family<Counter>& http_refusals = counters(
      "jingchu_http_refusals_total", "Connections and requests that the server itself refused, by reason");
  Family<Counter>& requests =
      counters("jingchu_http_requests_total", "HTTP requests answered, by route and status");
  Family<Histogram>& request_seconds = prometheus::BuildHistogram()
                                           .Name("jingchu_http_request_seconds")
                                           .Help("Time to answer an HTTP request, by route")
                                           .Register(registry);

  Gauge& resident = gauge("process_resident_memory_bytes", "Resident memory");
  Gauge& descriptors = gauge("process_open_fds", "Open file descriptors");
  Gauge& descriptors_max = gauge("process_max_fds", "Limit of open file descriptors");
  Counter& processor = counter("process_cpu_seconds_total", "Processor time, user and system");
  Gauge& uptime = gauge("jingchu_uptime_seconds", "Time since the node started");
};

Metrics::Metrics() : state_(std::make_unique<State>()) {}
Metrics::~Metrics() = default;

void Metrics::consensus(const consensus::CoreStatus& status) {
  const auto number = [](auto value) { return static_cast<double>(value.value()); };
  state_->view.Set(number(status.view));
  state_->final_view.Set(number(status.final_view));
  state_->final_height.Set(number(status.final_height));
  state_->executed_height.Set(number(status.executed_height));
  state_->votes.Set(status.votes ? 1 : 0);
  state_->pending_bytes.Set(static_cast<double>(status.pending_bytes));
  state_->raise(state_->nullified_views, status.nullified_views);
}

void Metrics::notice(std::string_view kind) {
  state_->notices.Add({{"kind", state_->kinds(kind)}}).Increment();
}

void Metrics::misbehaviour(std::string_view validator, std::string_view kind) {
  state_->misbehaviour.Add({{"validator", state_->peers(validator)}, {"kind", state_->kinds(kind)}})
      .Increment();
}

void Metrics::accepted() {
  state_->accepted.Increment();
}

void Metrics::refused(std::string_view type) {
  state_->refused.Add({{"type", state_->types(type)}}).Increment();
}

void Metrics::mempool(std::size_t transactions, std::uint64_t bytes) {
  state_->mempool_transactions.Set(static_cast<double>(transactions));
  state_->mempool_bytes.Set(static_cast<double>(bytes));
}

void Metrics::executed(std::size_t transactions, double seconds) {
  state_->blocks.Increment();
  state_->transactions.Increment(static_cast<double>(transactions));
  state_->execution_seconds.Observe(seconds);
}

void Metrics::calls(std::string_view contract, std::string_view code, std::size_t count) {
  const bool known = contracts::find_contract(contract) != nullptr;
  state_->calls.Add({{"contract", known ? std::string(contract) : "other"}, {"code", state_->codes(code)}})
      .Increment(static_cast<double>(count));
}

void Metrics::synced(std::uint64_t bytes, double seconds) {
  state_->sync_seconds.Observe(seconds);
  state_->log_bytes.Increment(static_cast<double>(bytes));
}

void Metrics::database_synced(double seconds) {
  state_->database_seconds.Observe(seconds);
}

void Metrics::disk(const std::string& name, const DiskSpace& space) {
  state_->disk_free.Add({{"of", name}}).Set(static_cast<double>(space.free_bytes));
  state_->disk_total.Add({{"of", name}}).Set(static_cast<double>(space.total_bytes));
}

void Metrics::slow_sync(const std::string& name) {
  state_->slow_syncs.Add({{"of", name}}).Increment();
}

void Metrics::clock_offset(double seconds) {
  state_->clock_offset.Set(seconds);
}

void Metrics::clock_jumped() {
  state_->clock_jumps.Increment();
}

void Metrics::failed(std::string_view reason) {
  state_->failed.Set(1);
  state_->failures.Add({{"reason", state_->reasons(reason)}}).Increment();
}

void Metrics::peers(std::span<const network::PeerStatus> peers) {
  std::set<std::string> listed;
  for (const auto& peer : peers) listed.insert(state_->peers(peer.name));
  state_->forget_peers(std::move(listed));
  for (const auto& peer : peers) {
    const prometheus::Labels labels = {{"peer", state_->peers(peer.name)}};
    state_->connected.Add(labels).Set(peer.connected ? 1 : 0);
    state_->queued_bytes.Add(labels).Set(static_cast<double>(peer.queued_bytes));
    state_->raise(state_->bytes_in.Add(labels), peer.bytes_in);
    state_->raise(state_->bytes_out.Add(labels), peer.bytes_out);
    state_->raise(state_->dropped.Add(labels), peer.dropped_frames);
  }
}

void Metrics::peer_refusals(const std::map<std::string, std::uint64_t>& refusals) {
  for (const auto& [reason, count] : refusals) {
    state_->raise(state_->refusals.Add({{"reason", state_->reasons(reason)}}), count);
  }
}

void Metrics::http(std::string_view route, unsigned status, double seconds) {
  const std::string label = state_->routes(route);
  const std::string code = status >= 100 && status <= 599 ? std::to_string(status) : "other";
  state_->requests.Add({{"route", label}, {"status", code}}).Increment();
  state_->request_seconds.Add({{"route", label}}, kSecondsBuckets).Observe(seconds);
}

void Metrics::http_server(const network::HttpServerStatus& status) {
  state_->http_connections.Set(static_cast<double>(status.connections));
  state_->http_held_bytes.Set(static_cast<double>(status.held_bytes));
  for (const auto& [reason, count] : status.refusals) {
    state_->raise(state_->http_refusals.Add({{"reason", state_->reasons(reason)}}), count);
  }
}

std::string Metrics::text() const {
  const Descriptors descriptors = count_descriptors();
  state_->resident.Set(resident_bytes());
  state_->descriptors.Set(static_cast<double>(descriptors.used));
  state_->descriptors_max.Set(static_cast<double>(descriptors.limit));
  {
    const std::lock_guard lock(state_->totals_mutex);
    state_->processor.Increment(processor_seconds() - state_->processor.Value());
  }
  state_->uptime.Set(static_cast<double>(system_clock().monotonic_us() - state_->begin_us) / 1e6);
  return prometheus::TextSerializer().Serialize(state_->registry.Collect());
}

}  // namespace jingchu::node
