// jingchu query, jingchu transaction, jingchu block
#include <CLI/CLI.hpp>

#include "cli/commands.h"
#include "cli/query_target.h"
#include "cli/send_transaction.h"

namespace jingchu::cli {
namespace {

using nlohmann::json;

struct Options {
  std::string subject;  // a path, an id or a height
  NodeOptions node;
};

void print_body(const Session& session, const std::string& body) {
  session.console.out << (session.json ? body : indent_json(body)) << "\n";
}

Result<ExitStatus> query(const Session& session, const Options& options) {
  ASSIGN_OR_RETURN(const std::string target, query_target(options.subject));
  ASSIGN_OR_RETURN(const NodeClient node, NodeClient::make(options.node));
  ASSIGN_OR_RETURN(const std::string body, node.get(target));
  print_body(session, body);
  return kOk;
}

// 4 while it is not known what becomes of it, which a script must not take for a failure.
ExitStatus verdict(const Submitted& submitted) {
  if (submitted.state == SubmissionState::kReceived) return kUnknownOutcome;
  return submitted.all_ok() ? kOk : kRefused;
}

Result<ExitStatus> transaction(const Session& session, const Options& options) {
  if (!array_from_hex<32>(options.subject)) return usage_error("a transaction id is 64 hexadecimal digits");
  ASSIGN_OR_RETURN(const NodeClient node, NodeClient::make(options.node));
  ASSIGN_OR_RETURN(const std::string body, node.get("/v1/transactions/" + options.subject));
  ASSIGN_OR_RETURN(const Submitted submitted, parse_submitted(body));
  if (session.json) {
    session.console.out << body << "\n";
    return verdict(submitted);
  }
  const json answer = json::parse(body, nullptr, false);
  const std::string status = answer.value("status", std::string());
  std::ostream& out = session.console.out;
  out << status;
  if (submitted.state == SubmissionState::kFinal) out << " at height " << submitted.height;
  out << "\n";
  for (const CallReceipt& receipt : submitted.receipts) print_receipt(out, receipt, {});
  if (status == "unknown") {
    session.note(
        "this node does not know it: it may never have arrived, or a crash lost it before it was final;\n"
        "sending the same bytes again is safe");
  }
  return verdict(submitted);
}

std::string text_of(const json& value) {
  return value.is_string() ? value.get<std::string>() : value.dump();
}

Result<ExitStatus> block(const Session& session, const Options& options) {
  const bool is_height = options.subject.find_first_not_of("0123456789") == std::string::npos;
  if (options.subject != "latest" && !is_height)
    return usage_error("a block is named by its height, or \"latest\"");
  ASSIGN_OR_RETURN(const NodeClient node, NodeClient::make(options.node));
  ASSIGN_OR_RETURN(const std::string body, node.get("/v1/blocks/" + options.subject));
  const json answer = json::parse(body, nullptr, false);
  if (session.json || !answer.is_object()) {
    session.console.out << body << "\n";
    return kOk;
  }
  std::ostream& out = session.console.out;
  for (const char* name : {"height", "hash", "executed_root", "state_root", "entities_root", "state_checksum",
                           "receipts_root", "history_root"}) {
    if (answer.contains(name)) out << name << "  " << text_of(answer[name]) << "\n";
  }
  const json header = answer.value("header", json::object());
  for (const char* name : {"epoch", "view", "time_ms", "parent_hash"}) {
    if (header.contains(name)) out << name << "  " << text_of(header[name]) << "\n";
  }
  const json transactions = answer.value("transactions", json::array());
  out << "transactions  " << transactions.size() << "\n";
  for (const json& id : transactions) out << "  " << text_of(id) << "\n";
  return kOk;
}

void add_one(CLI::App& app, Session& session, const char* name, const char* argument,
             const char* argument_help, const char* description, const char* example,
             Result<ExitStatus> (*action)(const Session&, const Options&)) {
  auto options = std::make_shared<Options>();
  CLI::App* command = add_command(app, name, description, example);
  command->add_option(argument, options->subject, argument_help)->required();
  add_node_options(command, options->node);
  add_json_flag(command, session);
  on_run(command, session, [&session, options, action] { return action(session, *options); });
}

}  // namespace

void add_query_commands(CLI::App& app, Session& session) {
  add_one(app, session, "query", "path", "What follows /v1/ in the API; /openapi.json of a node lists all",
          "Read records; prints the node's answer",
          "  jingchu query provenance/epcs/urn:epc:id:sgtin:6901234.000001.7/events\n"
          "  jingchu query evidence/by-hash/9f86d0... --json\n"
          "  jingchu query 'identity/organizations?limit=5' --node http://127.0.0.1:7101",
          query);
  add_one(
      app, session, "transaction", "id", "The id that submitting printed",
      "What became of a transaction. Exit status 0: final and ok; 1: refused or expired; 4: not known yet",
      "  jingchu transaction 3f2a9c... --node http://127.0.0.1:7101", transaction);
  add_one(app, session, "block", "height", "A height, or \"latest\"", "Show a block",
          "  jingchu block latest\n  jingchu block 42 --json", block);
}

}  // namespace jingchu::cli
