// Fetches an archive segment from other nodes, none of which is believed: a node says by their hashes which
// pieces it has, each piece is held to what that node has said, and whoever gave a segment that does not hold
// is not asked again. What came before a break is kept.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <vector>

#include "cli/node_client.h"
#include "cli/session.h"
#include "ledger/archive.h"

namespace jingchu::cli {

struct FetchedSegment {
  std::string path;  // beside the place of the segment
  std::string from;  // URL; empty: an earlier run had all of it
  std::uint64_t pieces_fetched = 0;
  std::uint64_t pieces_kept = 0;  // of an earlier run that broke off
};

class SegmentFetch {
 public:
  // Whether the file at that path is the segment, verified.
  using Judge = std::function<Status(const std::string& path)>;

  // The session outlives it.
  SegmentFetch(const Session& session, std::string directory, std::vector<NodeClient> nodes)
      : session_(session), directory_(std::move(directory)), nodes_(std::move(nodes)) {}

  // One that holds. Errors: kEnvironment "segment-not-given" with what each node said; those of the disk.
  Result<FetchedSegment> run(Epoch epoch, const Judge& judge);
  // What is left of what nobody needs any more.
  Status remove_rest(Epoch epoch);
  // The nodes that were given up, and why.
  std::map<std::string, std::string> left() const;

 private:
  // What a node says that its segment consists of.
  struct Offer {
    std::size_t node = 0;
    std::uint64_t bytes = 0;
    std::vector<Hash> pieces;
    std::size_t here = 0;  // so many of them are here, from the first one on
  };
  struct Work {
    Epoch epoch;
    std::string path;
    FetchedSegment done;
    std::map<std::size_t, std::string> said;  // by nodes, instead of giving it
  };

  std::string rest_of(Epoch epoch) const;
  Result<std::vector<Offer>> ask_all(Work& work);
  Result<Offer> ask(std::size_t node, const Work& work) const;
  // False: this node does not give it. Errors are the disk's.
  Result<bool> take(const Offer& offer, Work& work);
  Result<Bytes> ask_piece(const Offer& offer, std::size_t index, const Work& work) const;
  void refuse(std::size_t node, const Error& why, Work& work);
  Error none(const Work& work) const;

  const Session& session_;
  const std::string directory_;
  std::vector<NodeClient> nodes_;
  std::map<std::size_t, std::string> left_;
};

}  // namespace jingchu::cli
