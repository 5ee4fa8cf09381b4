// The deliberate bugs by name, and where each is looked for.
#include "sim/runner.h"

namespace jingchu::sim {

const std::vector<NamedMutant>& mutants() {
  using consensus::Mutant;
  static const std::vector<NamedMutant> kMutants{
      {Mutant::kNoVotePersistence, "no-vote-persistence", false},
      {Mutant::kFinalizeAfterNullify, "finalize-after-nullify", false},
      {Mutant::kNullifyAfterFinalize, "nullify-after-finalize", false},
      {Mutant::kNoGapCheck, "no-gap-check", false},
      {Mutant::kNoRebroadcast, "no-rebroadcast", false},
      {Mutant::kQuorumTwoThirds, "quorum-two-thirds", false},
      {Mutant::kNoCertificateWithVote, "no-certificate-with-vote", false},
      {Mutant::kExecutedBeforeSync, "executed-before-sync", false},
      {Mutant::kHeaderFieldUnchecked, "header-field-unchecked", false},
      {Mutant::kCutBySequenceOnly, "cut-by-sequence-only", false},
      {Mutant::kLeastTimeRefused, "least-time-refused", false},
      {Mutant::kTailOrders, "tail-orders", true},
      {Mutant::kFloorIgnored, "floor-ignored", true},
      {Mutant::kBatchBeforeDurable, "batch-before-durable", true},
      {Mutant::kWatermarkBeforeDurable, "watermark-before-durable", true},
      {Mutant::kRecoveryForgetsVotes, "recovery-forgets-votes", true},
      {Mutant::kRecoveryForgetsReasons, "recovery-forgets-reasons", true},
      {Mutant::kRotationForgetsVotes, "rotation-forgets-votes", true},
      {Mutant::kRotationForgetsBatches, "rotation-forgets-batches", true},
      {Mutant::kForgetsAtFinality, "forgets-at-finality", true},
      {Mutant::kChainUnchecked, "chain-unchecked", true},
      {Mutant::kBatchOwnerUnchecked, "batch-owner-unchecked", true},
      {Mutant::kLanesNotRotated, "lanes-not-rotated", true},
      {Mutant::kLanesFromOwn, "lanes-from-own", true},
      {Mutant::kExpiryIgnored, "expiry-ignored", true},
      {Mutant::kWindowNotReloaded, "window-not-reloaded", true},
      {Mutant::kWindowTooShort, "window-too-short", true},
      {Mutant::kQueueNotReloaded, "queue-not-reloaded", true},
      {Mutant::kQueueReversed, "queue-reversed", true},
      {Mutant::kHeadBeforeState, "head-before-state", true},
      {Mutant::kExecutionNotSynced, "execution-not-synced", true},
      {Mutant::kClientUnchecked, "client-unchecked", true},
      {Mutant::kTornTailKept, "torn-tail-kept", true},
      {Mutant::kLogNotSynced, "log-not-synced", true},
      {Mutant::kFailedSyncIgnored, "failed-sync-ignored", true},
      {Mutant::kSegmentRemovedEarly, "segment-removed-early", true},
      {Mutant::kDamageAccepted, "damage-accepted", true},
      {Mutant::kAnswersWithoutTip, "answers-without-tip", true},
      {Mutant::kSealsTooMuch, "seals-too-much", true},
      {Mutant::kSetOfBefore, "set-of-before", true},
      {Mutant::kBaseOfSetBefore, "base-of-set-before", true},
      {Mutant::kReadinessIgnored, "readiness-ignored", true},
      {Mutant::kNextKeysIgnored, "next-keys-ignored", true},
      {Mutant::kOtherLanesRefused, "other-lanes-refused", true},
      {Mutant::kLostHomeKeepsKey, "lost-home-keeps-key", true},
      {Mutant::kChunkUnverified, "chunk-unverified", true, true},
      {Mutant::kRestoreForgetsLog, "restore-forgets-log", true, true},
      {Mutant::kRestoreNotSynced, "restore-not-synced", true, true},
      {Mutant::kRestoreWithoutHorizon, "restore-without-horizon", true, true},
      {Mutant::kSnapshotWithoutQueue, "snapshot-without-queue", true, true},
      {Mutant::kPrunesAboveHorizon, "prunes-above-horizon", true, true},
      {Mutant::kPrunesWaiting, "prunes-waiting", true, true},
      {Mutant::kPrunesClosings, "prunes-closings", true, true},
      {Mutant::kPrunedUnanswered, "pruned-unanswered", true, true},
  };
  return kMutants;
}

}  // namespace jingchu::sim
