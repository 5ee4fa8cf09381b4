#include "cli/exit_status.h"
#include "tests/cli/fixture.h"

#include <doctest/doctest.h>

namespace jingchu::cli {
namespace {

using Arguments = std::vector<std::string>;

TEST_CASE("every command teaches: description, example, exit statuses") {
  for (const Arguments& command : {Arguments{"network", "init"},
                                   {"keys", "new"},
                                   {"keys", "show"},
                                   {"submit"},
                                   {"deposit"},
                                   {"query"},
                                   {"transaction"},
                                   {"block"},
                                   {"status"},
                                   {"governance", "show"},
                                   {"governance", "check"},
                                   {"governance", "propose"},
                                   {"governance", "vote"},
                                   {"governance", "ready"},
                                   {"bench"}}) {
    Arguments arguments = command;
    arguments.push_back("--help");
    const Ran ran = run_command(arguments);
    CAPTURE(command.back());
    CHECK_EQ(ran.status, kOk);
    CHECK(ran.out.find("Example:\n  jingchu " + command.front()) != std::string::npos);
    CHECK(ran.out.find("Exit status:") != std::string::npos);
    CHECK(ran.out.find("--json") != std::string::npos);
  }
}

TEST_CASE("a wrong command line is status 2 with words on standard error and nothing done") {
  for (const Arguments& wrong : {Arguments{},
                                 {"fly"},
                                 {"keys"},
                                 {"keys", "new"},
                                 {"keys", "new", "--algorithm", "rsa", "--out", "x"},
                                 {"submit", "evidence"},
                                 {"status", "--nodes", "x"},
                                 {"bench"},
                                 {"governance"},
                                 {"governance", "vote", "1", "yes"},
                                 {"block", "seven"},
                                 {"transaction", "12"},
                                 {"query", "/"},
                                 {"query", "a", "--node", "ftp://x"},
                                 {"query", "a", "--pin-key", "12"},
                                 {"submit", "evidence", "deposit", "--key", "k"}}) {
    const Ran ran = run_command(wrong);
    CAPTURE((wrong.empty() ? std::string("none") : wrong.back()));
    CHECK_EQ(ran.status, kUsage);
    CHECK(ran.out.empty());
    CHECK(ran.error.starts_with("jingchu: "));
    CHECK(ran.error.find("what to do: ") != std::string::npos);
  }
}

TEST_CASE("with --json an error stands on standard output, too") {
  const Ran ran = run_command({"keys", "show", "--key", "/nonexistent/key.json", "--json"});
  CHECK_EQ(ran.status, kLocal);
  CHECK(ran.error.starts_with("jingchu: "));
  CHECK_EQ(ran.json().at("error").at("fault"), "environment");
}

TEST_CASE("an unreachable node is status 3") {
  // Port 9 of loopback (discard): nothing listens there.
  for (const Arguments& command : {Arguments{"query", "evidence/x"}, {"block", "latest"}, {"status"}}) {
    Arguments arguments = command;
    arguments.insert(arguments.end(), {"--node", "http://127.0.0.1:9"});
    CHECK_EQ(run_command(arguments).status, kUnreachable);
  }
}

TEST_CASE("exit statuses by error") {
  CHECK_EQ(exit_status(caller_error("bad-usage", "")), kUsage);
  CHECK_EQ(exit_status(caller_error("bad-signature", "")), kRefused);
  CHECK_EQ(exit_status(environment_error("outcome-unknown", "")), kUnknownOutcome);
  CHECK_EQ(exit_status(environment_error("http-timeout", "")), kUnknownOutcome);
  CHECK_EQ(exit_status(environment_error("http-unreachable", "")), kUnreachable);
  CHECK_EQ(exit_status(peer_error("mempool-full", "")), kUnreachable);
  CHECK_EQ(exit_status(environment_error("wrong-passphrase", "")), kLocal);
  CHECK_EQ(exit_status(our_error("internal", "")), kInternal);
}

TEST_CASE("progress is silent for a second, then at most one line a second") {
  struct TestClock final : Clock {
    std::uint64_t now_us = 0;
    std::uint64_t wall_ms() const override { return 0; }
    std::uint64_t monotonic_us() const override { return now_us; }
  } clock;
  std::ostringstream out;
  std::ostringstream error;
  Session session{{out, error}, system_files(), clock, false, {}};
  Progress progress(session);
  for (clock.now_us = 0; clock.now_us < 3'500'000; clock.now_us += 100'000) {
    progress.show(std::to_string(clock.now_us / 100'000));
  }
  CHECK_EQ(error.str(), "10\n20\n30\n");
  CHECK(out.str().empty());
}

}  // namespace
}  // namespace jingchu::cli
