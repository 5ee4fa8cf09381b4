// A small, strict checker of the part of JSON Schema 2020-12 that the API description uses.
#include <set>

#include "tests/node/api_fixture.h"

namespace jingchu::node {
namespace {

using nlohmann::json;
using Errors = std::vector<std::string>;

bool has_type(const json& value, const std::string& type) {
  if (type == "object") return value.is_object();
  if (type == "array") return value.is_array();
  if (type == "string") return value.is_string();
  if (type == "boolean") return value.is_boolean();
  if (type == "integer") return value.is_number_integer();
  if (type == "null") return value.is_null();
  return false;
}

bool has_any_type(const json& value, const json& type) {
  if (type.is_string()) return has_type(value, type);
  for (const auto& one : type) {
    if (has_type(value, one)) return true;
  }
  return false;
}

// Only "^[0-9a-f]{<n>}$".
bool fits_pattern(const json& value, const std::string& pattern) {
  const std::string before = "^[0-9a-f]{", after = "}$";
  if (!pattern.starts_with(before) || !pattern.ends_with(after)) return false;
  const std::size_t count = std::stoul(pattern.substr(before.size()));
  const auto text = value.get<std::string>();
  return text.size() == count && text.find_first_not_of("0123456789abcdef") == text.npos;
}

void check_object(const json& value, const json& schema, const json& document, const std::string& where,
                  Errors& errors) {
  const json properties = schema.value("properties", json::object());
  for (const auto& name : schema.value("required", json::array())) {
    if (!value.contains(name.get<std::string>()))
      errors.push_back(where + " lacks " + name.get<std::string>());
  }
  for (const auto& [name, member] : value.items()) {
    if (properties.contains(name)) {
      const auto found = schema_errors(member, properties.at(name), document, where + "/" + name);
      errors.insert(errors.end(), found.begin(), found.end());
    } else if (schema.value("additionalProperties", json(true)) == json(false)) {
      errors.push_back(where + " has an unknown member " + name);
    }
  }
}

bool fits_one(const json& value, const json& choices, const json& document) {
  int fitting = 0;
  for (const auto& choice : choices) fitting += schema_errors(value, choice, document).empty() ? 1 : 0;
  return fitting == 1;
}

const std::set<std::string>& known_keywords() {
  static const std::set<std::string> kKnown = {
      "$ref",  "type",    "properties", "required", "additionalProperties", "items", "enum",
      "oneOf", "pattern", "minimum",    "examples", "description"};
  return kKnown;
}

}  // namespace

Errors schema_errors(const json& value, const json& schema, const json& document, const std::string& where) {
  Errors errors;
  for (const auto& [keyword, ignored] : schema.items()) {
    if (!known_keywords().contains(keyword)) errors.push_back(where + ": unknown keyword " + keyword);
  }
  if (schema.contains("$ref")) {
    const std::string reference = schema.at("$ref");
    return schema_errors(value, document.at(json::json_pointer(reference.substr(1))), document, where);
  }
  if (schema.contains("oneOf") && !fits_one(value, schema.at("oneOf"), document))
    errors.push_back(where + ": not one of");
  if (schema.contains("type") && !has_any_type(value, schema.at("type"))) {
    errors.push_back(where + ": of another type");
    return errors;
  }
  if (schema.contains("enum") &&
      schema.at("enum").end() == std::find(schema.at("enum").begin(), schema.at("enum").end(), value))
    errors.push_back(where + ": not of the enumeration");
  if (schema.contains("pattern") && !fits_pattern(value, schema.at("pattern")))
    errors.push_back(where + ": pattern");
  if (schema.contains("minimum") && value.is_number() && value < schema.at("minimum"))
    errors.push_back(where + ": below the minimum");
  if (value.is_object()) check_object(value, schema, document, where, errors);
  if (value.is_array() && schema.contains("items")) {
    for (std::size_t i = 0; i < value.size(); ++i) {
      const auto found =
          schema_errors(value[i], schema.at("items"), document, where + "/" + std::to_string(i));
      errors.insert(errors.end(), found.begin(), found.end());
    }
  }
  return errors;
}

}  // namespace jingchu::node
