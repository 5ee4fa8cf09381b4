// A key file gives the key whose public part it names, or an error. Only files that ask for next to no work
// are given a passphrase: deriving a key takes as long as the file says, up to its bound.
#include <nlohmann/json.hpp>

#include "node/key_file.h"
#include "tests/fuzz/input.h"
#include "tests/support/faulty_file_system.h"

namespace jingchu::node {
namespace {

constexpr std::uint64_t kCheapBytes = 64 << 10;

bool is_cheap(ByteView bytes) {
  const auto file = nlohmann::json::parse(as_text(bytes), nullptr, false);
  if (!file.is_object()) return true;
  const auto within = [&](const char* name, std::uint64_t most) {
    const auto field = file.find(name);
    return field == file.end() || !field->is_number() || *field <= most;
  };
  return within("operations", 2) && within("memory_bytes", kCheapBytes);
}

void check(ByteView bytes) {
  const std::string path = "/home/key.json";
  test::FaultyFileSystem files;
  files.put(path, to_bytes(bytes));
  const auto public_key = read_public_key(files, path);
  const auto key =
      read_key_file(files, path, is_cheap(bytes) ? std::optional<std::string>("fuzz") : std::nullopt);
  if (!key.ok()) {
    CHECK(key.error().fault != Fault::kOurs && !key.error().what.empty());
    return;
  }
  CHECK(public_key.ok() && key->public_key() == *public_key);
  const Signature signature = key->sign(bytes);
  CHECK(verify(*public_key, bytes, signature));
}

}  // namespace
}  // namespace jingchu::node

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  jingchu::node::check({data, size});
  return 0;
}
