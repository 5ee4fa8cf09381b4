// Everything that was ever said in a run, by anyone: headers, batches and signed ballots.
#pragma once

#include <map>
#include <vector>

#include "consensus/messages.h"
#include "sim/checkers/setting.h"

namespace jingchu::sim {

struct KnownHeader {
  consensus::Header header;
  std::uint64_t proposers = 0;  // who signed it, a bit for each
};

class Knowledge {
 public:
  explicit Knowledge(const Setting& setting);

  void add_header(const consensus::Header& header, NodeIndex proposer);
  void add_header(const consensus::Header& header);
  void add_batch(const consensus::BatchPointer& batch) { batches_.try_emplace(batch->tip, batch); }
  // The signers, a bit for each, who were not known to have signed this.
  std::uint64_t add_ballot(const consensus::Ballot& ballot, std::uint64_t signers);

  // Null if nobody ever sent it.
  const KnownHeader* header(const Hash& hash) const;
  const consensus::Batch* batch(const Hash& tip) const;
  std::size_t signers(const consensus::Ballot& ballot) const;
  bool is_certified(const consensus::Ballot& ballot) const { return signers(ballot) >= setting_.quorum; }
  // Notarized or final; genesis is.
  bool is_parent(View view, Height height, const Hash& hash) const;
  bool is_nullified(View view) const;

  // The tips of the batches after `from` up to `to`, backwards; false if the links do not lead there.
  bool tips_between(const consensus::CutEntry& from, const consensus::CutEntry& to,
                    std::vector<Hash>& tips) const;

 private:
  const Setting& setting_;
  std::map<Hash, KnownHeader> headers_;
  std::map<Hash, consensus::BatchPointer> batches_;
  std::map<consensus::Ballot, std::uint64_t> ballots_;
};

}  // namespace jingchu::sim
