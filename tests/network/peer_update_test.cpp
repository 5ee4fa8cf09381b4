// Peers that come and go while the set runs.
#include "network/peer_set.h"

#include <boost/asio/post.hpp>

#include "tests/network/fixture.h"
#include "tests/network/peer_fixture.h"

// After the project's headers:
#include <doctest/doctest.h>

namespace jingchu::network {
namespace {

Peer listed(const std::string& name, const SharedKey& key, std::uint16_t port = 0) {
  Peer peer;
  peer.name = name;
  peer.transport_key = raw_key(key);
  peer.dial = port != 0;
  peer.host = port != 0 ? "127.0.0.1" : "";
  peer.port = port;
  return peer;
}

// One that listens and knows `first`, which dials it; `second` is a stranger that dials it all the same.
struct Three {
  Three() {
    a.emplace(context.get_executor(), test_config(own, {first}));
    REQUIRE(a->set().start().ok());
    for (auto [set, key] : {std::pair{&b, first}, std::pair{&c, second}}) {
      auto config = dialling(test_config(key, {own}), a->set().port());
      config.listen_host.clear();
      set->emplace(context.get_executor(), config);
      REQUIRE((*set)->set().start().ok());
    }
  }
  // Both ends of a session: which of them is first is up to the scheduler.
  bool connect_first() {
    return run([&] { return b->status().connected && a->count("connected 0") == 1; });
  }
  bool run(const std::function<bool()>& condition) { return run_until(context, condition); }

  SharedKey own = make_key(), first = make_key(), second = make_key();
  boost::asio::io_context context;
  std::optional<RecordingPeers> a, b, c;
};

TEST_CASE("a peer that is listed later is let in; the sessions of the others go on") {
  Three three;
  REQUIRE(three.connect_first());
  REQUIRE(three.run([&] { return three.a->refusals("unknown-key") > 0; }));
  CHECK(!three.c->status().connected);
  const auto numbers = three.a->set().update({listed("second", three.second), listed("first", three.first)});
  REQUIRE(numbers.ok());
  CHECK(*numbers == std::vector<PeerNumber>{1, 0});
  REQUIRE(three.run([&] { return three.a->count("connected 1") == 1; }));
  CHECK(three.a->count("connected 0") == 1);
  CHECK(three.a->set().send(1, Priority::kBulk, 7, std::make_shared<const Bytes>(3)));
  REQUIRE(three.run([&] { return three.c->frames().size() == 1; }));
}

TEST_CASE("a peer that is listed no more is closed and refused; its place goes to another afterwards") {
  Three three;
  REQUIRE(three.connect_first());
  REQUIRE(three.a->set().update({}).ok());
  REQUIRE(three.run([&] { return !three.b->status().connected && three.a->refusals("unknown-key") > 1; }));
  CHECK(three.a->set().status().empty());
  CHECK(!three.a->set().send(0, Priority::kBulk, 7, std::make_shared<const Bytes>(3)));
  const auto numbers = three.a->set().update({listed("second", three.second)});
  REQUIRE(numbers.ok());
  CHECK(*numbers == std::vector<PeerNumber>{0});
  REQUIRE(three.run([&] { return three.a->count("connected 0") == 2; }));
  CHECK(three.a->status().name == "second");
  CHECK(three.a->status().connects == 1);
  CHECK(!three.b->status().connected);
}

TEST_CASE("an address that is listed later is dialled") {
  Three three;
  RecordingPeers late(three.context.get_executor(), test_config(make_key(), {}));
  REQUIRE(late.set().start().ok());
  // It does not know the caller: what shows is that it was called.
  REQUIRE(three.a->set().update({listed("late", make_key(), late.set().port())}).ok());
  REQUIRE(three.run([&] { return !late.set().refusals().empty(); }));
  REQUIRE(three.a->set().update({}).ok());
}

TEST_CASE("the peers are changed from a thread of the executor as well") {
  Three three;
  RecordingPeers late(three.context.get_executor(), test_config(make_key(), {}));
  REQUIRE(late.set().start().ok());
  boost::asio::post(three.context, [&] {
    CHECK(three.a->set().update({listed("late", make_key(), late.set().port())}).ok());
  });
  REQUIRE(three.run([&] { return !late.set().refusals().empty(); }));
}

TEST_CASE("what cannot be listed changes nothing") {
  Three three;
  REQUIRE(three.connect_first());
  CHECK(!three.a->set().update({listed("x", three.second), listed("y", three.second)}).ok());
  CHECK(three.a->set().status().size() == 1);
  CHECK(three.a->status().connected);
}

}  // namespace
}  // namespace jingchu::network
