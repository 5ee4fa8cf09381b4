#include "node/toml_text.h"

#include <algorithm>

namespace jingchu::node {
namespace {

// Brackets, braces and dots: more than a configuration has, fewer than the stack bears.
constexpr int kNestingMarksMax = 2'000;
constexpr std::string_view kByteOrderMark = "\xef\xbb\xbf";

class Scanner {
 public:
  Scanner(std::string_view text, const std::string& file) : text_(text), file_(file) {
    if (text_.starts_with(kByteOrderMark)) at_ = kByteOrderMark.size();
  }

  Status scan() {
    int nesting_marks = 0;
    while (at_ < text_.size()) {
      const char c = text_[at_];
      if (c == '#') {
        at_ = std::min(text_.find('\n', at_), text_.size());
      } else if (c == '"' || c == '\'') {
        skip_text(c);
      } else if (static_cast<unsigned char>(c) > 0x7f) {
        return error("a character stands outside of quotation marks that only texts and comments may have",
                     "put the text into quotation marks: \"...\"");
      } else {
        ++at_;
        nesting_marks += c == '[' || c == '{' || c == '.';
        if (nesting_marks > kNestingMarksMax)
          return error("too many brackets, braces and dots", "docs/operations.md lists every key");
      }
    }
    return ok_status();
  }

 private:
  // TOML 1.0, "String": three quotation marks begin a text of several lines, which may end with two of its
  // own. A text of one line that its line does not end is an error to toml++, which reads nothing behind it.
  void skip_text(char quote) {
    const std::string three(3, quote);
    const bool is_long = text_.substr(at_, 3) == three;
    at_ += is_long ? 3 : 1;
    while (at_ < text_.size()) {
      if (is_long ? text_.substr(at_, 3) == three : text_[at_] == quote || text_[at_] == '\n') break;
      at_ += quote == '"' && text_[at_] == '\\' ? 2 : 1;
    }
    at_ = std::min(at_ + (is_long ? 3 : 1), text_.size());
    for (int i = 0; is_long && i < 2 && at_ < text_.size() && text_[at_] == quote; ++i) ++at_;
  }

  Error error(std::string what, std::string remedy) const {
    const auto line = 1 + std::count(text_.begin(), text_.begin() + static_cast<std::ptrdiff_t>(at_), '\n');
    return environment_error("bad-configuration", std::move(what), std::move(remedy),
                             file_ + ":" + std::to_string(line));
  }

  std::string_view text_;
  const std::string& file_;
  std::size_t at_ = 0;
};

}  // namespace

Status check_toml_text(std::string_view text, const std::string& file) {
  return Scanner(text, file).scan();
}

}  // namespace jingchu::node
