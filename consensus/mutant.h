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
  kTailOrders,             // R6: a block above the epoch's last one may order batches
  kFloorIgnored,           // a log that begins above what is executed counts as complete

  // Of the whole node; some of them stand in the ledger and in the node.
  kBatchBeforeDurable,      // an own batch leaves before its record is synced
  kWatermarkBeforeDurable,  // a watermark rises before the batch is synced
  kRecoveryForgetsVotes,    // a restart does not take up what it had voted
  kRecoveryForgetsReasons,  // nor the certificates that are stored with the records
  kRotationForgetsVotes,    // a new segment of the log begins without the live votes and proposals
  kRotationForgetsBatches,  // nor the batches that are not executed
  kForgetsAtFinality,       // what a block needs is forgotten when it is final, not when it is executed
  kChainUnchecked,          // catching up takes a chain without checking its finalization's signatures
  kBatchOwnerUnchecked,     // a batch counts as its lane's whoever signed it
  kLanesNotRotated,         // a block's lanes always execute from the first
  kLanesFromOwn,            // a block's lanes execute from one's own
  kExpiryIgnored,           // a transaction executes after valid_until
  kWindowNotReloaded,       // a restart forgets which transactions were executed
  kWindowTooShort,          // by one height
  kQueueNotReloaded,        // a restart forgets what waits in the state's queue
  kQueueReversed,           // a restart reverses it
  kHeadBeforeState,         // head and state are two writes
  kExecutionNotSynced,      // executed blocks are reported as synced but are not
  kClientUnchecked,         // the transactions of peers' batches are stored without checking who signed them
  kTornTailKept,            // the log goes on behind a torn group
  kLogNotSynced,            // a receipt without a sync
  kFailedSyncIgnored,       // a receipt although the sync failed
  kSegmentRemovedEarly,     // the old segment of the log goes before the new one is synced
  kDamageAccepted,          // the log ends where its first damaged group is
  kAnswersWithoutTip,       // a fetch of batches is answered without the batch it names
  kSealsTooMuch,            // a batch takes more from the mempool than it may hold

  // Of changes of the validators.
  kSetOfBefore,        // an epoch is verified with the set of the one before
  kBaseOfSetBefore,    // its base has the lanes of the set before
  kReadinessIgnored,   // an accepted set is taken whether or not a quorum of it is ready
  kNextKeysIgnored,    // a node goes on with its former keys
  kOtherLanesRefused,  // the batches of lanes that the present set has not are not served
  kLostHomeKeepsKey,   // a home that was lost comes back under its key, without the log

  // Of snapshots, pruning and archives.
  kChunkUnverified,        // a restore takes a chunk as a peer gives it
  kRestoreForgetsLog,      // a restored validator begins with an empty log
  kRestoreNotSynced,       // a restored store is not synced
  kRestoreWithoutHorizon,  // and does not say where it began
  kSnapshotWithoutQueue,   // a snapshot lacks the batches of what waits
  kPrunesAboveHorizon,     // pruning takes a block above the horizon with it
  kPrunesWaiting,          // and batches from which a later block executed
  kPrunesClosings,         // and the last blocks of epochs
  kPrunedUnanswered,       // who lacks a final block's batches does not say that nobody gives them
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
