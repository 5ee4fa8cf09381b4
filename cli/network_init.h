// Creates the directory of a new network: genesis, one home for each validator, client keys. All or nothing:
// everything is written beside the directory and moved into place at the end.
#pragma once

#include "cli/network_plan.h"
#include "cli/passphrase.h"
#include "cli/session.h"

namespace jingchu::cli {

struct CreatedNetwork {
  Hash chain_id{};
  NetworkPlan plan;
  std::vector<std::string> client_keys;  // files, below the directory; those of the operators not among them
};

// `passphrase_file` only goes into the configurations. Errors: "bad-usage", "directory-not-empty", and those
// of writing; then nothing is left behind.
Result<CreatedNetwork> create_network(const Session& session, const NetworkOptions& options,
                                      const Protection& protection, const std::string& passphrase_file);

}  // namespace jingchu::cli
