#include "network/frame.h"

#include <algorithm>
#include <random>

// After the project's headers:
#include <doctest/doctest.h>

namespace jingchu::network {
namespace {

Bytes wire(std::uint8_t kind, const Bytes& payload) {
  const auto size = static_cast<std::uint32_t>(payload.size());
  Bytes bytes;
  for (int shift = 0; shift < 32; shift += 8) bytes.push_back(static_cast<std::uint8_t>(size >> shift));
  bytes.push_back(kind);
  bytes.insert(bytes.end(), payload.begin(), payload.end());
  return bytes;
}

// Feeds `bytes` in the given pieces; the frames, or nothing after an error.
std::optional<std::vector<Frame>> read_all(FrameReader& reader, const std::vector<ByteView>& pieces) {
  std::vector<Frame> frames;
  for (ByteView piece : pieces) {
    while (!piece.empty()) {
      auto frame = reader.read(piece);
      if (!frame.ok()) return std::nullopt;
      if (frame->has_value()) frames.push_back(std::move(**frame));
    }
  }
  return frames;
}

TEST_CASE("a frame header is the length in little-endian, then the kind") {
  CHECK(frame_header(9, 0x01020304) == std::array<std::uint8_t, 5>{4, 3, 2, 1, 9});
}

TEST_CASE("frames come whole out of every pair of cuts") {
  const std::vector<Frame> sent = {{7, {1, 2, 3}}, {1, {}}, {254, {9}}};
  Bytes stream;
  for (const Frame& frame : sent) {
    const Bytes bytes = wire(frame.kind, frame.payload);
    stream.insert(stream.end(), bytes.begin(), bytes.end());
  }
  for (std::size_t a = 0; a <= stream.size(); ++a) {
    for (std::size_t b = a; b <= stream.size(); ++b) {
      FrameReader reader(3);
      const ByteView all(stream);
      CHECK(read_all(reader, {all.first(a), all.subspan(a, b - a), all.subspan(b)}) == sent);
    }
  }
}

TEST_CASE("a length over the limit is refused with its fourth byte, before kind and payload") {
  FrameReader reader(1000);
  const Bytes length = {0xe9, 0x03, 0, 0};  // 1001
  ByteView three = ByteView(length).first(3);
  CHECK(reader.read(three).ok());
  ByteView fourth = ByteView(length).subspan(3);
  const auto refused = reader.read(fourth);
  REQUIRE(!refused.ok());
  CHECK(refused.error().fault == Fault::kPeer);
  CHECK(refused.error().type == "frame-too-long");
}

TEST_CASE("the largest payload is accepted") {
  FrameReader reader(100'000);
  const Bytes payload(100'000, 5);
  const Bytes bytes = wire(3, payload);
  const auto frames = read_all(reader, {bytes});
  REQUIRE(frames);
  CHECK(*frames == std::vector<Frame>{{3, payload}});
}

TEST_CASE("an announced payload takes no memory before it comes") {
  FrameReader reader(0xffffffff);
  const Bytes header = {0xff, 0xff, 0xff, 0xff, 1};  // 4 GiB
  ByteView input(header);
  const auto frame = reader.read(input);
  REQUIRE(frame.ok());
  CHECK(!frame->has_value());
}

TEST_CASE("a kind may have a limit of its own, which holds before the payload has come") {
  FrameReader reader(10, [](std::uint8_t kind) { return kind == 4 ? 1u : 10u; });
  CHECK(read_all(reader, {wire(4, {1})}).has_value());
  CHECK(read_all(reader, {wire(5, {1, 2})}).has_value());
  const Bytes frame = wire(4, {1, 2});
  ByteView input = ByteView(frame).first(kFrameHeaderBytes);
  const auto refused = reader.read(input);
  REQUIRE(!refused.ok());
  CHECK(refused.error().type == "frame-too-long");
  CHECK(refused.error().what == "a frame of kind 4 of 2 bytes; the limit is 1");
}

TEST_CASE("random bytes never make a frame over the limit") {
  std::mt19937_64 random(20240601);
  for (int round = 0; round < 2000; ++round) {
    Bytes noise(random() % 400);
    // Small lengths now and then, so that some frames do come out.
    for (auto& byte : noise) byte = static_cast<std::uint8_t>(random() % 3 ? 0 : random());
    FrameReader reader(64);
    ByteView input(noise);
    while (!input.empty()) {
      const auto frame = reader.read(input);
      if (!frame.ok()) break;
      if (!frame->has_value()) continue;
      CHECK((*frame)->payload.size() <= 64);
    }
  }
}

}  // namespace
}  // namespace jingchu::network
