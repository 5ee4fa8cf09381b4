// jingchu status
#include <CLI/CLI.hpp>

#include "cli/commands.h"
#include "cli/node_client.h"
#include "cli/status_table.h"

namespace jingchu::cli {
namespace {

struct Options {
  std::vector<std::string> urls;
  NodeOptions node;
};

nlohmann::ordered_json as_json(const std::vector<NodeStatus>& nodes,
                               const std::vector<std::string>& problems) {
  nlohmann::ordered_json list = nlohmann::ordered_json::array();
  for (const NodeStatus& node : nodes) {
    nlohmann::ordered_json entry = {{"node", node.url}, {"reachable", node.status.ok()}};
    if (node.status.ok()) {
      entry["status"] = *node.status;
    } else {
      entry["error"] = node.status.error().what;
    }
    list.push_back(std::move(entry));
  }
  return {{"nodes", list}, {"problems", problems}};
}

Result<NodeStatus> ask(NodeOptions options, const std::string& url) {
  options.url = url;
  ASSIGN_OR_RETURN(const NodeClient node, NodeClient::make(options));
  return NodeStatus{url, node.get_json("/v1/status")};
}

Result<ExitStatus> status(const Session& session, const Options& options) {
  std::vector<std::string> urls = options.urls;
  if (urls.empty()) urls.push_back(options.node.url);
  std::vector<NodeStatus> nodes;
  Progress progress(session);
  for (const std::string& url : urls) {
    progress.show("asking " + url);
    ASSIGN_OR_RETURN(NodeStatus answer, ask(options.node, url));
    nodes.push_back(std::move(answer));
  }
  const auto problems = disagreements(nodes);
  if (session.json) {
    session.print_json(as_json(nodes, problems));
  } else {
    session.console.out << status_table(nodes);
  }
  for (const std::string& problem : problems) session.note("problem: " + problem);
  if (!problems.empty()) return kRefused;
  bool all_reached = true;
  for (const NodeStatus& node : nodes) {
    if (node.status.ok()) continue;
    all_reached = false;
    session.note(node.url + ": " + node.status.error().what);
  }
  return all_reached ? kOk : kUnreachable;
}

}  // namespace

void add_status_command(CLI::App& app, Session& session) {
  auto options = std::make_shared<Options>();
  CLI::App* command =
      add_command(app, "status",
                  "Show nodes side by side. Exit status 1 when two differ at one height or one has stopped, "
                  "3 when one is away",
                  "  jingchu status\n"
                  "  jingchu status --node http://127.0.0.1:7100 --node http://127.0.0.1:7101 --json");
  command
      ->add_option("--node", options->urls, "URL of a node's API; may be given again, or several with commas")
      ->envname("JINGCHU_NODE")
      ->delimiter(',');
  add_tls_options(command, options->node);
  add_json_flag(command, session);
  on_run(command, session, [&session, options] { return status(session, *options); });
}

}  // namespace jingchu::cli
