// jingchu doctor
#include <CLI/CLI.hpp>
#include <algorithm>
#include <chrono>
#include <thread>

#include "cli/commands.h"
#include "cli/doctor_asking.h"
#include "cli/doctor_findings.h"
#include "cli/doctor_picture.h"
#include "cli/node_client.h"

namespace jingchu::cli {
namespace {

using nlohmann::ordered_json;

struct Options {
  std::vector<std::string> urls;
  std::uint32_t seconds = 5;
  NodeOptions node;
};

ordered_json as_json(const doctor::Finding& finding) {
  return {{"kind", finding.kind},
          {"severity", doctor::to_string(finding.severity)},
          {"explains_standstill", finding.explains_standstill},
          {"nodes", finding.nodes},
          {"takes_out", finding.takes_out},
          {"text", finding.text},
          {"remedy", finding.remedy},
          {"evidence", finding.evidence}};
}

ordered_json as_json(const doctor::Facts& facts, const doctor::Diagnosis& diagnosis) {
  ordered_json nodes = ordered_json::array();
  for (const auto& node : facts.nodes) {
    const doctor::Sample* sample = doctor::newest(node);
    ordered_json entry = {{"node", node.url}, {"reachable", node.last.has_value()}};
    if (sample != nullptr) {
      entry["name"] = sample->name;
      entry["chain_id"] = sample->chain_id;
      entry["height"] = sample->height;
    }
    if (!node.last) entry["error"] = node.why_away;
    nodes.push_back(std::move(entry));
  }
  ordered_json findings = ordered_json::array();
  for (const auto& finding : diagnosis.findings) findings.push_back(as_json(finding));
  const auto& figures = diagnosis.figures;
  return {{"well", diagnosis.is_well()},
          {"stands_still", diagnosis.stands_still},
          {"summary", diagnosis.summary},
          {"figures",
           {{"interval_ms", facts.interval_ms},
            {"validators", figures.validators},
            {"quorum", figures.quorum},
            {"taking_part", figures.taking_part},
            {"epoch", figures.epoch},
            {"height", figures.height},
            {"blocks", figures.blocks},
            {"clocks_apart_ms", figures.clocks_apart_ms},
            {"disk_free_bytes", figures.disk_free_bytes}}},
          {"findings", std::move(findings)},
          {"nodes", std::move(nodes)}};
}

void print_text(std::ostream& out, const doctor::Diagnosis& diagnosis) {
  out << diagnosis.summary << "\n";
  std::size_t number = 0;
  for (const auto& finding : diagnosis.findings) {
    out << "\n"
        << ++number << ". " << finding.kind << " (" << doctor::to_string(finding.severity)
        << (finding.explains_standstill ? ", explains the standstill" : "") << ")\n";
    out << "   " << finding.text << "\n";
    out << "   what to do: " << finding.remedy << "\n";
    for (const auto& line : finding.evidence) out << "   seen: " << line << "\n";
  }
}

Result<std::vector<NodeClient>> clients(const Options& options) {
  std::vector<std::string> urls = options.urls;
  if (urls.empty()) urls.push_back(options.node.url);
  std::vector<NodeClient> nodes;
  for (const std::string& url : urls) {
    NodeOptions one = options.node;
    one.url = url;
    ASSIGN_OR_RETURN(NodeClient node, NodeClient::make(one));
    const bool again =
        std::any_of(nodes.begin(), nodes.end(), [&](const NodeClient& other) { return other.url() == url; });
    if (!again) nodes.push_back(std::move(node));
  }
  return nodes;
}

Result<ExitStatus> examine(const Session& session, const Options& options) {
  ASSIGN_OR_RETURN(const auto nodes, clients(options));
  Progress progress(session);
  const auto wait = [&](std::uint64_t least_ms) {
    const std::uint64_t until_us =
        session.clock.monotonic_us() + 1'000 * std::max<std::uint64_t>(least_ms, options.seconds * 1'000ull);
    for (auto now_us = session.clock.monotonic_us(); now_us < until_us;
         now_us = session.clock.monotonic_us()) {
      const std::uint64_t left_ms = (until_us - now_us + 999) / 1'000;
      progress.show("watching whether blocks become final: " + doctor::duration(left_ms) + " to go");
      std::this_thread::sleep_for(std::chrono::milliseconds(std::min<std::uint64_t>(left_ms, 200)));
    }
  };
  const auto facts = doctor::ask_network(nodes, session.clock, wait);
  const auto diagnosis = doctor::diagnose(facts);
  if (session.json) {
    session.print_json(as_json(facts, diagnosis));
  } else {
    print_text(session.console.out, diagnosis);
  }
  if (!diagnosis.reached) return kUnreachable;
  return diagnosis.is_well() ? kOk : kRefused;
}

}  // namespace

void add_doctor_command(CLI::App& app, Session& session) {
  auto options = std::make_shared<Options>();
  options->node.request_timeout_s = 3;
  CLI::App* command = add_command(
      app, "doctor",
      "Say in plain words why a network does not progress, who is missing, and what to do about it.\n"
      "Asks every node that is named twice, some seconds apart, and compares what they say; changes "
      "nothing.\n"
      "Name all validators' APIs: what a node says of itself tells more than what its peers say of it.\n"
      "Findings come in the order in which to work on them; their kinds are stable, for programs:\n"
      "  too-few-validators validator-down validator-silent partition connection-missing clocks-apart\n"
      "  disk-full disk-low node-failed root-differs alarm-stopped not-voting wrong-genesis\n"
      "  refused-at-handshake stranger-refused slow-validator catching-up stuck-behind epoch-does-not-end\n"
      "  change-not-ready mempool-full node-unreachable not-ready own-clock standstill-unexplained\n"
      "Exit status 0: nothing that matters; 1: findings that matter; 3: no node answers",
      "  jingchu doctor --node http://10.1.0.1:8000,http://10.1.0.2:8000,http://10.1.0.3:8000\n"
      "  jingchu doctor --node http://127.0.0.1:7100 --node http://127.0.0.1:7101 --json | jq "
      ".findings[].kind");
  command
      ->add_option("--node", options->urls, "URL of a node's API; may be given again, or several with commas")
      ->envname("JINGCHU_NODE")
      ->delimiter(',');
  command->add_option("--seconds", options->seconds, "How long to watch whether blocks become final")
      ->check(CLI::Range(1, 600))
      ->capture_default_str();
  add_tls_options(command, options->node);
  add_json_flag(command, session);
  on_run(command, session, [&session, options] { return examine(session, *options); });
}

}  // namespace jingchu::cli
