// URIs (RFC 3986), as identifiers: checked for form, taken apart, never resolved.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace jingchu::contracts {

// An absolute URI: scheme ':' and a rest of allowed characters. A compact "prefix:name" of JSON-LD has this
// form too.
bool is_uri(std::string_view text);

// The part before the first ':'.
std::string_view uri_scheme(std::string_view uri);

// Percent-encoded bytes decoded; nothing if a '%' is not followed by two hexadecimal digits.
std::optional<std::string> percent_decode(std::string_view text);

// All but unreserved characters percent-encoded, with upper-case digits.
std::string percent_encode(std::string_view text);

}  // namespace jingchu::contracts
