// The check of a database's files before LevelDB sees them: an error, or a list of torn ends, after whose
// removal the files are whole. Records get the checksums that random bytes would never have.
#include "ledger/leveldb_files.h"
#include "ledger/leveldb_log.h"
#include "tests/fuzz/input.h"
#include "tests/support/faulty_file_system.h"

namespace jingchu::ledger {
namespace {

const std::string kDirectory = "state";
constexpr int kCommandsMax = 40;

// Pieces of records, whole or damaged, one after another.
Bytes read_file(fuzz::Input& input, int& commands) {
  Bytes file;
  while (--commands > 0 && !input.empty()) {
    const std::uint8_t command = input.byte() % 8;
    if (command == 0) break;
    Bytes content = to_bytes(input.bytes(input.byte()));
    if (command == 6) {
      const std::size_t left = leveldb_log::kBlockBytes - file.size() % leveldb_log::kBlockBytes;
      content = Bytes(left - std::min(left, 7 + content.size() % 16));
    }
    if (command == 7 && !file.empty()) {
      file[input.two_bytes() % file.size()] ^= input.byte();
      continue;
    }
    if (command == 5) {
      file.insert(file.end(), content.begin(), content.end());
      continue;
    }
    const auto type = static_cast<leveldb_log::Piece>(command == 6 ? 1 : command);
    const Bytes piece = leveldb_log::encode_piece(type, content);
    file.insert(file.end(), piece.begin(), piece.end());
  }
  return file;
}

void check_log(ByteView bytes) {
  const auto file = leveldb_log::read(bytes, bytes.size());
  CHECK(file.size == bytes.size() && file.valid_bytes <= file.size);
  const auto whole = leveldb_log::read(bytes.first(file.valid_bytes), bytes.size());
  CHECK(!whole.torn() && whole.records == file.records && whole.later.empty());
  const auto kept = leveldb_log::read(bytes, 5);
  CHECK(kept.records.size() == file.records.size() && kept.later.size() == file.later.size());
  for (const Bytes& record : kept.records) CHECK(record.size() <= 5);
}

void check_files(test::FaultyFileSystem& files) {
  const auto found = check_leveldb_files(files, kDirectory);
  if (!found.ok()) {
    CHECK(found.error().fault == Fault::kEnvironment && !found.error().what.empty());
    return;
  }
  for (const auto& torn : found->torn) {
    CHECK(torn.valid_bytes < torn.size);
    CHECK(files.truncate(torn.path, torn.valid_bytes).ok());
  }
  const auto mended = check_leveldb_files(files, kDirectory);
  CHECK(mended.ok() && mended->torn.empty() && mended->present == found->present);
}

void run(fuzz::Input input) {
  test::FaultyFileSystem files;
  int commands = kCommandsMax;
  const Bytes manifest = read_file(input, commands);
  check_log(manifest);
  files.put(kDirectory + "/MANIFEST-000002", manifest);
  const std::uint8_t current = input.byte();
  if (current != 1) files.put(kDirectory + "/CURRENT", to_bytes(std::string_view("MANIFEST-000002\n")));
  if (current == 2) files.put(kDirectory + "/CURRENT", to_bytes(input.bytes(20)));
  if (current == 3) files.put(kDirectory + "/000005.ldb", Bytes(input.byte()));
  for (const char* name : {"/000003.log", "/000004.log"}) {
    if (input.empty()) break;
    const Bytes log = read_file(input, commands);
    check_log(log);
    files.put(kDirectory + name, log);
  }
  check_files(files);
}

}  // namespace
}  // namespace jingchu::ledger

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  jingchu::ledger::run({data, size});
  return 0;
}
