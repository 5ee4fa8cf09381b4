// How the doctor comes to its facts: what nodes answer, read so that no answer can harm, whatever it says.
#pragma once

#include <functional>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "cli/doctor_facts.h"
#include "cli/node_client.h"
#include "common/clock.h"

namespace jingchu::cli::doctor {

// An answer of /v1/status. What is missing or of another type is left as it is in a fresh Sample; texts are
// cut to a line that a terminal can show. Nothing: it is not a status at all.
std::optional<Sample> read_sample(const nlohmann::json& status);

// All nodes at once, twice, and what follows from the second time. `wait` is called between the two, and
// returns when enough time has passed: it is given the least time that shows whether blocks are made.
Facts ask_network(const std::vector<NodeClient>& nodes, const Clock& clock,
                  const std::function<void(std::uint64_t least_ms)>& wait);

}  // namespace jingchu::cli::doctor
