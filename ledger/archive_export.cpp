// Writing segments.
#include "common/codec.h"
#include "ledger/archive.h"
#include "ledger/archive_format.h"
#include "ledger/horizon.h"

namespace jingchu::ledger {
namespace {

constexpr std::string_view kPartial = ".partial";

// The bytes of a file in the order in which they are written, with the hash of all of them.
class Output {
 public:
  explicit Output(std::unique_ptr<AppendFile> file) : file_(std::move(file)) {}

  Status append(ByteView bytes) {
    hash_.update(bytes);
    size_ += bytes.size();
    return file_->append(bytes);
  }
  std::uint64_t size() const { return size_; }
  // Of all bytes so far, which it ends.
  Status finish() {
    RETURN_IF_ERROR(file_->append(hash_.finish()));
    size_ += kHashBytes;
    return file_->sync();
  }

 private:
  std::unique_ptr<AppendFile> file_;
  StreamingHash hash_{HashFunction::kSha256};
  std::uint64_t size_ = 0;
};

Status write_block(const KeyValueStore& store, Height height, Output& out) {
  ASSIGN_OR_RETURN(const auto block, read_archived(store, height));
  const Bytes record = encode(block);
  RETURN_IF_ERROR(out.append(record));
  return out.append(sha256(record));
}

Result<SegmentTail> make_tail(const SegmentSource& source, Epoch epoch, Height last) {
  SegmentTail tail;
  ASSIGN_OR_RETURN(const auto present, source.set_of(epoch));
  ASSIGN_OR_RETURN(auto next, source.set_of(epoch.next()));
  if (next.hash() != present.hash()) tail.next_set = std::move(next);
  ASSIGN_OR_RETURN(auto following, BlockStore(*source.store).block(last.next()));
  if (!following) {
    return environment_error("epoch-not-whole",
                             "epoch " + to_string(epoch) + " is not over: block " + to_string(last.next()) +
                                 ", which commits to its end, is not executed here",
                             "export an earlier epoch, or wait");
  }
  tail.following = std::move(following->header);
  tail.path = std::move(following->path);
  tail.finalization = std::move(following->finalization);
  return tail;
}

Status write_segment(const SegmentSource& source, Epoch epoch, Output& out, const ArchiveProgress& progress,
                     const StopRequest& stop) {
  const Height last = source.genesis->epochs().last(epoch);
  const Height first = last - (source.genesis->parameters.epoch_blocks - 1);
  ASSIGN_OR_RETURN(SegmentTail tail, make_tail(source, epoch, last));
  const SegmentHead head{kSegmentMagic, kSegmentFormat, source.genesis->chain_id, epoch, first, last};
  RETURN_IF_ERROR(out.append(encode(head)));
  for (Height height = first; height <= last; height = height.next()) {
    if (stop && stop()) return stopped();
    tail.offsets.push_back(out.size());
    RETURN_IF_ERROR(write_block(*source.store, height, out));
    if (progress) progress(height - first + 1, last - first + 1);
  }
  const std::uint64_t tail_offset = out.size();
  RETURN_IF_ERROR(out.append(encode(tail)));
  RETURN_IF_ERROR(out.append(encode(tail_offset)));
  return out.finish();
}

}  // namespace

Result<std::optional<EpochRange>> exportable_epochs(const SegmentSource& source) {
  const BlockStore blocks(*source.store);
  ASSIGN_OR_RETURN(const auto head, blocks.head());
  const std::uint64_t size = source.genesis->parameters.epoch_blocks;
  // The block behind the last one is executed, too.
  ASSIGN_OR_RETURN(const auto horizon, read_horizon(*source.store));
  if (!head || head->height.value() <= size + horizon.target.value()) return std::optional<EpochRange>();
  return std::optional<EpochRange>(
      {source.genesis->epochs().after(horizon.target), Epoch((head->height.value() - 1) / size - 1)});
}

Result<std::uint64_t> export_segment(const SegmentSource& source, Epoch epoch, FileSystem& files,
                                     const std::string& directory, const ArchiveProgress& progress,
                                     const StopRequest& stop) {
  const std::string path = directory + "/" + segment_name(epoch);
  if (files.exists(path)) return files.size(path);
  const std::string partial = path + std::string(kPartial);
  if (files.exists(partial)) RETURN_IF_ERROR(files.remove(partial));
  ASSIGN_OR_RETURN(auto file, files.open_append(partial));
  Output out(std::move(file));
  const Status written = write_segment(source, epoch, out, progress, stop);
  if (!written.ok()) {
    [[maybe_unused]] const auto removed = files.remove(partial);
    return written.error();
  }
  RETURN_IF_ERROR(files.rename(partial, path));
  return out.size();
}

Status remove_partial_segments(FileSystem& files, const std::string& directory) {
  if (!files.exists(directory)) return ok_status();
  ASSIGN_OR_RETURN(const auto names, files.list(directory));
  for (const auto& name : names) {
    if (!name.ends_with(kPartial)) continue;
    if (!segment_epoch(name.substr(0, name.size() - kPartial.size()))) continue;
    RETURN_IF_ERROR(files.remove(directory + "/" + name));
  }
  return ok_status();
}

}  // namespace jingchu::ledger
