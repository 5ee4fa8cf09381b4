// JsonDocument::parse: one pass over the input, an explicit stack of at most 32 open containers, no
// recursion.
#include <algorithm>
#include <array>

#include "common/bytes.h"
#include "contracts/json.h"
#include "contracts/utf8.h"

namespace jingchu::contracts {
namespace {

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}
bool is_space(char c) {
  return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

std::optional<std::uint32_t> hex_digit(char c) {
  if (is_digit(c)) return static_cast<std::uint32_t>(c - '0');
  if (c >= 'a' && c <= 'f') return static_cast<std::uint32_t>(c - 'a' + 10);
  if (c >= 'A' && c <= 'F') return static_cast<std::uint32_t>(c - 'A' + 10);
  return std::nullopt;
}

}  // namespace

class JsonParser {
 public:
  JsonParser(std::string_view input, const JsonLimits& limits) : input_(input), limits_(limits) {
    document_.input_ = input;
    document_.nodes_.reserve(std::min<std::size_t>(input.size() / 12 + 1, limits.nodes_max));
  }

  Result<JsonDocument> parse() {
    if (input_.size() > std::min<std::size_t>(limits_.bytes_max, 0xffffffff)) {
      return error("at most " + std::to_string(limits_.bytes_max) + " bytes");
    }
    if (input_.starts_with("\xef\xbb\xbf")) {
      return error("JSON without a byte-order mark", "strip the first three bytes (ef bb bf) before sending");
    }
    do {
      RETURN_IF_ERROR(read_value());
      RETURN_IF_ERROR(close_what_ends());
    } while (depth_ != 0);
    if (at_ != input_.size()) return error("the end of the input");
    return std::move(document_);
  }

 private:
  using Text = JsonDocument::Text;
  static constexpr std::size_t kUsualMembers = 16;

  // Reads the key, if inside an object, and the value or the opening of the container that stands at `at_`.
  Status read_value() {
    skip_space();
    Text key;
    if (depth_ != 0 && open_node().kind == JsonKind::kObject) {
      if (peek() != '"') return error("a member's key in quotation marks");
      ASSIGN_OR_RETURN(key, read_string());
      skip_space();
      if (peek() != ':') return error("':' after a member's key");
      ++at_;
      skip_space();
    }
    if (document_.nodes_.size() == limits_.nodes_max) {
      return error("at most " + std::to_string(limits_.nodes_max) + " values");
    }
    if (depth_ != 0) ++open_node().children;
    const auto index = static_cast<std::uint32_t>(document_.nodes_.size());
    auto& node = document_.nodes_.emplace_back();
    node.key = key;
    node.begin = static_cast<std::uint32_t>(at_);
    node.next = index + 1;
    return read_content(index);
  }

  Status read_content(std::uint32_t index) {
    auto& node = document_.nodes_[index];
    switch (peek()) {
      case '{':
        return open(index, JsonKind::kObject);
      case '[':
        return open(index, JsonKind::kArray);
      case '"': {
        node.kind = JsonKind::kString;
        ASSIGN_OR_RETURN(node.text, read_string());
        break;
      }
      case 't':
        RETURN_IF_ERROR(read_word(node, JsonKind::kBoolean, "true"));
        break;
      case 'f':
        RETURN_IF_ERROR(read_word(node, JsonKind::kBoolean, "false"));
        break;
      case 'n':
        RETURN_IF_ERROR(read_word(node, JsonKind::kNull, "null"));
        break;
      default:
        RETURN_IF_ERROR(read_number(node));
    }
    node.end = static_cast<std::uint32_t>(at_);
    return ok_status();
  }

  Status open(std::uint32_t index, JsonKind kind) {
    if (depth_ == kJsonDepthMax)
      return error("nesting of at most " + std::to_string(kJsonDepthMax) + " levels");
    document_.nodes_[index].kind = kind;
    stack_[depth_++] = index;
    ++at_;
    skip_space();
    is_fresh_ = true;
    return ok_status();
  }

  // Closes the containers that end here, and steps over the comma if another value follows.
  Status close_what_ends() {
    while (depth_ != 0) {
      skip_space();
      const bool is_object = open_node().kind == JsonKind::kObject;
      if (peek() == (is_object ? '}' : ']')) {
        RETURN_IF_ERROR(close());
        continue;
      }
      if (is_fresh_) {
        is_fresh_ = false;
        return ok_status();
      }
      if (peek() != ',')
        return error(is_object ? "',' or '}' after a member" : "',' or ']' after an element");
      ++at_;
      return ok_status();
    }
    skip_space();
    return ok_status();
  }

  Status close() {
    ++at_;
    is_fresh_ = false;
    const auto index = stack_[--depth_];
    auto& node = document_.nodes_[index];
    node.end = static_cast<std::uint32_t>(at_);
    node.next = static_cast<std::uint32_t>(document_.nodes_.size());
    return node.kind == JsonKind::kObject ? refuse_duplicate_keys(index) : ok_status();
  }

  Status refuse_duplicate_keys(std::uint32_t index) {
    keys_.clear();
    keys_.reserve(kUsualMembers);
    for (auto child = index + 1; child < document_.nodes_[index].next; child = document_.nodes_[child].next) {
      keys_.emplace_back(document_.view(document_.nodes_[child].key), child);
    }
    std::sort(keys_.begin(), keys_.end());
    const auto same = [](const auto& a, const auto& b) { return a.first == b.first; };
    const auto duplicate = std::adjacent_find(keys_.begin(), keys_.end(), same);
    if (duplicate == keys_.end()) return ok_status();
    at_ = document_.nodes_[std::next(duplicate)->second].begin;
    return error("each key once in an object, but \"" + std::string(duplicate->first) + "\" stands twice", {},
                 false);
  }

  Status read_word(JsonDocument::Node& node, JsonKind kind, std::string_view word) {
    if (input_.substr(at_, word.size()) != word) return error("a value");
    node.kind = kind;
    at_ += word.size();
    return ok_status();
  }

  // RFC 8259, section 6.
  Status read_number(JsonDocument::Node& node) {
    const auto begin = at_;
    if (peek() == '-') ++at_;
    if (!is_digit(peek())) return error(at_ == begin ? "a value" : "a digit after '-'");
    if (peek() == '0') {
      ++at_;
    } else {
      skip_digits();
    }
    if (peek() == '.') {
      ++at_;
      if (!is_digit(peek())) return error("a digit after '.'");
      skip_digits();
    }
    if (peek() == 'e' || peek() == 'E') {
      ++at_;
      if (peek() == '+' || peek() == '-') ++at_;
      if (!is_digit(peek())) return error("a digit in the exponent");
      skip_digits();
    }
    node.kind = JsonKind::kNumber;
    node.text = {static_cast<std::uint32_t>(begin), static_cast<std::uint32_t>(at_ - begin), false};
    return ok_status();
  }

  // Stands on the opening quote; leaves behind the closing one.
  Result<Text> read_string() {
    const auto begin = ++at_;
    while (is_plain(peek()) && at_ != input_.size()) ++at_;
    if (peek() == '"') {
      const Text text{static_cast<std::uint32_t>(begin), static_cast<std::uint32_t>(at_ - begin), false};
      ++at_;
      return text;
    }
    return read_string_slowly(begin);
  }

  // A string with escapes or characters beyond ASCII; bytes from `begin` to `at_` were plain.
  Result<Text> read_string_slowly(std::size_t begin) {
    auto& decoded = document_.decoded_;
    const auto decoded_begin = decoded.size();
    auto copied = begin;
    bool has_escapes = false;
    while (peek() != '"') {
      if (at_ == input_.size()) return error("'\"' at the end of a text");
      if (peek() == '\\') {
        has_escapes = true;
        decoded.append(input_, copied, at_ - copied);
        RETURN_IF_ERROR(read_escape());
        copied = at_;
        continue;
      }
      if (static_cast<unsigned char>(peek()) < 0x20)
        return error("control characters escaped (\\n, \\u001f)");
      const auto size = utf8_character_size(input_, at_);
      if (size == 0) return error("UTF-8");
      at_ += size;
    }
    Text text{static_cast<std::uint32_t>(begin), static_cast<std::uint32_t>(at_ - begin), false};
    if (has_escapes) {
      decoded.append(input_, copied, at_ - copied);
      text = {static_cast<std::uint32_t>(decoded_begin),
              static_cast<std::uint32_t>(decoded.size() - decoded_begin), true};
    }
    ++at_;
    return text;
  }

  // Stands on the backslash.
  Status read_escape() {
    static constexpr std::string_view kLetters = "\"\\/bfnrt";
    static constexpr std::string_view kMeanings = "\"\\/\b\f\n\r\t";
    ++at_;
    if (peek() == 'u') return read_unicode_escape();
    const auto letter = at_ == input_.size() ? kLetters.npos : kLetters.find(peek());
    if (letter == kLetters.npos) return error("one of \" \\ / b f n r t u after a backslash");
    document_.decoded_ += kMeanings[letter];
    ++at_;
    return ok_status();
  }

  // A character beyond U+FFFF is written as a pair of surrogates; one alone stands for nothing.
  Status read_unicode_escape() {
    ASSIGN_OR_RETURN(std::uint32_t code, read_four_digits());
    if (code >= 0xdc00 && code <= 0xdfff) return error("a high surrogate before this low one", {}, false);
    if (code >= 0xd800 && code <= 0xdbff) {
      if (input_.substr(at_, 2) != "\\u")
        return error("a low surrogate (\\udc00 to \\udfff) after a high one");
      ++at_;
      ASSIGN_OR_RETURN(const std::uint32_t low, read_four_digits());
      if (low < 0xdc00 || low > 0xdfff) {
        return error("a low surrogate (\\udc00 to \\udfff) after a high one", {}, false);
      }
      code = 0x10000 + ((code - 0xd800) << 10) + (low - 0xdc00);
    }
    append_utf8(document_.decoded_, code);
    return ok_status();
  }

  // Stands on the 'u'.
  Result<std::uint32_t> read_four_digits() {
    std::uint32_t code = 0;
    ++at_;
    for (int i = 0; i < 4; ++i, ++at_) {
      const auto digit = hex_digit(peek());
      if (!digit) return error("four hexadecimal digits after \\u");
      code = code << 4 | *digit;
    }
    return code;
  }

  static bool is_plain(char c) { return c >= 0x20 && c < 0x7f && c != '"' && c != '\\'; }

  void skip_space() {
    while (at_ != input_.size() && is_space(input_[at_])) ++at_;
  }
  void skip_digits() {
    while (is_digit(peek())) ++at_;
  }
  // The byte at the front; NUL, which begins nothing in JSON, at the end.
  char peek() const { return at_ == input_.size() ? '\0' : input_[at_]; }
  JsonDocument::Node& open_node() { return document_.nodes_[stack_[depth_ - 1]]; }

  Error error(std::string expected, std::string remedy = {}, bool says_found = true) const {
    const auto place = "byte " + std::to_string(at_);
    std::string what = place + ": expected " + expected;
    if (says_found) what += ", found " + found();
    return caller_error("malformed-json", std::move(what), std::move(remedy), place);
  }
  std::string found() const {
    if (at_ >= input_.size()) return "the end of the input";
    const auto byte = static_cast<std::uint8_t>(input_[at_]);
    if (byte > 0x20 && byte < 0x7f) return std::string("'") + input_[at_] + "'";
    return "the byte 0x" + to_hex(ByteView(&byte, 1));
  }

  std::string_view input_;
  JsonLimits limits_;
  JsonDocument document_;
  std::size_t at_ = 0;
  std::array<std::uint32_t, kJsonDepthMax> stack_{};
  std::size_t depth_ = 0;
  bool is_fresh_ = false;  // nothing was read yet of the container that was opened last
  std::vector<std::pair<std::string_view, std::uint32_t>> keys_;
};

Result<JsonDocument> JsonDocument::parse(std::string_view text, const JsonLimits& limits) {
  return JsonParser(text, limits).parse();
}

}  // namespace jingchu::contracts
