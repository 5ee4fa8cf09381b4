#include "ledger/json_fields.h"

#include <algorithm>
#include <charconv>

namespace jingchu::ledger {

using contracts::JsonValue;

Status JsonFields::object(const JsonValue& value, std::initializer_list<std::string_view> names) const {
  if (!value.is_object()) return error("an object is expected here", value.pointer());
  for (const auto child : value) {
    if (std::find(names.begin(), names.end(), child.key()) == names.end()) {
      return error("this field is not known", child.pointer());
    }
  }
  return ok_status();
}

Result<JsonValue> JsonFields::member(const JsonValue& object, std::string_view name) const {
  const auto found = object.find(name);
  if (!found) return error("the field is missing", object.pointer() + "/" + contracts::pointer_token(name));
  return *found;
}

Result<JsonValue> JsonFields::array(const JsonValue& object, std::string_view name) const {
  ASSIGN_OR_RETURN(const auto value, member(object, name));
  if (!value.is_array()) return error("a list is expected here", value.pointer());
  return value;
}

Result<std::string> JsonFields::text_of(const JsonValue& value) const {
  if (!value.is_string()) return error("a text is expected here", value.pointer());
  return std::string(value.text());
}

Result<std::string> JsonFields::text(const JsonValue& object, std::string_view name) const {
  ASSIGN_OR_RETURN(const auto value, member(object, name));
  return text_of(value);
}

Result<std::uint64_t> JsonFields::number(const JsonValue& object, std::string_view name, std::uint64_t least,
                                         std::uint64_t most) const {
  ASSIGN_OR_RETURN(const auto value, member(object, name));
  const std::string_view digits = value.is_number() ? value.text() : std::string_view();
  std::uint64_t number = 0;
  const auto [end, problem] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
  const bool whole = !digits.empty() && problem == std::errc() && end == digits.data() + digits.size();
  if (!whole || number < least || number > most) {
    return error(
        "a whole number from " + std::to_string(least) + " to " + std::to_string(most) + " is expected here",
        value.pointer());
  }
  return number;
}

}  // namespace jingchu::ledger
