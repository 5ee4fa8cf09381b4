#include "consensus/lanes.h"

#include <random>

#include "consensus/cut.h"
#include "consensus/safety.h"
#include "support.h"

#include <doctest/doctest.h>

namespace jingchu::consensus::testing {
namespace {

// A chain of batches 1..count of a lane.
std::vector<BatchPointer> chain_of(const Fixture& given, std::size_t lane, std::size_t count,
                                   const std::string& name) {
  std::vector<BatchPointer> batches;
  Hash prev = kZeroHash;
  for (std::size_t i = 1; i <= count; ++i) {
    batches.push_back(given.batch(lane, i, prev, name + std::to_string(i) + "."));
    prev = batches.back()->tip;
  }
  return batches;
}

CutEntry entry(const BatchPointer& batch) {
  return {batch->batch.sequence, batch->tip};
}

void store(Lanes& lanes, const BatchPointer& batch, std::uint64_t at_us = 0) {
  lanes.take(batch, at_us, false);
  lanes.set_durable(batch->tip);
}

}  // namespace

TEST_CASE("lanes: a watermark is what is stored durably without a gap") {
  const Fixture given(4);
  Lanes lanes(Cut(4), given.parameters);
  const auto batches = chain_of(given, 1, 4, "a");
  store(lanes, batches[2]);
  store(lanes, batches[1]);
  CHECK(lanes.watermarks()[1] == CutEntry{});
  CHECK(lanes.take(batches[0], 0, false).taken == Lanes::Taken::kStored);
  CHECK(lanes.watermarks()[1] == CutEntry{});  // not durable yet
  CHECK(lanes.set_durable(batches[0]->tip));
  CHECK(lanes.watermarks()[1] == entry(batches[2]));
  CHECK(lanes.tip_at(1, Sequence(2)) == batches[1]->tip);
  CHECK(!lanes.tip_at(1, Sequence(4)));
  CHECK(!lanes.tip_at(1, Sequence(UINT64_MAX)));
  CHECK(lanes.take(batches[0], 0, false).taken == Lanes::Taken::kKnown);
  CHECK(!lanes.set_durable(hash_of("unknown")));
}

TEST_CASE("lanes (R5): a walk follows the links, whatever arrived first") {
  const Fixture given(4);
  Lanes lanes(Cut(4), given.parameters);
  const auto a = chain_of(given, 1, 4, "a");
  const auto fork = given.batch(1, 2, a[0]->tip, "fork");
  store(lanes, a[0]);
  store(lanes, fork);
  const auto intake = lanes.take(a[1], 0, false);
  CHECK(intake.taken == Lanes::Taken::kStored);
  CHECK(intake.twin == fork);
  lanes.set_durable(a[1]->tip);
  CHECK(lanes.watermarks()[1] == entry(fork));
  SUBCASE("both branches can be walked") {
    CHECK(lanes.walk(1, {}, entry(fork)).batches.size() == 2);
    const auto walk = lanes.walk(1, {}, entry(a[1]));
    CHECK(walk.batches.size() == 2);
    CHECK(!walk.broken);
    CHECK(walk.batches[0] == a[0]);
  }
  SUBCASE("a walk that ends on the other branch is broken") {
    store(lanes, a[2]);
    CHECK(lanes.walk(1, entry(fork), entry(a[2])).broken);
    CHECK(!lanes.walk(1, entry(a[1]), entry(a[2])).broken);
  }
  SUBCASE("a tip of another sequence or lane is broken") {
    CHECK(lanes.walk(1, {}, {Sequence(3), a[1]->tip}).broken);
    CHECK(lanes.walk(2, {}, {Sequence(2), a[1]->tip}).broken);
  }
  SUBCASE("what is missing is named by its tip") {
    const auto walk = lanes.walk(1, {}, entry(a[3]));
    REQUIRE(walk.missing);
    CHECK(walk.missing->last == entry(a[3]));
    store(lanes, a[3]);
    CHECK(lanes.walk(1, {}, entry(a[3])).missing->last == entry(a[2]));
  }
  SUBCASE("the chain follows what becomes final") {
    Cut to(4);
    to[1] = entry(a[1]);
    lanes.deliver(Cut(4), to, {a[0], a[1]});
    CHECK(lanes.watermarks()[1] == entry(a[1]));
    store(lanes, a[2]);
    CHECK(lanes.watermarks()[1] == entry(a[2]));
  }
}

TEST_CASE("lanes: junk with a false link does not continue a chain") {
  const Fixture given(4);
  Lanes lanes(Cut(4), given.parameters);
  const auto a = chain_of(given, 1, 1, "a");
  store(lanes, a[0]);
  store(lanes, given.batch(1, 7, a[0]->tip, "jump"));
  CHECK(lanes.watermarks()[1] == entry(a[0]));
}

TEST_CASE("lanes: what follows nothing has a small cap of its own, until it does follow") {
  const Fixture given(4);
  Parameters parameters = given.parameters;
  parameters.batch_bytes_max = 1024;  // 8 of the smallest may be loose
  Lanes lanes(Cut(4), parameters);
  const auto a = chain_of(given, 1, 30, "a");
  const auto taken = [&](std::size_t i) {
    const auto outcome = lanes.take(a[i], 0, false).taken;
    if (outcome == Lanes::Taken::kStored) lanes.set_durable(a[i]->tip);
    return outcome;
  };
  for (std::size_t i = 1; i <= 8; ++i) CHECK(taken(i) == Lanes::Taken::kStored);
  CHECK(taken(9) == Lanes::Taken::kFull);
  CHECK(lanes.take(a[10], 0, true).taken == Lanes::Taken::kStored);  // named by a proposal: exempt
  CHECK(taken(0) == Lanes::Taken::kStored);                          // the gap is closed
  CHECK(lanes.watermarks()[1] == entry(a[8]));
  for (std::size_t i = 11; i <= 17; ++i) CHECK(taken(i) == Lanes::Taken::kStored);  // with a[10]: loose again
  CHECK(taken(18) == Lanes::Taken::kFull);
  lanes.prune(Cut{{}, entry(a[29]), {}, {}});
  CHECK(taken(25) == Lanes::Taken::kStored);
}

TEST_CASE("lanes: a closed lane takes only what is named") {
  const Fixture given(4);
  Lanes lanes(Cut(4), given.parameters);
  const auto a = chain_of(given, 1, 2, "a");
  lanes.close(1);
  CHECK(lanes.take(a[0], 0, false).taken == Lanes::Taken::kFull);
  CHECK(lanes.take(a[0], 0, true).taken == Lanes::Taken::kStored);
}

TEST_CASE("lanes: caps, and what becomes final, executed and forgotten") {
  Fixture given(4);
  given.parameters.lane_bytes_max = 3 * 1024;  // six small batches with the slack for others
  Lanes lanes(Cut(4), given.parameters);
  const auto a = chain_of(given, 1, 12, "a");
  for (std::size_t i = 0; i < 6; ++i) store(lanes, a[i]);
  CHECK(lanes.take(a[6], 0, false).taken == Lanes::Taken::kFull);
  CHECK(lanes.take(a[6], 0, true).taken == Lanes::Taken::kStored);  // named by a proposal: exempt
  CHECK(lanes.pending_weight(1) == 7 * 1024);
  Cut to(4);
  to[1] = entry(a[3]);
  lanes.deliver(Cut(4), to, {a[0], a[1], a[2], a[3]});
  lanes.set_final(to);
  CHECK(lanes.pending_weight(1) == 3 * 1024);
  CHECK(lanes.take(given.batch(1, 3, a[1]->tip, "late fork"), 0, false).taken == Lanes::Taken::kOld);
  lanes.set_executed(to);
  CHECK(lanes.executed(1) == entry(a[3]));
  CHECK(lanes.watermarks()[1] == entry(a[5]));  // the seventh is not durable
  CHECK(lanes.find(a[0]->tip) != nullptr);
  lanes.prune(to);
  CHECK(lanes.find(a[3]->tip) == nullptr);
  CHECK(lanes.find(a[4]->tip) != nullptr);
  CHECK(lanes.all().size() == 3);
  lanes.set_durable(a[6]->tip);
  CHECK(lanes.watermarks()[1] == entry(a[6]));
}

TEST_CASE("lanes: execution beyond one's own chain moves the chain") {
  const Fixture given(4);
  Lanes lanes(Cut(4), given.parameters);
  const auto a = chain_of(given, 0, 3, "a");
  Cut to(4);
  to[0] = entry(a[1]);
  lanes.set_final(to);
  lanes.set_executed(to);
  CHECK(lanes.watermarks()[0] == entry(a[1]));
  store(lanes, a[2]);
  CHECK(lanes.watermarks()[0] == entry(a[2]));
}

TEST_CASE("cut: the q-th highest report, the (f+1)-th for old batches, never beyond one's own") {
  const Fixture given(4);
  Lanes lanes(Cut(4), given.parameters);
  const auto a = chain_of(given, 1, 5, "a");
  for (const BatchPointer& batch : a) store(lanes, batch, 100);
  std::vector<Cut> reports(4, Cut(4));
  const auto supports = [&](std::vector<std::uint64_t> sequences, std::uint64_t old_since_us) {
    CutChoice choice;
    choice.quorum = 3, choice.one_honest = 2, choice.old_since_us = old_since_us;
    for (std::size_t i = 0; i < sequences.size(); ++i) {
      const std::uint64_t s = sequences[i];
      reports[i][1] = {Sequence(s), s == 0 ? kZeroHash : s <= 5 ? a[s - 1]->tip : hash_of("later")};
      choice.reported.push_back(&reports[i]);
    }
    return supported(lanes, 1, {}, choice).value();
  };
  CHECK(supports({5, 4, 3, 2}, 0) == 3);
  CHECK(supports({5, 4, 3, 2}, 101) == 4);  // older than 4D: f+1 hold it
  CHECK(supports({5, 4, 3, 2}, 100) == 3);
  CHECK(supports({9, 9, 9, 9}, 0) == 5);  // more than our own
  CHECK(supports({UINT64_MAX, UINT64_MAX, 1, 0}, 0) == 1);
  CHECK(supports({5, 5}, 0) == 0);  // too few reports
  CHECK(supports({5, 5}, 101) == 5);
  SUBCASE("a report off our chain does not count") {
    reports[3][1] = {Sequence(5), hash_of("fork")};
    CutChoice choice;
    choice.quorum = 3, choice.one_honest = 2;
    reports[0][1] = reports[1][1] = entry(a[4]);
    choice.reported = {&reports[0], &reports[1], &reports[3]};
    CHECK(supported(lanes, 1, {}, choice) == Sequence());
  }
  SUBCASE("nor is a lane cut that is closed, or whose chain is off the parent's cut") {
    CutChoice choice;
    choice.quorum = 1, choice.one_honest = 1;
    reports[0][1] = entry(a[4]);
    choice.reported = {&reports[0]};
    CHECK(supported(lanes, 1, {}, choice) == Sequence(5));
    CHECK(supported(lanes, 1, {Sequence(2), hash_of("fork")}, choice) == Sequence(2));
    lanes.close(1);
    CHECK(supported(lanes, 1, {}, choice) == Sequence());
  }
}

TEST_CASE("lanes: what the owner of a closed lane names again and again does not stay") {
  const Fixture given(4);
  Lanes lanes(Cut(4), given.parameters);
  const auto a = chain_of(given, 1, 3, "a");
  for (const auto& batch : a) store(lanes, batch);
  lanes.close(1);
  const std::uint64_t before = lanes.pending_weight(1);
  std::vector<BatchPointer> forks;
  for (int i = 0; i < 20; ++i) {
    forks.push_back(given.batch(1, 2, a[0]->tip, "fork " + std::to_string(i)));
    CHECK(lanes.take(forks.back(), 0, false).taken == Lanes::Taken::kFull);
    CHECK(lanes.take(forks.back(), 0, true).taken == Lanes::Taken::kStored);
    lanes.set_durable(forks.back()->tip);
    lanes.forget_branches(1, {forks.back()->tip, hash_of("not held")});
    CHECK(lanes.pending_weight(1) == before + weight_of(*forks.back()));
  }
  CHECK(lanes.find(forks[18]->tip) == nullptr);
  CHECK(lanes.walk(1, {}, entry(forks[19])).batches.size() == 2);
  // Our own chain stands, and what was forgotten may come again.
  CHECK(lanes.watermarks()[1] == entry(a[2]));
  CHECK(lanes.walk(1, {}, entry(a[2])).batches.size() == 3);
  lanes.forget_branches(1, {});
  CHECK(lanes.pending_weight(1) == before);
  CHECK(lanes.take(forks[0], 0, true).taken == Lanes::Taken::kStored);
  // What is final is kept, whether it is our chain or not.
  lanes.set_final({{}, entry(forks[0]), {}, {}});
  lanes.forget_branches(1, {});
  CHECK(lanes.find(forks[0]->tip) != nullptr);
}

TEST_CASE("cut (R12): against a naive twin over random lanes and limits") {
  std::mt19937 random(11);
  for (int run = 0; run < 150; ++run) {
    CAPTURE(run);
    const std::size_t n = 1 + random() % 5;
    Fixture given(n);
    Parameters& limits = given.parameters;
    limits.block_batches_max = static_cast<std::uint32_t>(1 + random() % 12);
    limits.block_bytes_max = 10 + random() % 200;
    limits.block_transactions_max = 1 + random() % 20;
    Lanes lanes(Cut(n), limits);
    std::vector<std::vector<BatchPointer>> batches(n);
    Cut full(n);
    for (std::size_t lane = 0; lane < n; ++lane) {
      Hash prev = kZeroHash;
      for (std::uint64_t s = 1; s <= random() % 8; ++s) {
        batches[lane].push_back(
            given.batch(lane, s, prev, std::string(1 + random() % 9, 'x'), 1 + random() % 4));
        prev = batches[lane].back()->tip;
        store(lanes, batches[lane].back());
        full[lane] = entry(batches[lane].back());
      }
    }
    const Cut none(n);
    CutChoice choice;
    choice.parent = &none, choice.height = Height(random() % 10), choice.quorum = 1, choice.one_honest = 1;
    choice.reported = {&full};
    const Cut cut = choose_cut(lanes, choice, limits);
    // The twin: what each lane may take of its share, then one batch in turn while anything fits.
    std::vector<std::size_t> taken(n);
    std::uint64_t count = 0, bytes = 0, transactions = 0;
    const auto fits = [&](std::size_t lane) {
      if (taken[lane] == batches[lane].size()) return false;
      const SealedBatch& next = *batches[lane][taken[lane]];
      return count + 1 <= limits.block_batches_max && bytes + next.bytes <= limits.block_bytes_max &&
             transactions + next.batch.transactions.size() <= limits.block_transactions_max;
    };
    const auto take = [&](std::size_t lane) {
      const SealedBatch& next = *batches[lane][taken[lane]++];
      count += 1, bytes += next.bytes, transactions += next.batch.transactions.size();
    };
    for (std::size_t lane = 0; lane < n; ++lane) {
      std::uint64_t own_count = 0, own_bytes = 0, own_transactions = 0;
      while (fits(lane)) {
        const SealedBatch& next = *batches[lane][taken[lane]];
        own_count += 1, own_bytes += next.bytes, own_transactions += next.batch.transactions.size();
        if (own_count > limits.block_batches_max / n || own_bytes > limits.block_bytes_max / n ||
            own_transactions > limits.block_transactions_max / n) {
          break;
        }
        take(lane);
      }
    }
    for (bool moved = true; moved;) {
      moved = false;
      for (std::size_t i = 0; i < n; ++i) {
        const std::size_t lane = (choice.height.value() + i) % n;
        if (fits(lane)) take(lane), moved = true;
      }
    }
    for (std::size_t lane = 0; lane < n; ++lane) CHECK(cut[lane].sequence == Sequence(taken[lane]));
    // And what a voter asks of it.
    Header parent = given.genesis;
    Header header = given.header(1, parent);
    header.cut = cut;
    CHECK(cut_fits(header, parent, limits).fits());
    CHECK(limits_fit(bytes, transactions, limits).fits());
  }
}

}  // namespace jingchu::consensus::testing
