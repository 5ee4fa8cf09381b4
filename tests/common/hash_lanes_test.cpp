#include "common/hash_lanes.h"

#include <doctest/doctest.h>

#include <random>

namespace jingchu {
namespace {

// What a machine can do; 1 always.
std::vector<std::size_t> lanes_here() {
  std::vector<std::size_t> lanes;
  for (const std::size_t count : {1, 8, 16}) {
    if (hash_detail::has_lanes(count)) lanes.push_back(count);
  }
  return lanes;
}

std::vector<Bytes> inputs_of(std::size_t count, std::size_t bytes_max, std::mt19937& random) {
  std::vector<Bytes> inputs(count);
  for (Bytes& input : inputs) {
    input.resize(random() % (bytes_max + 1));
    for (auto& byte : input) byte = static_cast<std::uint8_t>(random());
  }
  return inputs;
}

void check_alike(std::size_t lanes, const std::vector<Bytes>& inputs) {
  const std::vector<ByteView> views(inputs.begin(), inputs.end());
  std::vector<Hash> hashes(inputs.size());
  hash_detail::sha256_each(lanes, views, hashes);
  for (std::size_t i = 0; i < inputs.size(); ++i) CHECK_EQ(hashes[i], sha256(inputs[i]));
}

}  // namespace

TEST_CASE("Lanes: the hash of every input is that of the input alone") {
  std::mt19937 random(1);
  for (const std::size_t lanes : lanes_here()) {
    CAPTURE(lanes);
    for (std::size_t count = 0; count < 60; ++count) check_alike(lanes, inputs_of(count, 300, random));
    // Long ones beside short ones: a lane goes on with the next input when it has done one.
    for (int i = 0; i < 20; ++i) check_alike(lanes, inputs_of(40, i % 2 == 0 ? 2'000 : 20, random));
  }
}

TEST_CASE("Lanes: every length around the ends of blocks, where the padding changes") {
  for (const std::size_t lanes : lanes_here()) {
    CAPTURE(lanes);
    std::vector<Bytes> inputs;
    for (std::size_t size = 0; size <= 260; ++size)
      inputs.emplace_back(size, static_cast<std::uint8_t>(size));
    check_alike(lanes, inputs);
  }
}

TEST_CASE("Lanes: pairs and gathered texts") {
  std::mt19937 random(2);
  for (std::size_t count = 0; count < 150; count += 7) {
    std::vector<Hash> hashes(2 * count);
    for (Hash& hash : hashes) hash[random() % 32] = static_cast<std::uint8_t>(random());
    std::vector<Hash> expected;
    std::vector<HashPair> pairs;
    for (std::size_t i = 0; i < count; ++i) {
      expected.push_back(sha256_pair(1, hashes[2 * i], hashes[2 * i + 1]));
      pairs.push_back({&hashes[2 * i], &hashes[2 * i + 1], &hashes[i]});
    }
    sha256_pairs(1, pairs);
    CHECK(std::equal(expected.begin(), expected.end(), hashes.begin()));

    HashTexts texts;
    const auto inputs = inputs_of(count, 200, random);
    for (const Bytes& input : inputs) texts.add(input);
    const auto of_texts = texts.hashes();
    REQUIRE_EQ(of_texts.size(), count);
    for (std::size_t i = 0; i < count; ++i) CHECK_EQ(of_texts[i], sha256(inputs[i]));
  }
}

}  // namespace jingchu
