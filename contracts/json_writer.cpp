#include "contracts/json_writer.h"

#include "contracts/utf8.h"

namespace jingchu::contracts {
namespace {

void append_escaped(std::string& out, char c) {
  static constexpr char kDigits[] = "0123456789abcdef";
  switch (c) {
    case '"':
      out += "\\\"";
      break;
    case '\\':
      out += "\\\\";
      break;
    case '\n':
      out += "\\n";
      break;
    case '\r':
      out += "\\r";
      break;
    case '\t':
      out += "\\t";
      break;
    default:
      out += "\\u00";
      out += kDigits[static_cast<unsigned char>(c) >> 4];
      out += kDigits[static_cast<unsigned char>(c) & 15];
  }
}

// The end of what stands in a JSON text as it is, without a look at how its characters are encoded.
std::size_t end_of_plain(std::string_view text, std::size_t begin) {
  const auto is_plain = [](char c) { return c >= 0x20 && c != '"' && c != '\\'; };
  while (begin < text.size() && is_plain(text[begin])) ++begin;
  return begin;
}

void append_string(std::string& out, std::string_view text) {
  out += '"';
  for (std::size_t i = 0; i < text.size();) {
    const std::size_t end = end_of_plain(text, i);
    out.append(text, i, end - i);
    i = end;
    if (i == text.size()) break;
    const char c = text[i];
    const std::size_t size = utf8_character_size(text, i);
    if (size == 0) {
      append_utf8(out, 0xfffd);
    } else if (size == 1 && (static_cast<unsigned char>(c) < 0x20 || c == '"' || c == '\\')) {
      append_escaped(out, c);
    } else {
      out.append(text, i, size);
    }
    i += size == 0 ? 1 : size;
  }
  out += '"';
}

}  // namespace

std::string json_string(std::string_view text) {
  std::string out;
  append_string(out, text);
  return out;
}

// A comma is due unless the text is empty or its last byte opens a container or ends a key.
void JsonWriter::separate() {
  if (out_.empty()) return;
  const char last = out_.back();
  if (last != '{' && last != '[' && last != ':') out_ += ',';
}

JsonWriter& JsonWriter::open(char bracket) {
  separate();
  out_ += bracket;
  return *this;
}

JsonWriter& JsonWriter::close(char bracket) {
  out_ += bracket;
  return *this;
}

JsonWriter& JsonWriter::key(std::string_view name) {
  separate();
  append_string(out_, name);
  out_ += ':';
  return *this;
}

JsonWriter& JsonWriter::text(std::string_view value) {
  separate();
  append_string(out_, value);
  return *this;
}

JsonWriter& JsonWriter::integer(std::uint64_t value) {
  return raw(std::to_string(value));
}

JsonWriter& JsonWriter::boolean(bool value) {
  return raw(value ? "true" : "false");
}

JsonWriter& JsonWriter::null() {
  return raw("null");
}

JsonWriter& JsonWriter::raw(std::string_view json) {
  separate();
  out_ += json;
  return *this;
}

}  // namespace jingchu::contracts
