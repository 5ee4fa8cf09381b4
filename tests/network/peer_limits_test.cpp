#include "network/peer_set.h"
#include "tests/network/fixture.h"
#include "tests/network/peer_fixture.h"

// After the project's headers:
#include <doctest/doctest.h>

namespace jingchu::network {
namespace {

TEST_CASE("a peer that reads nothing costs bounded memory: bulk is dropped, urgent closes") {
  Listening listening([](PeerSetConfig& config) {
    config.frame_bytes_max = 1 << 16;
    config.bulk_bytes_max = 1 << 20;
    config.urgent_bytes_max = 1 << 20;
  });
  auto caller = listening.caller(listening.first);
  REQUIRE(caller.handshake());
  REQUIRE(caller.hello());
  REQUIRE(wait_until([&] { return listening.peers->status().connected; }));
  auto& set = listening.peers->set();
  const auto frame = std::make_shared<const Bytes>(1 << 16);
  REQUIRE(wait_until([&] {
    set.send(0, Priority::kBulk, 1, frame);
    return listening.peers->status().dropped_frames >= 100;
  }));
  const auto status = listening.peers->status();
  CHECK(status.connected);
  CHECK(status.queued_bytes <= 1 << 20);
  CHECK(frame.use_count() <= 20);
  REQUIRE(wait_until([&] { return !set.send(0, Priority::kUrgent, 2, frame); }));
  CHECK(listening.disconnected("peer reads too slowly"));
  CHECK(listening.peers->status().queued_bytes == 0);
}

TEST_CASE("a frame over the limit is not sent, and closes when it comes") {
  Listening listening([](PeerSetConfig& config) { config.frame_bytes_max = 1000; });
  auto caller = listening.caller(listening.first);
  REQUIRE((caller.handshake() && caller.hello()));
  REQUIRE(wait_until([&] { return listening.peers->status().connected; }));
  CHECK(!listening.peers->set().send(0, Priority::kUrgent, 1, std::make_shared<const Bytes>(1001)));
  caller.send(1, Bytes(1000));
  REQUIRE(wait_until([&] { return listening.peers->frames().size() == 1; }));
  caller.send(1, Bytes(1001));
  CHECK(listening.disconnected("frame-too-long: a frame of kind 1 of 1001 bytes; the limit is 1000"));
  CHECK(!caller.read(1));
}

TEST_CASE("a second hello closes; keep-alives do not reach the handler") {
  Listening listening;
  auto caller = listening.caller(listening.first);
  REQUIRE((caller.handshake() && caller.hello()));
  caller.send(0, {});
  caller.send(5, {1});
  caller.send(255, {});
  CHECK(listening.disconnected("hello-repeated: the peer sent a second hello"));
  CHECK(listening.peers->frames() == std::vector<Frame>{{5, {1}}});
}

TEST_CASE("a new connection of the same peer replaces the old one, and the events stay in order") {
  Listening listening;
  auto old = listening.caller(listening.first);
  REQUIRE((old.handshake() && old.hello()));
  old.send(1, {});
  REQUIRE(wait_until([&] { return listening.peers->frames().size() == 1; }));
  auto replacement = listening.caller(listening.first);
  REQUIRE((replacement.handshake() && replacement.hello()));
  replacement.send(2, {});
  CHECK(!old.read(1));
  REQUIRE(wait_until([&] { return listening.peers->frames().size() == 2; }));
  const std::vector<std::string> expected = {
      "connected 0", "frame 0", "disconnected 0: replaced by a new connection", "connected 0", "frame 0"};
  CHECK(listening.peers->events() == expected);
  CHECK(listening.peers->status().connected);
  CHECK(listening.peers->status().connects == 2);
}

TEST_CASE("several peers at once keep their numbers") {
  Listening listening;
  auto first = listening.caller(listening.first);
  auto second = listening.caller(listening.second);
  REQUIRE((second.handshake() && second.hello() && first.handshake() && first.hello()));
  REQUIRE(wait_until([&] {
    return listening.peers->count("connected 0") == 1 && listening.peers->count("connected 1") == 1;
  }));
  CHECK(listening.peers->set().send(1, Priority::kUrgent, 1, std::make_shared<const Bytes>(3)));
  CHECK(second.read(5 + 3));
}

TEST_CASE("hellos that are none are refused") {
  Listening listening;
  {
    auto caller = listening.caller(listening.first);
    REQUIRE(caller.handshake());
    caller.hello(kTestChain, 2);
    CHECK(wait_until([&] { return listening.peers->refusals("another-version") == 1; }));
  }
  for (const Bytes& hello : {Bytes{}, Bytes{1}, Bytes{1, 0}, Bytes(2000)}) {
    auto caller = listening.caller(listening.first);
    REQUIRE(caller.handshake());
    const auto before = listening.peers->refusals("bad-hello");
    caller.send(255, hello);
    CHECK(wait_until([&] { return listening.peers->refusals("bad-hello") == before + 1; }));
  }
  auto caller = listening.caller(listening.first);
  REQUIRE(caller.handshake());
  caller.send(1, Bytes(34));
  CHECK(wait_until([&] { return listening.peers->refusals("bad-hello") == 5; }));
  CHECK(listening.peers->events().empty());
}

TEST_CASE("who is silent before the hello is closed, and only so many of one address may be") {
  Listening listening([](PeerSetConfig& config) {
    config.handshake_timeout = std::chrono::milliseconds(300);
    config.handshakes.under_way_max = 2;
  });
  RawClient one(listening.peers->set().port());
  RawClient two(listening.peers->set().port());
  RawClient three(listening.peers->set().port());
  CHECK(three.at_end());
  CHECK(listening.peers->refusals("too-many-handshakes") == 1);
  CHECK(one.at_end());
  CHECK(two.at_end());
  CHECK(wait_until([&] { return listening.peers->refusals("handshake-timeout") == 2; }));
  auto caller = listening.caller(listening.first);
  REQUIRE(caller.handshake());
  CHECK(caller.hello());
}

TEST_CASE("bytes that are not TLS are refused") {
  Listening listening;
  RawClient client(listening.peers->set().port());
  client.send("GET / HTTP/1.1\r\n\r\n");
  CHECK(wait_until([&] { return listening.peers->refusals("tls") == 1; }));
}

TEST_CASE("a peer that falls silent is closed") {
  Listening listening([](PeerSetConfig& config) { config.idle_timeout = std::chrono::milliseconds(200); });
  auto caller = listening.caller(listening.first);
  REQUIRE((caller.handshake() && caller.hello()));
  CHECK(listening.disconnected("nothing heard for 200 ms"));
}

TEST_CASE("no handler runs after stop") {
  Listening listening;
  auto caller = listening.caller(listening.first);
  REQUIRE((caller.handshake() && caller.hello()));
  REQUIRE(wait_until([&] { return listening.peers->status().connected; }));
  listening.peers->set().stop();
  const auto events = listening.peers->events();
  caller.send(1, {});
  CHECK(!caller.read(1));
  CHECK(wait_until([&] { return !listening.peers->status().connected; }));
  CHECK(listening.peers->events() == events);
}

}  // namespace
}  // namespace jingchu::network
