// Reading JSON objects field by field: every problem is an Error of one type whose `where` is a JSON Pointer.
#pragma once

#include <initializer_list>
#include <string>
#include <string_view>

#include "contracts/json.h"

namespace jingchu::ledger {

class JsonFields {
 public:
  // `type` of the errors, and whose fault they are.
  JsonFields(Fault fault, std::string type) : fault_(fault), type_(std::move(type)) {}

  Error error(std::string what, std::string where) const {
    return {fault_, type_, std::move(what), {}, std::move(where)};
  }

  // `value` is an object with no other members than `names`.
  Status object(const contracts::JsonValue& value, std::initializer_list<std::string_view> names) const;
  Result<contracts::JsonValue> array(const contracts::JsonValue& object, std::string_view name) const;
  Result<contracts::JsonValue> member(const contracts::JsonValue& object, std::string_view name) const;
  Result<std::string> text(const contracts::JsonValue& object, std::string_view name) const;
  // A whole number of decimal digits without sign, exponent or leading zero, from `least` to `most`.
  Result<std::uint64_t> number(const contracts::JsonValue& object, std::string_view name, std::uint64_t least,
                               std::uint64_t most) const;
  Result<std::string> text_of(const contracts::JsonValue& value) const;

 private:
  const Fault fault_;
  const std::string type_;
};

}  // namespace jingchu::ledger
