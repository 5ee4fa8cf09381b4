#include "ledger/checked_batches.h"

#include "common/codec.h"

#include <doctest/doctest.h>

namespace jingchu::ledger::test {
namespace {

PreparedPointer transaction_of(std::size_t bytes) {
  auto made = std::make_shared<PreparedTransaction>();
  made->bytes.resize(bytes);
  return made;
}

Hash tip_of(std::uint64_t number) {
  return sha256(encode(number));
}

TEST_CASE("the transactions of a checked batch are given away once, and that it was checked stays known") {
  CheckedBatches checked;
  CHECK(!checked.contains(tip_of(1)));
  CHECK(checked.take(tip_of(1)).empty());
  const auto transaction = transaction_of(100);
  checked.add(tip_of(1), {transaction});
  checked.add(tip_of(1), {transaction, transaction});  // from another peer
  CHECK(checked.take(tip_of(1)) == std::vector{transaction});
  CHECK(checked.take(tip_of(1)).empty());
  CHECK(checked.contains(tip_of(1)));
}

TEST_CASE("transactions of the newest batches are kept, up to a number of bytes") {
  CheckedBatches checked;
  const auto third = transaction_of(CheckedBatches::kBytesMax / 3);
  for (std::uint64_t i = 0; i < 3; ++i) checked.add(tip_of(i), {third});
  CHECK_EQ(checked.take(tip_of(0)).size(), 1);
  checked.add(tip_of(3), {third});  // there is room again
  CHECK_EQ(checked.take(tip_of(1)).size(), 1);
  checked.add(tip_of(4), {third});
  checked.add(tip_of(5), {third});  // the oldest that has some makes room
  CHECK(checked.take(tip_of(2)).empty());
  CHECK(checked.contains(tip_of(2)));
  for (std::uint64_t i = 3; i < 6; ++i) CHECK_EQ(checked.take(tip_of(i)).size(), 1);
  checked.add(tip_of(6),
              {transaction_of(CheckedBatches::kBytesMax + 1)});  // larger than all there is room for
  CHECK(checked.take(tip_of(6)).empty());
  checked.add(tip_of(7), {third});
  CHECK_EQ(checked.take(tip_of(7)).size(), 1);
}

TEST_CASE("so many tips are known") {
  CheckedBatches checked;
  const std::uint64_t more = CheckedBatches::kTipsMax + 10;
  for (std::uint64_t i = 0; i < more; ++i) checked.add(tip_of(i), {transaction_of(1)});
  CHECK(!checked.contains(tip_of(9)));
  CHECK(checked.contains(tip_of(10)));
  CHECK_EQ(checked.take(tip_of(10)).size(), 1);
  // All of the room is there again.
  for (std::uint64_t i = 11; i < more; ++i) CHECK_EQ(checked.take(tip_of(i)).size(), 1);
  for (std::uint64_t i = 0; i < 3; ++i)
    checked.add(tip_of(more + i), {transaction_of(CheckedBatches::kBytesMax / 3)});
  for (std::uint64_t i = 0; i < 3; ++i) CHECK_EQ(checked.take(tip_of(more + i)).size(), 1);
}

}  // namespace
}  // namespace jingchu::ledger::test
