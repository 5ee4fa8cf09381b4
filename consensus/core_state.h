// Inside the core only: its state as a struct of parts, and the transitions between them. A step takes facts
// in (take, receive, run_timers) and then settles: settle() does everything that the facts allow, until
// nothing changes.
#pragma once

#include <deque>
#include <map>
#include <string>

#include "consensus/block_tree.h"
#include "consensus/core.h"
#include "consensus/cut.h"
#include "consensus/fetching.h"
#include "consensus/final_chain.h"
#include "consensus/lanes.h"
#include "consensus/misbehaviour.h"
#include "consensus/pacemaker.h"
#include "consensus/safety.h"
#include "consensus/vote_book.h"

namespace jingchu::consensus {

inline constexpr std::size_t kDeliveredAheadMax = 16;  // blocks handed to execution before it answers
inline constexpr std::size_t kPrefetchBlocks = 8;      // final blocks whose data is fetched ahead of delivery
inline constexpr std::size_t kWaitingChainMax = 64;    // beyond, no more chain is fetched
inline constexpr std::size_t kWaitingBlocksMax = 128;  // beyond, final blocks are not even linked
inline constexpr std::size_t kWindowBlocks = 64;  // executed blocks kept for peers that are slightly behind
inline constexpr std::uint64_t kWindowBytes = 64 << 20;  // of their batches
inline constexpr std::size_t kUnlinkedBlocksMax = 512;  // blocks above the final chain while it is far behind
inline constexpr std::size_t kRootsKept = 1024;
inline constexpr std::size_t kSourcesMax = 1024;
inline constexpr std::uint64_t kServedBytesMax = 4 << 20;  // of batches in one answer

struct Core::State {
  State(CoreConfig config, const Signer* signer, FinalBlock executed);

  struct Peer {
    std::optional<LaneStatus> status;
    std::optional<std::uint64_t> heard_us;  // of this epoch or another
    bool connected = true;
    std::uint64_t asked_certificates_us = 0;
    Height root_noticed;
  };
  // What becomes true when a group of records is durable.
  struct Turn {
    std::uint64_t number = 0;
    std::vector<Vote> votes;
    std::vector<Hash> batches;
  };
  struct JournalEntry {
    Record record;
    std::uint64_t turn = 0;  // durable from then on; 0: it was read from the log
  };
  struct Parent {
    const Header* header = nullptr;
    View view;
    Hash hash{};
  };

  // ---- configuration
  CoreConfig config;
  const Signer* signer;
  std::size_t n;
  EpochRules rules;
  Hash base_hash{};
  std::uint64_t delay_us;
  std::optional<KeyRecord> key;  // nothing: a key without its log, which only observes (R8)
  // What we signed up to here is not in the log any more: nothing is signed before that is executed.
  FloorRecord floor;
  std::vector<Record> later_records;  // of epochs to come: our log is ahead of our database

  // ---- the protocol's state
  View view;
  View final_view;
  std::optional<Certificate> highest_finalization;
  std::map<View, OwnSignatures> own;
  std::map<View, std::vector<JournalEntry>>
      journal;  // own votes and recorded proposals that a restart still needs
  VoteBook book;
  BlockTree tree;
  FinalChain chain;
  Lanes lanes;
  CutEntry own_head;  // the newest batch of our own lane, durable or not
  Pacemaker pacemaker;
  Fetching fetching;
  EvidenceFilter evidence_filter;
  Height delivered;
  Height executed;
  std::uint64_t window_bytes = 0;
  ExecutedRoots roots;
  std::map<Height, Hash> certified_roots;
  std::vector<Peer> peers;
  std::map<NodeIndex, Height> sources;  // not of this epoch's set, and ahead: how far they are final
  View idle_view;
  std::string stopped;
  std::uint64_t nullified_views = 0;
  std::vector<std::uint64_t> nullified_by_leader;
  std::uint64_t last_proposal_us = 0;
  std::uint64_t last_final_us = 0;
  std::size_t resend_rotation = 0;

  // ---- time
  Now now;
  std::uint64_t status_sent_us = 0;    // to everybody; 0: it is due
  std::uint64_t status_told_us = 0;    // to the leaders, or to everybody
  bool status_dirty = true;            // the leaders do not have the newest
  bool status_stale = true;            // nor does everybody else
  std::uint32_t status_doublings = 0;  // of the time until a status that is as before goes out again
  std::uint64_t housekeeping_us = 0;
  std::optional<std::uint64_t> propose_us;  // when our own proposal is due

  // ---- the step under way
  Output out;
  std::vector<Outgoing> held;
  Turn turn;
  std::uint64_t turns_made = 0;
  std::uint64_t durable_turn = 0;
  std::deque<Turn> turns;  // not yet durable
  bool unsettled = false;

  // recovery.cpp
  static Result<std::unique_ptr<State>> recover(CoreConfig config, const Signer* signer, Recovered recovered);
  Status restore_chain(const Recovered& recovered);
  Status restore_records(std::vector<Record> records);
  Status restore_key(const KeyRecord& stored);
  Status restore_batch(const BatchPointer& batch);
  Status restore_own_lane();
  bool is_of_epoch(Epoch epoch, const Record& record);
  Status restore_vote(const VoteRecord& record);
  Status restore_proposal(const ProposalRecord& record);
  void restore_certificate(const Certificate& certificate);
  std::vector<Record> live_records() const;

  // core.cpp
  void begin(Now time);
  Output finish();
  std::uint64_t wake_at_us() const;
  void settle();
  void run_timers();
  void take(const Tick&) {}
  void take(const Received& received);
  void take(const SealBatch& seal);
  void take(const Synced& synced);
  void take(const Executed& done);
  void take(const PeerConnected& change);
  void take(const PeerLost& change);
  void apply(const Turn& durable);

  bool is_self(NodeIndex index) const { return config.self == index; }
  bool can_vote() const { return config.self && knows_own() && stopped.empty() && !has_ended(); }
  // Whether our log holds all that our key has signed above the executed block (R8).
  bool knows_own() const { return key && !is_behind_log(); }
  bool is_behind_log() const;
  std::string abstains() const;
  PeerReport report_of(const Peer& peer) const;
  // The epoch's last block is final: nothing is left to agree on.
  bool has_ended() const { return chain.height() >= config.last_height; }
  NodeIndex leader_of(View of) const;
  std::uint64_t failed_views() const { return view > final_view ? view - final_view - 1 : 0; }
  const Header* header_of(const Hash& hash) const;
  // Who validates nothing asks and answers only: what it could tell unasked has a quorum behind it already.
  void broadcast(Message message) {
    if (config.self) out.send.push_back({std::nullopt, std::move(message)});
  }
  void send(NodeIndex to, Message message) { out.send.push_back({to, std::move(message)}); }
  void notice(std::string kind, std::string text) {
    out.notices.push_back({std::move(kind), std::move(text), false});
  }
  void refuse(NodeIndex from, std::string_view why);
  void stop(std::string kind, std::string text);
  void report(Evidence evidence, std::uint64_t number);

  // voting.cpp
  void receive(NodeIndex from, const Verified<Vote>& vote);
  void receive(NodeIndex from, const Verified<Certificate>& certificate);
  void receive(NodeIndex from, const Verified<Proposal>& proposal);
  void tally(const Vote& vote);
  void take_certificate(const Certificate& certificate);
  void take_finalization(const Certificate& certificate);
  bool is_foreign(const Ballot& ballot) const;
  bool holds_foreign_signature(const Certificate& certificate) const;
  void enter(View next);
  void on_view_timer();
  void cast(const Ballot& ballot, const Certificate* reason);
  void nullify(View of);
  void vote_notarize();
  void vote_finalize();
  Judgement judge(Block& block);
  Judgement judge_data(const Block& block, const Header& parent);
  void record_block(Block& block);
  void add_record(View of, Record record, bool persist = true);
  const Certificate* opening(View of) const;

  // proposing.cpp
  void propose_if_due();
  std::optional<Parent> parent_to_extend();
  Header draft(const Header& parent, const Hash& parent_hash, bool plain) const;
  Height executed_by_quorum() const;
  bool covers_transactions(Height executed_height, const Header& parent) const;
  std::uint64_t proposal_due_us(const Header& header, const Parent& parent);
  void publish(Header header, const Parent& parent);
  std::vector<Certificate> justify(const Parent& parent) const;

  // finality.cpp
  void link_finalized();
  void append_final(FinalBlock block);
  void after_link();
  void receive(NodeIndex from, const Verified<Chain>& chain);
  void deliver();
  struct Collected {
    std::vector<BatchPointer> batches;
    std::vector<Lanes::Missing> missing;
  };
  Collected collect(Height height);
  void hand_over(Height height, std::vector<BatchPointer> batches);
  void note_certified_root(const Header& header);
  void shrink_window();

  // lane_flow.cpp
  void receive(NodeIndex from, const Verified<BatchPointer>& batch);
  void receive(NodeIndex from, const LaneStatus& status);
  void take_source(NodeIndex from, const LaneStatus& status);
  void answer_earlier(NodeIndex from, const LaneStatus& status);
  void keep(const BatchPointer& batch, bool wanted);
  void close_lane(NodeIndex lane, std::string_view why);
  void change_status();
  std::uint64_t status_ms(std::uint64_t of_four_ms) const;
  void send_status_if_due();
  std::uint64_t status_due_us() const;
  LaneStatus own_status() const;
  std::uint64_t own_lane_room() const;
  void watch_idle();
  const Cut& newest_cut();

  // catching_up.cpp
  void housekeeping();
  void retry_fetches();
  bool is_of_next_block(const FetchKey& fetch);
  void want(const FetchKey& fetch, Message message, std::vector<NodeIndex> preferred);
  void want_certificates(View first, View last, std::vector<NodeIndex> preferred);
  void want_proposal(View of, const Hash& hash, std::vector<NodeIndex> preferred);
  void want_batches(const Lanes::Missing& missing, std::vector<NodeIndex> preferred);
  void catch_up_chain();
  void catch_up_views();
  void catch_up_lanes();
  void drop_obsolete_fetches();
  std::vector<NodeIndex> reporters(NodeIndex lane, Sequence sequence) const;
  std::vector<NodeIndex> holders_of(const Lanes::Missing& missing, Height height) const;
  std::vector<NodeIndex> ahead_of(Height height) const;
  std::optional<Height> final_height_of(std::size_t validator) const;
  std::optional<Height> network_height() const;
  std::map<std::size_t, std::uint64_t> lane_gaps;  // lane -> since when a peer has reported more

  // serving.cpp
  void receive(NodeIndex from, const FetchCertificates& fetch);
  void receive(NodeIndex from, const FetchProposal& fetch);
  void receive(NodeIndex from, const FetchBatches& fetch);
  void receive(NodeIndex from, const FetchChain& fetch);
  void receive(NodeIndex from, const Unavailable& refusal);

  // standstill.cpp
  std::vector<Message> current_messages() const;
  std::vector<Message> other_messages() const;
  void append_own(View of, std::vector<Message>& messages) const;
  void send_again();
  void on_standstill();
};

std::vector<NodeIndex> signers_of(const Certificate& certificate);

}  // namespace jingchu::consensus
