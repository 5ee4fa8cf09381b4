#include "contracts/provenance/namespaces.h"

#include <algorithm>
#include <array>

#include "contracts/arguments.h"
#include "contracts/uri.h"

namespace jingchu::contracts::provenance {
namespace {

constexpr std::string_view kEpcisContext = "epcis-context.jsonld";

// Defined by the EPCIS context; then the schemes under which extensions are written as full URIs.
constexpr std::array<std::string_view, 9> kStandardPrefixes = {"gs1",  "cbv",     "cbvmda", "epcis", "rdf",
                                                               "rdfs", "dcterms", "owl",    "xsd"};
constexpr std::array<std::string_view, 3> kSchemes = {"http", "https", "urn"};

}  // namespace

void Namespaces::add(const JsonValue& context) {
  if (context.is_string()) {
    is_open_ = is_open_ || !context.text().ends_with(kEpcisContext);
  } else if (context.is_object()) {
    for (const JsonValue term : context) prefixes_.emplace(term.key());
  } else {
    // The elements are texts and objects: check_context has seen to it.
    for (const JsonValue part : context) {
      if (!part.is_array()) add(part);
    }
  }
}

bool Namespaces::defines(std::string_view prefix) const {
  const auto is_among = [&](const auto& list) {
    return std::find(list.begin(), list.end(), prefix) != list.end();
  };
  return is_open_ || is_among(kStandardPrefixes) || is_among(kSchemes) ||
         prefixes_.find(prefix) != prefixes_.end();
}

Status Namespaces::check_fields(const JsonValue& object) const {
  for (const JsonValue member : object) {
    const auto key = member.key();
    if (key.find(':') == key.npos || defines(uri_scheme(key))) continue;
    return invalid_argument(
        member, "a field whose prefix \"" + std::string(uri_scheme(key)) + "\" is defined in @context");
  }
  return ok_status();
}

}  // namespace jingchu::contracts::provenance
