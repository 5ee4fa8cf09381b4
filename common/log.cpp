#include "common/log.h"

#include <spdlog/sinks/rotating_file_sink.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

namespace jingchu {
namespace {

constexpr std::size_t kFileBytesMax = 64 << 20;
constexpr std::size_t kFilesMax = 4;

spdlog::level::level_enum to_spdlog(LogLevel level) {
  switch (level) {
    case LogLevel::kDebug:
      return spdlog::level::debug;
    case LogLevel::kInfo:
      return spdlog::level::info;
    case LogLevel::kWarning:
      return spdlog::level::warn;
    case LogLevel::kError:
      return spdlog::level::err;
  }
  return spdlog::level::info;
}

// Quotes a value that could break the line or its fields.
void append_value(std::string& line, std::string_view value) {
  const bool plain =
      !value.empty() && value.find_first_of(" \"\\=") == value.npos &&
      std::all_of(value.begin(), value.end(), [](unsigned char c) { return c >= 0x20 && c != 0x7f; });
  if (plain) {
    line += value;
    return;
  }
  line += '"';
  for (const unsigned char c : value) {
    if (c == '"' || c == '\\') {
      line += '\\';
      line += static_cast<char>(c);
    } else if (c < 0x20 || c == 0x7f) {
      line += fmt::format("\\x{:02x}", c);
    } else {
      line += static_cast<char>(c);
    }
  }
  line += '"';
}

}  // namespace

struct Log::Sink {
  std::shared_ptr<spdlog::logger> logger;
};

Result<Log> Log::open(const std::string& path, LogLevel level) {
  spdlog::sink_ptr sink;
  try {
    if (path.empty()) {
      sink = std::make_shared<spdlog::sinks::stderr_sink_mt>();
    } else {
      sink = std::make_shared<spdlog::sinks::rotating_file_sink_mt>(path, kFileBytesMax, kFilesMax);
    }
  } catch (const spdlog::spdlog_ex& error) {
    return environment_error("log-file", error.what(), "mend log.file in the configuration", path);
  }
  auto logger = std::make_shared<spdlog::logger>("jingchu", sink);
  logger->set_pattern("%Y-%m-%dT%H:%M:%S.%eZ %-7l %v", spdlog::pattern_time_type::utc);
  logger->set_level(to_spdlog(level));
  logger->flush_on(spdlog::level::info);
  Log log;
  log.sink_ = std::make_shared<Sink>(Sink{std::move(logger)});
  return log;
}

Log Log::named(std::string part) const {
  Log log = *this;
  log.part_ = std::move(part);
  return log;
}

void Log::write(LogLevel level, std::string_view message, std::initializer_list<LogField> fields) const {
  if (!sink_ || !sink_->logger->should_log(to_spdlog(level))) return;
  std::string line = part_.empty() ? std::string() : part_ + ": ";
  line += message;
  for (const auto& field : fields) {
    line += ' ';
    line += field.key;
    line += '=';
    append_value(line, field.value);
  }
  sink_->logger->log(to_spdlog(level), spdlog::string_view_t(line));
}

void Log::debug(std::string_view message, std::initializer_list<LogField> fields) const {
  write(LogLevel::kDebug, message, fields);
}
void Log::info(std::string_view message, std::initializer_list<LogField> fields) const {
  write(LogLevel::kInfo, message, fields);
}
void Log::warning(std::string_view message, std::initializer_list<LogField> fields) const {
  write(LogLevel::kWarning, message, fields);
}
void Log::error(std::string_view message, std::initializer_list<LogField> fields) const {
  write(LogLevel::kError, message, fields);
}

}  // namespace jingchu
