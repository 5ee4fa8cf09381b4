#include "contracts/paging.h"

#include <charconv>

namespace jingchu::contracts {
namespace {

Result<std::uint64_t> number(const QueryParameters& parameters, std::string_view name,
                             std::uint64_t otherwise, std::uint64_t min, std::uint64_t max) {
  const auto found = parameters.find(name);
  if (found == parameters.end()) return otherwise;
  const auto& text = found->second;
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || value < min || value > max) {
    return caller_error("invalid-parameter",
                        std::string(name) + ": expected a whole number from " + std::to_string(min) + " to " +
                            std::to_string(max),
                        {}, std::string(name));
  }
  return value;
}

}  // namespace

Result<std::uint64_t> limit_of(const QueryParameters& parameters) {
  return number(parameters, "limit", Page{}.limit, 1, 200);
}

Result<Page> page_of(const QueryParameters& parameters) {
  Page page;
  ASSIGN_OR_RETURN(page.limit, limit_of(parameters));
  ASSIGN_OR_RETURN(page.after, number(parameters, "after", page.after, 0, 0xffffffffffff));
  return page;
}

Result<std::string> parameter(const QueryParameters& parameters, std::string_view name) {
  const auto found = parameters.find(name);
  if (found == parameters.end() || found->second.empty()) {
    return caller_error("invalid-parameter", "the query needs the parameter " + std::string(name), {},
                        std::string(name));
  }
  return found->second;
}

Error not_found(std::string_view what, std::string_view name) {
  return caller_error("not-found", "there is no " + std::string(what) + " \"" + std::string(name) + "\"");
}

}  // namespace jingchu::contracts
