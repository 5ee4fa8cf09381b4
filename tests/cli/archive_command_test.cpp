#include "tests/cli/fixture.h"

#include <doctest/doctest.h>

namespace jingchu::cli {

TEST_CASE("archive and check: a home that never ran, a network's genesis and no segments") {
  const Directory directory;
  const std::string net = directory.path("net");
  REQUIRE(run_command({"network", "init", "--validators", "a,b,c,d", "--dir", net, "--plain-keys", "--lab"})
              .status == 0);
  const std::string archive = directory.path("archive");

  const Ran checked = run_command({"check", "--home", net + "/a", "--json"});
  CHECK(checked.status == 3);
  CHECK(checked.json()["error"]["type"] == "no-database");
  CHECK(run_command({"check", "--home", directory.path("nowhere")}).status == 3);
  CHECK(run_command({"check"}).status == 2);

  const Ran exported = run_command({"archive", "export", "--home", net + "/a", "--dir", archive, "--json"});
  CHECK(exported.status == 3);
  CHECK(exported.json()["error"]["type"] == "no-database");

  const std::string genesis = net + "/genesis.json";
  CHECK(run_command({"archive", "verify", archive, "--genesis", genesis}).status == 3);
  directory.write("epoch-0000000001.jca", "no segment");
  const Ran gap = run_command({"archive", "verify", directory.path(), "--genesis", genesis, "--json"});
  CHECK(gap.status == 1);
  CHECK(gap.json()["error"]["type"] == "segment-missing");
  directory.write("epoch-0000000000.jca", "no segment");
  const Ran damaged = run_command({"archive", "verify", directory.path(), "--genesis", genesis, "--json"});
  CHECK(damaged.status == 1);
  CHECK(damaged.json()["error"]["type"] == "segment-damaged");
  CHECK(damaged.json()["error"]["where"] == directory.path() + "/epoch-0000000000.jca");
}

TEST_CASE("a genesis file that cannot be read is named once, with the place in it, whoever reads it") {
  const Directory directory;
  const std::string torn = directory.write("genesis.json", "{");
  const std::string wrong = directory.write("other.json", R"({"name": 3})");
  const std::string given = directory.write("given.json", "{}");
  const std::vector<std::vector<std::string>> commands = {
      {"archive", "verify", directory.path()},
      {"archive", "repair", "--dir", directory.path(), "--from", "http://127.0.0.1:1"},
      {"snapshot", "verify", directory.path()},
      {"verify-misbehaviour", given}};
  for (const auto& command : commands) {
    CAPTURE(command[0]);
    for (const auto& [file, place] : {std::pair(torn, "byte 1"), std::pair(wrong, "/name")}) {
      auto words = command;
      words.insert(words.end(), {"--genesis", file});
      const std::string said = run_command(words).error;
      CAPTURE(said);
      for (const std::string& once : {file, std::string(place)}) {
        CHECK(said.find(once) != std::string::npos);
        CHECK(said.find(once) == said.rfind(once));
      }
    }
  }
}

TEST_CASE("archive repair: what it is to repair must be clear, and a node must be named") {
  const Directory directory;
  const std::string net = directory.path("net");
  REQUIRE(run_command({"network", "init", "--validators", "a,b,c,d", "--dir", net, "--plain-keys", "--lab"})
              .status == 0);
  const std::string genesis = net + "/genesis.json";
  const std::string archive = directory.path("archive");
  const auto repair = [](std::vector<std::string> more) {
    more.insert(more.begin(), {"archive", "repair", "--json"});
    return run_command(more);
  };
  const std::vector<std::string> from = {"--from", "http://127.0.0.1:1"};
  CHECK(repair({"--dir", archive, "--genesis", genesis}).status == 2);
  CHECK(repair({from[0], from[1]}).status == 2);
  CHECK(repair({from[0], from[1], "--dir", archive}).status == 2);
  CHECK(repair({from[0], from[1], "--home", net + "/a", "--genesis", genesis}).status == 2);
  const Ran unset = repair({from[0], from[1], "--home", net + "/a"});
  CHECK(unset.status == 2);
  CHECK(unset.json()["error"]["what"].get<std::string>().find("history.archive_dir") != std::string::npos);
  const Ran empty = repair({from[0], from[1], "--dir", archive, "--genesis", genesis});
  CHECK(empty.status == 2);
  CHECK(empty.json()["error"]["remedy"].get<std::string>().find("--through") != std::string::npos);
  const Ran away = repair({from[0], from[1], "--dir", archive, "--genesis", genesis, "--through", "3"});
  CHECK(away.status == 3);
  CHECK(away.json()["error"]["type"] == "segment-not-given");
  CHECK(away.json()["nodes_given_up"].contains(from[1]));
  CHECK(away.json()["repaired"].empty());
}

}  // namespace jingchu::cli
