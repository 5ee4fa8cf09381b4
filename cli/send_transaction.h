// The common end of `submit` and `deposit`: sign calls, send them, and say what became of them.
#pragma once

#include "cli/node_client.h"
#include "cli/session.h"
#include "cli/submission.h"
#include "ledger/transaction.h"

namespace jingchu::cli {

struct SendOptions {
  NodeOptions node;
  std::string key_file;
  std::string passphrase_file;
  std::string genesis_file;
  bool wait = false;
  std::uint64_t timeout_s = 60;
  std::string on_error = "rollback";
  std::uint64_t valid_for = 0;  // blocks; 0: as choose_valid_until has it
};

void add_send_options(CLI::App* command, SendOptions& options);

// Over `node`, all of which outlive it.
Transport make_transport(const Session& session, const NodeClient& node, Progress& progress);

// One line; `name` is that of the call, or empty.
void print_receipt(std::ostream& out, const CallReceipt& receipt, const std::string& name);

// Fields that the answer in JSON carries beside those of the transaction.
using ExtraFields = nlohmann::ordered_json;

Result<ExitStatus> send_transaction(const Session& session, const SendOptions& options, const PrivateKey& key,
                                    std::vector<ledger::Call> calls,
                                    const ExtraFields& extra = ExtraFields::object());

}  // namespace jingchu::cli
