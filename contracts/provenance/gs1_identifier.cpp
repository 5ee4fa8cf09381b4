#include "contracts/provenance/gs1_identifier.h"

#include <array>
#include <optional>
#include <vector>

#include "contracts/uri.h"

namespace jingchu::contracts::provenance {
namespace {

constexpr std::string_view kCanonicalStem = "https://id.gs1.org/";

bool are_digits(std::string_view text) {
  return !text.empty() && text.find_first_not_of("0123456789") == text.npos;
}

// GS1 General Specifications, section 7.9.1: weights 3 and 1 in turn from the right.
char check_digit(std::string_view digits) {
  int sum = 0;
  int weight = 3;
  for (auto digit = digits.rbegin(); digit != digits.rend(); ++digit, weight = 4 - weight) {
    sum += weight * (*digit - '0');
  }
  return static_cast<char>('0' + (10 - sum % 10) % 10);
}

bool has_check_digit(std::string_view digits) {
  return are_digits(digits) && digits.size() > 1 &&
         check_digit(digits.substr(0, digits.size() - 1)) == digits.back();
}

// How the last part of an EPC URN enters the Digital Link.
enum class Tail { kNone, kQualifier, kAppended, kStar };

struct Scheme {
  std::string_view name;   // behind "urn:epc:"
  std::string_view key;    // application identifier of the primary key
  std::size_t digits = 0;  // of company prefix and reference together; 0: not digits only, no check digit
  bool indicator_leads = false;  // the first digit of the reference goes in front of the company prefix
  std::string_view prefix = {};  // in front of the digits
  std::size_t pieces = 0;        // two-digit parts between reference and tail, appended (ITIP)
  Tail tail = Tail::kNone;
  std::string_view qualifier = {};
};

constexpr std::array<Scheme, 22> kSchemes = {{
    {.name = "id:sgtin",
     .key = "01",
     .digits = 13,
     .indicator_leads = true,
     .tail = Tail::kQualifier,
     .qualifier = "21"},
    {.name = "idpat:sgtin", .key = "01", .digits = 13, .indicator_leads = true, .tail = Tail::kStar},
    {.name = "class:lgtin",
     .key = "01",
     .digits = 13,
     .indicator_leads = true,
     .tail = Tail::kQualifier,
     .qualifier = "10"},
    {.name = "id:upui",
     .key = "01",
     .digits = 13,
     .indicator_leads = true,
     .tail = Tail::kQualifier,
     .qualifier = "235"},
    {.name = "id:itip",
     .key = "8006",
     .digits = 13,
     .indicator_leads = true,
     .pieces = 2,
     .tail = Tail::kQualifier,
     .qualifier = "21"},
    {.name = "idpat:itip",
     .key = "8006",
     .digits = 13,
     .indicator_leads = true,
     .pieces = 2,
     .tail = Tail::kStar},
    {.name = "id:sscc", .key = "00", .digits = 17, .indicator_leads = true},
    {.name = "id:sgln", .key = "414", .digits = 12, .tail = Tail::kQualifier, .qualifier = "254"},
    {.name = "id:pgln", .key = "417", .digits = 12},
    {.name = "id:grai", .key = "8003", .digits = 12, .prefix = "0", .tail = Tail::kAppended},
    {.name = "idpat:grai", .key = "8003", .digits = 12, .prefix = "0", .tail = Tail::kStar},
    {.name = "id:giai", .key = "8004"},
    {.name = "id:gsrn", .key = "8018", .digits = 17},
    {.name = "id:gsrnp", .key = "8017", .digits = 17},
    {.name = "id:gdti", .key = "253", .digits = 12, .tail = Tail::kAppended},
    {.name = "idpat:gdti", .key = "253", .digits = 12, .tail = Tail::kStar},
    {.name = "id:sgcn", .key = "255", .digits = 12, .tail = Tail::kAppended},
    {.name = "idpat:sgcn", .key = "255", .digits = 12, .tail = Tail::kStar},
    {.name = "id:cpi", .key = "8010", .tail = Tail::kQualifier, .qualifier = "8011"},
    {.name = "idpat:cpi", .key = "8010", .tail = Tail::kStar},
    {.name = "id:ginc", .key = "401"},
    {.name = "id:gsin", .key = "402", .digits = 16},
}};

// The first `count` - 1 dots separate; the last part may hold more of them.
std::vector<std::string> split_parts(std::string_view text, std::size_t count) {
  std::vector<std::string> parts;
  while (parts.size() + 1 < count && text.find('.') != text.npos) {
    parts.emplace_back(text.substr(0, text.find('.')));
    text.remove_prefix(text.find('.') + 1);
  }
  parts.emplace_back(text);
  return parts;
}

std::optional<std::string> primary_value(const Scheme& scheme, const std::string& company,
                                         const std::string& reference) {
  if (scheme.digits == 0) return company + reference;
  if (!are_digits(company) || company.size() + reference.size() != scheme.digits) return std::nullopt;
  if (!reference.empty() && !are_digits(reference)) return std::nullopt;
  if (scheme.indicator_leads && reference.empty()) return std::nullopt;
  const auto body =
      scheme.indicator_leads ? reference.substr(0, 1) + company + reference.substr(1) : company + reference;
  const auto digits = std::string(scheme.prefix) + body;
  return digits + check_digit(body);
}

std::optional<std::string> link_of_urn(const Scheme& scheme, std::string_view rest) {
  const std::size_t count = 2 + scheme.pieces + (scheme.tail == Tail::kNone ? 0 : 1);
  auto parts = split_parts(rest, count);
  if (parts.size() != count) return std::nullopt;
  for (auto& part : parts) {
    auto decoded = percent_decode(part);
    if (!decoded) return std::nullopt;
    part = std::move(*decoded);
  }
  auto value = primary_value(scheme, parts[0], parts[1]);
  if (!value) return std::nullopt;
  for (std::size_t i = 0; i < scheme.pieces; ++i) {
    const auto& piece = parts[2 + i];
    if (piece.size() != 2 || !are_digits(piece)) return std::nullopt;
    *value += piece;
  }
  const auto& tail = parts.back();
  if (scheme.tail == Tail::kStar && tail != "*") return std::nullopt;
  if (scheme.tail == Tail::kAppended) *value += tail;
  auto link = std::string(kCanonicalStem) + std::string(scheme.key) + "/" + percent_encode(*value);
  // A location without extension is written with the extension 0 (Tag Data Standard, section 6.3.3).
  const bool is_absent = scheme.key == "414" && tail == "0";
  if (scheme.tail == Tail::kQualifier && !is_absent) {
    link += "/" + std::string(scheme.qualifier) + "/" + percent_encode(tail);
  }
  return link;
}

std::optional<std::string> link_of_urn(std::string_view identifier) {
  constexpr std::string_view kUrn = "urn:epc:";
  if (!identifier.starts_with(kUrn)) return std::nullopt;
  identifier.remove_prefix(kUrn.size());
  for (const auto& scheme : kSchemes) {
    if (!identifier.starts_with(scheme.name)) continue;
    const auto rest = identifier.substr(scheme.name.size());
    if (rest.starts_with(":")) return link_of_urn(scheme, rest.substr(1));
  }
  return std::nullopt;
}

// A primary key of a Digital Link: how many leading digits end in a check digit, and which qualifiers may
// follow, the finest first; a qualifier that does not identify is allowed and dropped.
struct PrimaryKey {
  std::string_view key;
  std::size_t digits = 0;
  std::size_t more_min = 0;  // characters behind the digits
  std::size_t more_max = 0;
  std::array<std::string_view, 3> identifying = {};
  std::array<std::string_view, 2> dropped = {};
};

constexpr std::array<PrimaryKey, 15> kPrimaryKeys = {{
    {.key = "01", .digits = 14, .identifying = {"235", "21", "10"}, .dropped = {"22"}},
    {.key = "8006",
     .digits = 14,
     .more_min = 4,
     .more_max = 4,
     .identifying = {"21", "10"},
     .dropped = {"22"}},
    {.key = "8010", .more_min = 1, .more_max = 30, .identifying = {"8011"}},
    {.key = "00", .digits = 18},
    {.key = "414", .digits = 13, .identifying = {"254"}},
    {.key = "417", .digits = 13, .dropped = {"7040"}},
    {.key = "8003", .digits = 14, .more_max = 16},
    {.key = "8004", .more_min = 1, .more_max = 30},
    {.key = "8017", .digits = 18, .dropped = {"8019"}},
    {.key = "8018", .digits = 18, .dropped = {"8019"}},
    {.key = "253", .digits = 13, .more_max = 17},
    {.key = "255", .digits = 13, .more_max = 12},
    {.key = "401", .more_min = 1, .more_max = 30},
    {.key = "402", .digits = 17},
    {.key = "8013", .more_min = 1, .more_max = 25},
}};

template <std::size_t N>
bool holds(const std::array<std::string_view, N>& list, std::string_view text) {
  for (const auto entry : list) {
    if (!entry.empty() && entry == text) return true;
  }
  return false;
}

// The value in full length; nothing if it does not have the form of its key.
std::optional<std::string> primary_value(const PrimaryKey& primary, std::string value) {
  if (primary.key == "01" && (value.size() == 8 || value.size() == 12 || value.size() == 13)) {
    value.insert(0, 14 - value.size(), '0');
  }
  if (value.size() < primary.digits + primary.more_min) return std::nullopt;
  if (value.size() > primary.digits + primary.more_max) return std::nullopt;
  if (primary.digits != 0 && !has_check_digit(std::string_view(value).substr(0, primary.digits))) {
    return std::nullopt;
  }
  return value;
}

// The segments of the path of an http(s) URL, without query, fragment and a slash at the end.
std::optional<std::vector<std::string>> path_segments(std::string_view url) {
  const auto authority = url.find("://");
  if (authority == url.npos) return std::nullopt;
  const auto scheme = url.substr(0, authority);
  if (scheme != "https" && scheme != "http") return std::nullopt;
  url.remove_prefix(authority + 1);
  url = url.substr(0, url.find_first_of("?#"));
  auto slash = url.find('/', 2);
  if (slash == url.npos) return std::nullopt;
  url.remove_prefix(slash);
  if (url.ends_with("/")) url.remove_suffix(1);
  std::vector<std::string> segments;
  while (!url.empty()) {
    url.remove_prefix(1);
    slash = url.find('/');
    auto decoded = percent_decode(url.substr(0, slash));
    if (!decoded) return std::nullopt;
    segments.push_back(std::move(*decoded));
    url = slash == url.npos ? std::string_view() : url.substr(slash);
  }
  return segments;
}

// The link of the primary key at `segments[at]`, if all behind it are its value and qualifiers.
std::optional<std::string> link_at(const std::vector<std::string>& segments, std::size_t at,
                                   const PrimaryKey& primary) {
  const auto value = primary_value(primary, segments[at + 1]);
  if (!value || (segments.size() - at) % 2 != 0) return std::nullopt;
  for (std::size_t i = at + 2; i < segments.size(); i += 2) {
    if (!holds(primary.identifying, segments[i]) && !holds(primary.dropped, segments[i])) return std::nullopt;
  }
  auto link = std::string(kCanonicalStem) + std::string(primary.key) + "/" + percent_encode(*value);
  for (const auto qualifier : primary.identifying) {
    for (std::size_t i = at + 2; !qualifier.empty() && i < segments.size(); i += 2) {
      if (segments[i] != qualifier) continue;
      if (primary.key == "414" && segments[i + 1] == "0") return link;
      return link + "/" + std::string(qualifier) + "/" + percent_encode(segments[i + 1]);
    }
  }
  return link;
}

std::optional<std::string> link_of_url(std::string_view url) {
  const auto segments = path_segments(url);
  if (!segments) return std::nullopt;
  for (std::size_t at = 0; at + 1 < segments->size(); ++at) {
    for (const auto& primary : kPrimaryKeys) {
      if ((*segments)[at] != primary.key) continue;
      if (auto link = link_at(*segments, at, primary)) return link;
    }
  }
  return std::nullopt;
}

}  // namespace

std::string canonical_identifier(std::string_view identifier) {
  if (auto link = link_of_urn(identifier)) return *link;
  if (auto link = link_of_url(identifier)) return *link;
  return std::string(identifier);
}

}  // namespace jingchu::contracts::provenance
