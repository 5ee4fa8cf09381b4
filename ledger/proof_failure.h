// Why a step of verifying a proof bundle does not hold: one name for each reason, which the command line
// words.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

namespace jingchu::ledger {

enum class ProofReason : std::uint8_t {
  // bundle
  kNotJson,
  kUnknownField,
  kMissingField,
  kNotObject,
  kNotList,
  kNotText,
  kNotHex,  // `expected`: the digits, if their number is fixed
  kNotInteger,
  kNotKey,
  kNotEncoding,
  kFormat,
  kVersion,
  kOneClaim,
  // genesis
  kOtherChain,
  kBadGenesis,
  // sets and finality
  kOtherSet,
  kHeight,
  kEpoch,
  kProtocolVersion,
  kPathEpoch,
  kPathHeight,
  kPathParent,
  kCertificateKind,
  kCertificateBlock,
  kQuorum,
  kSigners,
  kSignature,
  kTooEarly,
  kSetSize,
  kSetNames,
  kSetKeys,
  kSetHash,
  kSetSame,
  // roots
  kExecutedRoot,
  // history, receipt, transaction, call
  kHistoryHeight,
  kHistoryPath,
  kReceiptPath,
  kReceiptHeight,
  kOtherTransactionVersion,
  kTransactionChain,
  kTransactionId,
  kSenderSignature,
  kCallPath,
  // state
  kNoHistories,
  kEntityName,
  kNotCanonical,
  kOtherBesides,
  kNoCount,
  kAbsentWithRecords,
  kOtherIsEntity,
  kPathProof,
  kStatePath,
  // records
  kRecordCount,
  kRecordChain,
  // file
  kNotDeposit,
  kNotOk,
  kPayload,
  kOtherFile,
  kAbsentFile,
  kNotEvidence,
  kOtherEntity,
};
inline constexpr std::size_t kProofReasons = static_cast<std::size_t>(ProofReason::kOtherEntity) + 1;

// Stable and machine-readable, in kebab-case: "state-path".
std::string_view to_string(ProofReason reason);

struct ProofFailure {
  ProofReason reason = ProofReason::kNotJson;
  std::string where;     // JSON Pointer into the bundle (of kBadGenesis, into genesis; of kNotJson, "byte N")
  std::string expected;  // may be empty
  std::string found;     // may be empty; may hold text of the bundle, which is not to be trusted
};

}  // namespace jingchu::ledger
