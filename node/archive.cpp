#include "node/archive.h"

#include <algorithm>

#include "common/hash.h"

namespace jingchu::node {
namespace {

constexpr std::uint64_t kLookAgainUs = 60'000'000;

Error not_found() {
  return caller_error("not-found", "this node has no such segment", "ask another node");
}

}  // namespace

std::string Archive::path_of(Epoch epoch) const {
  return parts_.directory + "/" + ledger::segment_name(epoch);
}

bool Archive::is_damaged(Epoch epoch) const {
  const auto found = damaged_until_.find(epoch);
  return found != damaged_until_.end() && parts_.clock->monotonic_us() < found->second;
}

Result<std::vector<ledger::EpochRange>> Archive::epochs() const {
  std::vector<ledger::EpochRange> ranges;
  if (parts_.directory.empty() || !parts_.files->exists(parts_.directory)) return ranges;
  ASSIGN_OR_RETURN(const auto names, parts_.files->list(parts_.directory));
  std::vector<Epoch> epochs;
  for (const auto& name : names) {
    const auto epoch = ledger::segment_epoch(name);
    if (epoch && !is_damaged(*epoch)) epochs.push_back(*epoch);
  }
  std::sort(epochs.begin(), epochs.end());
  for (const Epoch epoch : epochs) {
    if (ranges.empty() || ranges.back().last.next() != epoch) ranges.push_back({epoch, epoch});
    ranges.back().last = epoch;
  }
  return ranges;
}

Result<SegmentView> Archive::segment(Epoch epoch) {
  if (const auto known = known_.find(epoch); known != known_.end()) return known->second;
  if (parts_.directory.empty() || is_damaged(epoch) || !parts_.files->exists(path_of(epoch)))
    return not_found();
  auto view = look_at(epoch);
  if (view.ok()) {
    damaged_until_.erase(epoch);
    return known_[epoch] = std::move(*view);
  }
  if (view.error().type == "stopped") return environment_error("not-serving", "this node stops");
  damaged_until_[epoch] = parts_.clock->monotonic_us() + kLookAgainUs;
  parts_.log.warning(
      "a segment of the archive is damaged and not given to anybody: mend it with jingchu "
      "archive repair, and look at the disk",
      {{"file", path_of(epoch)}, {"why", view.error().what}});
  return not_found();
}

Result<SegmentView> Archive::look_at(Epoch epoch) const {
  ASSIGN_OR_RETURN(const auto segment, ledger::Segment::open(path_of(epoch), *parts_.genesis));
  const auto& head = segment->head();
  if (head.epoch != epoch) {
    return environment_error("segment-damaged", "it is of epoch " + to_string(head.epoch), {},
                             path_of(epoch));
  }
  SegmentView view{epoch, head.first, head.last, segment->bytes(), {}};
  RETURN_IF_ERROR(segment->check_whole([&](ByteView piece) -> Status {
    if (stopping_) return ledger::stopped();
    view.pieces.push_back(sha256(piece));
    return ok_status();
  }));
  return view;
}

Result<Bytes> Archive::piece(Epoch epoch, std::uint64_t index) {
  ASSIGN_OR_RETURN(const auto view, segment(epoch));
  auto bytes = read_piece(view, index);
  if (bytes.ok() || index >= view.pieces.size()) return bytes;
  known_.erase(epoch);  // damaged, gone, or replaced by another one that holds
  ASSIGN_OR_RETURN(const auto other, segment(epoch));
  bytes = read_piece(other, index);
  return bytes.ok() ? std::move(bytes) : not_found();
}

Result<Bytes> Archive::read_piece(const SegmentView& view, std::uint64_t index) const {
  if (index >= view.pieces.size()) return not_found();
  ASSIGN_OR_RETURN(const auto file, FileReader::open(path_of(view.epoch)));
  const std::uint64_t begin = index * ledger::kSegmentPieceBytes;
  ASSIGN_OR_RETURN(auto bytes, file->read(begin, std::min(ledger::kSegmentPieceBytes, view.bytes - begin)));
  return sha256(bytes) == view.pieces[index] ? Result<Bytes>(std::move(bytes)) : not_found();
}

}  // namespace jingchu::node
