#include "cli/home_writer.h"

#include "ledger/durable_log.h"
#include "node/key_file.h"

namespace jingchu::cli {

namespace fs = std::filesystem;

Error cannot_write(const std::string& path, const std::string& why) {
  return environment_error("cannot-write", why, "choose a directory that you may write to", path);
}

Result<fs::path> free_directory(const std::string& given) {
  std::error_code code;
  fs::path path = fs::absolute(given, code).lexically_normal();
  if (!path.has_filename()) path = path.parent_path();
  if (code || !path.has_filename()) return usage_error("--dir: \"" + given + "\" names no directory");
  const bool exists = fs::exists(path, code);
  if (exists && (!fs::is_directory(path, code) || !fs::is_empty(path, code))) {
    return caller_error("directory-not-empty", "there is something in it already, and nothing is overwritten",
                        "choose another --dir, or remove this one if its network is not needed",
                        path.string());
  }
  return path;
}

Staging::Staging(FileSystem& files, fs::path target) : files_(files), target_(std::move(target)) {
  std::array<std::uint8_t, 6> random{};
  random_bytes(random);
  path_ = target_.parent_path() / ("." + target_.filename().string() + ".partial-" + to_hex(random));
}

Staging::~Staging() {
  std::error_code ignored;
  if (!kept_) fs::remove_all(path_, ignored);
}

Status Staging::keep() {
  const Status moved = files_.rename(path_.string(), target_.string());
  if (!moved.ok()) return cannot_write(target_.string(), moved.error().what);
  kept_ = true;
  return ok_status();
}

Status HomeWriter::directory(const fs::path& name) {
  return session_.files.make_directories((root_ / name).string());
}

Status HomeWriter::text(const fs::path& name, const std::string& content) {
  return session_.files.write_atomically((root_ / name).string(), as_bytes(content), 0644);
}

Status HomeWriter::key(const fs::path& name, const PrivateKey& key) {
  progress_.show("writing key " + std::to_string(++written_) + " of " + std::to_string(keys_));
  return node::write_key_file(session_.files, (root_ / name).string(), key, protection_.protection,
                              protection_.passphrase);
}

Status HomeWriter::log(const fs::path& name, const consensus::KeyRecord& record) {
  return ledger::DurableLog::create(session_.files, (root_ / name).string(), record);
}

}  // namespace jingchu::cli
