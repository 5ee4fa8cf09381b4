#include "sim/checkers/certificate_checker.h"

namespace jingchu::sim {

using namespace consensus;

void CertificateChecker::check(const Certificate& certificate, const std::string& where) {
  const std::string what = where + ", view " + to_string(certificate.ballot.view);
  if (certificate.signatures.size() != setting_.quorum) {
    setting_.fail("certificate-size",
                  what + ": " + std::to_string(certificate.signatures.size()) +
                      " signatures instead of n - f = " + std::to_string(setting_.quorum));
    return;
  }
  for (std::size_t i = 0; i < certificate.signatures.size(); ++i) {
    const CertificateSignature& signature = certificate.signatures[i];
    const bool ascending = i == 0 || certificate.signatures[i - 1].signer < signature.signer;
    if (!ascending || signature.signer.value() >= setting_.validators) {
      return setting_.fail("certificate-signers", what);
    }
    if (!is_valid(certificate.ballot, signature)) {
      return setting_.fail("certificate-signature", what + ": of " + name(signature.signer));
    }
  }
  if (certificate.ballot.kind == VoteKind::kNullify &&
      (certificate.ballot.height != Height(0) || certificate.ballot.hash != kZeroHash)) {
    setting_.fail("certificate-content", what + ": a nullification names a block");
  }
}

bool CertificateChecker::is_valid(const Ballot& ballot, const CertificateSignature& signature) {
  const auto key = std::make_pair(ballot, signature.signer);
  const auto found = known_.find(key);
  if (found != known_.end() && found->second == signature.signature) return true;
  const Bytes message = signing_bytes(setting_.chain_id, setting_.epoch, ballot);
  const PublicKey& public_key = setting_.keys.all()[signature.signer.value()].consensus_key;
  if (!setting_.signatures->check(public_key, message, signature.signature)) return false;
  known_[key] = signature.signature;
  return true;
}

}  // namespace jingchu::sim
