// What a seed stands for: the size, the parameters, the network, the faults in their order, and who is
// Byzantine how. A plan is made before the run, from the seed alone.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "consensus/parameters.h"
#include "sim/random.h"
#include "sim/wide_plan.h"

namespace jingchu::sim {

struct NetworkProfile {
  std::uint64_t delay_min_us = 2'000;
  std::uint64_t delay_max_us = 20'000;
  std::uint64_t loss_permille = 0;
  std::uint64_t duplicate_permille = 0;
  std::uint64_t spike_permille = 0;  // messages that take up to spike_us longer, and so are overtaken
  std::uint64_t spike_us = 300'000;
};

// Delays of a disk or of execution: uniform between the two.
struct Delay {
  std::uint64_t min_us;
  std::uint64_t max_us;
};

enum class FaultKind {
  kCrash,          // the nodes, for the duration
  kCrashAtAction,  // the nodes, at their `amount`-th append, sync or send from now; for the duration
  kCrashAll,       // every node, and everything in flight is lost
  kPartition,      // the nodes from the others, both ways
  kOneWay,         // what the nodes send to the others is lost
  kSplit,          // validators below n / 2 from the rest, both ways
  kClockJump,      // of the nodes' wall clocks by amount - 10'000 ms
  kSlowSync,       // of the nodes' logs, `amount` us each
  kSlowExecution,  // of the nodes, `amount` us each block group, and again for its write
  kFullDisk,       // the nodes' logs find no room, which ends them; for the duration
  kFailingSync,    // the nodes' next sync fails, which ends them; for the duration
  kBitRot,         // a node crashes and its log rots: it must refuse to start
  kLostDatabase,   // a node crashes and comes back with its log alone
  // Of plans that keep snapshots.
  kStaleDatabase,  // a node crashes, and its database is that of an earlier epoch's end, its log is not
  kRottenEntry,    // an entry of a node's database rots
  kRestore,        // a node crashes and begins again with a snapshot of another, under its own log
  // The validators change, through governance.
  kNewKeys,   // the nodes get new keys, which come into force when the set lists them
  kLostHome,  // a node crashes and loses all it has; its new home has new keys
  kJoin,      // the node beyond the validators is to become one
  kLeave,     // it is to be one no more
};
inline constexpr std::size_t kFaultKinds = 20;
const char* to_string(FaultKind kind);

struct Fault {
  std::uint64_t time_us;
  FaultKind kind;
  std::vector<std::size_t> nodes;
  std::uint64_t duration_us = 0;
  std::uint64_t amount = 0;
};

// Names of files in byzantine/.
enum class Misbehaviour {
  kSilent,
  kTwins,
  kEquivocatingLeader,
  kDoubleVoter,
  kEquivocatingLane,
  kFalseWatermarks,
  kSelectiveDelivery,
  kVoteMutator,
  kHugeViews,
  kHeaderFalsifier,
  kGapLeader,
  kFlooder,
  kWithheldBatches,
  kFalseAnswers,
  kForger,
  // Of whole nodes only.
  kInvalidBatches,
  kReplayer,
  // Only in directed plans.
  kSplitter,
};
inline constexpr std::size_t kMisbehaviours = 18;
const char* to_string(Misbehaviour misbehaviour);

struct ByzantineNode {
  std::size_t node;
  std::vector<Misbehaviour> behaviours;
};

// What whole nodes do with their stores beside execution. All they sign is signed in earnest then: who
// verifies a snapshot, an archive or a proof knows no other signatures.
struct StoragePlan {
  std::uint64_t snapshot_epochs = 0;  // a snapshot at the end of every so many-th epoch; 0: no such plan
  std::vector<std::size_t> pruners;   // nodes that let go of their history
  std::uint64_t keep_blocks = 0;      // that they keep
  bool archives = false;              // they export an epoch before they let it go
  bool in_use() const { return snapshot_epochs != 0; }
};

struct Plan {
  std::uint64_t seed = 0;
  std::string name;
  std::size_t validators = 4;
  bool real_signatures = false;
  consensus::Parameters parameters;
  NetworkProfile network;
  Delay sync{200, 4'000};
  Delay execution{500, 6'000};
  Delay seal{100'000, 700'000};  // between two batches of one node
  std::uint64_t log_segment_bytes = 100'000;
  // Of whole nodes.
  bool whole = false;
  Delay submit{10'000, 80'000};  // between two transactions of clients
  std::uint64_t seal_interval_us = 20'000;
  std::uint64_t validity_window = 40;
  std::uint64_t block_cost_max = 100'000'000;
  StoragePlan storage;
  WidePlan wide;                   // a measurement, without faults
  std::uint64_t skew_ms_max = 50;  // of a wall clock, to either side
  bool sessions = false;           // whether nodes hear that a peer came or went
  bool clock_jumps = false;
  std::map<std::size_t, std::int64_t> wrong_clocks;  // node -> ms, also after healing
  std::vector<Fault> faults;                         // by time
  std::vector<ByzantineNode> byzantine;
  std::uint64_t heal_us = 8'000'000;
  bool crash_all_at_heal = false;
  bool crash_at_switch = false;  // now and then, as a node enters an epoch
  bool byzantine_silent_at_heal = false;

  // With the one that is to join.
  std::size_t nodes() const;
  // Blocks cannot take all that clients submit.
  bool is_congested() const { return block_cost_max < 1'000'000; }
};

struct PlanOptions {
  std::size_t validators = 0;  // 0: by the seed: 4 to 7; of whole nodes 4, 5, 7 or 18
  bool whole = false;
  bool storage = false;              // every plan of whole nodes keeps snapshots
  std::vector<std::string> without;  // kinds of faults, of kinds()
  // f + 1 Byzantine nodes that all do this, and no other fault: the checkers have to find something.
  std::optional<Misbehaviour> too_many = std::nullopt;
};

Plan make_plan(std::uint64_t seed, const PlanOptions& options);
// Everything that can go wrong, by name, as the summary counts it; and a plan without some of it.
std::vector<std::string> kinds();
void remove_kind(Plan& plan, const std::string& kind);

// The pieces that plans are made of.
std::vector<std::size_t> some_nodes(Random& random, std::size_t validators, std::size_t count);
void add_random_faults(Random& random, Plan& plan);
// Some changes of the validators among the faults there are, over short epochs.
void add_set_changes(Random& random, Plan& plan);
void add_byzantine(Random& random, Plan& plan, const std::vector<Misbehaviour>& choices);
std::vector<Misbehaviour> random_misbehaviours(bool whole);

// Scripted plans for what random ones hardly meet, by `seed` modulo their number; false: not a directed seed.
bool direct(Random& random, Plan& plan, bool size_is_free);
// The same for whole nodes.
bool direct_whole(Random& random, Plan& plan);
// For whole nodes that keep snapshots, prune and archive; by `seed` / 11.
void direct_storage(Random& random, Plan& plan, bool size_is_free);
// The same beside whatever else a plan has.
void add_storage(Random& random, Plan& plan);
// For whole nodes whose validators change; by `seed` / 7.
void direct_set_changes(Random& random, Plan& plan, bool size_is_free);

}  // namespace jingchu::sim
