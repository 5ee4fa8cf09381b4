// The strict JSON parser against another one: it takes a part of what that takes, with the same values, and
// refuses more only by its own rules. What it takes can be written and read again without a change.
#include <nlohmann/json.hpp>

#include "contracts/json.h"
#include "contracts/json_writer.h"
#include "tests/fuzz/input.h"

namespace jingchu::contracts {
namespace {

using nlohmann::json;

constexpr int kNumberOverflow = 406;  // nlohmann::json: a number beyond what its double holds

constexpr int kNotAsked = -1;

// Why nlohmann::json refuses a text; 0 if it takes it. It takes a NUL for the end, so texts with one are not
// asked about.
int refusal_of(std::string_view text) {
  if (text.find('\0') != std::string_view::npos) return kNotAsked;
  try {
    static_cast<void>(json::parse(text));
    return 0;
  } catch (const json::exception& error) {
    return error.id;
  }
}

void write(JsonWriter& writer, const JsonValue& value, bool is_member) {
  if (is_member) writer.key(value.key());
  switch (value.kind()) {
    case JsonKind::kObject:
    case JsonKind::kArray: {
      const bool is_object = value.is_object();
      is_object ? writer.begin_object() : writer.begin_array();
      for (const JsonValue child : value) write(writer, child, is_object);
      is_object ? writer.end_object() : writer.end_array();
      return;
    }
    case JsonKind::kString:
      writer.text(value.text());
      return;
    case JsonKind::kBoolean:
      writer.boolean(value.is_true());
      return;
    case JsonKind::kNull:
      writer.null();
      return;
    case JsonKind::kNumber:
      writer.raw(value.text());
  }
}

std::string written(const JsonDocument& document) {
  JsonWriter writer;
  write(writer, document.root(), false);
  return writer.take();
}

// A pointer leads back to its value; of the first values only, because each costs a walk.
void check_pointers(const JsonValue& root, const JsonValue& value, int& budget) {
  if (--budget < 0) return;
  const auto found = root.at(value.pointer());
  CHECK(found && found->offset() == value.offset());
  CHECK(value.source().data() != nullptr);
  for (const JsonValue child : value) check_pointers(root, child, budget);
}

bool is_own_rule(const std::string& what) {
  for (const char* rule : {"stands twice", "nesting of at most", "byte-order mark", "values", "bytes"}) {
    if (what.find(rule) != std::string::npos) return true;
  }
  return false;
}

void check_text(std::string_view text) {
  const auto document = JsonDocument::parse(text);
  const int refusal = refusal_of(text);
  const bool small = JsonDocument::parse(text, {.bytes_max = 64, .nodes_max = 8}).ok();
  CHECK(!small || (document.ok() && text.size() <= 64));
  if (!document.ok()) {
    CHECK(document.error().fault == Fault::kCaller && document.error().type == "malformed-json");
    CHECK(refusal != 0 || is_own_rule(document.error().what));
    return;
  }
  CHECK(refusal == 0 || refusal == kNumberOverflow);  // a NUL stands in no text that was taken
  const std::string once = written(*document);
  const auto again = JsonDocument::parse(once);
  CHECK(again.ok() && written(*again) == once);
  if (refusal == 0) CHECK(json::parse(once) == json::parse(text));
  int budget = 64;
  check_pointers(document->root(), document->root(), budget);
}

}  // namespace
}  // namespace jingchu::contracts

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  jingchu::contracts::check_text(jingchu::as_text({data, size}));
  return 0;
}
