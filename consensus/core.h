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
  Header genesis;  // view 0, height 0, final
};

// What a restart finds: the last block that was executed durably, the roots of the last executed blocks (at
// least execution_lag_max + 1 of them if there are so many), and the records of the log in their order.
struct Recovered {
  Header executed;                             // genesis at first
  std::optional<Certificate> finalization;     // of `executed` or of a descendant; none for genesis
  std::vector<Header> path;                    // from above `executed` to the finalized descendant
  std::vector<std::pair<Height, Hash>> roots;  // executed_root by height, ascending, up to executed.height
  std::vector<Record> records;                 // empty log: `self` only observes until its KeyRecord exists
};

// A copy of what the outside may know.
struct CoreStatus {
  View view;
  View final_view;
  Height final_height;
  // At least one honest validator has this height final, by what peers report; nothing before enough have.
  std::optional<Height> network_height;
  Height executed_height;
  Hash executed_root{};
  NodeIndex leader;     // of `view`
  bool votes = false;   // false: follower, key without log, or stopped by an alarm
  std::string stopped;  // why, if an alarm stopped it
  Cut watermarks;       // own, durable
  Cut final_cut;
  std::uint64_t nullified_views = 0;  // since the start
  std::uint64_t pending_bytes = 0;    // of batches held and not final
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

  // The records that a fresh log segment must begin with so that all older segments can go.
  std::vector<Record> live_records() const;
  CoreStatus status() const;
  // Bytes that SealBatch may still add to our own lane; 0 while the node does not vote.
  std::uint64_t own_lane_room() const;

 private:
  struct State;
  explicit Core(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace jingchu::consensus
