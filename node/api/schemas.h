// JSON Schemas (2020-12, as OpenAPI 3.1 uses them) of what the API takes and gives. The tests hold every
// answer to them.
#pragma once

#include <string_view>

#include "node/api/json.h"

namespace jingchu::node {

// The named schemas, for "components".
Json component_schemas();

// {"$ref": "#/components/schemas/<name>"}
Json schema_reference(std::string_view name);

// Of parameters and of answers that need no name.
Json hash_schema();
Json number_schema();
Json choice_schema(std::initializer_list<std::string_view> values);
// All members are required and there are no others.
Json object_schema(std::initializer_list<std::pair<std::string_view, Json>> members);

}  // namespace jingchu::node
