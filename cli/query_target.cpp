#include "cli/query_target.h"

#include "cli/session.h"
#include "network/http.h"

namespace jingchu::cli {

Result<std::string> query_target(std::string_view path) {
  // Of RFC 3986: what may stand in a path or query as it is, beside the unreserved characters.
  constexpr std::string_view kKept = "/?%:@!$&'()*+,;=";
  if (path.starts_with("/")) path.remove_prefix(1);
  if (path.starts_with("v1/")) path.remove_prefix(3);
  if (path.empty()) return usage_error("the path is empty", "give one like evidence/by-hash/9f86d0...");
  std::string target = "/v1/";
  for (const char c : path) {
    target += kKept.find(c) != kKept.npos ? std::string(1, c) : network::percent_encode({&c, 1});
  }
  return target;
}

}  // namespace jingchu::cli
