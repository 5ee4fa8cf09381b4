#include "tests/support/faulty_file_system.h"

#include <algorithm>

namespace jingchu::test {
namespace {

Error no_such_file(const std::string& path) {
  return environment_error("no-such-file", "there is no such file", "check the path", path);
}

}  // namespace

class FaultyAppendFile final : public AppendFile {
 public:
  FaultyAppendFile(FaultyFileSystem& files, std::string path) : files_(files), path_(std::move(path)) {}
  Status append(ByteView bytes) override { return files_.append(path_, bytes); }
  Status sync() override { return files_.sync(path_); }
  std::uint64_t size() const override {
    const auto size = files_.size(path_);
    return size.ok() ? *size : 0;
  }

 private:
  FaultyFileSystem& files_;
  const std::string path_;
};

class FaultyFileLock final : public FileLock {
 public:
  explicit FaultyFileLock(std::function<void()> release) : release_(std::move(release)) {}
  ~FaultyFileLock() override { release_(); }

 private:
  const std::function<void()> release_;
};

void FaultyFileSystem::crash(const std::function<std::size_t(const std::string&, std::size_t)>& kept) {
  const std::lock_guard lock(mutex_);
  for (auto& [path, file] : files_) {
    const std::size_t unsynced = file.bytes.size() - file.synced;
    file.bytes.resize(file.synced + std::min(unsynced, kept ? kept(path, unsynced) : 0));
    file.synced = file.bytes.size();
  }
  locks_.clear();
  fails_next_sync_ = false;
}

void FaultyFileSystem::set_capacity(std::optional<std::uint64_t> bytes) {
  const std::lock_guard lock(mutex_);
  capacity_ = bytes;
}

void FaultyFileSystem::fail_next_sync() {
  const std::lock_guard lock(mutex_);
  fails_next_sync_ = true;
}

std::uint64_t FaultyFileSystem::sync_count() const {
  const std::lock_guard lock(mutex_);
  return sync_count_;
}

Bytes FaultyFileSystem::content(const std::string& path) const {
  const std::lock_guard lock(mutex_);
  const auto file = files_.find(path);
  return file == files_.end() ? Bytes() : file->second.bytes;
}

void FaultyFileSystem::put(const std::string& path, Bytes content) {
  const std::lock_guard lock(mutex_);
  const std::size_t size = content.size();
  files_[path] = {std::move(content), size};
}

void FaultyFileSystem::give_away(const std::string& path) {
  const std::lock_guard lock(mutex_);
  files_[path].ours = false;
}

bool FaultyFileSystem::exists(const std::string& path) const {
  const std::lock_guard lock(mutex_);
  const auto below = files_.lower_bound(path + "/");
  return files_.contains(path) || (below != files_.end() && below->first.starts_with(path + "/"));
}

Result<unsigned> FaultyFileSystem::mode(const std::string& path) const {
  const std::lock_guard lock(mutex_);
  const auto file = files_.find(path);
  if (file == files_.end()) return no_such_file(path);
  return file->second.mode;
}

Result<bool> FaultyFileSystem::is_ours(const std::string& path) const {
  const std::lock_guard lock(mutex_);
  const auto file = files_.find(path);
  if (file == files_.end()) return no_such_file(path);
  return file->second.ours;
}

Result<std::uint64_t> FaultyFileSystem::size(const std::string& path) const {
  const std::lock_guard lock(mutex_);
  const auto file = files_.find(path);
  if (file == files_.end()) return no_such_file(path);
  return std::uint64_t{file->second.bytes.size()};
}

Result<DiskSpace> FaultyFileSystem::space(const std::string&) const {
  const std::lock_guard lock(mutex_);
  const std::uint64_t total = capacity_.value_or(std::uint64_t{1} << 40);
  return DiskSpace{total - std::min(total, used_bytes()), total};
}

Result<std::vector<std::string>> FaultyFileSystem::list(const std::string& directory) const {
  const std::lock_guard lock(mutex_);
  std::vector<std::string> names;
  for (const auto& [path, file] : files_) {
    if (!path.starts_with(directory + "/")) continue;
    const auto name = path.substr(directory.size() + 1);
    if (name.find('/') == std::string::npos) names.push_back(name);
  }
  return names;
}

Result<Bytes> FaultyFileSystem::read(const std::string& path, std::uint64_t bytes_max) const {
  const std::lock_guard lock(mutex_);
  const auto file = files_.find(path);
  if (file == files_.end()) return no_such_file(path);
  if (file->second.bytes.size() > bytes_max)
    return environment_error("file-too-large", "too large", {}, path);
  return file->second.bytes;
}

Status FaultyFileSystem::write_atomically(const std::string& path, ByteView bytes, unsigned mode) {
  const std::lock_guard lock(mutex_);
  if (capacity_ && used_bytes() + bytes.size() > *capacity_) {
    return environment_error("disk-full", "writing failed: No space left on device", {}, path);
  }
  files_[path] = {to_bytes(bytes), bytes.size(), mode};
  ++sync_count_;
  return ok_status();
}

Result<std::unique_ptr<AppendFile>> FaultyFileSystem::open_append(const std::string& path) {
  const std::lock_guard lock(mutex_);
  files_.try_emplace(path);
  return std::unique_ptr<AppendFile>(std::make_unique<FaultyAppendFile>(*this, path));
}

Status FaultyFileSystem::truncate(const std::string& path, std::uint64_t size) {
  const std::lock_guard lock(mutex_);
  const auto file = files_.find(path);
  if (file == files_.end()) return no_such_file(path);
  file->second.bytes.resize(size);
  file->second.synced = size;
  return ok_status();
}

Status FaultyFileSystem::rename(const std::string& from, const std::string& to) {
  const std::lock_guard lock(mutex_);
  std::map<std::string, File> moved;
  std::erase_if(files_, [&](auto& entry) {
    if (entry.first != from && !entry.first.starts_with(from + "/")) return false;
    moved[to + entry.first.substr(from.size())] = std::move(entry.second);
    return true;
  });
  if (moved.empty()) return no_such_file(from);
  for (auto& [path, file] : moved) files_[path] = std::move(file);
  return ok_status();
}

Status FaultyFileSystem::remove(const std::string& path) {
  const std::lock_guard lock(mutex_);
  if (files_.erase(path) == 0) return no_such_file(path);
  return ok_status();
}

Status FaultyFileSystem::make_directories(const std::string&) {
  return ok_status();
}

Result<std::unique_ptr<FileLock>> FaultyFileSystem::lock(const std::string& path) {
  const std::lock_guard guard(mutex_);
  if (locks_[path]) return environment_error("locked", "another process holds the lock", {}, path);
  locks_[path] = true;
  return std::unique_ptr<FileLock>(std::make_unique<FaultyFileLock>([this, path] {
    const std::lock_guard released(mutex_);
    locks_.erase(path);
  }));
}

Status FaultyFileSystem::append(const std::string& path, ByteView bytes) {
  const std::lock_guard lock(mutex_);
  auto& file = files_[path];
  const std::uint64_t used = used_bytes();
  const std::uint64_t room = !capacity_ ? bytes.size() : *capacity_ > used ? *capacity_ - used : 0;
  const auto fits = bytes.first(std::min<std::size_t>(room, bytes.size()));
  file.bytes.insert(file.bytes.end(), fits.begin(), fits.end());
  if (fits.size() == bytes.size()) return ok_status();
  return environment_error("disk-full", "writing failed: No space left on device", "free space", path);
}

Status FaultyFileSystem::sync(const std::string& path) {
  const std::lock_guard lock(mutex_);
  if (std::exchange(fails_next_sync_, false)) {
    return environment_error("file-system", "syncing failed: Input/output error", "check the disk", path);
  }
  auto& file = files_[path];
  file.synced = file.bytes.size();
  ++sync_count_;
  return ok_status();
}

std::uint64_t FaultyFileSystem::used_bytes() const {
  std::uint64_t used = 0;
  for (const auto& [path, file] : files_) used += file.bytes.size();
  return used;
}

}  // namespace jingchu::test
