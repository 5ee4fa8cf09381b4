#include "contracts/arguments.h"

#include <array>

#include <doctest/doctest.h>

using namespace jingchu;
using namespace jingchu::contracts;

namespace {

constexpr std::array<std::string_view, 2> kStages = {"stocking", "harvest"};
std::string_view check_even(const JsonValue& value) {
  return value.text().size() % 2 == 0 ? "" : "an even number of bytes";
}
bool is_extension(std::string_view name) {
  return name.starts_with("x-");
}

constexpr Field kItem = {.kind = FieldKind::kInteger};
constexpr std::array<Field, 2> kInnerFields = {{
    {.name = "id", .kind = FieldKind::kUri, .is_required = true, .max = 20},
    {.name = "list", .kind = FieldKind::kArray, .min = 1, .max = 3, .item = &kItem},
}};
constexpr Table kInner = {kInnerFields};
constexpr std::array<Field, 13> kFields = {{
    {.name = "text", .is_required = true, .min = 2, .max = 4},
    {.name = "choice", .kind = FieldKind::kChoice, .choices = kStages},
    {.name = "token", .kind = FieldKind::kToken, .min = 1, .max = 5},
    {.name = "word", .kind = FieldKind::kVocabulary, .max = 30, .choices = kStages},
    {.name = "hash", .kind = FieldKind::kHashHex},
    {.name = "time", .kind = FieldKind::kTimestamp},
    {.name = "date", .kind = FieldKind::kDate},
    {.name = "decimal", .kind = FieldKind::kDecimal, .max = 12},
    {.name = "integer", .kind = FieldKind::kInteger},
    {.name = "number", .kind = FieldKind::kNumber},
    {.name = "truth", .kind = FieldKind::kBoolean},
    {.name = "inner", .kind = FieldKind::kObject, .table = &kInner},
    {.name = "even", .check = check_even},
}};
constexpr Table kTable = {kFields, is_extension};

Error error_of(const std::string& payload) {
  const auto document = parse_arguments(payload, kTable);
  return document.ok() ? Error{} : document.error();
}
// A payload whose required field is right, with one more.
std::string with(const std::string& name, const std::string& json) {
  return R"({"text":"ab",")" + name + "\":" + json + "}";
}

const std::string kHash(64, 'a');

}  // namespace

TEST_CASE("arguments: values that fit") {
  const std::pair<std::string, std::string> cases[] = {
      {"choice", R"("harvest")"},
      {"token", R"("a:b/c")"},
      {"word", R"("stocking")"},
      {"word", R"("https://example.com/x")"},
      {"word", R"("cbv:Stocking")"},
      {"hash", "\"" + kHash + "\""},
      {"hash", "\"" + std::string(64, 'F') + "\""},
      {"time", R"("2026-05-01T08:30:00.5+08:00")"},
      {"date", R"("2024-02-29")"},
      {"decimal", R"("0.50")"},
      {"decimal", "12"},
      {"decimal", R"("1234567890.1")"},
      {"integer", "0"},
      {"integer", "9223372036854775807"},
      {"number", "-1.5e10"},
      {"truth", "false"},
      {"inner", R"({"id":"urn:x:1","list":[1,2,3]})"},
      {"even", R"("ab")"},
      {"x-mine", "[[]]"},
  };
  for (const auto& [name, json] : cases) {
    CAPTURE(name);
    CAPTURE(json);
    CHECK(error_of(with(name, json)).to_string() == Error{}.to_string());
  }
  CHECK(error_of(R"({"text":"潜江龙虾"})").type.empty());
}

TEST_CASE("arguments: values that do not fit, with the place") {
  struct Case {
    std::string payload;
    std::string where;
    std::string expected;
  };
  const Case cases[] = {
      {"[]", "", "an object"},
      {"{}", "/text", "2 to 4 characters"},
      {R"({"text":"a"})", "/text", "2 to 4 characters"},
      {R"({"text":"潜江龙虾王"})", "/text", "2 to 4 characters"},
      {R"({"text":12})", "/text", "2 to 4 characters, found the number 12"},
      {with("unknown", "1"), "/unknown", "no field of that name"},
      {with("a/b", "1"), "/a~1b", "no field of that name"},
      {with("choice", R"("picking")"), "/choice", "one of stocking, harvest, found the text \"picking\""},
      {with("token", R"("a b")"), "/token", "characters out of"},
      {with("token", R"("")"), "/token", "1 to 5"},
      {with("word", R"("picking")"), "/word", "a URI, or one of"},
      {with("word", R"("https://example.com/1234567890123")"), "/word", "a URI"},
      {with("hash", R"("ab")"), "/hash", "64 hexadecimal digits"},
      {with("hash", "\"" + std::string(64, 'g') + "\""), "/hash", "64 hexadecimal digits"},
      {with("time", R"("22-07-2026")"), "/time", "RFC 3339"},
      {with("date", R"("2026-02-29")"), "/date", "a date"},
      {with("decimal", R"("1e5")"), "/decimal", "a decimal"},
      {with("decimal", "-1"), "/decimal", "not negative"},
      {with("decimal", R"("01")"), "/decimal", "a decimal"},
      {with("decimal", R"("1.")"), "/decimal", "a decimal"},
      {with("decimal", R"(".5")"), "/decimal", "a decimal"},
      {with("decimal", R"("1234567890.12")"), "/decimal", "at most 12"},
      {with("integer", "1.0"), "/integer", "a whole number"},
      {with("integer", "1e3"), "/integer", "a whole number"},
      {with("integer", "-0"), "/integer", "a whole number"},
      {with("integer", "9223372036854775808"), "/integer", "a whole number"},
      {with("integer", R"("5")"), "/integer", "found the text \"5\""},
      {with("number", R"("twenty")"), "/number", "a number, found the text \"twenty\""},
      {with("truth", "null"), "/truth", "true or false, found null"},
      {with("inner", "[]"), "/inner", "an object, found an array of 0 items"},
      {with("inner", R"({"list":[1]})"), "/inner/id", "found nothing"},
      {with("inner", R"({"id":"no uri"})"), "/inner/id", "a URI"},
      {with("inner", R"({"id":"a:b","list":[]})"), "/inner/list", "1 to 3 items"},
      {with("inner", R"({"id":"a:b","list":[1,2,3,4]})"), "/inner/list", "1 to 3 items"},
      {with("inner", R"({"id":"a:b","list":[1,"x"]})"), "/inner/list/1", "a whole number"},
      {with("inner", R"({"id":"a:b","x-more":1})"), "/inner/x-more", "no field of that name"},
      {with("even", R"("abc")"), "/even", "an even number of bytes"},
  };
  for (const auto& [payload, where, expected] : cases) {
    CAPTURE(payload);
    const auto error = error_of(payload);
    CHECK(error.fault == Fault::kCaller);
    CHECK(error.type == "invalid-arguments");
    CHECK(error.where == where);
    CAPTURE(error.what);
    CHECK(error.what.find(expected) != std::string::npos);
  }
  CHECK(error_of("{").type == "malformed-json");
}

TEST_CASE("arguments: a long value is cut in the message, between characters") {
  std::string name;
  for (int i = 0; i < 100; ++i) name += "虾";
  const auto error = error_of(R"({"text":")" + name + "\"}");
  CHECK(error.what.size() < 300);
  CHECK(error.what.find("...") != std::string::npos);
  CHECK(JsonDocument::parse("\"" + error.what.substr(error.what.find("虾"), 60) + "\"").ok());
}
