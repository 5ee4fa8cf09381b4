// The consensus core: Simplex over lanes as docs/protocol.md specifies it, as a state machine without I/O. It
// reads no clock, no disk and no socket; the same inputs give the same outputs. One instance serves one epoch
// of one chain.
#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "consensus/parameters.h"
#include "consensus/step.h"
#include "consensus/validator_set.h"

namespace jingchu::consensus {

struct CoreConfig {
  Hash chain_id{};
  Epoch epoch;
  ValidatorSet validators;
  std::optional<NodeIndex> self;  // nothing: a follower, which never signs
  Parameters parameters;
  Header base;  // what the epoch begins upon: genesis, or base_of() the last block of the epoch before
  // Of the block that `base` stands for; nothing: `base` itself.
  std::optional<Hash> base_hash = std::nullopt;
  Height last_height{UINT64_MAX};  // the epoch's last block; what comes above is its tail (R6)
  Hash next_validators_hash{};     // of the next epoch's set (R3)
  bool has_left = false;           // it validated the epoch before, and not this one
};

// What a restart finds: the last block that was executed durably, the roots of the last executed blocks (at
// least execution_lag_max + 1 of them if there are so many), and the records of the log in their order.
struct Recovered {
  Header executed;                             // a block of this epoch, or its base
  std::optional<Certificate> finalization;     // of `executed` or of a descendant; none for the base
  std::vector<Header> path;                    // from above `executed` to the finalized descendant
  std::vector<std::pair<Height, Hash>> roots;  // executed_root by height, ascending, up to executed.height
  std::vector<Record> records;                 // empty log: `self` only observes until its KeyRecord exists
  std::uint64_t turns = 0;                     // of the cores that wrote to the same log since it was opened
  std::string stopped = {};                    // the alarm that stopped the core of the epoch before
};

// What a validator of the epoch last said of itself, and how that compares with what is known here.
struct PeerReport {
  std::optional<std::uint64_t> heard_us;  // by the monotonic clock; nothing: it has said nothing
  View view;
  Height final_height;
  Height executed_height;
  std::optional<bool> root_differs;   // at executed_height; nothing: that root is not known here
  std::uint64_t batches_lacking = 0;  // that are stored here and not there, of all lanes
};

// A copy of what the outside may know.
struct CoreStatus {
  Epoch epoch;
  View view;
  View final_view;
  Height final_height;
  // At least one honest validator has this height final, by what peers report; nothing before enough have.
  std::optional<Height> network_height;
  Height executed_height;
  Hash executed_root{};
  NodeIndex leader;      // of `view`
  bool votes = false;    // false: follower, key without log, behind its log, or stopped by an alarm
  std::string stopped;   // why, if an alarm stopped it
  std::string abstains;  // why a validator does not vote although nothing stopped it; empty otherwise
  Cut watermarks;        // own, durable
  Cut final_cut;
  std::uint64_t nullified_views = 0;               // since the start
  std::vector<std::uint64_t> nullified_by_leader;  // the same, by the index of the view's leader
  std::uint64_t pending_bytes = 0;                 // of batches held and not final
  std::vector<PeerReport> reports;                 // by index; nothing was heard of this node itself
};

class Core {
 public:
  // `signer` outlives the core; null exactly when config.self is empty. Throws nothing; a log that
  // contradicts itself or the configuration is an Error.
  static Result<std::unique_ptr<Core>> create(CoreConfig config, const Signer* signer, Recovered recovered);
  ~Core();

  // To be called once, first: sends again what the log holds, enters the view to resume in.
  Output start(Now now);
  Output step(Now now, Input input);

  // The records that a fresh log segment must begin with so that all older segments can go; for the core of
  // the next epoch, too, which takes what concerns it. None without a key, which has no log.
  std::vector<Record> live_records() const;
  CoreStatus status() const;
  // Batches of our own lane that no final block orders, ascending. With the end of the epoch nobody will.
  std::vector<BatchPointer> own_uncut_batches() const;
  // How many groups of records it gave out, with those of the cores before it on the same log.
  std::uint64_t turns() const;
  // Bytes that SealBatch may still add to our own lane; 0 while the node does not vote.
  std::uint64_t own_lane_room() const;

 private:
  struct State;
  explicit Core(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace jingchu::consensus
