#include "consensus/fetching.h"

#include "support.h"

#include <doctest/doctest.h>

namespace jingchu::consensus::testing {
namespace {

const FetchKey kKey{FetchKind::kChain, 5, {}};
const Message kAsk = FetchChain{Height(5)};

std::size_t peer_of(const std::optional<Outgoing>& outgoing) {
  REQUIRE(outgoing);
  return outgoing->to->value();
}

}  // namespace

TEST_CASE("fetching: one peer at a time, the preferred first, never ourselves") {
  Fetching fetching(4, node(0), 15'000);
  CHECK(peer_of(fetching.want(kKey, kAsk, {node(0), node(2)}, 0)) == 2);
  CHECK(!fetching.want(kKey, kAsk, {}, 0));   // already asked
  CHECK(!fetching.refuse(node(1), kKey, 0));  // was not asked
  const std::size_t second = peer_of(fetching.refuse(node(2), kKey, 0));
  CHECK(second != 0);
  CHECK(second != 2);
  const auto overdue = fetching.expire(*fetching.next_deadline_us());
  REQUIRE(overdue.retries.size() == 1);
  CHECK(overdue.retries[0].to->value() + second == 4);  // the third of 1, 2, 3
  fetching.done(kKey);
  CHECK(fetching.outstanding() == 0);
}

TEST_CASE("fetching: given up after everyone was asked twice, and then it may be wanted again") {
  Fetching fetching(4, node(0), 15'000);
  fetching.want(kKey, kAsk, {}, 0);
  std::size_t asked = 1;
  std::uint64_t now = 0;
  while (fetching.is_wanted(kKey)) {
    now = *fetching.next_deadline_us();
    const auto overdue = fetching.expire(now);
    asked += overdue.retries.size();
    if (overdue.retries.empty()) CHECK(overdue.given_up == std::vector<FetchKey>{kKey});
  }
  CHECK(asked == 6);
  CHECK(fetching.want(kKey, kAsk, {}, now));
}

TEST_CASE("fetching: when everybody refuses there is a pause, not a loop") {
  Fetching fetching(3, node(0), 15'000);
  auto outgoing = fetching.want(kKey, kAsk, {}, 0);
  std::size_t refusals = 0;
  while (outgoing) {
    outgoing = fetching.refuse(*outgoing->to, kKey, 0);
    ++refusals;
  }
  CHECK(refusals == 4);
  CHECK(fetching.is_wanted(kKey));
  CHECK(*fetching.next_deadline_us() >= 100'000);
}

TEST_CASE("fetching: a lost peer's requests go elsewhere; nobody left is nobody asked") {
  Fetching fetching(3, node(0), 15'000);
  CHECK(peer_of(fetching.want(kKey, kAsk, {node(1)}, 0)) == 1);
  const auto retries = fetching.lose(node(1), 0);
  REQUIRE(retries.size() == 1);
  CHECK(retries[0].to == node(2));
  fetching.lose(node(2), 0);
  CHECK(!fetching.want({FetchKind::kChain, 6, {}}, kAsk, {}, 0));
  fetching.connect(node(2));
  CHECK(fetching.want({FetchKind::kChain, 6, {}}, kAsk, {}, 0));
}

TEST_CASE("fetching: outstanding requests are bounded") {
  Fetching fetching(4, node(0), 15'000);
  for (std::uint64_t i = 0; i < 1'000; ++i) fetching.want({FetchKind::kProposal, i, {}}, kAsk, {}, 0);
  CHECK(fetching.outstanding() == 3 * kFetchesOfOneMax);
  Fetching among_many(18, node(0), 15'000);
  for (std::uint64_t i = 0; i < 1'000; ++i) among_many.want({FetchKind::kProposal, i, {}}, kAsk, {}, 0);
  CHECK(among_many.outstanding() == 64);
}

TEST_CASE("fetching: no peer is asked for more than it answers at the same time") {
  Fetching fetching(4, node(0), 15'000);
  std::map<std::size_t, std::size_t> asked;
  for (std::uint64_t i = 0; i < 3 * kFetchesOfOneMax; ++i)
    ++asked[peer_of(fetching.want({FetchKind::kProposal, i, {}}, kAsk, {node(1), node(2)}, 0))];
  const std::map<std::size_t, std::size_t> expected = {
      {1, kFetchesOfOneMax}, {2, kFetchesOfOneMax}, {3, kFetchesOfOneMax}};
  CHECK(asked == expected);
  CHECK(!fetching.want(kKey, kAsk, {}, 0));
  fetching.done({FetchKind::kProposal, 0, {}});
  CHECK(peer_of(fetching.want(kKey, kAsk, {}, 0)) == 1);
  // Who is asked for all that it answers may be asked again for the same.
  Fetching of_one(2, node(0), 15'000);
  for (std::uint64_t i = 0; i < kFetchesOfOneMax; ++i)
    of_one.want({FetchKind::kProposal, i, {}}, kAsk, {}, 0);
  const auto overdue = of_one.expire(*of_one.next_deadline_us());
  CHECK(overdue.retries.size() == kFetchesOfOneMax);
  CHECK(overdue.given_up.empty());
}

TEST_CASE("fetching: which batches a peer was asked for") {
  Fetching fetching(4, node(0), 15'000);
  const FetchBatches ask{node(2), Sequence(3), Sequence(9), hash_of("tip")};
  fetching.want({FetchKind::kBatches, 9, hash_of("tip")}, ask, {node(1)}, 0);
  CHECK(fetching.is_asked_for_batch(node(1), node(2), Sequence(3)));
  CHECK(fetching.is_asked_for_batch(node(1), node(2), Sequence(9)));
  CHECK(!fetching.is_asked_for_batch(node(1), node(2), Sequence(10)));
  CHECK(!fetching.is_asked_for_batch(node(1), node(3), Sequence(5)));
  CHECK(!fetching.is_asked_for_batch(node(3), node(2), Sequence(5)));
}

}  // namespace jingchu::consensus::testing
