#include "node/descriptors.h"

#include <sys/resource.h>

#include <algorithm>

namespace jingchu::node {

Status reserve_descriptors(std::uint64_t count) {
  rlimit limit{};
  ::getrlimit(RLIMIT_NOFILE, &limit);
  if (limit.rlim_cur >= count) return ok_status();
  rlimit raised = limit;
  raised.rlim_cur = std::min<rlim_t>(count, limit.rlim_max);
  if (raised.rlim_cur >= count && ::setrlimit(RLIMIT_NOFILE, &raised) == 0) return ok_status();
  return environment_error(
      "too-few-descriptors",
      "this node needs " + std::to_string(count) + " open files, and the system allows " +
          std::to_string(limit.rlim_max),
      "raise the limit (ulimit -n, LimitNOFILE of systemd), or lower api.connections_max");
}

}  // namespace jingchu::node
