#include "cli/exit_status.h"
#include "node/key_file.h"
#include "tests/cli/fixture.h"

#include <doctest/doctest.h>

namespace jingchu::cli {
namespace {

TEST_CASE("keys new writes a key that keys show and the node read") {
  const Directory directory;
  for (const std::string algorithm : {"ed25519", "sm2"}) {
    const std::string file = directory.path(algorithm + ".json");
    const Ran made = run_command({"keys", "new", "--algorithm", algorithm, "--out", file, "--plain"});
    REQUIRE_EQ(made.status, kOk);
    CHECK(made.out.starts_with(algorithm + ":"));
    CHECK_EQ(run_command({"keys", "show", "--key", file}).out, made.out);
    CHECK_EQ(
        run_command({"keys", "show", "--key", file, "--json"}).json().at("public_key").get<std::string>() +
            "\n",
        made.out);
    const auto key = node::read_key_file(system_files(), file, {});
    REQUIRE(key.ok());
    CHECK_EQ(to_string(key->public_key()) + "\n", made.out);
    CHECK_EQ(*system_files().mode(file), 0600u);
  }
}

TEST_CASE("keys new encrypts with the passphrase of a file") {
  const Directory directory;
  const std::string passphrase = directory.write("pass", "荆楚 correct horse\nsecond line\n");
  const std::string file = directory.path("key.json");
  REQUIRE_EQ(run_command({"keys", "new", "--out", file, "--passphrase-file", passphrase}).status, kOk);
  CHECK(node::read_key_file(system_files(), file, "荆楚 correct horse").ok());
  CHECK_EQ(node::read_key_file(system_files(), file, "guess").error().type, "wrong-passphrase");
  CHECK(read_file(file).find("secret\"") == std::string::npos);
}

TEST_CASE("keys new refuses: without protection, with two, over a file, with an open passphrase file") {
  const Directory directory;
  const std::string file = directory.path("key.json");
  const std::string passphrase = directory.write("pass", "words");
  CHECK_EQ(run_command({"keys", "new", "--out", file}).status, kUsage);
  CHECK_EQ(run_command({"keys", "new", "--out", file, "--plain", "--passphrase-file", passphrase}).status,
           kUsage);
  const std::string open = directory.write("open", "words", 0644);
  CHECK_EQ(run_command({"keys", "new", "--out", file, "--passphrase-file", open}).status, kLocal);
  CHECK_FALSE(std::filesystem::exists(file));
  REQUIRE_EQ(run_command({"keys", "new", "--out", file, "--plain"}).status, kOk);
  const std::string before = read_file(file);
  const Ran again = run_command({"keys", "new", "--out", file, "--plain"});
  CHECK_EQ(again.status, kRefused);
  CHECK(again.error.find("file-exists") != std::string::npos);
  CHECK_EQ(read_file(file), before);
}

}  // namespace
}  // namespace jingchu::cli
