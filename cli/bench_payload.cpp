#include "cli/bench_payload.h"

#include "common/codec.h"
#include "common/hash.h"

namespace jingchu::cli {

std::string bench_payload(const RunNonce& run, std::uint64_t number, std::size_t size) {
  CHECK(size >= kBenchPayloadBytesMin && size <= kBenchPayloadBytesMax);
  const Bytes content = encode(run, number);
  std::string payload = R"({"sha256":")" + to_hex(sha256(content)) + R"(","sm3":")" + to_hex(sm3(content)) +
                        R"(","mediaType":"application/octet-stream","size":)" +
                        std::to_string(content.size()) + R"(,"subject":")" + to_hex(sha256(run)) +
                        R"(","note":")";
  constexpr std::string_view kEnd = R"("})";
  payload.append(size - payload.size() - kEnd.size(), 'x');
  payload += kEnd;
  return payload;
}

}  // namespace jingchu::cli
