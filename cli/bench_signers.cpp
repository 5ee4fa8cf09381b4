#include "cli/bench_signers.h"

#include <chrono>
#include <filesystem>
#include <thread>

#include "cli/passphrase.h"
#include "cli/send_transaction.h"
#include "ledger/transaction_json.h"

namespace jingchu::cli {
namespace {

constexpr std::size_t kMembersOfBundle = 64;
constexpr std::uint64_t kTimeoutMs = 60'000;

Result<std::vector<std::string>> key_files(const Session& session, const std::vector<std::string>& paths) {
  std::vector<std::string> found;
  for (const std::string& path : paths) {
    std::error_code code;
    if (!std::filesystem::is_directory(path, code)) {
      found.push_back(path);
      continue;
    }
    ASSIGN_OR_RETURN(const auto names, session.files.list(path));
    for (const std::string& name : names) {
      const bool is_operator = name.ends_with("-operator.json");  // governs, and sends no records
      if (name.ends_with(".json") && !is_operator) found.push_back(path + "/" + name);
    }
  }
  return found;
}

// One bundle that adds keys first..last to the admin's organization; returns the height of its execution.
Result<std::uint64_t> add_members(const Session& session, const NodeClient& node, const Chain& chain,
                                  const PrivateKey& admin, std::span<const PrivateKey> members,
                                  Progress& progress) {
  ledger::Transaction transaction;
  transaction.chain_id = chain.genesis.chain_id;
  random_bytes(transaction.nonce);
  ASSIGN_OR_RETURN(const Chain now, find_chain(session, node, {}));
  ASSIGN_OR_RETURN(transaction.valid_until, choose_valid_until(now, 0));
  for (const PrivateKey& member : members) {
    const nlohmann::ordered_json payload = {
        {"key", to_string(member.public_key())}, {"name", "bench"}, {"roles", {"submitter"}}};
    transaction.calls.push_back({"identity", "add-member", to_bytes(payload.dump())});
  }
  ledger::sign(transaction, admin);
  ASSIGN_OR_RETURN(const Submitted submitted,
                   submit(make_transport(session, node, progress),
                          {ledger::transaction_to_json(transaction), ledger::transaction_id(transaction),
                           transaction.valid_until, true, kTimeoutMs}));
  if (submitted.all_ok()) return submitted.height;
  const std::string why = submitted.receipts.empty() ? "it expired" : submitted.receipts.front().message;
  return caller_error("no-signers", "the members for the load could not be added: " + why,
                      "name a key file of an admin, like net/clients/wuhan-court-admin.json, in --keys");
}

Status wait_for_height(const Session& session, const NodeClient& node, std::uint64_t height,
                       Progress& progress) {
  const std::uint64_t deadline_us = session.clock.monotonic_us() + kTimeoutMs * 1000;
  while (session.clock.monotonic_us() < deadline_us) {
    ASSIGN_OR_RETURN(const auto status, node.get_json("/v1/status"));
    if (status.is_object() && status.value("height", std::uint64_t{0}) >= height) return ok_status();
    progress.show("waiting for " + node.url() + " to reach height " + std::to_string(height));
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
  }
  return environment_error("node-behind", node.url() + " does not reach height " + std::to_string(height),
                           "see `jingchu status`; leave the node out of --nodes");
}

}  // namespace

Result<BenchKeys> load_bench_keys(const Session& session, const std::vector<std::string>& paths,
                                  const std::string& passphrase_file) {
  BenchKeys keys;
  ASSIGN_OR_RETURN(const auto files, key_files(session, paths));
  Progress progress(session);
  for (const std::string& file : files) {
    progress.show("opening " + file);
    ASSIGN_OR_RETURN(PrivateKey key, open_key(session, file, passphrase_file));
    if (!keys.admin && file.ends_with("-admin.json")) keys.admin = keys.signers.size();
    keys.signers.push_back(std::move(key));
  }
  if (keys.signers.empty())
    return usage_error("--keys names no key file", "give the clients directory of the network");
  return keys;
}

Status add_bench_signers(const Session& session, const std::vector<NodeClient>& nodes, const Chain& chain,
                         BenchKeys& keys, std::size_t count) {
  if (keys.signers.size() >= count) {
    keys.signers.erase(keys.signers.begin() + static_cast<std::ptrdiff_t>(count), keys.signers.end());
    return ok_status();
  }
  if (!keys.admin) {
    return usage_error("--signers " + std::to_string(count) +
                       " needs an admin to add members, and no file of --keys "
                       "ends in -admin.json");
  }
  std::vector<PrivateKey> added;
  while (keys.signers.size() + added.size() < count)
    added.push_back(PrivateKey::generate(Algorithm::kEd25519));
  Progress progress(session);
  std::uint64_t height = 0;
  const std::size_t step = std::min<std::size_t>(kMembersOfBundle, chain.genesis.rules.transaction.calls_max);
  for (std::size_t first = 0; first < added.size(); first += step) {
    progress.show("added " + std::to_string(first) + " of " + std::to_string(added.size()) + " signers");
    const auto part = std::span<const PrivateKey>(added).subspan(first, std::min(step, added.size() - first));
    ASSIGN_OR_RETURN(height,
                     add_members(session, nodes.front(), chain, keys.signers[*keys.admin], part, progress));
  }
  for (const NodeClient& node : nodes) RETURN_IF_ERROR(wait_for_height(session, node, height, progress));
  for (PrivateKey& key : added) keys.signers.push_back(std::move(key));
  return ok_status();
}

}  // namespace jingchu::cli
