// Dates and times in records: RFC 3339 read strictly, compared as instants in UTC. No clock, no time zone
// database.
#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace jingchu::contracts {

// An instant: seconds since 1970-01-01T00:00:00Z (offset by 2^62 so that it is never negative) and
// nanoseconds.
struct Instant {
  std::uint64_t biased_seconds = 0;
  std::uint32_t nanoseconds = 0;

  friend auto operator<=>(const Instant&, const Instant&) = default;
  template <class Archive>
  void serialize(Archive& archive) {
    archive(biased_seconds, nanoseconds);
  }
};

// "2026-05-01T08:30:00.5+08:00". The offset is required; a leap second is taken only at 23:59:60 UTC (and
// stands for the second before it); digits of a fraction past the ninth do not count.
std::optional<Instant> parse_timestamp(std::string_view text);

// "2026-05-01", a day of the Gregorian calendar.
bool is_date(std::string_view text);

// "+08:00": from -14:00 to +14:00, as EPCIS 2.0 has it.
bool is_zone_offset(std::string_view text);

// RFC 3339 in UTC: "2026-05-01T00:30:00Z", with three decimals for milliseconds since 1970.
std::string to_string(const Instant& instant);
std::string timestamp_of_ms(std::uint64_t unix_ms);

}  // namespace jingchu::contracts
