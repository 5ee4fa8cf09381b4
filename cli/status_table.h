// The states of several nodes side by side, and whether they agree. Pure.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "common/result.h"

namespace jingchu::cli {

struct NodeStatus {
  std::string url;
  Result<nlohmann::json> status;  // of GET /v1/status
};

std::string status_table(const std::vector<NodeStatus>& nodes);

// What does not fit together, one line each: two nodes with different roots at one height or on different
// chains, a node that stopped voting or serving. Empty: nothing.
std::vector<std::string> disagreements(const std::vector<NodeStatus>& nodes);

}  // namespace jingchu::cli
