// The prefixes that an EPCIS document defines in its "@context" (JSON-LD 1.1): a field "ext:name" needs one
// for "ext".
#pragma once

#include <set>
#include <string>

#include "contracts/json.h"

namespace jingchu::contracts::provenance {

class Namespaces {
 public:
  // Takes in an "@context": a URI, an object, or an array of these.
  void add(const JsonValue& context);

  // Whether each namespaced field of `object` is an absolute URI or has a prefix that is defined here or by
  // the EPCIS context itself. A context elsewhere may define any prefix, and is not fetched: with one, every
  // prefix passes.
  Status check_fields(const JsonValue& object) const;

 private:
  bool defines(std::string_view prefix) const;

  std::set<std::string, std::less<>> prefixes_;
  bool is_open_ = false;
};

}  // namespace jingchu::contracts::provenance
