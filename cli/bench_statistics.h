// The arithmetic of `jingchu bench`: what was counted while the load ran, and the report made of it. Pure.
#pragma once

#include <cstdint>
#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

namespace jingchu::cli {

// Nearest rank: the smallest value that at least `per_mille` thousandths of all values do not exceed; 0 of
// none. `sorted` ascends, per_mille is from 1 to 1000.
std::uint64_t percentile(const std::vector<std::uint64_t>& sorted, std::uint32_t per_mille);

struct LatencySummary {
  std::uint64_t p50_us = 0;
  std::uint64_t p95_us = 0;
  std::uint64_t p99_us = 0;
  std::uint64_t max_us = 0;
};
LatencySummary summarize(std::vector<std::uint64_t> latencies_us);

// Only a transaction whose every call has a final receipt with the code "ok" is committed. One that has none
// by its deadline, or another code, is an error under its type. Sending the same bytes again is no error.
struct BenchTally {
  std::uint64_t started_us = 0;
  std::uint64_t last_final_us = 0;          // when the last committed transaction was seen final
  std::vector<std::uint64_t> latencies_us;  // of the committed, from when they were due to their receipt
  std::uint64_t records = 0;                // calls of the committed
  std::vector<std::uint64_t> every_second;  // transactions seen final in each second since the start
  std::map<std::string, std::uint64_t> errors;
  std::map<std::string, std::uint64_t> retries;

  void commit(std::uint64_t due_us, std::uint64_t now_us, std::uint64_t calls);
  std::uint64_t error_count() const;
};

struct BenchReport {
  std::uint64_t transactions = 0;
  std::uint64_t records = 0;
  double seconds = 0;  // from the start to the last commit
  double transactions_per_second = 0;
  double records_per_second = 0;
  LatencySummary latency;
  std::vector<std::uint64_t> every_second;  // as in the tally; the last second may not be a whole one
  std::map<std::string, std::uint64_t> errors;
  std::map<std::string, std::uint64_t> retries;
};

BenchReport make_report(const BenchTally& tally);
std::string report_text(const BenchReport& report);
nlohmann::ordered_json report_json(const BenchReport& report);

// "41.2 ms", "870 us", "3.10 s"
std::string duration_text(std::uint64_t microseconds);

}  // namespace jingchu::cli
