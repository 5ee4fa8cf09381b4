#include "cli/bench_payload.h"

#include "common/codec.h"
#include "common/hash.h"

namespace jingchu::cli {

namespace {

constexpr std::size_t kSizeWithNote = 300;  // from here on; below it the media type is what fills

std::string deposit(const RunNonce& run, std::uint64_t number, const std::string& media_type,
                    const std::string& rest) {
  const Bytes content = encode(run, number);
  return R"({"sha256":")" + to_hex(sha256(content)) + R"(","sm3":")" + to_hex(sm3(content)) +
         R"(","mediaType":")" + media_type + R"(","size":)" + std::to_string(content.size()) +
         R"(,"subject":")" + to_hex(sha256(run)) + '"' + rest;
}

}  // namespace

std::string bench_payload(const RunNonce& run, std::uint64_t number, std::size_t size) {
  CHECK(size >= kBenchPayloadBytesMin && size <= kBenchPayloadBytesMax);
  const bool has_note = size >= kSizeWithNote;
  std::string payload = has_note ? deposit(run, number, "application/octet-stream", R"(,"note":"")")
                                 : deposit(run, number, "x/", "");
  const std::string filler(size - payload.size() - 1, 'x');  // 1: the closing brace
  payload.insert(has_note ? payload.size() - 1 : payload.find("x/") + 2, filler);
  return payload + '}';
}

}  // namespace jingchu::cli
