// What those who come too often, send too fast or take nothing can not do to a set of peers.
#include "network/peer_set.h"
#include "tests/network/fixture.h"
#include "tests/network/peer_fixture.h"

// After the project's headers:
#include <doctest/doctest.h>

namespace jingchu::network {
namespace {

TEST_CASE("places for handshakes that strangers hold are given up for the newest") {
  Listening listening([](PeerSetConfig& config) {
    config.handshake_timeout = kPatience;
    config.half_open_max = 3;
  });
  std::vector<std::unique_ptr<RawClient>> silent;
  for (int i = 0; i < 6; ++i) silent.push_back(std::make_unique<RawClient>(listening.peers->set().port()));
  for (int i = 0; i < 3; ++i) CHECK(silent[i]->at_end());
  CHECK(listening.peers->refusals("too-many-handshakes") == 3);
  auto caller = listening.caller(listening.first);
  REQUIRE((caller.handshake() && caller.hello()));
  CHECK(listening.connected());
  CHECK(listening.peers->refusals("too-many-handshakes") == 4);
}

TEST_CASE("an address that begins handshakes too fast is refused before it costs anything") {
  Listening listening([](PeerSetConfig& config) {
    config.handshakes.per_second = 1;
    config.handshakes.burst = 2;
  });
  const auto stranger = make_key();
  for (int i = 0; i < 2; ++i) {
    auto caller = listening.caller(stranger);
    caller.handshake();
    CHECK(!caller.read(1));
  }
  CHECK(wait_until([&] { return listening.peers->refusals("unknown-key") == 2; }));
  auto third = listening.caller(stranger);
  CHECK(!third.handshake());
  CHECK(wait_until([&] { return listening.peers->refusals("handshakes-too-fast") == 1; }));
}

TEST_CASE("a peer that comes and goes is let in at a bounded rate") {
  Listening listening([](PeerSetConfig& config) { config.sessions_burst = 3; });
  for (std::uint64_t i = 1; i <= 3; ++i) {
    auto caller = listening.caller(listening.first);
    REQUIRE((caller.handshake() && caller.hello()));
    REQUIRE(wait_until([&] { return listening.peers->status().connects == i; }));
  }
  CHECK(wait_until([&] {
    auto caller = listening.caller(listening.first);
    return caller.handshake() && caller.hello() && !caller.read(1) &&
           listening.peers->refusals("reconnects-too-fast") > 0;
  }));
  CHECK(wait_until([&] {  // and again after a while
    auto caller = listening.caller(listening.first);
    return caller.handshake() && caller.hello() && listening.peers->status().connects == 4;
  }));
}

TEST_CASE("a paused peer is not read, is not taken for silent, and loses nothing") {
  Listening listening([](PeerSetConfig& config) { config.idle_timeout = std::chrono::milliseconds(200); });
  listening.peers->paused = true;
  auto caller = listening.caller(listening.first);
  REQUIRE((caller.handshake() && caller.hello()));
  REQUIRE(listening.connected());
  // More than is read at once, so that most of it waits.
  for (int i = 0; i < 100; ++i) caller.send(1, Bytes(2'000));
  CHECK(caller.read(5 * kFrameHeaderBytes));  // five keep-alives: far longer than the time of silence
  CHECK(listening.peers->status().connected);
  CHECK(listening.peers->frames().size() < 30);
  listening.peers->paused = false;
  CHECK(wait_until([&] { return listening.peers->frames().size() == 100; }));
}

TEST_CASE("a peer that sends but takes nothing is closed") {
  Listening listening([](PeerSetConfig& config) { config.idle_timeout = std::chrono::milliseconds(500); });
  auto caller = listening.caller(listening.first);
  REQUIRE((caller.handshake() && caller.hello()));
  REQUIRE(listening.connected());
  const auto frame = std::make_shared<const Bytes>(1 << 20);
  CHECK(wait_until([&] {
    listening.peers->set().send(0, Priority::kBulk, 1, frame);
    caller.send(0, {});
    return listening.peers->count("disconnected 0: peer reads too slowly") > 0;
  }));
}

}  // namespace
}  // namespace jingchu::network
