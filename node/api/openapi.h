// The API description (OpenAPI 3.1), made of the operation table.
#pragma once

#include <span>
#include <string_view>

#include "node/api/operation.h"

namespace jingchu::node {

// `version` is the program's. Two operations with one id, or a problem type that is not listed, are bugs of
// ours.
Json openapi_document(std::span<const Operation> operations, std::string_view version);

}  // namespace jingchu::node
