// The request target of a query as a person types it.
#pragma once

#include <string>
#include <string_view>

#include "common/result.h"

namespace jingchu::cli {

// "provenance/epcs/urn:a b" becomes "/v1/provenance/epcs/urn:a%20b". A leading "/v1/" or "/" may stand there;
// escapes that are given stay. Error: "bad-usage" for an empty path.
Result<std::string> query_target(std::string_view path);

}  // namespace jingchu::cli
