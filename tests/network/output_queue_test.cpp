#include "network/output_queue.h"

#include "network/backoff.h"

// After the project's headers:
#include <doctest/doctest.h>

namespace jingchu::network {
namespace {

QueuedFrame frame(int kind, std::size_t payload_bytes) {
  return {static_cast<std::uint8_t>(kind), std::make_shared<const Bytes>(payload_bytes)};
}

std::vector<int> kinds(const std::vector<QueuedFrame>& frames) {
  std::vector<int> result;
  for (const auto& one : frames) result.push_back(one.kind);
  return result;
}

TEST_CASE("urgent frames overtake bulk frames, each kind in its own order") {
  OutputQueue queue(1000, 1000);
  for (const int kind : {10, 11}) CHECK(queue.push(Priority::kBulk, frame(kind, 10)));
  for (const int kind : {1, 2}) CHECK(queue.push(Priority::kUrgent, frame(kind, 10)));
  CHECK(kinds(queue.take(15)) == std::vector<int>{1});
  CHECK(queue.push(Priority::kUrgent, frame(3, 10)));
  CHECK(kinds(queue.take(1000)) == std::vector<int>{2, 3, 10, 11});
  CHECK(queue.empty());
}

TEST_CASE("an urgent frame comes between two bulk frames") {
  OutputQueue queue(1000, 1000);
  CHECK(queue.push(Priority::kBulk, frame(10, 100)));
  CHECK(queue.push(Priority::kBulk, frame(11, 100)));
  CHECK(kinds(queue.take(105)) == std::vector<int>{10});
  CHECK(queue.push(Priority::kUrgent, frame(1, 100)));
  CHECK(kinds(queue.take(105)) == std::vector<int>{1});
  CHECK(kinds(queue.take(105)) == std::vector<int>{11});
}

TEST_CASE("each budget is in bytes on the wire and stands alone") {
  OutputQueue queue(105, 210);
  CHECK(!queue.push(Priority::kUrgent, frame(1, 101)));
  CHECK(queue.push(Priority::kUrgent, frame(1, 100)));
  CHECK(!queue.push(Priority::kUrgent, frame(2, 0)));
  CHECK(queue.push(Priority::kBulk, frame(3, 100)));
  CHECK(queue.push(Priority::kBulk, frame(4, 100)));
  CHECK(!queue.push(Priority::kBulk, frame(5, 0)));
  CHECK(queue.bytes() == 315);
  CHECK(kinds(queue.take(1)) == std::vector<int>{1});
  CHECK(queue.push(Priority::kUrgent, frame(6, 100)));
  CHECK(!queue.push(Priority::kBulk, frame(7, 0)));
  queue.clear();
  CHECK(queue.bytes() == 0);
  CHECK(queue.push(Priority::kBulk, frame(8, 205)));
}

TEST_CASE("redialling waits longer after each failure, within its limits") {
  using std::chrono::milliseconds;
  const milliseconds least(100), most(5000);
  const auto delay = [&](unsigned failures, std::uint32_t random) {
    return redial_delay(failures, least, most, random).count();
  };
  CHECK(delay(0, 0) == 100);
  CHECK(delay(1, 0) == 200);
  CHECK(delay(4, 0) == 1600);
  CHECK(delay(4, 0xffffffff) == 801);
  CHECK(delay(0, 0xffffffff) == 100);
  CHECK(delay(1'000'000, 0) == 5000);
  CHECK(delay(1'000'000, 0x80000000) == 3750);
}

}  // namespace
}  // namespace jingchu::network
