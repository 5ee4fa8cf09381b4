// jingchu-erase-state DIRECTORY PREFIX: takes every key of the state that begins so out of a stopped node's
// database, as a database that was meddled with would lack them; all checksums stay right. Prints how many.
#include <cstdio>

#include "ledger/database.h"
#include "ledger/state.h"

int main(int argc, char** argv) {
  using namespace jingchu;
  if (argc != 3) return 2;
  const auto store = ledger::open_leveldb(argv[1]);
  if (!store.ok()) {
    std::fprintf(stderr, "%s\n", store.error().to_string().c_str());
    return 1;
  }
  ledger::WriteBatch batch;
  const std::string prefix = ledger::stored_state_key(argv[2]);
  const Status scanned = (*store)->scan(prefix, prefix, [&](std::string_view key, ByteView) {
    batch.erase(std::string(key));
    return true;
  });
  const Status written = scanned.ok() ? (*store)->write(batch, ledger::Durability::kSynced) : scanned;
  if (!written.ok()) {
    std::fprintf(stderr, "%s\n", written.error().to_string().c_str());
    return 1;
  }
  std::printf("%zu\n", batch.writes().size());
  return batch.writes().empty() ? 1 : 0;
}
