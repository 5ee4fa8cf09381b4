// Exactly q signatures of one ballot in ascending order of signer: a notarization, nullification or
// finalization. Certificates are not unique: never hash one into a block or the state.
#pragma once

#include <vector>

#include "consensus/vote.h"

namespace jingchu::consensus {

struct CertificateSignature {
  NodeIndex signer;
  Signature signature{};

  friend bool operator==(const CertificateSignature&, const CertificateSignature&) = default;
  template <class Archive>
  void serialize(Archive& archive) {
    archive(signer, signature);
  }
};

struct Certificate {
  Epoch epoch;
  Ballot ballot;
  std::vector<CertificateSignature> signatures;

  friend bool operator==(const Certificate&, const Certificate&) = default;
  template <class Archive>
  void serialize(Archive& archive) {
    archive(epoch, ballot, signatures);
  }
};

}  // namespace jingchu::consensus
