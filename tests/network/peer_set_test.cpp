#include "network/peer_set.h"

#include "tests/network/fixture.h"
#include "tests/network/peer_fixture.h"

// After the project's headers:
#include <doctest/doctest.h>

namespace jingchu::network {
namespace {

std::shared_ptr<const Bytes> payload(std::size_t size, std::uint8_t value = 0) {
  return std::make_shared<const Bytes>(size, value);
}

// Two sets on one context that only the test runs: what happens between two lines of a test is up to the
// test.
struct Pair {
  explicit Pair(std::function<void(PeerSetConfig&)> change = {}) {
    auto listening = test_config(key_a, {key_b});
    if (change) change(listening);
    a.emplace(context.get_executor(), listening);
    REQUIRE(a->set().start().ok());
    auto dials = dialling(test_config(key_b, {key_a}), a->set().port());
    if (change) change(dials);
    dials.listen_host.clear();
    b.emplace(context.get_executor(), dials);
    REQUIRE(b->set().start().ok());
  }
  bool run(const std::function<bool()>& condition) { return run_until(context, condition); }
  bool connect() {
    return run([&] { return a->status().connected && b->status().connected; });
  }

  SharedKey key_a = make_key();
  SharedKey key_b = make_key();
  boost::asio::io_context context;
  std::optional<RecordingPeers> a;
  std::optional<RecordingPeers> b;
};

TEST_CASE("two peers connect and exchange frames of every size, in order") {
  Pair pair;
  REQUIRE(pair.connect());
  for (const std::size_t size : {0, 1, 70'000, 5'000'000, 3}) {
    CHECK(pair.a->set().send(0, Priority::kBulk, 1, payload(size, 7)));
    CHECK(pair.b->set().send(0, Priority::kUrgent, 254, payload(size, 9)));
  }
  REQUIRE(pair.run([&] { return pair.a->frames().size() == 5 && pair.b->frames().size() == 5; }));
  std::size_t i = 0;
  for (const std::size_t size : {0, 1, 70'000, 5'000'000, 3}) {
    CHECK(pair.b->frames()[i] == Frame{1, Bytes(size, 7)});
    CHECK(pair.a->frames()[i++] == Frame{254, Bytes(size, 9)});
  }
  CHECK(pair.a->events()[0] == "connected 0");
  const auto status = pair.a->status();
  CHECK(status.name == "peer0");
  CHECK(status.connects == 1);
  CHECK(status.frames_in == 5);
  CHECK(status.frames_out == 5);
  CHECK(status.bytes_in == 5'070'004 + 5 * 5);
  CHECK(status.dropped_frames == 0);
  CHECK(status.queued_bytes == 0);
}

TEST_CASE("a broadcast payload is not copied while it waits") {
  Pair pair;
  REQUIRE(pair.connect());
  const auto shared = payload(1000);
  for (int i = 0; i < 10; ++i) CHECK(pair.a->set().send(0, Priority::kBulk, 1, shared));
  CHECK(shared.use_count() == 11);
  CHECK(pair.a->status().queued_bytes == 10 * 1005);
  REQUIRE(pair.run([&] { return pair.b->frames().size() == 10; }));
  CHECK(shared.use_count() == 1);
}

TEST_CASE("urgent frames overtake the bulk frames that wait") {
  Pair pair;
  REQUIRE(pair.connect());
  for (const std::uint8_t kind : {std::uint8_t{11}, std::uint8_t{12}}) {
    CHECK(pair.a->set().send(0, Priority::kBulk, kind, payload(100'000)));
  }
  CHECK(pair.a->set().send(0, Priority::kUrgent, 1, payload(10)));
  CHECK(pair.a->set().send(0, Priority::kUrgent, 2, payload(100'000)));
  REQUIRE(pair.run([&] { return pair.b->frames().size() == 4; }));
  std::vector<int> kinds;
  for (const auto& frame : pair.b->frames()) kinds.push_back(frame.kind);
  CHECK(kinds == std::vector<int>{1, 2, 11, 12});
}

TEST_CASE("a peer that is restarted is dialled again") {
  Pair pair;
  REQUIRE(pair.connect());
  const std::uint16_t port = pair.a->set().port();
  pair.a.reset();
  REQUIRE(pair.run([&] { return !pair.b->status().connected; }));
  CHECK(pair.b->count("disconnected 0: the peer closed the connection") == 1);
  CHECK(!pair.b->set().send(0, Priority::kUrgent, 1, payload(1)));
  REQUIRE(pair.run([&] { return pair.b->refusals("unreachable") > 1; }));
  CHECK(pair.b->status().last_reason.find("unreachable") == 0);
  auto config = test_config(pair.key_a, {pair.key_b});
  config.listen_port = port;
  pair.a.emplace(pair.context.get_executor(), config);
  REQUIRE(pair.a->set().start().ok());
  REQUIRE(pair.connect());
  CHECK(pair.b->status().connects == 2);
  CHECK(pair.b->set().send(0, Priority::kUrgent, 1, payload(1)));
  CHECK(pair.run([&] { return pair.a->frames().size() == 1; }));
}

TEST_CASE("disconnect closes with its reason, and the peer is dialled again") {
  Pair pair;
  REQUIRE(pair.connect());
  pair.b->set().disconnect(0, peer_error("bad-signature", "misbehaviour"));
  REQUIRE(pair.run([&] { return pair.b->count("disconnected 0: misbehaviour") == 1; }));
  REQUIRE(pair.run([&] { return pair.b->count("connected 0") == 2; }));
  REQUIRE(pair.connect());
}

TEST_CASE("keep-alives hold a silent connection") {
  Pair pair([](PeerSetConfig& config) { config.idle_timeout = std::chrono::milliseconds(300); });
  REQUIRE(pair.connect());
  // Six keep-alives take twice the idle time.
  REQUIRE(pair.run([&] { return pair.a->status().bytes_in >= 6 * 5; }));
  CHECK(pair.a->status().connects == 1);
  CHECK(pair.a->frames().empty());
}

TEST_CASE("a node of another chain is refused on both sides") {
  const auto key_a = make_key();
  const auto key_b = make_key();
  boost::asio::io_context context;
  RecordingPeers a(context.get_executor(), test_config(key_a, {key_b}));
  REQUIRE(a.set().start().ok());
  auto config = dialling(test_config(key_b, {key_a}), a.set().port());
  config.chain_id = Hash{9};
  RecordingPeers b(context.get_executor(), config);
  REQUIRE(b.set().start().ok());
  CHECK(
      run_until(context, [&] { return a.refusals("another-chain") > 0 && b.refusals("another-chain") > 0; }));
  CHECK(b.status().last_reason.find("another chain: theirs 010203") != std::string::npos);
  CHECK(b.status().last_type == "another-chain");
  CHECK(b.status().last_us > 0);
  // Who listens knows the peer, too: it has proven its key.
  CHECK(a.status().last_type == "another-chain");
  CHECK(a.events().empty());
  CHECK(b.events().empty());
}

TEST_CASE("an unknown key is refused, by whoever dials and by whoever listens") {
  const auto key_a = make_key();
  const auto key_b = make_key();
  const auto other = make_key();
  boost::asio::io_context context;
  RecordingPeers knows_nobody(context.get_executor(), test_config(key_a, {other}));
  REQUIRE(knows_nobody.set().start().ok());
  RecordingPeers unknown(context.get_executor(),
                         dialling(test_config(key_b, {key_a}), knows_nobody.set().port()));
  REQUIRE(unknown.set().start().ok());
  CHECK(run_until(context,
                  [&] { return knows_nobody.refusals("unknown-key") > 0 && unknown.refusals("tls") > 0; }));
  RecordingPeers misled(context.get_executor(),
                        dialling(test_config(key_b, {other}), knows_nobody.set().port()));
  REQUIRE(misled.set().start().ok());
  CHECK(run_until(context, [&] { return misled.refusals("unknown-key") > 0; }));
  for (const auto* set : {&knows_nobody, &unknown, &misled}) CHECK(set->events().empty());
}

TEST_CASE("another peer at the address of the one dialled is refused") {
  const auto key_a = make_key();
  const auto key_b = make_key();
  boost::asio::io_context context;
  RecordingPeers a(context.get_executor(), test_config(key_a, {key_b}));
  REQUIRE(a.set().start().ok());
  // Dials peer 0, another node, at the address of peer 1.
  auto config = dialling(test_config(key_b, {make_key(), key_a}), a.set().port());
  RecordingPeers b(context.get_executor(), config);
  REQUIRE(b.set().start().ok());
  CHECK(run_until(context, [&] { return b.refusals("unexpected-key") > 1 && a.refusals("tls") > 0; }));
  // Nor is it a session there, which would take the place of one that is meant.
  CHECK(b.events().empty());
  CHECK(a.events().empty());
}

TEST_CASE("an address that cannot be listened on is named") {
  const auto key = make_key();
  boost::asio::io_context context;
  RecordingPeers first(context.get_executor(), test_config(key, {}));
  REQUIRE(first.set().start().ok());
  auto config = test_config(key, {});
  config.listen_port = first.set().port();
  RecordingPeers second(context.get_executor(), config);
  const auto status = second.set().start();
  REQUIRE(!status.ok());
  CHECK(status.error().fault == Fault::kEnvironment);
  CHECK(status.error().what.find("127.0.0.1:" + std::to_string(config.listen_port)) != std::string::npos);
}

TEST_CASE("a configuration that cannot work is refused") {
  const auto key = make_key();
  const auto check = [&](const std::function<void(PeerSetConfig&)>& spoil) {
    boost::asio::io_context context;
    auto config = test_config(key, {make_key(), make_key()});
    spoil(config);
    RecordingPeers peers(context.get_executor(), config);
    const auto status = peers.set().start();
    REQUIRE(!status.ok());
    CHECK(status.error().fault == Fault::kCaller);
  };
  check([](PeerSetConfig& config) { config.peers[1].transport_key = config.peers[0].transport_key; });
  check([](PeerSetConfig& config) { config.peers[1].dial = true; });
  check([](PeerSetConfig& config) { config.bulk_bytes_max = config.frame_bytes_max; });
  check([](PeerSetConfig& config) { config.transport_key = nullptr; });
  check([](PeerSetConfig& config) {
    config.transport_key = std::make_shared<const PrivateKey>(PrivateKey::generate(Algorithm::kSm2));
  });
}

}  // namespace
}  // namespace jingchu::network
