#include "node/config.h"

#include <doctest/doctest.h>

namespace jingchu::node {
namespace {

Result<Config> parse(const std::string& text) {
  return parse_config(text, "home/jingchud.toml", "home");
}

TEST_CASE("an empty configuration is the defaults") {
  const auto config = parse("");
  REQUIRE(config.ok());
  CHECK_EQ(config->path(config->genesis), "home/genesis.json");
  CHECK_EQ(config->path("/etc/pass"), "/etc/pass");
  CHECK_EQ(to_string(config->api_listen), "127.0.0.1:8000");
  CHECK_EQ(config->wait_ms_max, 10'000u);
}

TEST_CASE("every section is read") {
  const auto config = parse(R"(
[node]
consensus_key = ""
data = "/var/lib/jingchu"
[peers]
listen = "[::]:7000"
[api]
listen = "0.0.0.0:8443"
certificate = "a.pem"
key = "b.pem"
wait_ms_max = 500
[limits]
mempool_sender_share_percent = 10
[log]
level = "debug"
)");
  REQUIRE(config.ok());
  CHECK(config->consensus_key.empty());
  CHECK_EQ(config->data, "/var/lib/jingchu");
  CHECK_EQ(config->peer_listen.host, "::");
  CHECK_EQ(config->api_listen.port, 8443);
  CHECK_EQ(config->wait_ms_max, 500u);
  CHECK_EQ(config->mempool_sender_share_percent, 10u);
  CHECK((config->log_level == LogLevel::kDebug));
}

struct Wrong {
  const char* text;
  const char* line;  // empty: the whole file
  const char* expectation;
};

TEST_CASE("what is wrong is named with file and line") {
  const Wrong cases[] = {
      {"[node]\ngenesys = \"x\"", ":2", "one of the keys"},
      {"[node]\n\n[nodes]\ndata = \"x\"", ":3", "one of the sections"},
      {"data = \"x\"", ":1", "one of the sections"},
      {"[node]\ndata = 7", ":2", "text in quotes"},
      {"[node]\ndata = \"\"", ":2", "node.data: expected a path"},
      {"[node]\ntransport_key = \"\"", ":2", "node.transport_key: expected a path"},
      {"[node]\ngenesis = \"\"", ":2", "node.genesis: expected a path"},
      {"[api]\nwait_ms_max = \"10\"", ":2", "a whole number from 100 to 60000"},
      {"[api]\nwait_ms_max = 99", ":2", "a whole number from 100 to 60000"},
      {"[api]\nwait_ms_max = 60001", ":2", "a whole number from 100 to 60000"},
      {"[api]\nwait_ms_max = -500", ":2", "a whole number"},
      {"[api]\nwait_ms_max = 500.0", ":2", "a whole number"},
      {"[api]\nlisten = \"127.0.0.1\"", ":2", "host:port"},
      {"[api]\nlisten = \"127.0.0.1:70000\"", ":2", "host:port"},
      {"[peers]\nlisten = 7000", ":2", "host:port"},
      {"[log]\nlevel = \"loud\"", ":2", "\"debug\", \"info\", \"warning\" or \"error\""},
      {"[log\n", ":1", ""},
      {"[=", "", "not TOML"},
      {"# 湖北\n[node]\ndata = \"x\"，", ":3", ""},
      {"[node]\ndata = 1\u00e9", ":2", ""},
      {"[[\x1d", "", "not TOML"},
      {"[node]\ndata = \"x\"\ndata = \"y\"", ":3", ""},
      {"[api]\nclient_connections_max = 0", ":2", "a whole number from 1 to 100000"},
      {"[api]\nclient_requests_per_s = 1000001", ":2", "a whole number from 0 to 1000000"},
      {"[api]\nheld_bytes_max = 1000", ":2", "a whole number from 1048576"},
      {"[api]\nbody_bytes_max = 8388608\nheld_bytes_max = 33554431", "", "4 times api.body_bytes_max"},
      {"[api]\ncertificate = \"a.pem\"", "", "together"},
      {"[api]\nlisten = \"0.0.0.0:8000\"", "", "loopback"},
  };
  for (const Wrong& wrong : cases) {
    CAPTURE(wrong.text);
    const auto config = parse(wrong.text);
    REQUIRE_FALSE(config.ok());
    CHECK_EQ(config.error().type, "bad-configuration");
    CHECK_EQ(config.error().where, "home/jingchud.toml" + std::string(wrong.line));
    CHECK(config.error().what.find(wrong.expectation) != std::string::npos);
    CHECK_FALSE(config.error().remedy.empty());
  }
}

TEST_CASE("nesting as deep as a file can have it is refused, not followed until the stack ends") {
  const auto repeated = [](std::string_view piece) {
    std::string text;
    while (text.size() < 1 << 20) text += piece;
    return text;
  };
  for (const std::string& text :
       {repeated("a.") + "a = 1", "[" + repeated("a.") + "a]", "a = " + repeated("["),
        "a = " + repeated("{a="), "a = " + repeated("[{a.a.a.a.a=")}) {
    CAPTURE(text.substr(0, 16));
    const auto config = parse(text);
    REQUIRE_FALSE(config.ok());
    CHECK_EQ(config.error().type, "bad-configuration");
  }
}

TEST_CASE("endpoints") {
  CHECK_EQ(parse_endpoint("node-7.example:1")->host, "node-7.example");
  CHECK_EQ(parse_endpoint("[fd00::7]:65535")->host, "fd00::7");
  CHECK_EQ(to_string(*parse_endpoint("[fd00::7]:65535")), "[fd00::7]:65535");
  for (const char* wrong : {"", ":", "a", "a:", ":1", "a:65536", "a:1x", "a:-1", "[]:1", "["}) {
    CAPTURE(wrong);
    CHECK_FALSE(parse_endpoint(wrong).ok());
  }
  CHECK(is_loopback("127.8.9.1"));
  CHECK(is_loopback("::1"));
  CHECK(is_loopback("localhost"));
  CHECK_FALSE(is_loopback("0.0.0.0"));
  CHECK_FALSE(is_loopback("localhost.example"));
}

}  // namespace
}  // namespace jingchu::node
