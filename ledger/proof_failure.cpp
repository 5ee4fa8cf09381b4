#include "ledger/proof_failure.h"

#include "common/check.h"

namespace jingchu::ledger {
namespace {

// In the order of ProofReason.
constexpr std::array<std::string_view, kProofReasons> kReasonNames = {
    "not-json",
    "unknown-field",
    "missing-field",
    "not-object",
    "not-list",
    "not-text",
    "not-hex",
    "not-integer",
    "not-key",
    "not-encoding",
    "format",
    "version",
    "one-claim",
    "other-chain",
    "bad-genesis",
    "other-set",
    "height",
    "epoch",
    "protocol-version",
    "path-epoch",
    "path-height",
    "path-parent",
    "certificate-kind",
    "certificate-block",
    "quorum",
    "signers",
    "signature",
    "too-early",
    "set-size",
    "set-names",
    "set-keys",
    "set-hash",
    "set-same",
    "executed-root",
    "history-height",
    "history-path",
    "receipt-path",
    "receipt-height",
    "transaction-version",
    "transaction-chain",
    "transaction-id",
    "sender-signature",
    "call-path",
    "no-histories",
    "entity-name",
    "not-canonical",
    "other-besides",
    "no-count",
    "absent-with-records",
    "other-is-entity",
    "path-proof",
    "state-path",
    "record-count",
    "record-chain",
    "not-deposit",
    "not-ok",
    "payload",
    "other-file",
    "absent-file",
    "not-evidence",
    "other-entity",
};

}  // namespace

std::string_view to_string(ProofReason reason) {
  const auto index = static_cast<std::size_t>(reason);
  CHECK(index < kReasonNames.size());
  return kReasonNames[index];
}

}  // namespace jingchu::ledger
