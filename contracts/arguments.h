// What a method takes, as a table of fields, and the one function that holds a payload against it. Bounded
// and deterministic: linear in the payload, nesting no deeper than the tables, no regular expressions.
//
// Every error has fault kCaller and type "invalid-arguments"; `where` is the JSON Pointer to the place (for a
// missing field: to where it should stand) and `what` says what was expected and what was found.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "contracts/json.h"

namespace jingchu::contracts {

enum class FieldKind {
  kText,        // `min` to `max` characters
  kChoice,      // a text out of `choices`
  kToken,       // a text of `min` to `max` characters out of A-Z a-z 0-9 . _ : - /
  kUri,         // a text that is_uri, up to `max` characters
  kVocabulary,  // a text out of `choices`, or a URI
  kHashHex,     // a text of 64 hexadecimal digits
  kTimestamp,   // a text as RFC 3339 has it, with its offset
  kDate,        // a text "2026-05-01"
  kDecimal,     // a decimal as a text or a number, without exponent, of at most `max` characters, not below 0
  kInteger,     // a number without sign, fraction or exponent, at most 2^63 - 1
  kNumber,      // any number
  kBoolean,
  kObject,  // held against `table`; any object if there is none
  kArray,   // `min` to `max` items, each held against `item`
  kAny,
};

struct Table;

// Looks at a value that is of its kind already; what was expected if it does not fit, empty if it does.
using FieldCheck = std::string_view (*)(const JsonValue& value);

struct Field {
  std::string_view name = {};
  FieldKind kind = FieldKind::kText;
  bool is_required = false;
  std::size_t min = 0;
  std::size_t max = 1000;
  std::span<const std::string_view> choices = {};
  const Table* table = nullptr;
  const Field* item = nullptr;
  FieldCheck check = nullptr;
};

struct Table {
  std::span<const Field> fields;  // at most 64
  // Whether a field that the table does not name may stand there; null: none may.
  bool (*takes_unknown)(std::string_view name) = nullptr;
};

// Holds `value` against the table.
Status validate(const JsonValue& value, const Table& table);
Status validate(const JsonValue& value, const Field& field);

// The error of all that does not fit: "expected ..., found ..." at the value.
Error invalid_argument(const JsonValue& value, std::string_view expected);
// The same for a member that is not there.
Error missing_argument(const JsonValue& object, std::string_view name, std::string_view expected);

// Parses a payload, which must be one object, and holds it against the table. `payload` must outlive the
// document.
Result<JsonDocument> parse_arguments(std::string_view payload, const Table& table);

// The same as Method::check, for a method whose table says all that it takes.
template <const Table& table>
Status check_arguments(std::string_view payload) {
  const auto document = parse_arguments(payload, table);
  return document.ok() ? ok_status() : Status(document.error());
}

// The text of a member, or `otherwise` where it is absent.
std::string_view text_or(const JsonValue& object, std::string_view name, std::string_view otherwise = {});

// The number that a field of kind kInteger holds.
std::uint64_t integer_of(const JsonValue& value);

}  // namespace jingchu::contracts
