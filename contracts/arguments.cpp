#include "contracts/arguments.h"

#include <charconv>

#include "common/bytes.h"
#include "contracts/civil_time.h"
#include "contracts/json_writer.h"
#include "contracts/uri.h"
#include "contracts/utf8.h"

namespace jingchu::contracts {
namespace {

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}
bool is_letter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

bool is_token(std::string_view text) {
  for (const char c : text) {
    if (!is_digit(c) && !is_letter(c) && std::string_view("._:-/").find(c) == std::string_view::npos)
      return false;
  }
  return true;
}

bool is_decimal(std::string_view text) {
  const auto point = text.find('.');
  const auto whole = text.substr(0, point);
  if (whole.empty() || (whole.size() > 1 && whole.front() == '0')) return false;
  const auto fraction = point == text.npos ? std::string_view("0") : text.substr(point + 1);
  if (fraction.empty()) return false;
  for (const char c : whole) {
    if (!is_digit(c)) return false;
  }
  for (const char c : fraction) {
    if (!is_digit(c)) return false;
  }
  return true;
}

bool is_integer(std::string_view lexeme) {
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(lexeme.data(), lexeme.data() + lexeme.size(), value);
  return error == std::errc() && end == lexeme.data() + lexeme.size() && lexeme.front() != '-';
}

bool is_chosen(std::string_view text, std::span<const std::string_view> choices) {
  for (const auto choice : choices) {
    if (choice == text) return true;
  }
  return false;
}

std::string list_of(std::span<const std::string_view> choices) {
  std::string list;
  for (const auto choice : choices.first(std::min<std::size_t>(choices.size(), 12))) {
    list += (list.empty() ? "" : ", ") + std::string(choice);
  }
  return choices.size() > 12 ? list + ", ..." : list;
}

// "1 to 64"
std::string range_of(const Field& field) {
  return std::to_string(field.min) + " to " + std::to_string(field.max);
}

// What the value should be, for a message.
std::string expectation(const Field& field) {
  switch (field.kind) {
    case FieldKind::kText:
      return "a text of " + range_of(field) + " characters";
    case FieldKind::kChoice:
      return "one of " + list_of(field.choices);
    case FieldKind::kToken:
      return "a text of " + range_of(field) + " characters out of A-Z a-z 0-9 . _ : - /";
    case FieldKind::kUri:
      return "a URI of at most " + std::to_string(field.max) + " characters";
    case FieldKind::kVocabulary:
      return "a URI, or one of " + list_of(field.choices);
    case FieldKind::kHashHex:
      return "64 hexadecimal digits";
    case FieldKind::kTimestamp:
      return "a time as RFC 3339 has it, such as 2026-05-01T08:30:00+08:00";
    case FieldKind::kDate:
      return "a date such as 2026-05-01";
    case FieldKind::kDecimal:
      return "a decimal such as \"12.50\", not negative, of at most " + std::to_string(field.max) +
             " characters";
    case FieldKind::kInteger:
      return "a whole number from 0 to 9223372036854775807";
    case FieldKind::kNumber:
      return "a number";
    case FieldKind::kBoolean:
      return "true or false";
    case FieldKind::kObject:
      return "an object";
    case FieldKind::kArray:
      return "an array of " + range_of(field) + " items";
    case FieldKind::kAny:
      return "a value";
  }
  return {};
}

bool text_fits(std::string_view text, const Field& field) {
  switch (field.kind) {
    case FieldKind::kText: {
      const auto length = utf8_length(text);
      return length >= field.min && length <= field.max;
    }
    case FieldKind::kChoice:
      return is_chosen(text, field.choices);
    case FieldKind::kToken:
      return text.size() >= field.min && text.size() <= field.max && is_token(text);
    case FieldKind::kUri:
      return text.size() <= field.max && is_uri(text);
    case FieldKind::kVocabulary:
      return is_chosen(text, field.choices) || (text.size() <= field.max && is_uri(text));
    case FieldKind::kHashHex:
      return array_from_hex<32>(text).has_value();
    case FieldKind::kTimestamp:
      return parse_timestamp(text).has_value();
    case FieldKind::kDate:
      return is_date(text);
    default:
      return false;
  }
}

bool fits(const JsonValue& value, const Field& field) {
  switch (field.kind) {
    case FieldKind::kDecimal:
      return (value.is_string() || value.is_number()) && value.text().size() <= field.max &&
             is_decimal(value.text());
    case FieldKind::kInteger:
      return value.is_number() && is_integer(value.text());
    case FieldKind::kNumber:
      return value.is_number();
    case FieldKind::kBoolean:
      return value.kind() == JsonKind::kBoolean;
    case FieldKind::kObject:
      return value.is_object();
    case FieldKind::kArray:
      return value.is_array() && value.size() >= field.min && value.size() <= field.max;
    case FieldKind::kAny:
      return true;
    default:
      return value.is_string() && text_fits(value.text(), field);
  }
}

// "the text \"abc\"", cut where it is long.
std::string found(const JsonValue& value) {
  constexpr std::size_t kShown = 80;
  switch (value.kind()) {
    case JsonKind::kString:
    case JsonKind::kNumber: {
      auto cut = value.text().substr(0, kShown);
      while (cut.size() < value.text().size() && !cut.empty() &&
             utf8_character_size(value.text(), cut.size()) == 0) {
        cut.remove_suffix(1);
      }
      const auto shown = value.is_string() ? json_string(cut) : std::string(cut);
      return std::string(value.is_string() ? "the text " : "the number ") + shown +
             (cut.size() < value.text().size() ? "..." : "");
    }
    case JsonKind::kArray:
      return "an array of " + std::to_string(value.size()) + " items";
    default:
      return std::string(describe(value.kind()));
  }
}

const Field* field_named(const Table& table, std::string_view name) {
  for (const auto& field : table.fields) {
    if (field.name == name) return &field;
  }
  return nullptr;
}

Error unknown_field(const JsonValue& value, const Table& table) {
  std::string names;
  for (const auto& field : table.fields) names += (names.empty() ? "" : ", ") + std::string(field.name);
  if (table.takes_unknown != nullptr) names += std::string(names.empty() ? "" : ", ") + "or namespaced ones";
  return invalid_argument(value, "no field of that name (fields here: " + names + ")");
}

}  // namespace

Error invalid_argument(const JsonValue& value, std::string_view expected) {
  auto pointer = value.pointer();
  return caller_error("invalid-arguments",
                      (pointer.empty() ? "the payload" : pointer) + ": expected " + std::string(expected) +
                          ", found " + found(value),
                      {}, pointer);
}

Error missing_argument(const JsonValue& object, std::string_view name, std::string_view expected) {
  const auto pointer = object.pointer() + "/" + pointer_token(name);
  return caller_error("invalid-arguments",
                      pointer + ": expected " + std::string(expected) + ", found nothing", {}, pointer);
}

Status validate(const JsonValue& value, const Field& field) {
  if (!fits(value, field)) return invalid_argument(value, expectation(field));
  if (field.check != nullptr) {
    const auto expected = field.check(value);
    if (!expected.empty()) return invalid_argument(value, expected);
  }
  if (field.kind == FieldKind::kObject && field.table != nullptr) return validate(value, *field.table);
  if (field.kind == FieldKind::kArray && field.item != nullptr) {
    for (const JsonValue item : value) RETURN_IF_ERROR(validate(item, *field.item));
  }
  return ok_status();
}

Status validate(const JsonValue& value, const Table& table) {
  CHECK(table.fields.size() <= 64);
  if (!value.is_object()) return invalid_argument(value, "an object");
  std::uint64_t seen = 0;
  for (const JsonValue member : value) {
    const Field* field = field_named(table, member.key());
    if (field != nullptr) {
      seen |= std::uint64_t{1} << (field - table.fields.data());
      RETURN_IF_ERROR(validate(member, *field));
    } else if (table.takes_unknown == nullptr || !table.takes_unknown(member.key())) {
      return unknown_field(member, table);
    }
  }
  for (std::size_t i = 0; i < table.fields.size(); ++i) {
    const auto& field = table.fields[i];
    if (field.is_required && (seen >> i & 1) == 0)
      return missing_argument(value, field.name, expectation(field));
  }
  return ok_status();
}

Result<JsonDocument> parse_arguments(std::string_view payload, const Table& table) {
  ASSIGN_OR_RETURN(JsonDocument document, JsonDocument::parse(payload));
  RETURN_IF_ERROR(validate(document.root(), table));
  return document;
}

std::string_view text_or(const JsonValue& object, std::string_view name, std::string_view otherwise) {
  const auto member = object.find(name);
  return member ? member->text() : otherwise;
}

std::uint64_t integer_of(const JsonValue& value) {
  std::uint64_t number = 0;
  const auto text = value.text();
  std::from_chars(text.data(), text.data() + text.size(), number);
  return number;
}

}  // namespace jingchu::contracts
