// Writes JSON text: events, answers to queries. Commas and escapes are its business; what comes out is valid
// UTF-8.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace jingchu::contracts {

// `text` in double quotes. Escaped are ", \ and control characters; bytes that are not UTF-8 become U+FFFD.
std::string json_string(std::string_view text);

class JsonWriter {
 public:
  JsonWriter() { out_.reserve(kUsualBytes); }
  JsonWriter& begin_object() { return open('{'); }
  JsonWriter& end_object() { return close('}'); }
  JsonWriter& begin_array() { return open('['); }
  JsonWriter& end_array() { return close(']'); }
  JsonWriter& key(std::string_view name);

  JsonWriter& text(std::string_view value);
  JsonWriter& integer(std::uint64_t value);
  JsonWriter& boolean(bool value);
  JsonWriter& null();
  // A value that is JSON already: exact bytes of a record, a number as it was written.
  JsonWriter& raw(std::string_view json);

  JsonWriter& member(std::string_view name, std::string_view value) { return key(name).text(value); }
  JsonWriter& member(std::string_view name, const char* value) { return key(name).text(value); }
  JsonWriter& member(std::string_view name, std::uint64_t value) { return key(name).integer(value); }
  JsonWriter& member(std::string_view name, bool value) { return key(name).boolean(value); }

  // The text written so far; complete when every container is closed.
  std::string take() { return std::move(out_); }

 private:
  static constexpr std::size_t kUsualBytes = 320;  // of an event

  JsonWriter& open(char bracket);
  JsonWriter& close(char bracket);
  void separate();

  std::string out_;
};

}  // namespace jingchu::contracts
