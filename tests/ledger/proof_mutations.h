// Everything that can be done to a value of a JSON text: changed, left out, doubled, moved.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

namespace jingchu::ledger::test {

struct Mutation {
  std::string name;
  nlohmann::ordered_json bundle;
};

// None equals the bundle. What only makes a claim smaller (records: null) is not among them.
std::vector<Mutation> mutations(const nlohmann::ordered_json& bundle);

}  // namespace jingchu::ledger::test
