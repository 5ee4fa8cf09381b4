#include "node/descriptors.h"

#include <dirent.h>
#include <sys/resource.h>

#include <algorithm>

namespace jingchu::node {
namespace {

// Standard streams, listeners, event queues, the log and its next segment, the database's write-ahead and
// MANIFEST files, certificates, /proc; and connections that are refused.
constexpr std::uint64_t kOthers = 128;
// A peer's connection, and the one that replaces it; handshakes with those who dialled us.
constexpr std::uint64_t kEachPeer = 2;
constexpr std::uint64_t kHandshakes = 256;
constexpr std::uint64_t kConnectionsMin = 64;
constexpr std::uint64_t kTablesMin = 64;
// Fewer left are told of.
constexpr std::uint64_t kFewLeft = 16;

std::uint64_t current_limit() {
  rlimit limit{};
  ::getrlimit(RLIMIT_NOFILE, &limit);
  return limit.rlim_cur;
}

}  // namespace

// Where not even their directory can be opened, all are in use.
Descriptors count_descriptors() {
  const std::uint64_t limit = current_limit();
  DIR* directory = ::opendir("/proc/self/fd");
  if (directory == nullptr) return {limit, limit};
  std::uint64_t count = 0;
  while (::readdir(directory) != nullptr) ++count;
  ::closedir(directory);
  return {count - std::min<std::uint64_t>(count, 3), limit};  // ".", ".." and the directory itself
}

std::uint64_t raise_descriptor_limit() {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return 0;
  const rlimit raised{limit.rlim_max, limit.rlim_max};
  ::setrlimit(RLIMIT_NOFILE, &raised);
  return current_limit();
}

Result<DescriptorShares> share_descriptors(std::uint64_t limit, std::size_t peers, DescriptorShares wanted) {
  const std::uint64_t reserved = kOthers + kHandshakes + kEachPeer * peers;
  const std::uint64_t needed = reserved + kConnectionsMin + kTablesMin;
  if (limit < needed) {
    return environment_error("too-few-descriptors",
                             "this process may open " + std::to_string(limit) +
                                 " files, and a node of this network needs " + std::to_string(needed),
                             "raise the limit of open files (ulimit -n, LimitNOFILE=)");
  }
  const std::uint64_t room = limit - reserved;
  const std::uint64_t tables = std::min<std::uint64_t>(wanted.tables, room / 2);
  const std::uint64_t connections = std::min<std::uint64_t>(wanted.connections, room - tables);
  return DescriptorShares{static_cast<std::uint32_t>(connections), static_cast<int>(tables)};
}

void DescriptorWatch::check() {
  const auto [used, limit] = count_descriptors();
  const bool few = used + kFewLeft > limit;
  {
    const std::lock_guard lock(mutex_);
    if (!few && !problem_.empty()) log_.info("there are enough file descriptors again");
    problem_ = few ? "it is out of file descriptors: " + std::to_string(used) + " of " + std::to_string(limit)
                   : std::string();
  }
  if (few && limit_.admit("descriptors", clock_.monotonic_us())) {
    log_.warning("hardly any file descriptors are left: no new connections can be accepted",
                 {{"used", used}, {"limit", limit}});
  }
}

std::string DescriptorWatch::problem() const {
  const std::lock_guard lock(mutex_);
  return problem_;
}

}  // namespace jingchu::node
