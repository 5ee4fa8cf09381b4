#include "contracts/json.h"

#include <nlohmann/json.hpp>
#include <random>

#include "contracts/json_writer.h"
#include "contracts/utf8.h"
#include "tests/contracts/support/files.h"

#include <doctest/doctest.h>

using namespace jingchu;
using namespace jingchu::contracts;

namespace {

std::string nested(std::size_t depth) {
  return std::string(depth, '[') + std::string(depth, ']');
}

// The value written again from what the parser says of it, to compare with a naive twin.
void rewrite(JsonWriter& writer, const JsonValue& value) {
  switch (value.kind()) {
    case JsonKind::kObject:
      writer.begin_object();
      for (const JsonValue member : value) {
        writer.key(member.key());
        rewrite(writer, member);
      }
      writer.end_object();
      break;
    case JsonKind::kArray:
      writer.begin_array();
      for (const JsonValue element : value) rewrite(writer, element);
      writer.end_array();
      break;
    case JsonKind::kString:
      writer.text(value.text());
      break;
    default:
      writer.raw(value.source());
  }
}

}  // namespace

TEST_CASE("json: accepted texts, with their values as written") {
  const std::pair<std::string, std::string> cases[] = {
      {"null", "null"},
      {" true ", "true"},
      {"false\n", "false"},
      {"0", "0"},
      {"-0", "-0"},
      {"1.10", "1.10"},
      {"1e999", "1e999"},
      {"-12.5E+07", "-12.5E+07"},
      {"123456789012345678901234567890.000", "123456789012345678901234567890.000"},
      {R"("")", R"("")"},
      {R"("潜江龙虾")", R"("潜江龙虾")"},
      {R"("\u6f5c\u6c5f")", R"("潜江")"},
      {R"("\ud83e\udd9e")", R"("🦞")"},
      {R"("a\"\\\/\b\f\n\r\t")", R"("a\"\\/\u0008\u000c\n\r\t")"},
      {R"("\u0000")", R"("\u0000")"},
      {"[]", "[]"},
      {"[ ]", "[]"},
      {"{}", "{}"},
      {"{ }", "{}"},
      {"[1, [2,3], {\"a\":[]}]", "[1,[2,3],{\"a\":[]}]"},
      {"{\"b\":1,\"a\":{\"b\":2}}", "{\"b\":1,\"a\":{\"b\":2}}"},
      {"\"\x7f\"", "\"\x7f\""},
      {"\"\xf4\x8f\xbf\xbf\"", "\"\xf4\x8f\xbf\xbf\""},
      {nested(32), nested(32)},
  };
  for (const auto& [text, expected] : cases) {
    CAPTURE(text);
    const auto document = JsonDocument::parse(text);
    REQUIRE(document.ok());
    JsonWriter writer;
    rewrite(writer, document->root());
    CHECK(writer.take() == expected);
  }
}

TEST_CASE("json: refused texts, each with the byte where it fails") {
  const std::pair<std::string, std::size_t> cases[] = {
      {"", 0},
      {"  ", 2},
      {"\xef\xbb\xbf{}", 0},
      {"nul", 0},
      {"nulll", 4},
      {"True", 0},
      {"01", 1},
      {"+1", 0},
      {".5", 0},
      {"1.", 2},
      {"1.e5", 2},
      {"1e", 2},
      {"1e+", 3},
      {"-", 1},
      {"-a", 1},
      {"0x10", 1},
      {"NaN", 0},
      {"1 2", 2},
      {"{} x", 3},
      {"[1,]", 3},
      {"[1 2]", 3},
      {"[,1]", 1},
      {"[1", 2},
      {"[}", 1},
      {"{\"a\":1,}", 7},
      {"{\"a\" 1}", 5},
      {"{\"a\":}", 5},
      {"{a:1}", 1},
      {"{\"a\":1", 6},
      {"{\"a\":1]", 6},
      {"{1:2}", 1},
      {"'a'", 0},
      {"\"a", 2},
      {"\"a\nb\"", 2},
      {std::string("\"a\0b\"", 5), 2},
      {"\"\\x\"", 2},
      {"\"\\u12g4\"", 5},
      {"\"\\u12", 5},
      {"\"\\ud800\"", 7},
      {"\"\\ud800\\n\"", 7},
      {"\"\\ud800\\ud800\"", 13},
      {"\"\\udc00\"", 7},
      {"\"\xc0\xaf\"", 1},          // overlong '/'
      {"\"\xe0\x80\xaf\"", 1},      // overlong
      {"\"\xf0\x80\x80\xaf\"", 1},  // overlong
      {"\"\xed\xa0\x80\"", 1},      // a surrogate
      {"\"\xf4\x90\x80\x80\"", 1},  // past U+10FFFF
      {"\"\xff\"", 1},
      {"\"a\x80\"", 2},
      {"\"\xe6\xbd\"", 1},
      {"[1\xc2\xa0]", 2},
      {"[1,\v2]", 3},
      {"// comment\n1", 0},
      {"{\"a\":1,\"b\":2,\"a\":3}", 17},
      {"{\"a\":1,\"\\u0061\":2}", 16},
      {std::string("1\0", 2), 1},
      {nested(33), 32},
  };
  for (const auto& [text, offset] : cases) {
    CAPTURE(text);
    const auto document = JsonDocument::parse(text);
    REQUIRE(!document.ok());
    CHECK(document.error().fault == Fault::kCaller);
    CHECK(document.error().type == "malformed-json");
    CHECK(document.error().where == "byte " + std::to_string(offset));
    CHECK(document.error().what.find("expected") != std::string::npos);
  }
}

TEST_CASE("json: a byte-order mark is refused with what to do") {
  const auto document = JsonDocument::parse("\xef\xbb\xbf{}");
  REQUIRE(!document.ok());
  CHECK(document.error().remedy.find("strip") != std::string::npos);
}

TEST_CASE("json: limits on bytes and values") {
  CHECK(JsonDocument::parse("[1,2]", {.bytes_max = 5}).ok());
  CHECK(!JsonDocument::parse("[1,2]", {.bytes_max = 4}).ok());
  CHECK(JsonDocument::parse("[1,2]", {.nodes_max = 3}).ok());
  CHECK(!JsonDocument::parse("[1,2]", {.nodes_max = 2}).ok());
}

TEST_CASE("json: pointers lead to values and back, sources are the exact bytes") {
  const std::string text = R"( {"a/b": [1, {"~": "x"}], "": {"m\u0061p": 2.50}, "last":[[],[ 7 ]]} )";
  const auto document = JsonDocument::parse(text);
  REQUIRE(document.ok());
  const auto root = document->root();
  for (const std::string pointer :
       {"", "/a~1b", "/a~1b/0", "/a~1b/1/~0", "/", "//map", "/last/1/0", "/last/0"}) {
    CAPTURE(pointer);
    const auto value = root.at(pointer);
    REQUIRE(value);
    CHECK(value->pointer() == pointer);
    CHECK(text.substr(value->offset(), value->source().size()) == value->source());
  }
  CHECK(root.at("//map")->source() == "2.50");
  CHECK(root.at("/last/1")->source() == "[ 7 ]");
  CHECK(root.at("/a~1b/1/~0")->text() == "x");
  CHECK(root.find("")->size() == 1);
  for (const std::string pointer :
       {"a", "/x", "/a~1b/2", "/a~1b/00", "/a~1b/-", "/a~2b", "/a~", "/last/1/0/0"}) {
    CAPTURE(pointer);
    CHECK(!root.at(pointer));
  }
}

TEST_CASE("json: every truncation of a sample is refused") {
  const auto sample = read_text(std::string(JINGCHU_TESTS) + "/data/crayfish/03-inspection.json");
  const auto whole = sample.substr(0, sample.find_last_not_of("\n ") + 1);
  REQUIRE(whole.size() > 500);
  REQUIRE(JsonDocument::parse(whole).ok());
  for (std::size_t size = 0; size < whole.size(); ++size) {
    const auto document = JsonDocument::parse(std::string_view(whole).substr(0, size));
    REQUIRE(!document.ok());
  }
}

TEST_CASE("json: damaged and random texts never crash, and what is accepted a naive twin reads the same") {
  std::mt19937_64 random(20260501);
  const std::string seeds[] = {
      R"({"a":[1,2.5e3,"x\u00e9\n",true,null],"b":{"c":"潜江","d":[[],{}]},"e":-0.10})",
      R"([{"epc":"urn:epc:id:sgtin:1.2.3","q":10.0},["\ud83e\udd9e"],false])"};
  const std::string alphabet = "{}[]\",:\\u0123456789abcdefntrul.-+eE \n\xe6\xbd\x9c\xff";
  int accepted = 0;
  for (int round = 0; round < 60'000; ++round) {
    std::string text = seeds[random() % 2];
    const auto changes = 1 + random() % 3;
    for (std::uint64_t i = 0; i < changes; ++i) {
      const auto at = random() % text.size();
      if (random() % 3 == 0) {
        text.erase(at, 1 + random() % 3);
      } else if (random() % 2 == 0) {
        text[at] = alphabet[random() % alphabet.size()];
      } else {
        text.insert(at, 1, alphabet[random() % alphabet.size()]);
      }
      if (text.empty()) text = "[]";
    }
    const auto document = JsonDocument::parse(text);
    if (!document.ok()) continue;
    ++accepted;
    const auto twin = nlohmann::ordered_json::parse(text, nullptr, false);
    REQUIRE(!twin.is_discarded());
    JsonWriter writer;
    rewrite(writer, document->root());
    REQUIRE(nlohmann::ordered_json::parse(writer.take()) == twin);
  }
  CHECK(accepted > 1000);
  for (int round = 0; round < 20'000; ++round) {
    std::string bytes(random() % 40, '\0');
    for (auto& byte : bytes) byte = static_cast<char>(random());
    if (JsonDocument::parse(bytes).ok()) REQUIRE(nlohmann::json::accept(bytes));
  }
}

TEST_CASE("json: wide objects and long arrays take time in proportion") {
  std::string object = "{";
  for (int i = 0; i < 50'000; ++i) object += (i == 0 ? "\"k" : ",\"k") + std::to_string(i) + "\":1";
  CHECK(JsonDocument::parse(object + "}").ok());
  const auto twice = JsonDocument::parse(object + ",\"k7\":2}");
  REQUIRE(!twice.ok());
  CHECK(twice.error().what.find("\"k7\"") != std::string::npos);
}

TEST_CASE("json writer: commas, escapes, and UTF-8 whatever comes in") {
  JsonWriter writer;
  writer.begin_object()
      .member("text", "a\"b\\c\n\x01 潜江")
      .member("number", std::uint64_t{18446744073709551615u})
      .member("yes", true)
      .key("list")
      .begin_array()
      .text("")
      .null()
      .begin_object()
      .end_object()
      .raw("1.50")
      .end_array()
      .member("bad", std::string_view("\xff\xe6\xbd"))
      .end_object();
  CHECK(writer.take() ==
        "{\"text\":\"a\\\"b\\\\c\\n\\u0001 潜江\",\"number\":18446744073709551615,\"yes\":true,"
        "\"list\":[\"\",null,{},1.50],\"bad\":\"\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\"}");
  CHECK(json_string("x") == "\"x\"");
}

TEST_CASE("utf8: every code point is one character, all else is none") {
  for (std::uint32_t code = 0; code <= 0x10ffff; code += code < 0x900 ? 1 : 37) {
    if (code >= 0xd800 && code <= 0xdfff) continue;
    std::string text;
    append_utf8(text, code);
    REQUIRE(utf8_character_size(text, 0) == text.size());
    REQUIRE(utf8_length(text) == 1);
    if (text.size() > 1) REQUIRE(utf8_character_size(text.substr(0, text.size() - 1), 0) == 0);
  }
  CHECK(utf8_character_size("", 0) == 0);
}
