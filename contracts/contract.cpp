#include "contracts/contract.h"

#include "contracts/json.h"

namespace jingchu::contracts {
namespace {

template <class Named>
std::string names_of(std::span<const Named> list) {
  std::string names;
  for (const auto& entry : list) names += (names.empty() ? "" : ", ") + std::string(entry.name);
  return names.empty() ? "none" : names;
}

}  // namespace

Status Contract::initialize(Context&, std::string_view genesis_json) const {
  ASSIGN_OR_RETURN(const JsonDocument document, JsonDocument::parse(genesis_json));
  if (document.root().is_object() && document.root().size() == 0) return ok_status();
  return caller_error("invalid-arguments",
                      "the module " + std::string(name()) + " takes nothing from genesis",
                      "leave \"" + std::string(name()) + "\" out of \"contracts\" in the genesis file", "");
}

Status Contract::check(std::string_view method, ByteView payload) const {
  for (const Method& known : methods()) {
    if (known.name != method) continue;
    return known.check == nullptr ? ok_status() : known.check(as_text(payload));
  }
  return unknown_method(*this, method);
}

Result<std::string> Contract::entity_name(std::string_view) const {
  return no_histories(*this);
}

Error no_histories(const Contract& contract) {
  return caller_error("no-histories", "the module " + std::string(contract.name()) + " keeps no histories");
}

Error unknown_contract(std::string_view name) {
  return caller_error("unknown-contract", "there is no contract \"" + std::string(name) + "\"",
                      "/openapi.json and docs/api.md have those that exist");
}

Error unknown_method(const Contract& contract, std::string_view method) {
  return caller_error("unknown-method",
                      std::string(contract.name()) + " has no method \"" + std::string(method) + "\"",
                      "its methods: " + names_of(contract.methods()));
}

Error unknown_query(const Contract& contract, std::string_view query) {
  return caller_error("not-found",
                      std::string(contract.name()) + " has no query \"" + std::string(query) + "\"",
                      "its queries: " + names_of(contract.queries()));
}

const Contract* find_contract(std::span<const Contract* const> contracts, std::string_view name) {
  for (const Contract* contract : contracts) {
    if (contract->name() == name) return contract;
  }
  return nullptr;
}

const Contract* find_contract(std::string_view name) {
  return find_contract(registry(), name);
}

}  // namespace jingchu::contracts
