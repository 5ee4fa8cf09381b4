// Verifies an archive from genesis on and puts good segments in the place of those that are damaged or
// missing.
#pragma once

#include "cli/segment_fetch.h"
#include "cli/session.h"
#include "ledger/chain_verifier.h"

namespace jingchu::cli {

struct RepairTarget {
  std::string directory;
  ledger::Genesis genesis;
  std::optional<Epoch> through;  // the last epoch that has to be there; nothing: the last one that is
};

class ArchiveRepair {
 public:
  ArchiveRepair(const Session& session, const RepairTarget& target, std::vector<NodeClient> nodes)
      : session_(session), target_(target), fetch_(session, target.directory, std::move(nodes)) {}

  // Tells what it has done, also where it breaks off. Whatever breaks it off, each segment is the old one,
  // its place is empty, or it is a verified one. Errors before anything is done: "in-use", "bad-usage", those
  // of the disk.
  Result<ExitStatus> run();

 private:
  Status repair_all(Epoch last);
  Status repair(Epoch epoch);
  Status put(Epoch epoch, const FetchedSegment& fetched, const Error& found);
  // Stands behind the segment at `path` where it holds.
  Status judge(const std::string& path, ledger::ChainVerifier& verifier) const;
  nlohmann::ordered_json facts() const;

  const Session& session_;
  const RepairTarget& target_;
  SegmentFetch fetch_;
  std::optional<ledger::ChainVerifier> verifier_;  // behind the last segment that holds
  std::uint64_t verified_ = 0;
  nlohmann::ordered_json repaired_ = nlohmann::ordered_json::array();
};

}  // namespace jingchu::cli
