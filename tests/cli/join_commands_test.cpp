// jingchu network join and rotate: homes and next keys that a node takes.
#include "cli/exit_status.h"
#include "ledger/durable_log.h"
#include "node/config.h"
#include "node/identity.h"
#include "node/key_file.h"
#include "tests/cli/governed_network.h"
#include "tests/support/forwarding_files.h"

#include <doctest/doctest.h>

namespace jingchu::cli {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

struct Joining {
  Joining() {
    REQUIRE_EQ(
        run_command({"network", "init", "--validators", "a,b,c,d", "--dir", net, "--plain-keys"}).status,
        kOk);
  }
  std::vector<std::string> arguments(std::vector<std::string> more = {}) const {
    std::vector<std::string> all = {"network", "join", "--genesis", net + "/genesis.json",
                                    "--name",  "e",    "--address", "127.0.0.1:7009",
                                    "--dir",   home,   "--api",     "127.0.0.1:7109"};
    all.insert(all.end(), more.begin(), more.end());
    return all;
  }
  Ran join(std::vector<std::string> more = {"--plain-keys", "--operator", "a"}) const {
    return run_command(arguments(std::move(more)));
  }
  Ran rotate(const std::string& at, std::vector<std::string> more = {}) const {
    more.insert(more.begin(), {"network", "rotate", "--home", at});
    return run_command(std::move(more));
  }
  Hash chain_id() const { return sha256(as_bytes(read_file(net + "/genesis.json"))); }
  std::vector<node::NodeKeys> keys(const std::string& at) const {
    return node::read_keys(system_files(), node::load_config(system_files(), at).value()).value();
  }
  // Whose log a directory of a home holds.
  std::string log_key(const std::string& log) const {
    const auto found = ledger::DurableLog::find(system_files(), log, chain_id()).value();
    return to_string(std::get<consensus::KeyRecord>(found.records.front()).consensus_key);
  }

  Directory directory;
  std::string net = directory.path("net");
  std::string home = directory.path("e");
};

TEST_CASE("network join: a home that a node takes, and the description that a proposal takes") {
  const Joining given;
  const Ran joined = given.join();
  REQUIRE_EQ(joined.status, kOk);
  CHECK(joined.error.find("nobody could vote") == std::string::npos);
  const auto config = node::load_config(system_files(), given.home);
  REQUIRE(config.ok());
  CHECK_EQ(config->name, "e");
  CHECK_EQ(node::to_string(config->peer_listen), "127.0.0.1:7009");
  CHECK_EQ(node::to_string(config->api_listen), "127.0.0.1:7109");
  CHECK_EQ(read_file(given.home + "/genesis.json"), read_file(given.net + "/genesis.json"));
  const auto keys = given.keys(given.home);
  REQUIRE_EQ(keys.size(), 1u);
  const json described = json::parse(read_file(given.home + "/validator.json"));
  CHECK_EQ(described, json({{"name", "e"},
                            {"division", ""},
                            {"operator_id", "a"},
                            {"consensus_key", to_string(keys[0].consensus->public_key())},
                            {"transport_key", to_string(keys[0].transport->public_key())},
                            {"address", "127.0.0.1:7009"}}));
  CHECK_EQ(given.log_key(given.home + "/data/log"), described.at("consensus_key"));
  CHECK_EQ(system_files().mode(given.home + "/keys/consensus.json").value(), 0600u);
  GovernedNetwork network;
  REQUIRE_EQ(network.run_as("a", {"propose", "--add", given.home + "/validator.json"}).status, kOk);
  CHECK_EQ(network.apply(), "ok");
}

TEST_CASE("network join: the operator is the organization of its name unless one is given; keys may be SM2") {
  const Joining given;
  const Ran ran = given.join({"--plain-keys", "--algorithm", "sm2", "--division", "420700", "--json"});
  REQUIRE_EQ(ran.status, kOk);
  CHECK_EQ(ran.json().at("operator_id"), "e");
  CHECK(ran.error.find("genesis has no organization \"e\"") != std::string::npos);
  CHECK_EQ(ran.json().at("division"), "420700");
  CHECK(ran.json().at("consensus_key").get<std::string>().starts_with("sm2:"));
  CHECK(ran.json().at("transport_key").get<std::string>().starts_with("ed25519:"));
}

TEST_CASE("network join: what cannot be leaves nothing behind, and nothing is overwritten") {
  const Joining given;
  const auto before = [&] { return fs::exists(given.home); };
  CHECK_EQ(run_command({"network", "join", "--genesis", given.directory.path("none.json"), "--name", "e",
                        "--address", "127.0.0.1:7009", "--dir", given.home, "--plain-keys"})
               .status,
           kLocal);
  const std::string broken = given.directory.write("broken.json", "{}");
  const Ran ran = run_command({"network", "join", "--genesis", broken, "--name", "e", "--address",
                               "127.0.0.1:7009", "--dir", given.home, "--plain-keys"});
  CHECK_EQ(ran.status, kLocal);
  CHECK(ran.error.find(broken) != std::string::npos);
  CHECK_NE(given.join({"--plain-keys", "--api", "nowhere"}).status, kOk);
  CHECK_EQ(given.join({"--plain-keys", "--algorithm", "rsa"}).status, kUsage);
  const Ran division = given.join({"--plain-keys", "--division", "Ezhou"});
  CHECK_EQ(division.status, kUsage);
  CHECK(
      division.error.find("the chain would refuse this validator: division: expected a code of GB/T 2260") !=
      std::string::npos);
  CHECK_EQ(given.join({"--plain-keys", "--operator", "Wuhan"}).status, kUsage);
  CHECK_FALSE(before());
  REQUIRE_EQ(given.join().status, kOk);
  const std::string key = read_file(given.home + "/keys/consensus.json");
  CHECK(given.join().error.find("directory-not-empty") != std::string::npos);
  CHECK_EQ(read_file(given.home + "/keys/consensus.json"), key);
}

TEST_CASE("network rotate: next keys with their log, beside those in use, once") {
  const Joining given;
  const std::string home = given.net + "/b";
  const auto former = given.keys(home);
  const Ran ran = given.rotate(home, {"--json"});
  REQUIRE_EQ(ran.status, kOk);
  const auto keys = given.keys(home);
  REQUIRE_EQ(keys.size(), 2u);
  CHECK(keys[0].consensus->public_key() == former[0].consensus->public_key());
  CHECK(keys[1].is_next);
  CHECK_EQ(ran.json().at("consensus_key"), to_string(keys[1].consensus->public_key()));
  CHECK_EQ(ran.json().at("transport_key"), to_string(keys[1].transport->public_key()));
  CHECK_EQ(given.log_key(home + "/data/" + keys[1].log), to_string(keys[1].consensus->public_key()));
  CHECK_EQ(given.log_key(home + "/data/log"), to_string(keys[0].consensus->public_key()));
  CHECK_EQ(given.rotate(home).status, kRefused);
  CHECK(given.rotate(home).error.find("next-keys-exist") != std::string::npos);
  REQUIRE(node::promote_next_keys(system_files(), node::load_config(system_files(), home).value()).ok());
  CHECK_EQ(given.log_key(home + "/data/log"), to_string(keys[1].consensus->public_key()));
  CHECK_EQ(given.rotate(home).status, kOk);
}

TEST_CASE("network rotate: neither during a promotion nor for a follower") {
  const Joining given;
  const std::string home = given.net + "/b";
  fs::create_directory(home + "/keys/promoted");
  CHECK(given.rotate(home).error.find("keys/promoted") != std::string::npos);
  fs::remove(home + "/keys/promoted");
  const std::string file = home + "/jingchud.toml";
  std::string text = read_file(file);
  const std::string key = "\"keys/consensus.json\"";
  text.replace(text.find(key), key.size(), "\"\"");
  REQUIRE(system_files().write_atomically(file, as_bytes(text), 0644).ok());
  CHECK(given.rotate(home).error.find("no-consensus-key") != std::string::npos);
  CHECK_FALSE(fs::exists(home + "/keys/next"));
  CHECK_FALSE(fs::exists(home + "/data/next-log"));
}

TEST_CASE("network rotate: keys as well protected as the present ones") {
  const Joining given;
  const std::string passphrase = given.directory.write("node.pass", "a passphrase\n");
  REQUIRE_EQ(given.join({"--passphrase-file", passphrase}).status, kOk);
  REQUIRE_EQ(given.rotate(given.home).status, kOk);
  for (const char* name : {"consensus", "transport"}) {
    const json file = json::parse(read_file(given.home + "/keys/next/" + name + ".json"));
    CHECK_EQ(file.at("protection"), "argon2id-secretbox");
  }
  CHECK_EQ(given.keys(given.home).size(), 2u);
}

TEST_CASE("network rotate: a disk that is full in the middle leaves no half of a pair") {
  const Joining given;
  const std::string home = given.net + "/b";
  struct FailingFiles final : test::ForwardingFiles {
    int writes_left = 1;
    Status write_atomically(const std::string& path, ByteView bytes, unsigned mode) override {
      if (writes_left-- == 0) return environment_error("disk-full", "no space left on device", {}, path);
      return ForwardingFiles::write_atomically(path, bytes, mode);
    }
  } files;
  std::ostringstream out;
  std::ostringstream error;
  Session session{{out, error}, files, system_clock(), false, {}};
  CHECK_EQ(run({"network", "rotate", "--home", home}, session), kLocal);
  CHECK_FALSE(fs::exists(home + "/keys/next"));
  CHECK_EQ(given.keys(home).size(), 1u);
}

}  // namespace
}  // namespace jingchu::cli
