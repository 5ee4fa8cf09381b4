#include "sim/trace.h"

#include <cstdio>
#include <cstring>

namespace jingchu::sim {
namespace {

using namespace consensus;

struct Describe {
  TraceEvent event;

  void operator()(const Proposal& proposal) {
    event.subject = "proposal";
    event.view = proposal.header.view.value();
    event.height = proposal.header.height.value();
    event.detail = first_bytes(proposal.header.parent_hash);
  }
  void operator()(const Vote& vote) {
    static constexpr const char* kNames[] = {"?", "notarize", "nullify", "finalize"};
    ballot(kNames[static_cast<std::size_t>(vote.ballot.kind)], vote.ballot);
  }
  void operator()(const Certificate& certificate) {
    static constexpr const char* kNames[] = {"?", "notarization", "nullification", "finalization"};
    ballot(kNames[static_cast<std::size_t>(certificate.ballot.kind)], certificate.ballot);
  }
  void ballot(const char* name, const Ballot& ballot) {
    event.subject = name;
    event.view = ballot.view.value();
    event.height = ballot.height.value();
    event.detail = first_bytes(ballot.hash);
  }
  void operator()(const LaneStatus& status) {
    event.subject = "status";
    event.view = status.view.value();
    event.height = status.executed_height.value();
    event.detail = status.final_view.value();
  }
  void operator()(const BatchPointer& batch) {
    event.subject = "batch";
    event.view = batch->batch.lane.value();
    event.height = batch->batch.sequence.value();
    event.detail = first_bytes(batch->tip);
  }
  void operator()(const FetchCertificates& fetch) {
    event.subject = "fetch-certificates";
    event.view = fetch.first.value();
    event.detail = fetch.last.value();
  }
  void operator()(const FetchProposal& fetch) {
    event.subject = "fetch-proposal";
    event.view = fetch.view.value();
    event.detail = first_bytes(fetch.hash);
  }
  void operator()(const FetchBatches& fetch) {
    event.subject = "fetch-batches";
    event.view = fetch.lane.value();
    event.height = fetch.last.value();
    event.detail = first_bytes(fetch.tip);
  }
  void operator()(const FetchChain& fetch) {
    event.subject = "fetch-chain";
    event.height = fetch.above.value();
  }
  void operator()(const Chain& chain) {
    event.subject = "chain";
    event.view = chain.finalization.ballot.view.value();
    event.height = chain.headers.empty() ? 0 : chain.headers.front().height.value();
    event.detail = chain.headers.size();
  }
  void operator()(const Unavailable& unavailable) {
    event.subject = "unavailable";
    event.height = unavailable.number;
    event.detail = first_bytes(unavailable.hash);
  }
};

bool is_quiet(const TraceEvent& event) {
  return std::strcmp(event.action, "receive") == 0 || std::strcmp(event.subject, "status") == 0;
}

}  // namespace

std::uint64_t first_bytes(const Hash& hash) {
  std::uint64_t value = 0;
  for (int i = 0; i < 8; ++i) value = value << 8 | hash[static_cast<std::size_t>(i)];
  return value;
}

TraceEvent describe(const Message& message) {
  Describe visitor;
  std::visit(visitor, message);
  return visitor.event;
}

std::string to_string(const TraceEvent& event) {
  char line[200];
  char node[16] = "all";
  char peer[16] = "all";
  if (event.node != kEverybody) std::snprintf(node, sizeof(node), "n%d", event.node);
  if (event.peer != kEverybody) std::snprintf(peer, sizeof(peer), "n%d", event.peer);
  std::snprintf(line, sizeof(line), "%10.6f s  %-4s %-9s %-18s view %-4llu height %-4llu %016llx  peer %s",
                static_cast<double>(event.time_us) / 1e6, node, event.action, event.subject,
                static_cast<unsigned long long>(event.view), static_cast<unsigned long long>(event.height),
                static_cast<unsigned long long>(event.detail), peer);
  return event.why.empty() ? line : line + ("  because " + event.why);
}

void Trace::add(TraceEvent event) {
  ++events_;
  mix(event.time_us);
  mix(static_cast<std::uint64_t>(event.node) << 32 ^ static_cast<std::uint64_t>(event.peer));
  mix(event.action);
  mix(event.subject);
  mix(event.view);
  mix(event.height);
  mix(event.detail);
  mix(event.why);
  if (print_) std::puts(to_string(event).c_str());
  if (is_quiet(event)) return;
  kept_.push_back(std::move(event));
  if (kept_.size() > kKept) kept_.pop_front();
}

std::vector<std::string> Trace::tail(std::size_t count) const {
  std::vector<std::string> lines;
  const std::size_t first = kept_.size() > count ? kept_.size() - count : 0;
  for (std::size_t i = first; i < kept_.size(); ++i) lines.push_back(to_string(kept_[i]));
  return lines;
}

void Trace::mix(std::uint64_t value) {
  hash_ = (hash_ ^ value) * 0x9fb21c651e98df25u;
  hash_ ^= hash_ >> 32;
}

void Trace::mix(std::string_view text) {
  for (const char character : text) mix(static_cast<std::uint64_t>(character));
}

}  // namespace jingchu::sim
