#include "contracts/uri.h"

#include "common/bytes.h"

namespace jingchu::contracts {
namespace {

bool is_alpha(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}
bool is_digit(char c) {
  return c >= '0' && c <= '9';
}
bool is_hex(char c) {
  return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}
bool is_one_of(char c, std::string_view set) {
  return set.find(c) != set.npos;
}
bool is_unreserved(char c) {
  return is_alpha(c) || is_digit(c) || is_one_of(c, "-._~");
}

bool is_scheme(std::string_view text) {
  if (text.empty() || !is_alpha(text.front())) return false;
  for (const char c : text) {
    if (!is_alpha(c) && !is_digit(c) && !is_one_of(c, "+-.")) return false;
  }
  return true;
}

// Path, query or fragment: pchar and the delimiters that stay within it.
bool has_only_uri_characters(std::string_view text, std::string_view delimiters) {
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (c == '%') {
      if (text.size() - i < 3 || !is_hex(text[i + 1]) || !is_hex(text[i + 2])) return false;
      i += 2;
    } else if (!is_unreserved(c) && !is_one_of(c, "!$&'()*+,;=:@") && !is_one_of(c, delimiters)) {
      return false;
    }
  }
  return true;
}

}  // namespace

bool is_uri(std::string_view text) {
  const auto colon = text.find(':');
  if (colon == text.npos || !is_scheme(text.substr(0, colon))) return false;
  auto rest = text.substr(colon + 1);
  if (rest.empty()) return false;
  const auto hash = rest.find('#');
  if (hash != rest.npos && !has_only_uri_characters(rest.substr(hash + 1), "/?")) return false;
  rest = rest.substr(0, hash);
  const auto question = rest.find('?');
  if (question != rest.npos && !has_only_uri_characters(rest.substr(question + 1), "/?")) return false;
  rest = rest.substr(0, question);
  if (!rest.starts_with("//")) return has_only_uri_characters(rest, "/");
  const auto authority = rest.substr(2, rest.find('/', 2) - 2);
  // Brackets stand only around an IPv6 address.
  return has_only_uri_characters(authority, "[]") &&
         has_only_uri_characters(rest.substr(2 + authority.size()), "/");
}

std::string_view uri_scheme(std::string_view uri) {
  return uri.substr(0, uri.find(':'));
}

std::optional<std::string> percent_decode(std::string_view text) {
  std::string decoded;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      decoded += text[i];
      continue;
    }
    const auto byte = from_hex(text.substr(i + 1, 2));
    if (!byte || byte->size() != 1) return std::nullopt;
    decoded += static_cast<char>(byte->front());
    i += 2;
  }
  return decoded;
}

std::string percent_encode(std::string_view text) {
  static constexpr char kDigits[] = "0123456789ABCDEF";
  std::string encoded;
  for (const char c : text) {
    if (is_unreserved(c)) {
      encoded += c;
    } else {
      encoded += '%';
      encoded += kDigits[static_cast<unsigned char>(c) >> 4];
      encoded += kDigits[static_cast<unsigned char>(c) & 15];
    }
  }
  return encoded;
}

}  // namespace jingchu::contracts
