// The archive: a file for each whole epoch, from which anyone who has the genesis file verifies what was
// recorded (docs/formats.md, "Archive segments"). A segment never changes: it appears whole, under its own
// name, or not.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "common/file_reader.h"
#include "common/file_system.h"
#include "ledger/chain_verifier.h"
#include "ledger/stop_request.h"

namespace jingchu::ledger {

inline constexpr std::uint16_t kSegmentFormat = 1;
// Nodes give a segment in pieces of so many bytes; the last one may be shorter.
inline constexpr std::uint64_t kSegmentPieceBytes = 1 << 20;

std::string segment_name(Epoch epoch);                             // "epoch-0000000007.jca"
std::optional<Epoch> segment_epoch(const std::string& file_name);  // nothing: it is no segment

struct SegmentHead {
  std::array<std::uint8_t, 8> magic{};
  std::uint16_t format = kSegmentFormat;
  Hash chain_id{};
  Epoch epoch;
  Height first;
  Height last;

  template <class Archive>
  void serialize(Archive& archive) {
    archive(magic, format, chain_id, epoch, first, last);
  }
};

// What stands behind the blocks.
struct SegmentTail {
  std::optional<consensus::ValidatorSet> next_set;  // of the next epoch, if it is another
  // The first block of the next epoch, which commits to the executed root of this one's last.
  consensus::Header following;
  std::vector<consensus::Header> path;
  std::optional<consensus::Certificate> finalization;
  std::vector<std::uint64_t> offsets;  // of each block, ascending by height

  template <class Archive>
  void serialize(Archive& archive) {
    archive(next_set, following, path, finalization, offsets);
  }
};

// Of work that takes long: how many blocks of how many are done.
using ArchiveProgress = std::function<void(std::uint64_t done, std::uint64_t of)>;
// The validators of an epoch, as the executed state has them.
using SetOfEpoch = std::function<Result<consensus::ValidatorSet>(Epoch)>;

struct SegmentSource {
  const KeyValueStore* store = nullptr;
  const Genesis* genesis = nullptr;
  SetOfEpoch set_of;
};

// The epochs that a store can export: those of which all blocks, and the one behind them, are executed and
// not pruned. Nothing: none is whole yet.
struct EpochRange {
  Epoch first;
  Epoch last;
};
Result<std::optional<EpochRange>> exportable_epochs(const SegmentSource& source);

// Writes the segment of an epoch and answers its bytes. A segment that is there already stays as it is; what
// is left of an export that broke off is replaced. Errors: those of the store and of the disk;
// "epoch-not-whole"; "stopped".
Result<std::uint64_t> export_segment(const SegmentSource& source, Epoch epoch, FileSystem& files,
                                     const std::string& directory, const ArchiveProgress& progress = {},
                                     const StopRequest& stop = {});
// Takes away what exports that were killed have left in a directory, if it is there.
Status remove_partial_segments(FileSystem& files, const std::string& directory);

// Takes each piece of a segment's bytes, in their order; an Error ends the work.
using TakePiece = std::function<Status(ByteView)>;

// A segment to read. Whatever its bytes are, nothing is read or allocated beyond its size.
class Segment {
 public:
  // Errors: "segment-damaged" (no segment, cut off, its head, index or tail are not as they must be),
  // "wrong-chain" (whole, but of another network), and those of reading. Every error names the file.
  static Result<std::unique_ptr<Segment>> open(const std::string& path, const Genesis& genesis);
  static Result<std::unique_ptr<Segment>> open(std::unique_ptr<FileReader> file, const Genesis& genesis);

  const SegmentHead& head() const { return head_; }
  const SegmentTail& tail() const { return tail_; }
  std::uint64_t bytes() const { return file_->size(); }
  std::uint64_t blocks() const { return tail_.offsets.size(); }
  const std::string& path() const { return file_->path(); }

  // Against its checksum. "segment-damaged" names the block.
  Result<ArchivedBlock> block(Height height) const;
  // The SHA-256 of the whole. "segment-damaged", and those of `take`.
  Status check_whole(const TakePiece& take = {}) const;

 private:
  explicit Segment(std::unique_ptr<FileReader> file) : file_(std::move(file)) {}
  Status read_head();
  Status read_tail();
  Status check_chain(const Genesis& genesis) const;
  Status check_place(const Genesis& genesis) const;
  Status check_offsets() const;
  Error damaged(const std::string& what) const;

  std::unique_ptr<FileReader> file_;
  SegmentHead head_;
  SegmentTail tail_;
  std::uint64_t tail_offset_ = 0;
  Hash whole_{};
};

// All of a segment, whose first block follows what `verifier` verified last; the verifier then stands at the
// next epoch. Errors name the file and, where it is one, the block.
Status verify_segment(const Segment& segment, ChainVerifier& verifier, const ArchiveProgress& progress = {});

// Only that its bytes are those that were written: of a segment that nothing verified leads up to.
Status read_segment(const Segment& segment, const ArchiveProgress& progress = {});

// That a segment holds, byte for byte, what the store does: enough to let go of the latter.
Status compare_segment(const Segment& segment, const SegmentSource& source, const StopRequest& stop = {});

}  // namespace jingchu::ledger
