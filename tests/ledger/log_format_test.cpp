#include "ledger/log_format.h"

#include <doctest/doctest.h>

namespace jingchu::ledger::log_format {
namespace {

const Salt kSalt = {1, 2, 3};

std::vector<Bytes> records_of(std::uint64_t number) {
  return {Bytes(number % 3 == 0 ? 5000 : 17, static_cast<std::uint8_t>(number)), Bytes{}, to_bytes("last")};
}

void append(Bytes& segment, const Bytes& group) {
  segment.insert(segment.end(), group.begin(), group.end());
}

// Groups 4, 5, 6 (two blocks) and 7.
Bytes sample(std::vector<std::size_t>* starts = nullptr) {
  Bytes segment;
  for (std::uint64_t number = 4; number <= 7; ++number) {
    if (starts != nullptr) starts->push_back(segment.size());
    append(segment, encode_group(kSalt, number, 10 * number, records_of(number)));
  }
  return segment;
}

TEST_CASE("groups come back as they were written") {
  const auto bytes = sample();
  CHECK_EQ(bytes.size(), 5 * kBlockBytes);
  const auto segment = scan_segment(bytes).value();
  CHECK(!segment.torn());
  CHECK_EQ(segment.salt, kSalt);
  REQUIRE_EQ(segment.groups.size(), 4);
  for (std::uint64_t i = 0; i < 4; ++i) {
    CHECK_EQ(segment.groups[i].number, 4 + i);
    CHECK_EQ(segment.groups[i].turn, 40 + 10 * i);
    CHECK_EQ(segment.groups[i].records, records_of(4 + i));
  }
  CHECK(scan_segment({}).value().groups.empty());
}

TEST_CASE("the last group is cut off wherever it is torn") {
  std::vector<std::size_t> starts;
  const auto bytes = sample(&starts);
  for (std::size_t size = starts[3]; size < bytes.size(); ++size) {
    const auto segment = scan_segment(ByteView(bytes).first(size)).value();
    REQUIRE_EQ(segment.groups.size(), 3);
    REQUIRE_EQ(segment.valid_bytes, starts[3]);
    REQUIRE_EQ(segment.torn(), size > starts[3]);
  }
  // Two blocks of group 6 without group 7: also with a block lost in between.
  auto holed = Bytes(bytes.begin(), bytes.begin() + starts[3]);
  std::fill_n(holed.begin() + starts[2], kBlockBytes, std::uint8_t{0});
  CHECK_EQ(scan_segment(holed).value().groups.size(), 2);
}

TEST_CASE("any flipped bit is found: cut in the last group, damage before it") {
  std::vector<std::size_t> starts;
  const auto bytes = sample(&starts);
  for (std::size_t at = 0; at < bytes.size(); ++at) {
    auto flipped = bytes;
    flipped[at] ^= static_cast<std::uint8_t>(1 << (at % 8));
    const auto segment = scan_segment(flipped);
    const bool in_salt_of_first = at >= 4 && at < 20;  // then no group at all belongs to the segment
    if (at >= starts[3]) {
      REQUIRE_EQ(segment.value().groups.size(), 3);
      REQUIRE(segment->torn());
    } else if (in_salt_of_first) {
      REQUIRE(segment.value().groups.empty());
    } else {
      REQUIRE_EQ(segment.error().type, "log-damaged");
    }
  }
}

TEST_CASE("a group that is missing, doubled or of another segment is damage") {
  const auto group = [](const Salt& salt, std::uint64_t number) { return encode_group(salt, number, 1, {}); };
  const auto scan = [](std::vector<Bytes> groups) {
    Bytes bytes;
    for (const auto& one : groups) append(bytes, one);
    return scan_segment(bytes);
  };
  CHECK(scan({group(kSalt, 1), group(kSalt, 2)}).ok());
  CHECK_EQ(scan({group(kSalt, 1), group(kSalt, 3)}).error().type, "log-damaged");
  CHECK_EQ(scan({group(kSalt, 1), group(kSalt, 1)}).error().type, "log-damaged");
  CHECK_EQ(scan({group(kSalt, 1), group(Salt{9}, 2), group(kSalt, 3)}).error().type, "log-damaged");
}

// Whoever fills a batch with bytes that look like a group cannot know the salt: a torn write stays a torn
// write.
TEST_CASE("a forged group inside a payload does not turn a torn group into damage") {
  Bytes payload(kBlockBytes - 100);
  append(payload, encode_group(Salt{7}, 3, 1, {}));
  append(payload, Bytes(kBlockBytes));
  Bytes bytes = encode_group(kSalt, 1, 1, {});
  append(bytes, encode_group(kSalt, 2, 2, std::vector<Bytes>{payload}));
  for (std::size_t shift = 0; shift < 200; ++shift) {
    auto torn = bytes;
    torn[kBlockBytes + 50] ^= 1;
    std::rotate(torn.begin() + kBlockBytes + 80, torn.begin() + kBlockBytes + 80 + shift, torn.end());
    CHECK_EQ(scan_segment(torn).value().groups.size(), 1);
  }
}

}  // namespace
}  // namespace jingchu::ledger::log_format
