// Deliberate bugs, to show that the simulator's checkers can fail. They exist only in the simulator's own
// build of this room (JINGCHU_MUTANTS); in the node `mutant()` is the constant false and leaves no trace.
#pragma once

#include <optional>
#include <string_view>

namespace jingchu::consensus {

enum class Mutant {
  kNone,
  kNoVotePersistence,      // votes are not written to the log
  kFinalizeAfterNullify,   // Finalize although Nullify of the view was sent
  kNullifyAfterFinalize,   // Nullify although Finalize of the view was sent
  kNoGapCheck,             // a parent is accepted without the nullification of each view between
  kNoRebroadcast,          // nothing is sent again at a standstill
  kQuorumTwoThirds,        // quorum 2f+1 instead of n-f
  kNoCertificateWithVote,  // R1: the opening certificate is not stored with the first record of a view
  kExecutedBeforeSync,     // R4: executed_height counts before its write is synced
  kHeaderFieldUnchecked,   // R2: a header field of the proposal is not recomputed
  kCutBySequenceOnly,      // R5: the cut compares sequence numbers and ignores tips
  kLeastTimeRefused,       // R13: parent.time + 1 is refused when it is ahead of the clock
};

#ifdef JINGCHU_MUTANTS
Mutant active_mutant();
void set_active_mutant(Mutant mutant);
inline bool mutant(Mutant which) {
  return active_mutant() == which;
}
#else
constexpr bool mutant(Mutant) {
  return false;
}
#endif

}  // namespace jingchu::consensus
