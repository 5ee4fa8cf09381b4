// The pairs of keys in a home's files.
#include <strings.h>

#include <utility>

#include "node/identity.h"
#include "node/key_file.h"

namespace jingchu::node {
namespace {

// Wiped when it goes.
struct Passphrase {
  std::optional<std::string> text;
  ~Passphrase() {
    if (text) ::explicit_bzero(text->data(), text->size());
  }
};

Result<NodeKeys> read_pair(FileSystem& files, const std::string& consensus, const std::string& transport,
                           const std::optional<std::string>& passphrase) {
  NodeKeys keys;
  ASSIGN_OR_RETURN(auto transport_key, read_key_file(files, transport, passphrase));
  keys.transport = std::make_shared<const PrivateKey>(std::move(transport_key));
  if (keys.transport->public_key().algorithm != Algorithm::kEd25519) {
    return environment_error("wrong-key", "a transport key is an Ed25519 key", {}, transport);
  }
  if (consensus.empty()) return keys;
  ASSIGN_OR_RETURN(keys.consensus, read_key_file(files, consensus, passphrase));
  return keys;
}

constexpr const char* kConsensusFile = "/consensus.json";
constexpr const char* kTransportFile = "/transport.json";

std::string log_path(const Config& config, const char* name) {
  return config.path(config.data) + "/" + name;
}

// Where a key is whose promotion has begun.
std::string promoted_file(const FileSystem& files, const Config& config, const char* name,
                          const std::string& configured) {
  const std::string path = config.path(kPromotedKeysDirectory) + name;
  return files.exists(path) ? path : config.path(configured);
}

Result<NodeKeys> read_promoted(FileSystem& files, const Config& config,
                               const std::optional<std::string>& passphrase) {
  ASSIGN_OR_RETURN(auto keys,
                   read_pair(files, promoted_file(files, config, kConsensusFile, config.consensus_key),
                             promoted_file(files, config, kTransportFile, config.transport_key), passphrase));
  if (files.exists(log_path(config, kNextLogDirectory))) keys.log = kNextLogDirectory;
  keys.is_next = true;
  return keys;
}

Status remove_files(FileSystem& files, const std::string& directory) {
  if (!files.exists(directory)) return ok_status();
  ASSIGN_OR_RETURN(const auto names, files.list(directory));
  for (const auto& name : names) RETURN_IF_ERROR(files.remove(directory + "/" + name));
  return ok_status();
}

}  // namespace

Result<std::vector<NodeKeys>> read_keys(FileSystem& files, const Config& config) {
  Passphrase given;
  auto& passphrase = given.text;
  if (!config.passphrase_file.empty()) {
    ASSIGN_OR_RETURN(passphrase, read_passphrase_file(files, config.path(config.passphrase_file)));
  }
  const bool is_follower = config.consensus_key.empty();
  std::vector<NodeKeys> keys;
  if (!is_follower && files.exists(config.path(kPromotedKeysDirectory))) {
    ASSIGN_OR_RETURN(auto promoted, read_promoted(files, config, passphrase));
    keys.push_back(std::move(promoted));
    return keys;
  }
  ASSIGN_OR_RETURN(auto configured, read_pair(files, is_follower ? "" : config.path(config.consensus_key),
                                              config.path(config.transport_key), passphrase));
  keys.push_back(std::move(configured));
  const std::string directory = config.path(kNextKeysDirectory);
  if (is_follower || !files.exists(directory)) return keys;
  ASSIGN_OR_RETURN(auto next,
                   read_pair(files, directory + kConsensusFile, directory + kTransportFile, passphrase));
  next.log = kNextLogDirectory;
  next.is_next = true;
  keys.push_back(std::move(next));
  return keys;
}

Status promote_next_keys(FileSystem& files, const Config& config) {
  const std::string promoted = config.path(kPromotedKeysDirectory);
  // The moment of the change: before it nothing has happened, after it the former pair is not read any more.
  if (!files.exists(promoted)) {
    RETURN_IF_ERROR(files.rename(config.path(kNextKeysDirectory), promoted));
  }
  const std::string log = log_path(config, NodeKeys().log.c_str());
  const std::string next_log = log_path(config, kNextLogDirectory);
  if (files.exists(next_log)) {
    RETURN_IF_ERROR(remove_files(files, log));
    RETURN_IF_ERROR(files.rename(next_log, log));
  }
  for (const auto& [name, configured] :
       {std::pair(kConsensusFile, &config.consensus_key), std::pair(kTransportFile, &config.transport_key)}) {
    if (!files.exists(promoted + name)) continue;
    RETURN_IF_ERROR(files.rename(promoted + name, config.path(*configured)));
  }
  RETURN_IF_ERROR(remove_files(files, promoted));
  return files.remove(promoted);
}

}  // namespace jingchu::node
