// Parameters of queries: a name that must be there, and the page of a long answer (?limit=30&after=60).
#pragma once

#include "contracts/contract.h"

namespace jingchu::contracts {

struct Page {
  std::uint64_t limit = 30;  // 1 to 200
  std::uint64_t after = 0;   // sequence of the last entry that the reader has; 0 to begin
};

// Errors: fault kCaller, type "invalid-parameter", `where` the parameter's name.
Result<Page> page_of(const QueryParameters& parameters);
Result<std::uint64_t> limit_of(const QueryParameters& parameters);
Result<std::string> parameter(const QueryParameters& parameters, std::string_view name);

// The error of a query that finds nothing: type "not-found".
Error not_found(std::string_view what, std::string_view name);

}  // namespace jingchu::contracts
