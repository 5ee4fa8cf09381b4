#include "contracts/civil_time.h"

#include <array>

namespace jingchu::contracts {
namespace {

constexpr std::int64_t kBias = std::int64_t{1} << 62;

struct Day {
  std::int64_t year = 0;
  unsigned month = 0;
  unsigned day = 0;
};

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

// Takes `digits` decimal digits off the front of `text`.
std::optional<unsigned> take_number(std::string_view& text, std::size_t digits) {
  if (text.size() < digits) return std::nullopt;
  unsigned value = 0;
  for (const char c : text.substr(0, digits)) {
    if (!is_digit(c)) return std::nullopt;
    value = value * 10 + static_cast<unsigned>(c - '0');
  }
  text.remove_prefix(digits);
  return value;
}

bool take(std::string_view& text, std::string_view allowed) {
  if (text.empty() || allowed.find(text.front()) == allowed.npos) return false;
  text.remove_prefix(1);
  return true;
}

unsigned days_in_month(std::int64_t year, unsigned month) {
  static constexpr std::array<unsigned, 12> kDays = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  const bool is_leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
  return month == 2 && is_leap ? 29 : kDays[month - 1];
}

std::optional<Day> take_date(std::string_view& text) {
  const auto year = take_number(text, 4);
  if (!year || !take(text, "-")) return std::nullopt;
  const auto month = take_number(text, 2);
  if (!month || !take(text, "-")) return std::nullopt;
  const auto day = take_number(text, 2);
  if (!day || *month < 1 || *month > 12) return std::nullopt;
  if (*day < 1 || *day > days_in_month(*year, *month)) return std::nullopt;
  return Day{*year, *month, *day};
}

// Days since 1970-01-01 (H. Hinnant, "chrono-Compatible Low-Level Date Algorithms", days_from_civil).
std::int64_t days_of(const Day& date) {
  const std::int64_t year = date.month <= 2 ? date.year - 1 : date.year;
  const std::int64_t era = (year >= 0 ? year : year - 399) / 400;
  const std::int64_t year_of_era = year - era * 400;
  const std::int64_t month_from_march = (date.month + 9) % 12;
  const std::int64_t day_of_year = (153 * month_from_march + 2) / 5 + date.day - 1;
  const std::int64_t day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
  return era * 146097 + day_of_era - 719468;
}

// The inverse (civil_from_days).
Day day_of(std::int64_t days) {
  days += 719468;
  const std::int64_t era = (days >= 0 ? days : days - 146096) / 146097;
  const std::int64_t day_of_era = days - era * 146097;
  const std::int64_t year_of_era =
      (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
  const std::int64_t day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
  const std::int64_t month_from_march = (5 * day_of_year + 2) / 153;
  const auto day = static_cast<unsigned>(day_of_year - (153 * month_from_march + 2) / 5 + 1);
  const auto month =
      static_cast<unsigned>(month_from_march < 10 ? month_from_march + 3 : month_from_march - 9);
  return {year_of_era + era * 400 + (month <= 2 ? 1 : 0), month, day};
}

struct TimeOfDay {
  std::int64_t seconds = 0;  // 86400 for a leap second written 23:59:60
  std::uint32_t nanoseconds = 0;
  bool is_leap = false;
};

std::optional<std::uint32_t> take_fraction(std::string_view& text) {
  if (text.empty() || !is_digit(text.front())) return std::nullopt;
  std::uint32_t nanoseconds = 0;
  std::uint32_t scale = 100'000'000;
  for (; !text.empty() && is_digit(text.front()); text.remove_prefix(1), scale /= 10) {
    nanoseconds += scale * static_cast<std::uint32_t>(text.front() - '0');
  }
  return nanoseconds;
}

std::optional<TimeOfDay> take_time(std::string_view& text) {
  const auto hour = take_number(text, 2);
  if (!hour || !take(text, ":")) return std::nullopt;
  const auto minute = take_number(text, 2);
  if (!minute || !take(text, ":")) return std::nullopt;
  const auto second = take_number(text, 2);
  if (!second || *hour > 23 || *minute > 59 || *second > 60) return std::nullopt;
  TimeOfDay time{*hour * 3600 + *minute * 60 + *second, 0, *second == 60};
  if (take(text, ".")) {
    const auto nanoseconds = take_fraction(text);
    if (!nanoseconds) return std::nullopt;
    time.nanoseconds = *nanoseconds;
  }
  return time;
}

// Seconds east of UTC.
std::optional<std::int64_t> take_offset(std::string_view& text) {
  if (take(text, "Zz")) return 0;
  const bool is_west = !text.empty() && text.front() == '-';
  if (!take(text, "+-")) return std::nullopt;
  const auto hour = take_number(text, 2);
  if (!hour || !take(text, ":")) return std::nullopt;
  const auto minute = take_number(text, 2);
  if (!minute || *hour > 23 || *minute > 59) return std::nullopt;
  const std::int64_t seconds = *hour * 3600 + *minute * 60;
  return is_west ? -seconds : seconds;
}

void append_padded(std::string& out, std::int64_t value, std::size_t digits) {
  const auto text = std::to_string(value);
  out.append(text.size() < digits ? digits - text.size() : 0, '0');
  out += text;
}

std::string text_of(std::int64_t seconds) {
  const std::int64_t days = (seconds >= 0 ? seconds : seconds - 86399) / 86400;
  const std::int64_t rest = seconds - days * 86400;
  const Day date = day_of(days);
  std::string text;
  append_padded(text, date.year, 4);
  text += '-';
  append_padded(text, date.month, 2);
  text += '-';
  append_padded(text, date.day, 2);
  text += 'T';
  append_padded(text, rest / 3600, 2);
  text += ':';
  append_padded(text, rest / 60 % 60, 2);
  text += ':';
  append_padded(text, rest % 60, 2);
  return text;
}

}  // namespace

std::optional<Instant> parse_timestamp(std::string_view text) {
  const auto date = take_date(text);
  if (!date || !take(text, "Tt")) return std::nullopt;
  const auto time = take_time(text);
  if (!time) return std::nullopt;
  const auto offset = take_offset(text);
  if (!offset || !text.empty()) return std::nullopt;
  std::int64_t seconds = days_of(*date) * 86400 + time->seconds - *offset;
  if (time->is_leap) {
    if ((seconds % 86400 + 86400) % 86400 != 0) return std::nullopt;
    --seconds;
  }
  return Instant{static_cast<std::uint64_t>(seconds + kBias), time->nanoseconds};
}

bool is_date(std::string_view text) {
  return take_date(text) && text.empty();
}

bool is_zone_offset(std::string_view text) {
  if (text.empty() || (text.front() != '+' && text.front() != '-')) return false;
  const auto seconds = take_offset(text);
  return seconds && text.empty() && *seconds >= -14 * 3600 && *seconds <= 14 * 3600;
}

std::string to_string(const Instant& instant) {
  auto text = text_of(static_cast<std::int64_t>(instant.biased_seconds) - kBias);
  if (instant.nanoseconds != 0) {
    std::string fraction;
    append_padded(fraction, instant.nanoseconds, 9);
    text += "." + fraction.substr(0, fraction.find_last_not_of('0') + 1);
  }
  return text + "Z";
}

std::string timestamp_of_ms(std::uint64_t unix_ms) {
  // Past the year 9999 RFC 3339 has no form; an agreed block time never comes there.
  constexpr std::uint64_t kLastMs = 253'402'300'799'999;
  const std::uint64_t ms = unix_ms < kLastMs ? unix_ms : kLastMs;
  auto text = text_of(static_cast<std::int64_t>(ms / 1000)) + ".";
  append_padded(text, static_cast<std::int64_t>(ms % 1000), 3);
  return text + "Z";
}

}  // namespace jingchu::contracts
