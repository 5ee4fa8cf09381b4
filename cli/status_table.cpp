#include "cli/status_table.h"

#include <algorithm>
#include <map>

namespace jingchu::cli {
namespace {

using nlohmann::json;
using Row = std::vector<std::string>;

std::string text(const json& status, const char* name) {
  const auto found = status.is_object() ? status.find(name) : status.end();
  if (!status.is_object() || found == status.end() || found->is_null()) return {};
  return found->is_string() ? found->get<std::string>() : found->dump();
}

std::string leader(const json& status) {
  const auto found = status.find("leader");
  return found != status.end() && found->is_object() ? text(*found, "name") : std::string();
}

std::string peers(const json& status) {
  const auto found = status.find("peers");
  if (found == status.end() || !found->is_array()) return {};
  const auto connected = std::count_if(found->begin(), found->end(),
                                       [](const json& peer) { return text(peer, "connected") == "true"; });
  return std::to_string(connected) + "/" + std::to_string(found->size());
}

std::string pending(const json& status) {
  const auto found = status.find("mempool");
  return found != status.end() && found->is_object() ? text(*found, "transactions") : std::string();
}

std::string state(const json& status) {
  if (!text(status, "failure").empty() || !text(status, "stopped").empty()) return "stopped";
  if (text(status, "caught_up") == "false") return "behind";
  return text(status, "role") == "validator" && text(status, "votes") == "false" ? "no vote" : "ok";
}

Row row_of(const NodeStatus& node) {
  if (!node.status.ok()) return {node.url, "-", "unreachable", "", "", "", "", "", ""};
  const json& status = *node.status;
  return {node.url,
          text(status, "name"),
          state(status),
          text(status, "height"),
          text(status, "root").substr(0, 16),
          text(status, "view"),
          leader(status),
          peers(status),
          pending(status)};
}

}  // namespace

std::string status_table(const std::vector<NodeStatus>& nodes) {
  std::vector<Row> rows = {{"node", "name", "state", "height", "root", "view", "leader", "peers", "pending"}};
  for (const NodeStatus& node : nodes) rows.push_back(row_of(node));
  std::vector<std::size_t> widths(rows[0].size(), 0);
  for (const Row& row : rows) {
    for (std::size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], row[i].size());
  }
  std::string table;
  for (const Row& row : rows) {
    std::string line;
    for (std::size_t i = 0; i < row.size(); ++i)
      line += row[i] + std::string(widths[i] - row[i].size() + 2, ' ');
    table += line.substr(0, line.find_last_not_of(' ') + 1) + "\n";
  }
  return table;
}

std::vector<std::string> disagreements(const std::vector<NodeStatus>& nodes) {
  std::vector<std::string> lines;
  std::map<std::string, const NodeStatus*> first_at_height;
  const NodeStatus* first = nullptr;
  for (const NodeStatus& node : nodes) {
    if (!node.status.ok()) continue;
    const json& status = *node.status;
    for (const char* name : {"failure", "stopped"}) {
      if (const auto why = text(status, name); !why.empty()) lines.push_back(node.url + " stopped: " + why);
    }
    if (first == nullptr) first = &node;
    if (text(status, "chain_id") != text(*first->status, "chain_id")) {
      lines.push_back(node.url + " and " + first->url + " are on different chains");
      continue;
    }
    const auto height = text(status, "height");
    const auto [other, is_new] = first_at_height.emplace(height, &node);
    if (!is_new && text(status, "root") != text(*other->second->status, "root")) {
      lines.push_back(node.url + " and " + other->second->url + " have DIFFERENT roots at height " + height +
                      ": keep both data directories and report it");
    }
  }
  return lines;
}

}  // namespace jingchu::cli
