// A stream of frames reads the same wherever the network cuts it, and as a plain reader of the whole stream
// has it; memory follows the bytes that came (the fuzzer's limits hold it to that: lengths up to 4 GiB are
// announced here).
#include "network/frame.h"
#include "tests/fuzz/input.h"

namespace jingchu::network {
namespace {

struct Outcome {
  std::vector<Frame> frames;
  std::string error;
  friend bool operator==(const Outcome&, const Outcome&) = default;
};

struct Limits {
  std::uint32_t payload_bytes_max;
  std::uint8_t kind_max;  // of those beyond, a frame may have 3 bytes

  std::uint32_t of(std::uint8_t kind) const { return kind > kind_max ? 3 : payload_bytes_max; }
};

// The twin: knows all the bytes at once.
Outcome read_whole(ByteView stream, const Limits& limits) {
  Outcome outcome;
  while (stream.size() >= 4) {
    const std::uint64_t size =
        stream[0] | stream[1] << 8 | stream[2] << 16 | static_cast<std::uint64_t>(stream[3]) << 24;
    if (size > limits.payload_bytes_max) outcome.error = "frame-too-long";
    if (!outcome.error.empty() || stream.size() < kFrameHeaderBytes) break;
    if (size > limits.of(stream[4])) outcome.error = "frame-too-long";
    if (!outcome.error.empty() || stream.size() - kFrameHeaderBytes < size) break;
    outcome.frames.push_back({stream[4], to_bytes(stream.subspan(kFrameHeaderBytes, size))});
    stream = stream.subspan(kFrameHeaderBytes + size);
  }
  return outcome;
}

Outcome read_in_pieces(ByteView stream, const Limits& limits, ByteView piece_sizes) {
  Outcome outcome;
  FrameReader reader(limits.payload_bytes_max, [&limits](std::uint8_t kind) { return limits.of(kind); });
  fuzz::Input input(stream);
  for (std::size_t i = 0; !input.empty(); ++i) {
    ByteView piece =
        input.bytes(piece_sizes.empty() ? stream.size() : 1 + piece_sizes[i % piece_sizes.size()]);
    while (!piece.empty()) {
      auto frame = reader.read(piece);
      if (!frame.ok()) {
        outcome.error = frame.error().type;
        return outcome;
      }
      if (*frame) outcome.frames.push_back(std::move(**frame));
    }
  }
  return outcome;
}

void check_stream(fuzz::Input input) {
  constexpr std::uint32_t kSizes[] = {0, 16, 1000, 0xffffffff};
  const Limits limits{kSizes[input.byte() % 4], input.byte()};
  const ByteView piece_sizes = input.bytes(input.byte() % 8);
  const Outcome expected = read_whole(input.rest(), limits);
  CHECK(read_in_pieces(input.rest(), limits, {}) == expected);
  CHECK(read_in_pieces(input.rest(), limits, piece_sizes) == expected);
  Bytes written;
  for (const Frame& frame : expected.frames) {
    const auto header = frame_header(frame.kind, static_cast<std::uint32_t>(frame.payload.size()));
    written.insert(written.end(), header.begin(), header.end());
    written.insert(written.end(), frame.payload.begin(), frame.payload.end());
  }
  CHECK(std::equal(written.begin(), written.end(), input.rest().begin()));
}

}  // namespace
}  // namespace jingchu::network

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  jingchu::network::check_stream({data, size});
  return 0;
}
