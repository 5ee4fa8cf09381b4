#include "ledger/snapshot_files.h"

#include <algorithm>
#include <charconv>

namespace jingchu::ledger {
namespace {

constexpr const char* kManifest = "manifest";
constexpr std::size_t kHeightDigits = 16;
constexpr std::size_t kIndexDigits = 8;
constexpr unsigned kMode = 0600;

std::string padded(std::uint64_t value, std::size_t digits) {
  const std::string text = std::to_string(value);
  return std::string(digits - std::min(digits, text.size()), '0') + text;
}

std::optional<Height> parse_height(const std::string& name) {
  std::uint64_t value = 0;
  const auto [end, code] = std::from_chars(name.data(), name.data() + name.size(), value);
  if (code != std::errc() || padded(value, kHeightDigits) != name) return std::nullopt;
  return Height(value);
}

}  // namespace

std::string SnapshotFiles::path(Height height) const {
  return directory_ + "/" + padded(height.value(), kHeightDigits);
}

std::string SnapshotFiles::file(Height height, const std::string& name) const {
  return path(height) + "/" + name;
}

Result<std::vector<Height>> SnapshotFiles::all() const {
  std::vector<Height> heights;
  if (!files_.exists(directory_)) return heights;
  ASSIGN_OR_RETURN(const auto names, files_.list(directory_));
  for (const auto& name : names) {
    if (const auto height = parse_height(name)) heights.push_back(*height);
  }
  return heights;
}

Result<std::vector<Height>> SnapshotFiles::whole() const {
  ASSIGN_OR_RETURN(auto heights, all());
  std::erase_if(heights, [&](Height height) { return !files_.exists(file(height, kManifest)); });
  return heights;
}

Status SnapshotFiles::remove_broken() {
  ASSIGN_OR_RETURN(const auto heights, all());
  for (const Height height : heights) {
    if (!files_.exists(file(height, kManifest))) RETURN_IF_ERROR(remove(height));
  }
  return ok_status();
}

Status SnapshotFiles::put_chunk(Height height, std::size_t index, ByteView bytes) {
  RETURN_IF_ERROR(files_.make_directories(path(height)));
  return files_.write_atomically(file(height, padded(index, kIndexDigits)), bytes, kMode);
}

Status SnapshotFiles::put_manifest(const Snapshot& snapshot) {
  RETURN_IF_ERROR(files_.make_directories(path(snapshot.height())));
  return files_.write_atomically(file(snapshot.height(), kManifest), encode_snapshot(snapshot), kMode);
}

Result<Bytes> SnapshotFiles::manifest(Height height) const {
  return files_.read(file(height, kManifest), kSnapshotManifestBytesMax);
}

Result<Bytes> SnapshotFiles::chunk(Height height, std::size_t index, const SnapshotChunk& named) const {
  const std::string path = file(height, padded(index, kIndexDigits));
  if (!files_.exists(path)) {
    return environment_error("snapshot-damaged", "a chunk of the snapshot is missing", {}, path);
  }
  ASSIGN_OR_RETURN(Bytes bytes, files_.read(path, kSnapshotChunkBytesMax));
  if (bytes.size() == named.bytes && sha256(bytes) == named.hash) return bytes;
  return environment_error("snapshot-damaged", "a chunk of the snapshot is not what the manifest says", {},
                           path);
}

// The manifest first: what is left of a removal that breaks off is no snapshot.
Status SnapshotFiles::remove(Height height) {
  if (files_.exists(file(height, kManifest))) RETURN_IF_ERROR(files_.remove(file(height, kManifest)));
  ASSIGN_OR_RETURN(const auto names, files_.list(path(height)));
  for (const auto& name : names) RETURN_IF_ERROR(files_.remove(file(height, name)));
  return files_.remove(path(height));
}

}  // namespace jingchu::ledger
