// Where the passphrase of a key file comes from: a file of the owner's, or somebody at the terminal.
#pragma once

#include <optional>
#include <string>

#include "cli/session.h"
#include "common/signature.h"
#include "node/key_file.h"

namespace jingchu::cli {

struct Protection {
  node::KeyProtection protection = node::KeyProtection::kPlain;
  std::string passphrase;
};

// For new keys: plain only if asked for explicitly; else from the file, else asked twice. "bad-usage" when
// there is neither a file nor a terminal, or both a file and `plain`.
Result<Protection> choose_protection(const Session& session, const std::string& passphrase_file, bool plain);

// Opens a key file; asks at the terminal when it is encrypted and no file is given.
Result<PrivateKey> open_key(const Session& session, const std::string& path,
                            const std::string& passphrase_file);

// Asks at the terminal, without echo.
Result<std::string> ask_passphrase(const Session& session, const std::string& prompt);

}  // namespace jingchu::cli
