#include "cli/network_init.h"

#include <filesystem>

#include "ledger/durable_log.h"

namespace jingchu::cli {
namespace {

namespace fs = std::filesystem;

Error cannot_write(const std::string& path, const std::string& why) {
  return environment_error("cannot-write", why, "choose a directory that you may write to", path);
}

// A directory that is taken away again unless keep() moved it into place.
class Staging {
 public:
  explicit Staging(fs::path target) : target_(std::move(target)) {
    std::array<std::uint8_t, 6> random{};
    random_bytes(random);
    path_ = target_.parent_path() / ("." + target_.filename().string() + ".partial-" + to_hex(random));
  }
  ~Staging() {
    std::error_code ignored;
    if (!kept_) fs::remove_all(path_, ignored);
  }
  Staging(const Staging&) = delete;
  Staging& operator=(const Staging&) = delete;

  const fs::path& path() const { return path_; }
  Status keep() {
    std::error_code code;
    fs::rename(path_, target_, code);  // takes the place of an empty directory
    if (code) return cannot_write(target_.string(), code.message());
    kept_ = true;
    return ok_status();
  }

 private:
  fs::path target_;
  fs::path path_;
  bool kept_ = false;
};

Result<fs::path> free_directory(const std::string& given) {
  std::error_code code;
  fs::path path = fs::absolute(given, code).lexically_normal();
  if (!path.has_filename()) path = path.parent_path();
  if (code || !path.has_filename()) return usage_error("--dir: \"" + given + "\" names no directory");
  const bool exists = fs::exists(path, code);
  if (exists && (!fs::is_directory(path, code) || !fs::is_empty(path, code))) {
    return caller_error("directory-not-empty", "there is something in it already, and nothing is overwritten",
                        "choose another --dir, or remove this one if its network is not needed",
                        path.string());
  }
  return path;
}

struct GeneratedKeys {
  std::vector<std::pair<PrivateKey, PrivateKey>> validators;     // consensus, transport
  std::vector<std::pair<PrivateKey, PrivateKey>> organizations;  // admin, submitter
};

GeneratedKeys generate_keys(const NetworkOptions& options, const NetworkPlan& plan) {
  GeneratedKeys keys;
  for (std::size_t i = 0; i < plan.validators.size(); ++i) {
    keys.validators.emplace_back(PrivateKey::generate(options.consensus_algorithm),
                                 PrivateKey::generate(Algorithm::kEd25519));
  }
  for (std::size_t i = 0; i < plan.organizations.size(); ++i) {
    keys.organizations.emplace_back(PrivateKey::generate(Algorithm::kEd25519),
                                    PrivateKey::generate(Algorithm::kEd25519));
  }
  return keys;
}

// Writes everything below `root`. Encrypting takes about a second a key, hence the progress.
class Writer {
 public:
  Writer(const Session& session, fs::path root, const Protection& protection, std::size_t keys)
      : session_(session), root_(std::move(root)), protection_(protection), keys_(keys), progress_(session) {}

  Status directory(const fs::path& name) { return session_.files.make_directories((root_ / name).string()); }
  Status text(const fs::path& name, const std::string& content) {
    return session_.files.write_atomically((root_ / name).string(), as_bytes(content), 0644);
  }
  Status key(const fs::path& name, const PrivateKey& key) {
    progress_.show("writing key " + std::to_string(++written_) + " of " + std::to_string(keys_));
    return node::write_key_file(session_.files, (root_ / name).string(), key, protection_.protection,
                                protection_.passphrase);
  }
  Status log(const fs::path& name, const consensus::KeyRecord& record) {
    return ledger::DurableLog::create(session_.files, (root_ / name).string(), record);
  }

 private:
  const Session& session_;
  fs::path root_;
  const Protection& protection_;
  std::size_t keys_;
  std::size_t written_ = 0;
  Progress progress_;
};

Status write_home(Writer& writer, const ValidatorPlan& validator,
                  const std::pair<PrivateKey, PrivateKey>& keys, const std::string& genesis,
                  const Hash& chain_id, const std::string& passphrase_file) {
  const fs::path home = validator.name;
  RETURN_IF_ERROR(writer.directory(home / "keys"));
  RETURN_IF_ERROR(writer.directory(home / "data" / "log"));
  RETURN_IF_ERROR(writer.text(home / "genesis.json", genesis));
  RETURN_IF_ERROR(writer.text(home / "jingchud.toml", make_configuration(validator, passphrase_file)));
  RETURN_IF_ERROR(writer.key(home / "keys" / "consensus.json", keys.first));
  RETURN_IF_ERROR(writer.key(home / "keys" / "transport.json", keys.second));
  return writer.log(home / "data" / "log", {chain_id, keys.first.public_key()});
}

Result<std::vector<std::string>> write_clients(Writer& writer, const NetworkPlan& plan,
                                               const GeneratedKeys& keys) {
  std::vector<std::string> names;
  RETURN_IF_ERROR(writer.directory("clients"));
  for (std::size_t i = 0; i < plan.organizations.size(); ++i) {
    const std::string begin = "clients/" + plan.organizations[i].id;
    RETURN_IF_ERROR(writer.key(begin + "-admin.json", keys.organizations[i].first));
    RETURN_IF_ERROR(writer.key(begin + "-submitter.json", keys.organizations[i].second));
    names.insert(names.end(), {begin + "-admin.json", begin + "-submitter.json"});
  }
  return names;
}

Result<std::string> genesis_text(const NetworkOptions& options, const NetworkPlan& plan,
                                 const GeneratedKeys& keys, std::uint64_t time_ms) {
  std::vector<ValidatorKeys> validators;
  for (const auto& [consensus, transport] : keys.validators) {
    validators.push_back({consensus.public_key(), transport.public_key()});
  }
  std::vector<OrganizationKeys> clients;
  for (const auto& [admin, submitter] : keys.organizations) {
    clients.push_back({admin.public_key(), submitter.public_key()});
  }
  return ledger::write_genesis(make_genesis(options, plan, validators, clients, time_ms));
}

}  // namespace

Result<CreatedNetwork> create_network(const Session& session, const NetworkOptions& options,
                                      const Protection& protection, const std::string& passphrase_file) {
  CreatedNetwork created;
  ASSIGN_OR_RETURN(created.plan, plan_network(options));
  ASSIGN_OR_RETURN(const fs::path target, free_directory(options.directory));
  const GeneratedKeys keys = generate_keys(options, created.plan);
  ASSIGN_OR_RETURN(const std::string genesis,
                   genesis_text(options, created.plan, keys, session.clock.wall_ms()));
  // What the nodes are going to read must be acceptable to them before anything is written.
  ASSIGN_OR_RETURN(const ledger::Genesis parsed, ledger::parse_genesis(as_bytes(genesis)));
  created.chain_id = parsed.chain_id;

  std::error_code code;
  fs::create_directories(target.parent_path(), code);
  if (code) return cannot_write(target.parent_path().string(), code.message());
  Staging staging(target);
  const std::size_t key_count = 2 * (keys.validators.size() + keys.organizations.size());
  Writer writer(session, staging.path(), protection, key_count);
  RETURN_IF_ERROR(writer.directory("."));
  RETURN_IF_ERROR(writer.text("genesis.json", genesis));
  for (std::size_t i = 0; i < created.plan.validators.size(); ++i) {
    RETURN_IF_ERROR(write_home(writer, created.plan.validators[i], keys.validators[i], genesis,
                               created.chain_id, passphrase_file));
  }
  ASSIGN_OR_RETURN(created.client_keys, write_clients(writer, created.plan, keys));
  RETURN_IF_ERROR(staging.keep());
  return created;
}

}  // namespace jingchu::cli
