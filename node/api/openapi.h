// The API description (OpenAPI 3.1), made of the operation table.
#pragma once

#include <span>
#include <string_view>

#include "node/api/operation.h"

namespace jingchu::node {

// `version` is the program's. The description of an operation that is not in the table cannot be asked for;
// the table must be complete.
Json openapi_document(std::span<const Operation> operations, std::string_view version);

}  // namespace jingchu::node
