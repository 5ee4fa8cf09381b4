#include "node/peer_traffic.h"

#include <boost/asio/io_context.hpp>
#include <numeric>

#include "tests/node/epoch_support.h"
// After the project's headers:
#include <doctest/doctest.h>

namespace jingchu::node::test {
namespace {

// The traffic of "a" with the validators of an epoch, whose places are their numbers.
struct Traffic {
  explicit Traffic(const Members& members) {
    network::PeerSetConfig config;
    config.transport_key = std::make_shared<const PrivateKey>(fixed_key(2));
    peers = std::make_unique<network::PeerSet>(io.get_executor(), std::move(config), network::PeerHandlers{},
                                               Log());
    PeerTraffic::Parts parts{
        .genesis = &genesis,
        .blocks = nullptr,
        .signature_pool = &pool,
        .misbehaviour = nullptr,
        .checked = &checked,
        .to_core = [this](const PeerInput&) { ++inputs; },
        .on_refused = [this](const std::string& peer,
                             const Error& error) { refused.push_back(peer + ": " + error.type); }};
    traffic =
        std::make_unique<PeerTraffic>(std::move(parts), verifier(members, Epoch(7)), directory(members));
    traffic->attach(*peers);
  }
  consensus::Verifier verifier(const Members& members, Epoch epoch) const {
    return {genesis.chain_id, epoch, validator_set(members), consensus::real_signatures()};
  }
  PeerDirectory directory(const Members& members) const {
    auto made = PeerDirectory::make(plan_of(members), genesis, {}, {"a", transport(0)}).value();
    std::vector<network::PeerNumber> numbers(made.peers().size());
    std::iota(numbers.begin(), numbers.end(), network::PeerNumber{0});
    made.assign(numbers);
    return made;
  }
  void say(network::PeerNumber peer, const consensus::Message& message) {
    traffic->frame(peer, consensus::message_kind(message), consensus::encode_message(message));
  }

  ledger::Genesis genesis;
  ledger::CheckedBatches checked;
  boost::asio::io_context io;
  boost::asio::thread_pool pool{1};
  std::unique_ptr<network::PeerSet> peers;
  std::unique_ptr<PeerTraffic> traffic;
  int inputs = 0;
  std::vector<std::string> refused;
};

TEST_CASE("what a peer said of the next epoch is read when it begins, and is its own fault alone") {
  const Members before = {member("a", 0), member("b", 1), member("c", 2), member("d", 3)};
  const consensus::Vote forged{
      Epoch(8), {consensus::VoteKind::kNotarize, View(3), Height(4), {}}, NodeIndex(1), {}};
  Traffic same(before);
  for (int i = 0; i < 3; ++i) same.say(1, forged);
  CHECK(same.refused.empty());
  same.traffic->enter(same.verifier(before, Epoch(8)), same.directory(before));
  // With the first its session has ended: the others are not looked at.
  CHECK_EQ(same.refused, std::vector<std::string>{"b: bad-signature"});
  // "b" has gone, and its place is that of another.
  Traffic another(before);
  another.say(1, forged);
  const Members after = {member("a", 0), member("e", 9), member("c", 2), member("d", 3)};
  another.traffic->enter(another.verifier(after, Epoch(8)), another.directory(after));
  CHECK(another.refused.empty());
  CHECK_EQ(another.inputs, 0);
}

}  // namespace
}  // namespace jingchu::node::test
