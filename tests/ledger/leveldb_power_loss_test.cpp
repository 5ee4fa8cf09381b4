#include "ledger/leveldb_files.h"
#include "tests/ledger/leveldb_fixture.h"
#include "tests/ledger/power_loss.h"

#include <doctest/doctest.h>

namespace jingchu::ledger::test {
namespace {

TEST_CASE("a synced write answers for all before it, also across the change of the write-ahead file") {
  const Directory directory;
  PowerLoss environment;
  const std::string path = directory / "db", after = directory / "after";
  auto store = open_leveldb(path, {.write_buffer_bytes = 64 << 10, .environment = &environment}).value();
  int count = 0;
  const auto logs = [&] {
    int found = 0;
    for (const auto& name : names(path)) found += name.ends_with(".log");
    return found;
  };
  while (logs() < 2) {
    WriteBatch batch;
    batch.put("key" + std::to_string(count++), Bytes(1000, 1));
    REQUIRE(store->write(batch, Durability::kLater).ok());
  }
  REQUIRE(store->write({}, Durability::kSynced).ok());
  environment.copy_durable(path, after);
  environment.let_go();
  store.reset();
  const auto recovered = open_leveldb(after);
  REQUIRE(recovered.ok());
  for (int i = 0; i < count; ++i) REQUIRE((*recovered)->get("key" + std::to_string(i)).value().has_value());
}

TEST_CASE("a sync that fails once is the end of the store, also at the change of the write-ahead file") {
  for (const bool at_change : {false, true}) {
    const Directory directory;
    PowerLoss environment;
    const std::string path = directory / "db";
    auto store = open_leveldb(path, {.write_buffer_bytes = 64 << 10, .environment = &environment}).value();
    std::vector<std::string> told;
    store->notify([&](const Error& error) { told.push_back(error.type); });
    environment.syncs_fail = true;
    Status written = ok_status();
    for (int i = 0; i < 100 && written.ok(); ++i) {
      WriteBatch batch;
      batch.put("key" + std::to_string(i), Bytes(1000, 1));
      written = store->write(batch, at_change ? Durability::kLater : Durability::kSynced);
    }
    REQUIRE(!written.ok());
    CHECK_EQ(written.error().type, "storage-failed");
    CHECK_EQ(told, std::vector<std::string>{"storage-failed"});
    environment.syncs_fail = false;
    CHECK(!store->write({}, Durability::kSynced).ok());
    environment.let_go();
  }
}

TEST_CASE("a write-ahead file that is done and damaged is refused, also at its end") {
  const Directory directory;
  PowerLoss environment;
  const std::string path = directory / "db", after = directory / "after";
  auto store = open_leveldb(path, {.write_buffer_bytes = 64 << 10, .environment = &environment}).value();
  write_groups(*store, 50);
  environment.copy_durable(path, after);
  environment.let_go();
  store.reset();
  std::vector<std::string> logs;
  for (const auto& name : names(after)) {
    if (name.ends_with(".log")) logs.push_back(after + "/" + name);
  }
  REQUIRE_EQ(logs.size(), 2);
  const Bytes done = content_of(logs[0]);
  REQUIRE(check_leveldb_files(system_files(), after).ok());
  for (const std::size_t size : {std::size_t{0}, std::size_t{100}, done.size() / 2, done.size() - 1}) {
    CAPTURE(size);
    put(logs[0], ByteView(done).first(size));
    CHECK_EQ(check_leveldb_files(system_files(), after).error().type, "storage-corrupted");
  }
  Bytes flipped = done;
  flipped[done.size() - 3] ^= 1;
  put(logs[0], flipped);
  CHECK_EQ(check_leveldb_files(system_files(), after).error().type, "storage-corrupted");
}

}  // namespace
}  // namespace jingchu::ledger::test
