#include "cli/bench_statistics.h"
#include "cli/bench_payload.h"
#include "contracts/evidence/evidence.h"
#include "tests/contracts/support/fake_context.h"

#include <algorithm>
#include <random>
#include <set>

#include <doctest/doctest.h>

namespace jingchu::cli {
namespace {

// The definition, counted out: the smallest value that at least so many thousandths do not exceed.
std::uint64_t naive_percentile(const std::vector<std::uint64_t>& values, std::uint32_t per_mille) {
  std::uint64_t best = ~std::uint64_t{0};
  for (const std::uint64_t candidate : values) {
    const auto below =
        std::count_if(values.begin(), values.end(), [&](auto value) { return value <= candidate; });
    if (static_cast<std::uint64_t>(below) * 1000 >= values.size() * per_mille)
      best = std::min(best, candidate);
  }
  return best;
}

TEST_CASE("percentiles by nearest rank") {
  CHECK_EQ(percentile({}, 500), 0u);
  CHECK_EQ(percentile({7}, 1), 7u);
  CHECK_EQ(percentile({7}, 1000), 7u);
  CHECK_EQ(percentile({1, 2, 3, 4}, 500), 2u);
  CHECK_EQ(percentile({1, 2, 3, 4}, 501), 3u);
  CHECK_EQ(percentile({1, 2, 3, 4}, 990), 4u);
}

TEST_CASE("percentiles agree with their definition") {
  std::mt19937 random(20260501);
  for (int round = 0; round < 300; ++round) {
    std::vector<std::uint64_t> values(1 + random() % 60);
    for (auto& value : values) value = random() % 50;
    std::sort(values.begin(), values.end());
    const std::uint32_t per_mille = static_cast<std::uint32_t>(1 + random() % 1000);
    REQUIRE_EQ(percentile(values, per_mille), naive_percentile(values, per_mille));
  }
}

TEST_CASE("the report's arithmetic") {
  BenchTally tally;
  tally.started_us = 1'000'000;
  tally.commit(1'000'000, 1'010'000, 32);
  tally.commit(1'500'000, 1'530'000, 32);
  tally.commit(2'900'000, 3'000'000, 32);
  tally.errors["expired"] = 2;
  tally.errors["bad-signature"] = 1;
  CHECK_EQ(tally.error_count(), 3u);
  const BenchReport report = make_report(tally);
  CHECK_EQ(report.transactions, 3u);
  CHECK_EQ(report.records, 96u);
  CHECK_EQ(report.seconds, doctest::Approx(2.0));
  CHECK_EQ(report.transactions_per_second, doctest::Approx(1.5));
  CHECK_EQ(report.records_per_second, doctest::Approx(48));
  CHECK_EQ(report.latency.p50_us, 30'000u);
  CHECK_EQ(report.latency.max_us, 100'000u);
  CHECK_EQ(report_json(report).at("latency_us").at("p99"), 100'000);
  CHECK_EQ(report_json(report).at("transactions_every_second"), nlohmann::json({2, 0, 1}));
  CHECK(report_text(report).find("p50 30.0 ms") != std::string::npos);
  CHECK(report_text(report).find("1 bad-signature, 2 expired") != std::string::npos);
}

TEST_CASE("a run in which nothing was committed has no rate") {
  BenchTally tally;
  tally.started_us = 5;
  const BenchReport report = make_report(tally);
  CHECK_EQ(report.transactions_per_second, 0);
  CHECK_EQ(report.latency.p99_us, 0u);
}

TEST_CASE("durations read as people write them") {
  CHECK_EQ(duration_text(870), "870 us");
  CHECK_EQ(duration_text(41'230), "41.2 ms");
  CHECK_EQ(duration_text(3'104'000), "3.10 s");
}

TEST_CASE("bench payloads have their size, differ, and are what the contract takes") {
  const RunNonce run{1, 2, 3};
  std::set<std::string> seen;
  contracts::FakeState state;
  contracts::FakeContext context(state);
  CHECK_EQ(kBenchPayloadBytesMin, 256);
  CHECK_EQ(kBenchPayloadBytesMax, 2280);
  for (const std::size_t size : std::initializer_list<std::size_t>{256, 257, 299, 300, 512, 2280}) {
    for (std::uint64_t number = 0; number < 5; ++number) {
      const std::string payload = bench_payload(run, 1'000 * size + number, size);
      CHECK_EQ(payload.size(), size);
      CHECK(seen.insert(payload.substr(0, 80)).second);
      context.place_value.call_index = static_cast<std::uint32_t>(seen.size());
      const auto called = contracts::evidence_contract().call(context, "deposit", as_bytes(payload));
      CHECK_MESSAGE(called.ok(), (called.ok() ? "" : called.error().to_string()));
    }
  }
  CHECK_EQ(bench_payload(run, 7, 512), bench_payload(run, 7, 512));
}

}  // namespace
}  // namespace jingchu::cli
