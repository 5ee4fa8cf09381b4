#include "ledger/leveldb_reading.h"

#include "common/codec.h"
#include "tests/ledger/leveldb_fixture.h"

#include <doctest/doctest.h>

namespace jingchu::ledger::test {
namespace {

TEST_CASE("a value that moves while it is read is read where it went; one that no file has is damage") {
  const Directory directory;
  leveldb::Options options;
  options.create_if_missing = true;
  leveldb::DB* opened = nullptr;
  REQUIRE(leveldb::DB::Open(options, directory / "db", &opened).ok());
  const std::unique_ptr<leveldb::DB> database(opened);
  const std::string key = "n1";
  const auto put_place = [&] {
    const auto stored = std::string(1, kPlaceFollows) + to_string(encode(ValuePlace{5, 0, 300}));
    REQUIRE(database->Put({}, key, stored).ok());
  };
  const auto no_files = std::make_shared<ValueFileMap>();
  const LevelDbReader reader{*database, {}, "here"};
  put_place();
  const auto moves = [&] {
    REQUIRE(database->Put({}, key, std::string(1, kValueFollows) + "moved").ok());
    return no_files;
  };
  CHECK_EQ(reader.get(key, moves).value(), to_bytes("moved"));
  put_place();
  CHECK_EQ(reader.get(key, [&] { return no_files; }).error().type, "storage-corrupted");
  for (const std::string unknown : {"", "\2x", "\1x"}) {
    REQUIRE(database->Put({}, key, unknown).ok());
    CHECK_EQ(reader.get(key, [&] { return no_files; }).error().type, "storage-corrupted");
  }
}

}  // namespace
}  // namespace jingchu::ledger::test
