#include "cli/bench_statistics.h"

#include <spdlog/fmt/fmt.h>

#include <algorithm>

#include "common/check.h"

namespace jingchu::cli {
namespace {

constexpr std::uint64_t kMicrosecondsInSecond = 1'000'000;

std::string counts_text(const std::map<std::string, std::uint64_t>& counts) {
  if (counts.empty()) return "none";
  std::string text;
  for (const auto& [type, count] : counts)
    text += (text.empty() ? "" : ", ") + fmt::format("{} {}", count, type);
  return text;
}

}  // namespace

std::uint64_t percentile(const std::vector<std::uint64_t>& sorted, std::uint32_t per_mille) {
  CHECK(per_mille >= 1 && per_mille <= 1000);
  if (sorted.empty()) return 0;
  const std::uint64_t rank = (sorted.size() * per_mille + 999) / 1000;
  return sorted[rank - 1];
}

LatencySummary summarize(std::vector<std::uint64_t> latencies_us) {
  std::sort(latencies_us.begin(), latencies_us.end());
  return {percentile(latencies_us, 500), percentile(latencies_us, 950), percentile(latencies_us, 990),
          percentile(latencies_us, 1000)};
}

void BenchTally::commit(std::uint64_t due_us, std::uint64_t now_us, std::uint64_t calls) {
  CHECK(due_us <= now_us);
  latencies_us.push_back(now_us - due_us);
  records += calls;
  const auto second =
      static_cast<std::size_t>((now_us - std::min(now_us, started_us)) / kMicrosecondsInSecond);
  if (every_second.size() <= second) every_second.resize(second + 1);
  ++every_second[second];
  last_final_us = std::max(last_final_us, now_us);
}

std::uint64_t BenchTally::error_count() const {
  std::uint64_t count = 0;
  for (const auto& [type, number] : errors) count += number;
  return count;
}

BenchReport make_report(const BenchTally& tally) {
  BenchReport report;
  report.transactions = tally.latencies_us.size();
  report.records = tally.records;
  report.latency = summarize(tally.latencies_us);
  report.every_second = tally.every_second;
  report.errors = tally.errors;
  report.retries = tally.retries;
  if (tally.last_final_us <= tally.started_us) return report;
  report.seconds =
      static_cast<double>(tally.last_final_us - tally.started_us) / double{kMicrosecondsInSecond};
  report.transactions_per_second = static_cast<double>(report.transactions) / report.seconds;
  report.records_per_second = static_cast<double>(report.records) / report.seconds;
  return report;
}

std::string report_text(const BenchReport& report) {
  return fmt::format(
      "committed     {} transactions, {} records in {:.1f} s\n"
      "rate          {:.0f} transactions/s, {:.0f} records/s\n"
      "submit-final  p50 {}, p95 {}, p99 {}, max {}\n"
      "errors        {}\n"
      "sent again    {}\n",
      report.transactions, report.records, report.seconds, report.transactions_per_second,
      report.records_per_second, duration_text(report.latency.p50_us), duration_text(report.latency.p95_us),
      duration_text(report.latency.p99_us), duration_text(report.latency.max_us), counts_text(report.errors),
      counts_text(report.retries));
}

nlohmann::ordered_json report_json(const BenchReport& report) {
  return {{"transactions", report.transactions},
          {"records", report.records},
          {"seconds", report.seconds},
          {"transactions_per_second", report.transactions_per_second},
          {"records_per_second", report.records_per_second},
          {"latency_us",
           {{"p50", report.latency.p50_us},
            {"p95", report.latency.p95_us},
            {"p99", report.latency.p99_us},
            {"max", report.latency.max_us}}},
          {"transactions_every_second", report.every_second},
          {"errors", nlohmann::ordered_json(report.errors)},
          {"retries", nlohmann::ordered_json(report.retries)}};
}

std::string duration_text(std::uint64_t microseconds) {
  const double value = static_cast<double>(microseconds);
  if (microseconds < 1'000) return fmt::format("{} us", microseconds);
  if (microseconds < 1'000'000) return fmt::format("{:.1f} ms", value / 1e3);
  return fmt::format("{:.2f} s", value / 1e6);
}

}  // namespace jingchu::cli
