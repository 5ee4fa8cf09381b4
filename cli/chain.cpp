#include "cli/chain.h"

namespace jingchu::cli {

Result<Chain> find_chain(const Session& session, const NodeClient& node, const std::string& genesis_file) {
  ASSIGN_OR_RETURN(const std::string served, node.get("/v1/genesis"));
  if (!genesis_file.empty()) {
    ASSIGN_OR_RETURN(const Bytes expected, session.files.read(genesis_file, ledger::kGenesisBytesMax));
    if (sha256(expected) != sha256(as_bytes(served))) {
      return caller_error("wrong-network",
                          node.url() + " is on the chain " + to_hex(sha256(as_bytes(served))) +
                              ", not on that of " + genesis_file + " (" + to_hex(sha256(expected)) + ")",
                          "check --node and --genesis; nothing was sent");
    }
  }
  ASSIGN_OR_RETURN(auto genesis, ledger::parse_genesis(as_bytes(served)));
  ASSIGN_OR_RETURN(const auto status, node.get_json("/v1/status"));
  const auto height = status.find("height");
  if (height == status.end() || !height->is_number_unsigned()) {
    return peer_error("malformed-answer", node.url() + "/v1/status names no height");
  }
  return Chain{std::move(genesis), Height(height->get<std::uint64_t>())};
}

Result<Height> choose_valid_until(const Chain& chain, std::uint64_t valid_for) {
  const std::uint64_t window = chain.genesis.rules.validity_window;
  if (valid_for > window) {
    return usage_error("--valid-for " + std::to_string(valid_for) + " is beyond this network's window of " +
                       std::to_string(window) + " blocks");
  }
  return chain.height + (valid_for != 0 ? valid_for : std::max<std::uint64_t>(1, window * 9 / 10));
}

}  // namespace jingchu::cli
