// Structured log lines: time, level, the part that speaks, a message, and fields as key=value. Values from
// outside are escaped, so that no input can forge a line. Secrets are never passed here.
#pragma once

#include <concepts>
#include <initializer_list>
#include <memory>
#include <string>
#include <string_view>

#include "common/result.h"

namespace jingchu {

struct LogField {
  std::string_view key;
  std::string value;

  LogField(std::string_view name, std::string_view text) : key(name), value(text) {}
  LogField(std::string_view name, const std::string& text) : key(name), value(text) {}
  LogField(std::string_view name, const char* text) : key(name), value(text) {}
  LogField(std::string_view name, bool truth) : key(name), value(truth ? "true" : "false") {}
  template <std::integral T>
  LogField(std::string_view name, T number) : key(name), value(std::to_string(number)) {}
};

enum class LogLevel { kDebug, kInfo, kWarning, kError };

// A cheap handle on a shared sink, with the name of the part that speaks. Copies are fine; thread-safe.
class Log {
 public:
  // Writes nothing: for tests and pure tools.
  Log() = default;
  // To standard error, or to a file at `path` (rotated at 64 MiB, 4 kept) when it is not empty.
  // Error: "log-file" (kEnvironment). What cannot be written later, on a full disk, is lost.
  static Result<Log> open(const std::string& path, LogLevel level);

  Log named(std::string part) const;

  void debug(std::string_view message, std::initializer_list<LogField> fields = {}) const;
  void info(std::string_view message, std::initializer_list<LogField> fields = {}) const;
  void warning(std::string_view message, std::initializer_list<LogField> fields = {}) const;
  void error(std::string_view message, std::initializer_list<LogField> fields = {}) const;

 private:
  struct Sink;
  void write(LogLevel level, std::string_view message, std::initializer_list<LogField> fields) const;

  std::shared_ptr<Sink> sink_;
  std::string part_;
};

}  // namespace jingchu
