// Every certificate that an honest node sends, stores or delivers has exactly n - f valid signatures in
// ascending order of signer.
#pragma once

#include <map>

#include "consensus/certificate.h"
#include "sim/checkers/setting.h"

namespace jingchu::sim {

class CertificateChecker {
 public:
  explicit CertificateChecker(const Setting& setting) : setting_(setting) {}

  void check(const consensus::Certificate& certificate, const std::string& where);

 private:
  bool is_valid(const consensus::Ballot& ballot, const consensus::CertificateSignature& signature);

  const Setting& setting_;
  std::map<std::pair<consensus::Ballot, NodeIndex>, Signature> known_;  // that were valid
};

}  // namespace jingchu::sim
