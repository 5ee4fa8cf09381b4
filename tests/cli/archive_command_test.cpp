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

}  // namespace jingchu::cli
