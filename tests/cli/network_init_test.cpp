#include "cli/exit_status.h"
#include "cli/hubei_divisions.h"
#include "cli/network_plan.h"
#include "ledger/durable_log.h"
#include "ledger/genesis.h"
#include "node/config.h"
#include "node/key_file.h"
#include "tests/cli/fixture.h"
#include "tests/support/forwarding_files.h"
#include "tests/support/shared_data.h"

#include <doctest/doctest.h>

namespace jingchu::cli {
namespace {

Ran init(const std::string& directory, std::vector<std::string> more = {}) {
  std::vector<std::string> arguments = {
      "network", "init",    "--validators", "wuhan,Xiangyang,宜昌,harbour-7",
      "--dir",   directory, "--plain-keys"};
  arguments.insert(arguments.end(), more.begin(), more.end());
  return run_command(arguments);
}

NetworkOptions options_for(std::vector<std::string> validators) {
  NetworkOptions options;
  options.directory = "unused";
  options.validators = std::move(validators);
  return options;
}

TEST_CASE("network init writes a network that the nodes can read") {
  const Directory directory;
  const std::string net = directory.path("deep/net");
  const Ran ran = init(net, {"--lab", "--name", "lake", "--base-port", "17000", "--json"});
  REQUIRE_EQ(ran.status, kOk);
  const std::string file = read_file(net + "/genesis.json");
  const auto genesis = ledger::parse_genesis(as_bytes(file));
  REQUIRE(genesis.ok());
  CHECK_EQ(ran.json().at("chain_id"), to_hex(sha256(as_bytes(file))));
  CHECK_EQ(genesis->name, "lake");
  CHECK_EQ(genesis->parameters.delay_ms, 15u);
  REQUIRE_EQ(genesis->validators.size(), 4u);
  const std::vector<std::string> names = {"wuhan", "xiangyang", "yichang", "harbour-7"};
  const std::vector<std::string> divisions = {"420100", "420600", "420500", ""};
  for (std::size_t i = 0; i < names.size(); ++i) {
    CAPTURE(names[i]);
    const auto& validator = genesis->validators[i];
    CHECK_EQ(validator.name, names[i]);
    CHECK_EQ(validator.division, divisions[i]);
    CHECK_EQ(validator.address, "127.0.0.1:" + std::to_string(17000 + i));
    const std::string home = net + "/" + names[i];
    CHECK_EQ(read_file(home + "/genesis.json"), file);
    const auto config = node::load_config(system_files(), home);
    REQUIRE(config.ok());
    CHECK_EQ(node::to_string(config->peer_listen), validator.address);
    CHECK_EQ(config->api_listen.port, 17100 + i);
    const auto consensus = node::read_key_file(system_files(), config->path(config->consensus_key), {});
    const auto transport = node::read_key_file(system_files(), config->path(config->transport_key), {});
    REQUIRE((consensus.ok() && transport.ok()));
    CHECK((consensus->public_key() == validator.consensus_key));
    CHECK((transport->public_key() == validator.transport_key));
    CHECK_EQ(*system_files().mode(home + "/keys/consensus.json"), 0600u);
    CHECK_EQ(*system_files().mode(home + "/keys/transport.json"), 0600u);
  }
}

TEST_CASE("each validator's log stands ready and belongs to its key") {
  const Directory directory;
  const std::string net = directory.path("net");
  REQUIRE_EQ(init(net, {"--algorithm", "sm2"}).status, kOk);
  const auto genesis = ledger::parse_genesis(as_bytes(read_file(net + "/genesis.json")));
  REQUIRE(genesis.ok());
  for (const auto& validator : genesis->validators) {
    CHECK_EQ(validator.consensus_key.algorithm, Algorithm::kSm2);
    auto opened =
        ledger::DurableLog::find(system_files(), net + "/" + validator.name + "/data/log", genesis->chain_id);
    REQUIRE(opened.ok());
    REQUIRE_EQ(opened->records.size(), 1u);
    const auto* record = std::get_if<consensus::KeyRecord>(&opened->records.front());
    REQUIRE(record != nullptr);
    CHECK((record->consensus_key == validator.consensus_key));
    CHECK_EQ(record->chain_id, genesis->chain_id);
  }
}

TEST_CASE("the client keys are members of genesis, each organization with an admin and a submitter") {
  const Directory directory;
  const std::string net = directory.path("net");
  REQUIRE_EQ(init(net).status, kOk);
  const auto genesis = nlohmann::json::parse(read_file(net + "/genesis.json"));
  const auto& organizations = genesis.at("contracts").at("identity").at("organizations");
  REQUIRE_EQ(organizations.size(), 3u + 4u);
  for (std::size_t number = 0; number < 3; ++number) {
    const auto& organization = organizations.at(number);
    for (const std::size_t i : {0u, 1u}) {
      const auto& member = organization.at("members").at(i);
      const std::string name = member.at("name");
      const auto key =
          node::read_public_key(system_files(), net + "/clients/" + organization.at("id").get<std::string>() +
                                                    "-" + name + ".json");
      REQUIRE(key.ok());
      CHECK_EQ(to_string(*key), member.at("key"));
    }
    CHECK_EQ(organization.at("members").at(0).at("roles").at(0), "admin");
    CHECK_EQ(organization.at("members").at(1).at("roles"), nlohmann::json({"submitter"}));
  }
}

TEST_CASE("each validator has an operator: an organization of its name with one admin") {
  const Directory directory;
  const std::string net = directory.path("net");
  const Ran ran = init(net, {"--json"});
  REQUIRE_EQ(ran.status, kOk);
  const auto genesis = nlohmann::json::parse(read_file(net + "/genesis.json"));
  const auto& organizations = genesis.at("contracts").at("identity").at("organizations");
  const auto answer = ran.json();
  for (std::size_t i = 0; i < 4; ++i) {
    const auto& organization = organizations.at(3 + i);
    const auto& validator = answer.at("validators").at(i);
    CHECK_EQ(organization.at("id"), validator.at("name"));
    CHECK_EQ(organization.at("id"), genesis.at("validators").at(i).at("name"));
    CHECK_EQ(organization.at("members").size(), 1u);
    const auto& member = organization.at("members").at(0);
    CHECK_EQ(member.at("roles"), nlohmann::json({"admin"}));
    const std::string file = validator.at("operator_key");
    CHECK_EQ(file, net + "/clients/" + organization.at("id").get<std::string>() + "-operator.json");
    CHECK_EQ(to_string(*node::read_public_key(system_files(), file)), member.at("key"));
    CHECK_EQ(*system_files().mode(file), 0600u);
  }
  CHECK_EQ(answer.at("client_keys").size(), 6u);
  CHECK_EQ(init(directory.path("other"), {"--organizations", "port,wuhan"}).status, kUsage);
}

TEST_CASE("organizations may be named") {
  const Directory directory;
  const std::string net = directory.path("net");
  REQUIRE_EQ(init(net, {"--organizations", "port,enshi-tea"}).status, kOk);
  CHECK(std::filesystem::exists(net + "/clients/port-admin.json"));
  CHECK(std::filesystem::exists(net + "/clients/enshi-tea-submitter.json"));
}

TEST_CASE("a directory that is not empty is refused and left as it was; an empty one is taken") {
  const Directory directory;
  const std::string file = directory.write("precious", "keep");
  const Ran ran = init(directory.path());
  CHECK_EQ(ran.status, kRefused);
  CHECK(ran.error.find("directory-not-empty") != std::string::npos);
  CHECK_EQ(read_file(file), "keep");
  std::filesystem::create_directory(directory.path("empty"));
  CHECK_EQ(init(directory.path("empty")).status, kOk);
}

TEST_CASE("a failure in the middle leaves nothing behind") {
  const Directory directory;
  struct FailingFiles final : test::ForwardingFiles {
    int writes_left = 9;
    Status write_atomically(const std::string& path, ByteView bytes, unsigned file_mode) override {
      if (writes_left-- == 0) return environment_error("disk-full", "no space left on device", {}, path);
      return ForwardingFiles::write_atomically(path, bytes, file_mode);
    }
  } files;
  std::ostringstream out;
  std::ostringstream error;
  Session session{{out, error}, files, system_clock(), false, {}};
  const std::vector<std::string> arguments = {
      "network", "init", "--validators", "a,b,c,d", "--dir", directory.path("net"), "--plain-keys"};
  CHECK_EQ(run(arguments, session), kLocal);
  CHECK(std::filesystem::is_empty(directory.path()));
}

TEST_CASE("plans that cannot be are refused") {
  CHECK_FALSE(plan_network(options_for({})).ok());
  CHECK_FALSE(plan_network(options_for({"a", "a"})).ok());
  CHECK_FALSE(plan_network(options_for({"武汉", "Wuhan"})).ok());
  CHECK_FALSE(plan_network(options_for({"a b"})).ok());
  CHECK_FALSE(plan_network(options_for({"../x"})).ok());
  CHECK_FALSE(plan_network(options_for({"clients"})).ok());
  CHECK_FALSE(plan_network(options_for(std::vector<std::string>(101, "a"))).ok());
  auto options = options_for({"a", "b"});
  options.base_port = 65534;
  CHECK_FALSE(plan_network(options).ok());
  options.base_port = 65434;
  CHECK(plan_network(options).ok());
  options.hosts = {"x", "y", "z"};
  CHECK_FALSE(plan_network(options).ok());
}

TEST_CASE("a host that is not this machine's loopback keeps the API on loopback, as plain HTTP must be") {
  for (const std::string host : {"10.1.0.7", "fd00::7", "node-7.example"}) {
    CAPTURE(host);
    const std::string text = make_configuration({"a", "", host, 7000, 7100}, "/run/pass word\"");
    const auto config = node::parse_config(text, "jingchud.toml", "/home");
    REQUIRE(config.ok());
    CHECK_EQ(config->api_listen.host, "127.0.0.1");
    CHECK_EQ(config->peer_listen.host, host == "node-7.example" ? "0.0.0.0" : host);
    CHECK_EQ(config->passphrase_file, "/run/pass word\"");
  }
}

TEST_CASE("the divisions are those of the shared table") {
  if (!test::shared_data_present("hubei")) return;
  std::istringstream csv(test::read_text(test::shared_data_path("hubei/divisions.csv")));
  std::string line;
  std::getline(csv, line);
  std::size_t count = 0;
  while (std::getline(csv, line)) {
    const auto comma = line.find(',');
    const std::string chinese = line.substr(comma + 1, line.find(',', comma + 1) - comma - 1);
    const Division* division = find_division(chinese);
    CAPTURE(chinese);
    REQUIRE(division != nullptr);
    CHECK_EQ(division->code, line.substr(0, comma));
    ++count;
  }
  CHECK_EQ(count, kHubeiDivisions.size());
  CHECK_EQ(find_division("武"), nullptr);
  CHECK_EQ(find_division("beijing"), nullptr);
}

}  // namespace
}  // namespace jingchu::cli
