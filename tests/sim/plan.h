// What a seed stands for: the size, the parameters, the network, the faults in their order, and who is
// Byzantine how. A plan is made before the run, from the seed alone.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "consensus/parameters.h"
#include "sim/random.h"

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
};
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
  kSplitter,  // only in directed plans
};
inline constexpr std::size_t kRandomMisbehaviours = 12;
const char* to_string(Misbehaviour misbehaviour);

struct ByzantineNode {
  std::size_t node;
  std::vector<Misbehaviour> behaviours;
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
  Delay seal{100'000, 700'000};    // between two batches of one node
  std::uint64_t skew_ms_max = 50;  // of a wall clock, to either side
  bool sessions = false;           // whether nodes hear that a peer came or went
  bool clock_jumps = false;
  std::map<std::size_t, std::int64_t> wrong_clocks;  // node -> ms, also after healing
  std::vector<Fault> faults;                         // by time
  std::vector<ByzantineNode> byzantine;
  std::uint64_t heal_us = 8'000'000;
  bool crash_all_at_heal = false;
  bool byzantine_silent_at_heal = false;
};

// `validators` 0: by the seed, 4 to 7.
Plan make_plan(std::uint64_t seed, std::size_t validators);

// The pieces that plans are made of.
std::vector<std::size_t> some_nodes(Random& random, std::size_t validators, std::size_t count);
void add_random_faults(Random& random, Plan& plan);
void add_byzantine(Random& random, Plan& plan, const std::vector<Misbehaviour>& choices);

// Scripted plans for what random ones hardly meet, by `seed` modulo their number; false: not a directed seed.
bool direct(Random& random, Plan& plan, bool size_is_free);

}  // namespace jingchu::sim
