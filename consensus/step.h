// Every input that the consensus core takes and every output that it gives. The host's loop is:
//
//   Output output = core.step(now, input);
//   log.append(output.turn, output.persist);  // one group; its sync answers with a SyncReceipt
//   send(output.send);                        // needs nothing durable
//   hold(output.held);                        // sent by release(receipt); then step(Synced{receipt})
//   execute(output.deliver);                  // in order; answers Executed after its write is synced
//   arm(output.wake_at_us);                   // step(Tick{}) at that time at the latest
//
// in that order. Receipts and Executed may arrive any time later, in order; several may be pending.
#pragma once

#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "consensus/durable.h"
#include "consensus/evidence.h"
#include "consensus/verify.h"

namespace jingchu::consensus {

struct Now {
  std::uint64_t monotonic_us = 0;
  std::uint64_t wall_ms = 0;
};

// ---- inputs

struct Tick {};
// `from` is the authenticated session's validator. Votes, proposals, certificates, batches and chains have
// been verified; LaneStatus, fetches and refusals are unsigned and speak for `from` alone.
struct Received {
  NodeIndex from;
  std::variant<Verified<Proposal>, Verified<Vote>, Verified<Certificate>, LaneStatus, Verified<BatchPointer>,
               FetchCertificates, FetchProposal, FetchBatches, FetchChain, Verified<Chain>, Unavailable>
      message;
};
// Transactions of our own ingress, to become the next batch of our lane. The host keeps to own_lane_room().
struct SealBatch {
  std::vector<Bytes> transactions;
};
struct Synced {
  SyncReceipt receipt;
};
// A delivered block was executed and its atomic write is synced (R4).
struct Executed {
  Height height;
  Hash root{};
};
// A peer came or went: standing requests to it are sent elsewhere.
struct PeerConnected {
  NodeIndex peer;
};
struct PeerLost {
  NodeIndex peer;
};

using Input = std::variant<Tick, Received, SealBatch, Synced, Executed, PeerConnected, PeerLost>;

// ---- outputs

// When the proposal of a block arrived here, and whose it was.
struct Arrival {
  NodeIndex proposer;
  std::uint64_t received_us = 0;  // monotonic
};

// A block that is final, with the batches that it orders, in order: lanes ascending from (height mod n), then
// sequence.
struct FinalizedBlock {
  Header header;
  Hash hash{};
  Certificate finalization;  // of this block or of a descendant
  std::vector<Header>
      path;  // headers after this one up to the finalized descendant; empty if it is this block
  std::vector<BatchPointer> batches;
  std::optional<Arrival> arrival;  // nothing: it came as part of a chain, or from the log
};

// Something a person or a metric should know. `kind` is stable: "view-timeout", "proposal-refused",
// "root-conflict", "foreign-own-message", "lane-closed", "evidence", "fetch-unanswered",
// "chain-unanswered", ...
struct Notice {
  std::string kind;
  std::string text;
  bool alarm = false;  // voting has stopped
};

// A fetch that the core's memory cannot answer any more: the host answers it from its block store, or with
// Unavailable.
struct ServeFromStore {
  NodeIndex to;
  std::variant<FetchBatches, FetchChain> fetch;
};

struct Output {
  std::uint64_t turn = 0;  // number of this step's group of records; 0 if `persist` is empty
  std::vector<Record> persist;
  std::vector<Outgoing> send;
  std::vector<Held> held;
  std::vector<FinalizedBlock> deliver;
  std::vector<ServeFromStore> serve;
  std::vector<Evidence> evidence;  // misbehaviour that anyone can verify (R15)
  std::vector<Notice> notices;
  std::uint64_t wake_at_us = 0;  // monotonic
};

}  // namespace jingchu::consensus
