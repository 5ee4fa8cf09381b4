// JSON as everything that executes in consensus reads it: RFC 8259 in UTF-8 under strict rules, so that every
// validator and every outsider reads the same value from the same bytes.
//
// Refused, with the byte offset and what was expected: a byte-order mark, bad UTF-8, lone surrogates, control
// characters in strings, duplicate keys, trailing bytes, nesting beyond 32, more nodes than the limit.
// Numbers stay as they are written; members stay in their order; each value knows its exact bytes in the
// input.
#pragma once

#include <cstddef>
#include <cstdint>
#include <iterator>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/result.h"

namespace jingchu::contracts {

enum class JsonKind : std::uint8_t { kNull, kBoolean, kNumber, kString, kArray, kObject };

// "an object", "a text": for messages.
std::string_view describe(JsonKind kind);

inline constexpr std::size_t kJsonDepthMax = 32;

struct JsonLimits {
  std::size_t bytes_max = 16 << 20;
  std::size_t nodes_max = 200'000;  // values of every kind, the root among them
};

class JsonDocument;

// A value inside a JsonDocument, which must outlive it and must not move meanwhile.
class JsonValue {
 public:
  JsonKind kind() const;
  bool is_object() const { return kind() == JsonKind::kObject; }
  bool is_array() const { return kind() == JsonKind::kArray; }
  bool is_string() const { return kind() == JsonKind::kString; }
  bool is_number() const { return kind() == JsonKind::kNumber; }
  bool is_true() const;

  // A string decoded, a number as it is written; empty for other kinds.
  std::string_view text() const;
  // The key under which the value stands in its object, decoded; empty in an array and at the root.
  std::string_view key() const;
  // The exact bytes of the value in the input, and where they begin.
  std::string_view source() const;
  std::size_t offset() const;

  // Members of an object or elements of an array, in the order written.
  std::size_t size() const;
  class Iterator;
  Iterator begin() const;
  Iterator end() const;

  // The member of that key; nothing if there is none or this is not an object. Linear in the members. Keep
  // the value in a variable before looping over it: `for (... : *value.find(name))` loops over an optional
  // that is gone.
  std::optional<JsonValue> find(std::string_view name) const;

  // Where the value stands, as a JSON Pointer (RFC 6901). Costs a walk from the root: for errors.
  std::string pointer() const;
  // The value to which `pointer` leads from here.
  std::optional<JsonValue> at(std::string_view pointer) const;

 private:
  friend class JsonDocument;
  JsonValue(const JsonDocument* document, std::uint32_t index) : document_(document), index_(index) {}

  const JsonDocument* document_;
  std::uint32_t index_;
};

class JsonValue::Iterator {
 public:
  using iterator_category = std::input_iterator_tag;
  using value_type = JsonValue;
  using difference_type = std::ptrdiff_t;
  using pointer = const JsonValue*;
  using reference = JsonValue;

  Iterator(const JsonDocument* document, std::uint32_t index) : document_(document), index_(index) {}
  JsonValue operator*() const { return JsonValue(document_, index_); }
  Iterator& operator++();
  bool operator==(const Iterator& other) const { return index_ == other.index_; }

 private:
  const JsonDocument* document_;
  std::uint32_t index_;
};

// A parsed text. Keeps views into the input, which must outlive it.
class JsonDocument {
 public:
  // Errors: fault kCaller, type "malformed-json", `where` "byte N".
  static Result<JsonDocument> parse(std::string_view text, const JsonLimits& limits = {});

  JsonValue root() const { return JsonValue(this, 0); }

 private:
  friend class JsonValue;
  friend class JsonParser;

  // Decoded text: a piece of the input, or of `decoded_` if it held escapes.
  struct Text {
    std::uint32_t begin = 0;
    std::uint32_t size = 0;
    bool is_decoded = false;
  };
  // Values in the order of the input; the values inside one follow it and end before `next`.
  struct Node {
    JsonKind kind = JsonKind::kNull;
    Text key;
    Text text;
    std::uint32_t begin = 0;
    std::uint32_t end = 0;
    std::uint32_t next = 0;
    std::uint32_t children = 0;
  };

  std::string_view view(const Text& text) const {
    return (text.is_decoded ? std::string_view(decoded_) : input_).substr(text.begin, text.size);
  }

  std::string_view input_;
  std::string decoded_;
  std::vector<Node> nodes_;
};

// A key as a token of a JSON Pointer: ~ becomes ~0, / becomes ~1.
std::string pointer_token(std::string_view key);

}  // namespace jingchu::contracts
