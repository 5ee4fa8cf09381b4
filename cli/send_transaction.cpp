#include "cli/send_transaction.h"

#include <CLI/CLI.hpp>
#include <chrono>
#include <thread>

#include "cli/chain.h"
#include "ledger/transaction_json.h"

namespace jingchu::cli {
namespace {

using nlohmann::ordered_json;

std::string_view state_name(SubmissionState state) {
  switch (state) {
    case SubmissionState::kReceived:
      return "pending";
    case SubmissionState::kFinal:
      return "final";
    case SubmissionState::kExpired:
      return "expired";
  }
  return "unknown";
}

ordered_json as_json(const Hash& id, const Submitted& submitted, const ExtraFields& extra) {
  ordered_json answer = {{"id", to_hex(id)}, {"status", state_name(submitted.state)}};
  if (submitted.state == SubmissionState::kFinal) {
    answer["height"] = submitted.height;
    answer["receipts"] = ordered_json::array();
    for (const CallReceipt& receipt : submitted.receipts) {
      answer["receipts"].push_back({{"call_index", receipt.index},
                                    {"code", receipt.code},
                                    {"message", receipt.message},
                                    {"where", receipt.where},
                                    {"cost", receipt.cost},
                                    {"events", ordered_json::parse(receipt.events_json, nullptr, false)}});
    }
  }
  answer.update(extra);
  return answer;
}

void print_text(const Session& session, const ledger::Transaction& transaction, const Hash& id,
                const Submitted& submitted) {
  std::ostream& out = session.console.out;
  out << to_hex(id) << "\n";
  if (submitted.state == SubmissionState::kReceived) {
    session.note("received, which is not yet durable; `jingchu transaction " + to_hex(id) +
                 "` tells when it is final (--wait waits for it)");
    return;
  }
  if (submitted.state == SubmissionState::kFinal) out << "final at height " << submitted.height << "\n";
  for (const CallReceipt& receipt : submitted.receipts) {
    const bool known = receipt.index < transaction.calls.size();
    const ledger::Call call = known ? transaction.calls[receipt.index] : ledger::Call{};
    print_receipt(out, receipt, call.contract + "/" + call.method);
  }
}

Result<ExitStatus> verdict(const Submitted& submitted) {
  if (submitted.state == SubmissionState::kReceived || submitted.all_ok()) return kOk;
  if (submitted.state == SubmissionState::kExpired) {
    return caller_error("expired", "the transaction did not execute before its last height, and never will",
                        "submit it anew");
  }
  return kRefused;
}

Result<ledger::Transaction> build(const Chain& chain, const SendOptions& options, const PrivateKey& key,
                                  std::vector<ledger::Call> calls) {
  ledger::Transaction transaction;
  transaction.chain_id = chain.genesis.chain_id;
  random_bytes(transaction.nonce);
  ASSIGN_OR_RETURN(transaction.valid_until, choose_valid_until(chain, options.valid_for));
  transaction.on_error =
      options.on_error == "proceed" ? ledger::OnError::kProceed : ledger::OnError::kRollback;
  transaction.calls = std::move(calls);
  ledger::sign(transaction, key);
  RETURN_IF_ERROR(ledger::check_static(transaction, chain.genesis.chain_id, chain.genesis.rules.transaction));
  return transaction;
}

}  // namespace

Transport make_transport(const Session& session, const NodeClient& node, Progress& progress) {
  return {[&node](const auto& method, const auto& target, const auto& body, std::uint64_t timeout_ms) {
            return node.send(method, target, body, timeout_ms);
          },
          [&session] { return session.clock.monotonic_us() / 1000; },
          [](std::uint64_t ms) { std::this_thread::sleep_for(std::chrono::milliseconds(ms)); },
          [&progress](const std::string& line) { progress.show(line); }};
}

void print_receipt(std::ostream& out, const CallReceipt& receipt, const std::string& name) {
  out << "  call " << receipt.index << "  " << name << (name.empty() ? "" : "  ") << receipt.code;
  if (!receipt.where.empty()) out << " at " << receipt.where;
  if (!receipt.message.empty()) out << ": " << receipt.message;
  out << "  (cost " << receipt.cost << ")\n";
}

void add_send_options(CLI::App* command, SendOptions& options) {
  command->add_option("--key", options.key_file, "Key file of the sender")->required();
  command->add_option("--passphrase-file", options.passphrase_file,
                      "Take the key's passphrase from the first line of this file instead of asking");
  add_node_options(command, options.node);
  command->add_option("--genesis", options.genesis_file,
                      "Send only if the node is on the chain of this file");
  command->add_flag("--wait", options.wait, "Wait for the final receipt: only that acknowledges");
  command
      ->add_option("--timeout", options.timeout_s,
                   "Seconds to go on for: waiting, and sending again to a busy or lost node")
      ->check(CLI::Range(1, 86400))
      ->capture_default_str();
  command
      ->add_option("--on-error", options.on_error,
                   "What a failing call undoes: the whole transaction (rollback) or itself (proceed)")
      ->check(CLI::IsMember({"rollback", "proceed"}))
      ->capture_default_str();
  command->add_option("--valid-for", options.valid_for,
                      "Blocks within which it may execute; default: nine tenths of what the network allows");
}

Result<ExitStatus> send_transaction(const Session& session, const SendOptions& options, const PrivateKey& key,
                                    std::vector<ledger::Call> calls, const ExtraFields& extra) {
  ASSIGN_OR_RETURN(const NodeClient node, NodeClient::make(options.node));
  ASSIGN_OR_RETURN(const Chain chain, find_chain(session, node, options.genesis_file));
  ASSIGN_OR_RETURN(const ledger::Transaction transaction, build(chain, options, key, std::move(calls)));
  const Hash id = ledger::transaction_id(transaction);
  Progress progress(session);
  ASSIGN_OR_RETURN(const Submitted submitted,
                   submit(make_transport(session, node, progress),
                          {ledger::transaction_to_json(transaction), id, transaction.valid_until,
                           options.wait, options.timeout_s * 1000}));
  if (session.json) {
    session.print_json(as_json(id, submitted, extra));
  } else {
    print_text(session, transaction, id, submitted);
  }
  return verdict(submitted);
}

}  // namespace jingchu::cli
