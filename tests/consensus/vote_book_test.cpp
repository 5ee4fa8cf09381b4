#include "consensus/vote_book.h"

#include <random>
#include <set>

#include "consensus/misbehaviour.h"
#include "support.h"

#include <doctest/doctest.h>

namespace jingchu::consensus::testing {

TEST_CASE("vote book: the vote that completes a quorum yields exactly q signatures, ascending") {
  const Fixture given(7);
  VoteBook book(7, given.validators.quorum());
  const Hash hash = hash_of("block");
  for (const std::size_t signer : {6u, 2u, 5u, 0u}) {
    CHECK(!book.add(given.vote(VoteKind::kNotarize, 3, 2, hash, signer)).completed);
  }
  // Neither another kind, nor another block, nor the same vote again counts.
  CHECK(!book.add(given.vote(VoteKind::kFinalize, 3, 2, hash, 1)).completed);
  CHECK(!book.add(given.vote(VoteKind::kNotarize, 3, 2, hash_of("other"), 4)).completed);
  CHECK(!book.add(given.vote(VoteKind::kNotarize, 3, 2, hash, 6)).counted);
  CHECK(!book.add(given.vote(VoteKind::kNotarize, 4, 2, hash, 1)).completed);
  const auto outcome = book.add(given.vote(VoteKind::kNotarize, 3, 2, hash, 1));
  REQUIRE(outcome.completed);
  CHECK(outcome.completed->signatures.size() == 5);
  CHECK(given.verifier.certificate(*outcome.completed).ok());
  CHECK(book.add(*outcome.completed) == VoteBook::Stored::kNew);
  CHECK(book.add(given.certificate(VoteKind::kNotarize, 3, 2, hash, 0)) == VoteBook::Stored::kKnown);
  CHECK(book.add(given.certificate(VoteKind::kNotarize, 3, 2, hash_of("other"))) ==
        VoteBook::Stored::kConflict);
  CHECK(book.certifies(View(3), hash));
  CHECK(!book.certifies(View(3), hash_of("other")));
  CHECK(book.closing(View(3))->ballot.kind == VoteKind::kNotarize);
  CHECK(!book.add(given.vote(VoteKind::kNotarize, 3, 2, hash, 3)).completed);  // only once
}

TEST_CASE("vote book: a height is part of the ballot") {
  const Fixture given(4);
  VoteBook book(4, 3);
  book.add(given.vote(VoteKind::kFinalize, 1, 1, hash_of("b"), 0));
  book.add(given.vote(VoteKind::kFinalize, 1, 1, hash_of("b"), 1));
  CHECK(!book.add(given.vote(VoteKind::kFinalize, 1, 2, hash_of("b"), 2)).completed);
}

TEST_CASE("vote book: tallies against a naive twin") {
  const Fixture given(4);
  std::mt19937 random(7);
  for (int run = 0; run < 200; ++run) {
    VoteBook book(4, 3);
    std::map<Ballot, std::set<std::size_t>> twin;
    std::set<std::tuple<VoteKind, View, std::size_t>> voted;
    for (int i = 0; i < 40; ++i) {
      const auto kind = static_cast<VoteKind>(1 + random() % 3);
      const bool nullify = kind == VoteKind::kNullify;
      const std::size_t signer = random() % 4;
      const std::uint64_t view = 1 + random() % 2;
      const Vote vote = given.vote(kind, view, nullify ? 0 : view,
                                   nullify ? kZeroHash : hash_of(std::to_string(random() % 2)), signer);
      const bool is_first = voted.insert({kind, View(view), signer}).second;
      if (is_first) twin[vote.ballot].insert(signer);
      const auto outcome = book.add(vote);
      CHECK(outcome.counted == is_first);
      CHECK(outcome.completed.has_value() == (is_first && twin[vote.ballot].size() == 3));
      if (outcome.completed) book.add(*outcome.completed);
    }
    CHECK(book.votes_held() == voted.size());
    CHECK(book.votes_held() <= 4 * 3 * 2);
  }
}

TEST_CASE("vote book: pruning keeps nothing of a final view but its finalization") {
  const Fixture given(4);
  VoteBook book(4, 3);
  for (std::uint64_t view = 1; view <= 5; ++view) {
    book.add(given.vote(VoteKind::kNullify, view, 0, kZeroHash, 0));
    book.add(given.certificate(VoteKind::kNotarize, view, view, hash_of("b")));
    book.add(given.certificate(VoteKind::kFinalize, view, view, hash_of("b")));
  }
  book.prune(View(3));
  CHECK(book.votes_held() == 2);
  CHECK(book.certificate(VoteKind::kFinalize, View(2)) == nullptr);
  CHECK(book.certificate(VoteKind::kNotarize, View(3)) == nullptr);
  CHECK(book.certificate(VoteKind::kFinalize, View(3)) != nullptr);
  CHECK(book.notarized_views() == std::vector<View>{View(4), View(5)});
}

TEST_CASE("misbehaviour (R15): which pairs of votes are evidence") {
  const Fixture given(4);
  const Hash a = hash_of("a");
  const Hash b = hash_of("b");
  const auto vote = [&](VoteKind kind, std::uint64_t view, const Hash& hash, std::size_t signer = 1) {
    return given.vote(kind, view, kind == VoteKind::kNullify ? 0 : 5, hash, signer);
  };
  struct Row {
    const char* what;
    Vote first, second;
    const char* kind;  // null: honest
  };
  const Row rows[] = {
      {"two notarizes", vote(VoteKind::kNotarize, 1, a), vote(VoteKind::kNotarize, 1, b), "two-notarizes"},
      {"two finalizes", vote(VoteKind::kFinalize, 1, a), vote(VoteKind::kFinalize, 1, b), "two-finalizes"},
      {"nullify, then finalize", vote(VoteKind::kNullify, 1, kZeroHash), vote(VoteKind::kFinalize, 1, a),
       "nullify-and-finalize"},
      {"finalize, then nullify", vote(VoteKind::kFinalize, 1, a), vote(VoteKind::kNullify, 1, kZeroHash),
       "nullify-and-finalize"},
      {"notarize and nullify", vote(VoteKind::kNotarize, 1, a), vote(VoteKind::kNullify, 1, kZeroHash),
       nullptr},
      {"notarize and finalize", vote(VoteKind::kNotarize, 1, a), vote(VoteKind::kFinalize, 1, a), nullptr},
      {"notarize a, finalize b", vote(VoteKind::kNotarize, 1, a), vote(VoteKind::kFinalize, 1, b), nullptr},
      {"finalizes of one height in two views", vote(VoteKind::kFinalize, 1, a),
       vote(VoteKind::kFinalize, 2, b), nullptr},
      {"the same vote", vote(VoteKind::kNotarize, 1, a), vote(VoteKind::kNotarize, 1, a), nullptr},
      {"two signers", vote(VoteKind::kNotarize, 1, a), vote(VoteKind::kNotarize, 1, b, 2), nullptr},
  };
  for (const Row& row : rows) {
    CAPTURE(row.what);
    const auto kind = contradiction(row.first, row.second);
    CHECK(kind.has_value() == (row.kind != nullptr));
    if (kind && row.kind != nullptr) CHECK(to_string(*kind) == row.kind);
    VoteBook book(4, 3);
    book.add(row.first);
    CHECK(book.add(row.second).contradicts.has_value() == (row.kind != nullptr));
  }
  // A signature over the same content may differ (SM2 is random): that proves nothing.
  Vote other = vote(VoteKind::kNotarize, 1, a);
  other.signature[0] ^= 1;
  CHECK(!contradiction(vote(VoteKind::kNotarize, 1, a), other));
}

}  // namespace jingchu::consensus::testing
