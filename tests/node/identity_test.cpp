#include "node/identity.h"

#include <stdlib.h>

#include <filesystem>

#include "ledger/durable_log.h"
#include "node/key_file.h"
#include "tests/node/epoch_support.h"
#include "tests/support/forwarding_files.h"

#include <doctest/doctest.h>

namespace jingchu::node::test {
namespace {

namespace fs = std::filesystem;

const Hash kChain = sha256(as_bytes("a chain"));

NodeKeys keys_of(std::uint8_t number) {
  const auto consensus = static_cast<std::uint8_t>(2 * number + 1);
  return {
      .consensus = fixed_key(consensus),
      .transport = std::make_shared<const PrivateKey>(fixed_key(static_cast<std::uint8_t>(consensus + 1)))};
}
std::vector<NodeKeys> pairs(std::uint8_t configured, std::uint8_t next) {
  std::vector<NodeKeys> both;
  both.push_back(keys_of(configured));
  both.push_back(keys_of(next));
  return both;
}

// A home with the pair 0 in place and the pair 1 to come.
struct Home {
  Home() {
    std::string name = (fs::temp_directory_path() / "jingchu-home-XXXXXX").string();
    REQUIRE(::mkdtemp(name.data()) != nullptr);
    config.home = name;
    write_pair("keys", 0);
    write_log("data/log", 0);
    write_pair(kNextKeysDirectory, 1);
    write_log("data/next-log", 1);
  }
  ~Home() { fs::remove_all(config.home); }
  Home(const Home&) = delete;
  Home& operator=(const Home&) = delete;

  void write_pair(const std::string& directory, std::uint8_t number) {
    const auto keys = keys_of(number);
    REQUIRE(system_files().make_directories(path(directory)).ok());
    for (const auto& [file, key] : {std::pair("/consensus.json", &*keys.consensus),
                                    std::pair("/transport.json", keys.transport.get())}) {
      REQUIRE(write_key_file(system_files(), path(directory) + file, *key, KeyProtection::kPlain, {}).ok());
    }
  }
  void write_log(const std::string& directory, std::uint8_t number) {
    REQUIRE(system_files().make_directories(path(directory)).ok());
    REQUIRE(ledger::DurableLog::create(system_files(), path(directory),
                                       {kChain, keys_of(number).consensus->public_key()})
                .ok());
  }
  std::string path(const std::string& name) const { return config.path(name); }
  std::vector<NodeKeys> read() const { return read_keys(system_files(), config).value(); }
  // Whose log a pair would sign with.
  PublicKey log_of(const NodeKeys& keys) const {
    const auto found = ledger::DurableLog::find(system_files(), path("data/" + keys.log), kChain).value();
    return std::get<consensus::KeyRecord>(found.records.front()).consensus_key;
  }
  bool has_pair(const NodeKeys& keys, std::uint8_t number) const {
    return keys.consensus->public_key() == keys_of(number).consensus->public_key() &&
           keys.transport->public_key() == transport(number) && log_of(keys) == keys.consensus->public_key();
  }

  Config config;
};

// The machine stops before the change number `steps`.
struct StoppingFiles final : jingchu::test::ForwardingFiles {
  explicit StoppingFiles(int steps) : left(steps) {}
  Status rename(const std::string& from, const std::string& to) override {
    if (left-- <= 0) return our_error("stopped", from);
    return ForwardingFiles::rename(from, to);
  }
  Status remove(const std::string& path) override {
    if (left-- <= 0) return our_error("stopped", path);
    return ForwardingFiles::remove(path);
  }
  int left;
};

TEST_CASE("a promotion that stops at any step goes on where it was, and never mixes keys and logs") {
  int steps = 0;
  for (bool done = false; !done; ++steps) {
    CAPTURE(steps);
    REQUIRE(steps < 20);
    const Home home;
    // A second segment, as a crash may leave one behind.
    fs::copy_file(home.path("data/log/log-00000001"), home.path("data/log/log-00000002"));
    StoppingFiles files(steps);
    done = promote_next_keys(files, home.config).ok();
    const auto found = home.read();
    if (steps == 0) {
      REQUIRE_EQ(found.size(), 2u);
      CHECK(home.has_pair(found[0], 0));
      CHECK(home.has_pair(found[1], 1));
      CHECK(found[1].is_next);
      continue;
    }
    // From the first step on only the new pair counts.
    REQUIRE_EQ(found.size(), 1u);
    CHECK(home.has_pair(found[0], 1));
    CHECK_EQ(found[0].is_next, !done);
    if (!done) REQUIRE(promote_next_keys(system_files(), home.config).ok());
    const auto after = home.read();
    REQUIRE_EQ(after.size(), 1u);
    CHECK(home.has_pair(after[0], 1));
    CHECK_FALSE(after[0].is_next);
    CHECK_EQ(system_files().list(home.path("keys")).value(),
             std::vector<std::string>{"consensus.json", "transport.json"});
    CHECK_EQ(system_files().list(home.path("data")).value(), std::vector<std::string>{"log"});
    CHECK_EQ(system_files().list(home.path("data/log")).value(), std::vector<std::string>{"log-00000001"});
  }
  CHECK_EQ(steps, 8);  // the mark, two segments, the log, two keys, the empty directory
}

TEST_CASE("keys: a follower has one pair and no consensus key; a transport key is Ed25519") {
  Home home;
  home.config.consensus_key.clear();
  const auto found = home.read();
  REQUIRE_EQ(found.size(), 1u);
  CHECK_FALSE(found[0].consensus.has_value());
  fs::remove(home.path("keys/transport.json"));
  REQUIRE(write_key_file(system_files(), home.path("keys/transport.json"), fixed_key(5, Algorithm::kSm2),
                         KeyProtection::kPlain, {})
              .ok());
  CHECK_EQ(read_keys(system_files(), home.config).error().type, "wrong-key");
}

TEST_CASE("next keys without their log are found with none, so that they do not sign") {
  const Home home;
  fs::remove_all(home.path("data/next-log"));
  const auto found = home.read();
  CHECK_EQ(ledger::DurableLog::find(system_files(), home.path("data/" + found[1].log), kChain).error().type,
           "no-log");
}

TEST_CASE(
    "the keys to use are those of the epoch's set, then those of the next one, else the configured ones") {
  auto plan = plan_of({member("a", 0), member("b", 1)});
  CHECK_EQ(choose_keys(plan, pairs(0, 20)), 0);
  CHECK_EQ(choose_keys(plan, pairs(20, 0)), 1);
  CHECK_EQ(choose_keys(plan, pairs(20, 21)), 0);
  plan.next[0] = member("a", 20);
  CHECK_EQ(choose_keys(plan, pairs(0, 20)), 0);
  CHECK_EQ(choose_keys(plan, pairs(21, 20)), 1);
  plan.members = plan.next;
  CHECK_EQ(choose_keys(plan, pairs(0, 20)), 1);
}

TEST_CASE("who a node is follows from its keys: validator, next, follower, observer, or a stranger") {
  auto plan = plan_of({member("a", 0), member("b", 1)});
  ledger::Genesis genesis;
  genesis.followers = {{"court", transport(40), ""}};
  const auto identity = [&](std::uint8_t number, const std::string& name = "") {
    return find_identity(plan, genesis, keys_of(number), name);
  };
  const auto is = [&](std::uint8_t number, const std::string& name, const std::string& role,
                      std::optional<NodeIndex> index = {}) {
    const auto found = identity(number, "configured").value();
    return found.name == name && found.role == role && found.validator == index;
  };
  CHECK(is(1, "b", "validator", NodeIndex(1)));
  CHECK(is(40, "court", "follower"));
  CHECK(is(30, "configured", "observer"));
  CHECK_EQ(identity(30).error().type, "wrong-key");
  plan.pending = plan.members;
  plan.pending->push_back(member("c", 2));
  CHECK(is(2, "c", "next"));
  plan.pending.reset();
  plan.next.push_back(member("c", 2));
  CHECK(is(2, "c", "next"));
  plan.before->push_back(member("d", 3));
  CHECK_EQ(identity(3).value().name, "d");
  CHECK(identity(3).value().has_left);
  for (const std::uint8_t number : {std::uint8_t{1}, std::uint8_t{2}, std::uint8_t{40}}) {
    CHECK_FALSE(identity(number).value().has_left);
  }
  // Also who is to come back.
  plan.next.push_back(member("d", 3));
  CHECK(identity(3).value().has_left);
  CHECK(is(3, "d", "next"));
  plan.next.pop_back();
  CHECK(is(3, "d", "observer"));
  // Half of a pair is a mistake that must not pass for anything else.
  auto half = keys_of(1);
  half.consensus = fixed_key(99);
  CHECK_EQ(find_identity(plan, genesis, half, "configured").error().type, "wrong-key");
  half.consensus.reset();
  CHECK_EQ(find_identity(plan, genesis, half, "configured").error().type, "wrong-key");
}

}  // namespace
}  // namespace jingchu::node::test
