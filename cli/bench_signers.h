// The keys that sign a load: those of files, and as many new members of an organization as are wanted.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "cli/chain.h"
#include "cli/session.h"
#include "common/signature.h"

namespace jingchu::cli {

struct BenchKeys {
  std::vector<PrivateKey> signers;
  std::optional<std::size_t> admin;  // the first from a file "...-admin.json"
};

// `paths` are key files, or directories of them. Error: "bad-usage" when there is none.
Result<BenchKeys> load_bench_keys(const Session& session, const std::vector<std::string>& paths,
                                  const std::string& passphrase_file);

// Makes keys until there are `count`, and has the admin add them to its organization; returns when every node
// has executed that.
Status add_bench_signers(const Session& session, const std::vector<NodeClient>& nodes, const Chain& chain,
                         BenchKeys& keys, std::size_t count);

}  // namespace jingchu::cli
