#include "node/peer_directory.h"

#include <algorithm>
#include <numeric>

#include "tests/node/epoch_support.h"

#include <doctest/doctest.h>

namespace jingchu::node::test {
namespace {

struct Listed {
  ledger::Genesis genesis;
  std::vector<ConfiguredPeer> configured;
  std::optional<PeerDirectory> directory;

  Listed(const EpochPlan& plan, const std::string& self, std::uint8_t number,
         std::vector<ConfiguredPeer> known = {}) {
    genesis.followers = {{"court", transport(40), ""}};
    directory = PeerDirectory::make(plan, genesis, known, {self, transport(number)}).value();
    std::vector<network::PeerNumber> numbers(directory->peers().size());
    std::iota(numbers.begin(), numbers.end(), network::PeerNumber{0});
    directory->assign(numbers);
  }
  std::optional<std::size_t> place(std::uint8_t number) const {
    const auto key = transport(number);
    const auto& peers = directory->peers();
    const auto found = std::find_if(peers.begin(), peers.end(), [&](const network::Peer& peer) {
      return std::equal(key.bytes.begin(), key.bytes.end(), peer.transport_key.begin());
    });
    if (found == peers.end()) return std::nullopt;
    return static_cast<std::size_t>(found - peers.begin());
  }
  const network::Peer& peer(std::uint8_t number) const { return directory->peers()[place(number).value()]; }
  NodeIndex index(std::uint8_t number) const {
    return directory->index_of(static_cast<network::PeerNumber>(place(number).value())).value();
  }
};

Members four() {
  return {member("a", 0), member("b", 1), member("c", 2), member("d", 3)};
}

TEST_CASE("of two validators exactly one dials, and nobody dials itself or a follower") {
  const auto plan = plan_of(four());
  const char* names[] = {"a", "b", "c", "d"};
  for (std::uint8_t one = 0; one < 4; ++one) {
    const Listed self(plan, names[one], one);
    CHECK_FALSE(self.peer(one).dial);
    CHECK_FALSE(self.peer(40).dial);
    CHECK_EQ(self.directory->others().size(), 4u);
    for (std::uint8_t other = 0; other < one; ++other) {
      CHECK_NE(self.peer(other).dial, Listed(plan, names[other], other).peer(one).dial);
    }
  }
}

TEST_CASE("who validates nothing yet dials all validators; once it is in the next set it shares the work") {
  auto plan = plan_of(four());
  plan.pending = four();
  plan.pending->push_back(member("bb", 9));
  const Listed pending(plan, "bb", 9);
  for (std::uint8_t number = 0; number < 4; ++number) CHECK(pending.peer(number).dial);
  CHECK(Listed(plan, "c", 2).peer(9).dial);  // its address is known, and c comes later by name
  plan.next = *plan.pending;
  const Listed next(plan, "bb", 9);
  CHECK(next.peer(0).dial);
  CHECK(next.peer(1).dial);
  CHECK_FALSE(next.peer(2).dial);
  CHECK_FALSE(next.peer(3).dial);
  const Listed follower(plan, "court", 40);
  for (std::uint8_t number = 0; number < 4; ++number) CHECK(follower.peer(number).dial);
}

TEST_CASE("one name under two keys is two peers, one of which is dialled") {
  auto plan = plan_of(four());
  plan.next[1] = member("b", 21);
  plan.next[1].address = plan.members[1].address;
  const Listed other(plan, "d", 3);
  CHECK_EQ(other.peer(1).name, "b");
  CHECK_EQ(other.peer(21).name, "b (next)");
  CHECK(other.peer(1).dial);
  CHECK_FALSE(other.peer(21).dial);
  CHECK_EQ(other.index(1), NodeIndex(1));
  CHECK_GE(other.index(21).value(), 4);
  // The node itself, under its former key and under its new one.
  for (const std::uint8_t number : {std::uint8_t{1}, std::uint8_t{21}}) {
    const Listed self(plan, "b", number);
    CHECK_FALSE(self.peer(1).dial);
    CHECK_FALSE(self.peer(21).dial);
    CHECK(self.peer(0).dial);
  }
  // After the change, and one more epoch on.
  plan.members = plan.next;
  CHECK_EQ(Listed(plan, "d", 3).peer(1).name, "b (former)");
  CHECK_EQ(Listed(plan, "d", 3).index(21), NodeIndex(1));
  plan.before = plan.members;
  CHECK_FALSE(Listed(plan, "d", 3).place(1).has_value());
}

TEST_CASE("validators have the indexes of their epoch, all others indexes beyond; followers serve nothing") {
  auto plan = plan_of({member("d", 3), member("b", 1), member("c", 2), member("a", 0)});
  plan.pending = plan.members;
  plan.pending->push_back(member("e", 9));
  const Listed self(plan, "a", 0, {{"known", transport(50), "10.0.0.9:7000"}});
  CHECK_EQ(self.index(3), NodeIndex(0));
  CHECK_EQ(self.index(0), NodeIndex(3));
  std::vector<NodeIndex> beyond;
  for (const std::uint8_t number : {std::uint8_t{9}, std::uint8_t{40}, std::uint8_t{50}}) {
    const auto index = self.index(number);
    CHECK_GE(index.value(), 4);
    CHECK_EQ(self.directory->number_of(index).value(), self.place(number).value());
    CHECK_EQ(self.directory->may_serve(index), number != 40);
    CHECK(std::find(beyond.begin(), beyond.end(), index) == beyond.end());
    beyond.push_back(index);
  }
  CHECK(self.directory->may_serve(NodeIndex(0)));
  CHECK_EQ(self.directory->name_of(NodeIndex(0)), "d");
  CHECK_FALSE(self.directory->number_of(NodeIndex(300)).has_value());
  CHECK_FALSE(self.directory->may_serve(NodeIndex(300)));
  CHECK(self.peer(50).dial);
  CHECK_EQ(self.peer(50).host, "10.0.0.9");
}

TEST_CASE("a peer of the configuration that a list holds is that one peer, and is not dialled twice") {
  const Listed self(plan_of(four()), "a", 0, {{"known", transport(2), "127.0.0.1:7002"}});
  CHECK_EQ(self.directory->peers().size(), 5u);
  CHECK_EQ(self.peer(2).name, "c");
}

TEST_CASE("a follower of genesis that the configuration names may serve: it may be a validator by now") {
  const Listed self(plan_of(four()), "a", 0, {{"court", transport(40), "10.0.0.9:7000"}});
  CHECK_EQ(self.directory->peers().size(), 5u);
  CHECK(self.directory->may_serve(self.index(40)));
  CHECK(self.peer(40).dial);
}

TEST_CASE("the largest sets, which have nobody in common, leave room for those whose sessions are ending") {
  std::size_t made = 0;
  const auto new_key = [&] {
    PublicKey key{Algorithm::kEd25519, Bytes(32)};
    key.bytes[0] = static_cast<std::uint8_t>(++made & 255);
    key.bytes[1] = static_cast<std::uint8_t>(made >> 8);
    return key;
  };
  const auto largest_set = [&] {
    Members set(contracts::governance::kMembersMax, member("", 0));
    for (auto& one : set) {
      one.name = "v" + std::to_string(made);
      one.transport_key = new_key();
    }
    return set;
  };
  auto plan = plan_of(largest_set());
  plan.next = largest_set();
  plan.before = largest_set();
  plan.pending = largest_set();
  ledger::Genesis genesis;
  while (genesis.followers.size() < ledger::kValidatorsMax) {
    genesis.followers.push_back({"f" + std::to_string(made), new_key(), ""});
  }
  const std::vector<ConfiguredPeer> known(64, {"known", new_key(), "127.0.0.1:7000"});
  const auto directory = PeerDirectory::make(plan, genesis, known, {"a", transport(0)}).value();
  CHECK_EQ(directory.peers().size(), made);
  CHECK_LE(directory.peers().size() + 63 + 2 * contracts::governance::kMembersMax, network::kPeersMax);
}

TEST_CASE("an address that cannot be read is an error") {
  auto plan = plan_of(four());
  plan.members[2].address = "nowhere";
  CHECK_FALSE(PeerDirectory::make(plan, {}, {}, {"a", transport(0)}).ok());
}

}  // namespace
}  // namespace jingchu::node::test
