// The pure rules, one step table for each.
#include "consensus/safety.h"

#include <functional>

#include "consensus/pacemaker.h"
#include "support.h"

#include <doctest/doctest.h>

namespace jingchu::consensus::testing {

TEST_CASE("safety: what may be signed beside what was signed") {
  const Ballot some{VoteKind::kNotarize, View(3), Height(2), hash_of("b")};
  struct Row {
    const char* given;
    OwnSignatures own;
    bool notarize, nullify, finalize;
  };
  const Row rows[] = {
      {"nothing", {}, true, true, true},
      {"notarize", {some, {}, {}, {}}, false, true, true},
      {"nullify", {{}, some, {}, {}}, true, false, false},
      {"finalize", {{}, {}, some, {}}, true, false, false},
      {"notarize and nullify", {some, some, {}, {}}, false, false, false},
      {"notarize and finalize", {some, {}, some, {}}, false, false, false},
  };
  for (const Row& row : rows) {
    CAPTURE(row.given);
    CHECK(may_notarize(row.own) == row.notarize);
    CHECK(may_nullify(row.own) == row.nullify);
    CHECK(may_finalize(row.own) == row.finalize);
  }
}

constexpr std::uint64_t kReceived = 51'100;

TEST_CASE("safety (R2): each header field is checked") {
  const Fixture given(4);
  Header parent = given.genesis;
  parent.view = View(4), parent.height = Height(9), parent.executed_height = Height(7);
  parent.executed_root = hash_of("root 7"), parent.time_ms = 50'000;
  parent.cut[1] = {Sequence(5), hash_of("tip 5")};
  const ExecutedRoots roots{{Height(7), hash_of("root 7")}, {Height(8), hash_of("root 8")}};
  Header good = given.header(6, parent);
  good.executed_height = Height(8), good.executed_root = hash_of("root 8"), good.time_ms = 51'000;
  good.cut[1] = {Sequence(7), hash_of("tip 7")};
  const EpochRules rules{Epoch(), 4, given.validators.hash(), kZeroHash, Height(11)};
  const auto judge = [&](const Header& header) {
    if (const Judgement form = form_fits(header, rules); !form.fits()) return form.fit;
    for (const Judgement& judgement :
         {height_fits(header, parent), cut_fits(header, parent, given.parameters),
          tail_fits(header, parent, rules), execution_fits(header, parent, roots),
          time_fits(header, parent, kReceived, 0, given.parameters)}) {
      if (!judgement.fits()) return judgement.fit;
    }
    return Fit::kFits;
  };
  CHECK(judge(good) == Fit::kFits);
  struct Row {
    const char* what;
    std::function<void(Header&)> falsify;
    Fit fit;
  };
  const Row rows[] = {
      {"version", [](Header& h) { h.protocol_version = 2; }, Fit::kNever},
      {"epoch", [](Header& h) { h.epoch = Epoch(1); }, Fit::kNever},
      {"parent view not before", [](Header& h) { h.parent_view = h.view; }, Fit::kNever},
      {"height skipped", [](Header& h) { h.height = Height(11); }, Fit::kNever},
      {"height repeated", [](Header& h) { h.height = Height(9); }, Fit::kNever},
      {"cut too short", [](Header& h) { h.cut.pop_back(); }, Fit::kNever},
      {"cut too long", [](Header& h) { h.cut.emplace_back(); }, Fit::kNever},
      {"cut back",
       [](Header& h) {
         h.cut[1] = CutEntry{Sequence(4), hash_of("tip 4")};
       },
       Fit::kNever},
      {"same sequence, other tip",
       [](Header& h) {
         h.cut[1] = {Sequence(5), hash_of("tip 5b")};
       },
       Fit::kNever},
      {"too many batches", [](Header& h) { h.cut[0].sequence = Sequence(511); }, Fit::kNever},
      {"overflowing cut", [](Header& h) { h.cut[0].sequence = h.cut[2].sequence = Sequence(UINT64_MAX); },
       Fit::kNever},
      {"just as many as allowed", [](Header& h) { h.cut[0].sequence = Sequence(510); }, Fit::kFits},
      {"execution back", [](Header& h) { h.executed_height = Height(6); }, Fit::kNever},
      {"execution of itself", [](Header& h) { h.executed_height = Height(10); }, Fit::kNever},
      {"wrong root", [](Header& h) { h.executed_root = hash_of("x"); }, Fit::kNever},
      {"wrong root at the parent's height",
       [](Header& h) { h.executed_height = Height(7), h.executed_root = hash_of("x"); }, Fit::kNever},
      {"an execution that we have not done yet", [](Header& h) { h.executed_height = Height(9); },
       Fit::kWaits},
      {"validators", [](Header& h) { h.validators_hash = hash_of("x"); }, Fit::kNever},
      {"next validators", [](Header& h) { h.next_validators_hash = hash_of("x"); }, Fit::kNever},
      {"time as the parent's", [](Header& h) { h.time_ms = 50'000; }, Fit::kNever},
      {"time in the future", [](Header& h) { h.time_ms = kReceived + 501; }, Fit::kUntimely},
      {"time as far ahead as allowed", [](Header& h) { h.time_ms = kReceived + 500; }, Fit::kFits},
      {"time at the end", [](Header& h) { h.time_ms = UINT64_MAX; }, Fit::kUntimely},
  };
  for (const Row& row : rows) {
    CAPTURE(row.what);
    Header header = good;
    row.falsify(header);
    CHECK(judge(header) == row.fit);
  }
}

TEST_CASE("safety (R4): with the parent's executed fields no own execution is needed") {
  const Fixture given(4);
  Header parent = given.genesis;
  parent.height = Height(9), parent.executed_height = Height(7), parent.executed_root = hash_of("root 7");
  CHECK(execution_fits(given.header(5, parent), parent, {}).fits());
}

TEST_CASE("safety: cuts stand still while execution is too far behind") {
  const Fixture given(4);
  Header parent = given.genesis;
  parent.height = Height(20), parent.executed_height = Height(5);
  Header header = given.header(21, parent);
  CHECK(header.height == Height(21));
  header.cut[0] = {Sequence(1), hash_of("t")};
  CHECK(cut_fits(header, parent, given.parameters).fits());  // 21 - 5 = 16
  parent.executed_height = header.executed_height = Height(4);
  CHECK(cut_fits(header, parent, given.parameters).fit == Fit::kNever);
  header.cut = parent.cut;
  CHECK(cut_fits(header, parent, given.parameters).fits());
}

TEST_CASE("safety: every skipped view must be nullified") {
  const Fixture given(4);
  VoteBook book(4, 3);
  CHECK(!first_gap(book, View(4), View(5)));
  CHECK(first_gap(book, View(4), View(7)) == View(5));
  book.add(given.certificate(VoteKind::kNullify, 5, 0, kZeroHash));
  book.add(given.certificate(VoteKind::kNotarize, 6, 1, hash_of("b")));
  CHECK(first_gap(book, View(4), View(7)) == View(6));
  book.add(given.certificate(VoteKind::kNullify, 6, 0, kZeroHash));
  CHECK(!first_gap(book, View(4), View(7)));
}

TEST_CASE("safety (R13): an old proposal is late sooner or later, by the number of failed views") {
  const Fixture given(4);
  Header header = given.header(1, given.genesis);
  header.time_ms = 100'000;
  const auto fits = [&](std::uint64_t received, std::uint64_t failed) {
    return time_fits(header, given.genesis, received, failed, given.parameters).fits();
  };
  CHECK(fits(102'500, 0));
  CHECK(!fits(102'501, 0));
  CHECK(fits(102'700, 1));
  CHECK(!fits(102'701, 1));
  CHECK(fits(1'000'000, 100));
  CHECK(!fits(UINT64_MAX, UINT64_MAX));  // the exponent is capped
}

TEST_CASE("safety (R13): the least time after the parent's is never in the future") {
  const Fixture given(4);
  Header parent = given.genesis;
  parent.time_ms = 10'000'000;
  Header header = given.header(1, parent);
  const auto judge = [&](std::uint64_t received) {
    return time_fits(header, parent, received, 0, given.parameters).fit;
  };
  const std::uint64_t set_back = parent.time_ms - 3'600'000;
  header.time_ms = parent.time_ms + 1;
  CHECK(judge(set_back) == Fit::kFits);
  CHECK(judge(0) == Fit::kFits);
  header.time_ms = parent.time_ms + 2;
  CHECK(judge(set_back) == Fit::kUntimely);
  header.time_ms = parent.time_ms;
  CHECK(judge(set_back) == Fit::kNever);
  header.time_ms = parent.time_ms + 1;
  CHECK(judge(header.time_ms + 2'501) == Fit::kUntimely);  // but it may be too long ago
}

TEST_CASE("pacemaker: T(v) grows by 1.3, is capped, and resets with the last final view") {
  Parameters parameters;
  parameters.delay_ms = 60;
  CHECK(view_timeout_us(parameters, View(8), View(7)) == 240'000);
  CHECK(view_timeout_us(parameters, View(9), View(7)) == 312'000);
  CHECK(view_timeout_us(parameters, View(10), View(7)) == 405'600);
  CHECK(view_timeout_us(parameters, View(22), View(7)) ==
        view_timeout_us(parameters, View(UINT64_MAX), View(7)));
  CHECK(view_timeout_us(parameters, View(UINT64_MAX), View()) <= 10'000'000);
  parameters.timer_cap_ms = 300;
  CHECK(view_timeout_us(parameters, View(9), View(7)) == 300'000);
}

TEST_CASE("pacemaker (R10): idle extends once and its end takes the extension back") {
  Parameters parameters;
  Pacemaker pacemaker(parameters);
  pacemaker.enter(View(1), 1'000);
  CHECK(pacemaker.view_deadline_us(View()) == 241'000);
  pacemaker.extend_for_idle();
  pacemaker.extend_for_idle();
  CHECK(pacemaker.view_deadline_us(View()) == 1'241'000);
  pacemaker.end_idle();
  CHECK(pacemaker.view_deadline_us(View()) == 241'000);
  pacemaker.extend_for_idle();
  CHECK(!pacemaker.is_idle());
  pacemaker.enter(View(2), 5'000);
  CHECK(pacemaker.view_deadline_us(View(1)) == 245'000);
}

TEST_CASE("pacemaker (R11): standstills back off and progress resets them") {
  Pacemaker pacemaker{Parameters{}};
  pacemaker.note_progress(0);
  std::vector<std::uint64_t> waits;
  for (int i = 0; i < 5; ++i) {
    const std::uint64_t due = pacemaker.standstill_us();
    CHECK(!pacemaker.standstill_is_due(due - 1));
    CHECK(pacemaker.standstill_is_due(due));
    pacemaker.note_standstill(due);
    waits.push_back((pacemaker.standstill_us() - due) / 1'000);
  }
  CHECK(waits == std::vector<std::uint64_t>{1'000, 2'000, 4'000, 4'000, 4'000});
  pacemaker.note_progress(100);
  CHECK(pacemaker.standstill_us() == 500'100);
}

}  // namespace jingchu::consensus::testing
