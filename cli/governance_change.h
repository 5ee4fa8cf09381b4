// A change of the set of validators as the options of a command describe it.
#pragma once

#include <CLI/App.hpp>
#include <string>
#include <vector>

#include "cli/session.h"
#include "contracts/governance/governance.h"

namespace jingchu::cli {

struct ChangeOptions {
  std::vector<std::string> add_files;
  std::vector<std::string> remove;
  std::string replace;
  std::string consensus_key;
  std::string transport_key;
  std::string address;
  std::string operator_id;

  bool empty() const { return add_files.empty() && remove.empty() && replace.empty(); }
};

// --add, --remove, --replace and what belongs to it.
void add_change_options(CLI::App* command, ChangeOptions& options);

// The payload of `propose` that has these changes, checked as far as no state is needed.
Result<nlohmann::ordered_json> change_payload(const Session& session, const ChangeOptions& options);

// The set that a payload of `propose` makes of `latest`, by the rules of the chain; whether a key was in use
// by a validator that is gone only the chain can tell. Errors: the chain's own.
Result<contracts::governance::Members> changed_set(const contracts::governance::Members& latest,
                                                   const std::string& payload);

}  // namespace jingchu::cli
