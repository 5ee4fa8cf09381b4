#include "ledger/durable_log.h"

#include <chrono>
#include <random>

#include "tests/ledger/fixture.h"
#include "tests/support/faulty_file_system.h"

#include <doctest/doctest.h>

namespace jingchu::ledger::test {
namespace {

using consensus::Record;
using jingchu::test::FaultyFileSystem;

const std::string kDirectory = "data/log";
const std::string kFirst = kDirectory + "/log-00000001";
const std::string kSecond = kDirectory + "/log-00000002";
const Hash kChain = {1};

Record key_record() {
  return consensus::KeyRecord{kChain, fixed_key(1).public_key()};
}
Record vote(std::uint64_t view) {
  consensus::VoteRecord record;
  record.vote.ballot.view = View(view);
  return record;
}
std::vector<std::uint64_t> views(const std::vector<Record>& records) {
  std::vector<std::uint64_t> found;
  for (const auto& record : records) {
    if (const auto* one = std::get_if<consensus::VoteRecord>(&record))
      found.push_back(one->vote.ballot.view.value());
  }
  return found;
}
using Views = std::vector<std::uint64_t>;

struct LogTest {
  LogTest() {
    REQUIRE(DurableLog::create(files, kDirectory, std::get<consensus::KeyRecord>(key_record())).ok());
  }
  void open() {
    log.reset();
    auto found = DurableLog::find(files, kDirectory, kChain).value();
    log = DurableLog::open(files, kDirectory, found).value();
    records = std::move(found.records);
    log->notify([this](consensus::SyncReceipt receipt) { turns.push_back(receipt.turn()); },
                [this](const Error& error) { failures.push_back(error.type); });
  }

  FaultyFileSystem files;
  std::unique_ptr<DurableLog> log;
  std::vector<Record> records;
  std::vector<std::uint64_t> turns;
  std::vector<std::string> failures;
};

TEST_CASE("a new log holds its key, is private and is not overwritten") {
  LogTest test;
  test.open();
  REQUIRE_EQ(test.records.size(), 1);
  CHECK_EQ(std::get<consensus::KeyRecord>(test.records[0]).consensus_key, fixed_key(1).public_key());
  CHECK_EQ(test.files.mode(kFirst).value(), 0600);
  const auto again = DurableLog::create(test.files, kDirectory, std::get<consensus::KeyRecord>(key_record()));
  CHECK_EQ(again.error().type, "log-exists");
  CHECK_EQ(DurableLog::find(test.files, kDirectory, Hash{2}).error().type, "wrong-chain");
  CHECK_EQ(DurableLog::find(test.files, "elsewhere", kChain).error().type, "no-log");
  CHECK(!DurableLog::exists(test.files, "elsewhere").value());
}

TEST_CASE("all that waits is one write, one sync and one receipt") {
  LogTest test;
  test.open();
  const auto before = test.files.sync_count();
  test.log->append(3, {vote(1), vote(2)});
  test.log->append(4, {vote(3)});
  CHECK(test.turns.empty());
  CHECK(test.log->flush().ok());
  CHECK_EQ(test.turns, Views{4});
  CHECK_EQ(test.files.sync_count(), before + 1);
  CHECK(test.log->flush().ok());
  CHECK_EQ(test.turns, Views{4});
  test.files.crash();
  test.open();
  CHECK_EQ(views(test.records), Views{1, 2, 3});
  CHECK_EQ(test.files.content(kFirst).size(), 2 * log_format::kBlockBytes);
}

TEST_CASE("a crash before the sync loses only the last group, and the log goes on") {
  std::mt19937 random(5);
  for (int round = 0; round < 50; ++round) {
    LogTest test;
    test.open();
    test.log->append(1, {vote(1)});
    test.log->flush().value();
    // Written, but the sync that would have answered for it never came.
    const auto whole = test.files.content(kFirst);
    const auto lost = log_format::encode_group({}, 3, 2, std::vector<Bytes>{Bytes(9000, 7)});
    test.files.open_append(kFirst).value()->append(lost).value();
    test.log.reset();
    test.files.crash([&](const std::string&, std::size_t unsynced) { return random() % (unsynced + 1); });
    test.open();
    CHECK_EQ(views(test.records), Views{1});
    CHECK_EQ(test.files.content(kFirst), whole);
    test.log->append(2, {vote(2)});
    test.log->flush().value();
    test.open();
    CHECK_EQ(views(test.records), Views{1, 2});
  }
}

TEST_CASE("damage before the last group is refused with what to do") {
  LogTest test;
  test.open();
  for (std::uint64_t turn = 1; turn <= 3; ++turn) {
    test.log->append(turn, {vote(turn)});
    test.log->flush().value();
  }
  test.log.reset();
  auto bytes = test.files.content(kFirst);
  bytes[2 * log_format::kBlockBytes + 90] ^= 4;
  test.files.put(kFirst, bytes);
  const auto refused = DurableLog::find(test.files, kDirectory, kChain);
  REQUIRE(!refused.ok());
  CHECK_EQ(refused.error().type, "log-damaged");
  CHECK_EQ(refused.error().where, kFirst);
  CHECK(!refused.error().remedy.empty());
  CHECK_EQ(test.files.content(kFirst), bytes);
  bytes.resize(log_format::kBlockBytes);
  bytes[100] ^= 1;
  test.files.put(kFirst, bytes);
  CHECK_EQ(DurableLog::find(test.files, kDirectory, kChain).error().type, "log-damaged");
}

TEST_CASE("a failed sync or write ends the log: one notice, no receipt, no second try") {
  for (const bool full : {false, true}) {
    LogTest test;
    test.open();
    if (full) {
      test.files.set_capacity(log_format::kBlockBytes + 10);
    } else {
      test.files.fail_next_sync();
    }
    test.log->append(1, {vote(1)});
    CHECK(!test.log->flush().ok());
    test.files.set_capacity(std::nullopt);
    test.log->append(2, {vote(2)});
    CHECK(!test.log->flush().ok());
    CHECK_EQ(test.failures, std::vector<std::string>{full ? "disk-full" : "file-system"});
    CHECK(test.turns.empty());
    test.files.crash();
    test.open();
    CHECK(views(test.records).empty());
  }
}

TEST_CASE("a new segment begins with the live records; the old one goes only after that") {
  LogTest test;
  test.open();
  test.log->append(1, {vote(1), vote(2)});
  test.log->rotate({key_record(), vote(2)});
  test.log->append(2, {vote(3)});
  CHECK(test.log->flush().ok());
  CHECK_EQ(test.turns, Views{1, 2});
  CHECK(!test.files.exists(kFirst));
  CHECK_EQ(test.log->segment_bytes(), 2 * log_format::kBlockBytes);
  test.files.crash();
  test.open();
  CHECK_EQ(views(test.records), Views{2, 3});
  CHECK_EQ(test.log->segment_bytes(), 2 * log_format::kBlockBytes);
}

TEST_CASE("a crash anywhere in the change of segments loses nothing") {
  // Torn: the old segment still holds everything.
  LogTest test;
  test.open();
  test.log->append(1, {vote(1), vote(2)});
  test.log->flush().value();
  const auto old_segment = test.files.content(kFirst);
  test.files.fail_next_sync();
  test.log->rotate({key_record(), vote(2)});
  CHECK(!test.log->flush().ok());
  const auto new_segment = test.files.content(kSecond);
  for (std::size_t kept = 0; kept < new_segment.size(); kept += 37) {
    test.log.reset();
    test.files.put(kFirst, old_segment);
    const Bytes torn(new_segment.begin(), new_segment.begin() + static_cast<std::ptrdiff_t>(kept));
    test.files.put(kSecond, torn);
    REQUIRE(DurableLog::find(test.files, kDirectory, kChain).ok());
    REQUIRE_EQ(test.files.content(kSecond), torn);  // looking changes nothing
    test.open();
    REQUIRE_EQ(views(test.records), Views{1, 2});
    REQUIRE(!test.files.exists(kSecond));
  }
  // The old one is needed, so its damage is not passed over.
  auto damaged = old_segment;
  damaged[100] ^= 1;
  test.log.reset();
  test.files.put(kFirst, damaged);
  test.files.put(kSecond, Bytes(new_segment.begin(), new_segment.begin() + 100));
  CHECK_EQ(DurableLog::find(test.files, kDirectory, kChain).error().type, "log-damaged");
  // Whole, but the old one is not yet removed.
  test.log.reset();
  test.files.put(kSecond, new_segment);
  test.open();
  CHECK_EQ(views(test.records), Views{2});
  CHECK(!test.files.exists(kFirst));
}

TEST_CASE("the writer thread syncs what is queued, in order, and finishes before it goes") {
  LogTest test;
  test.open();
  std::mutex mutex;
  std::condition_variable synced;
  std::vector<std::uint64_t> turns;
  test.log->notify(
      [&](consensus::SyncReceipt receipt) {
        const std::lock_guard lock(mutex);
        turns.push_back(receipt.turn());
        synced.notify_all();
      },
      {});
  test.log->start();
  Views expected;
  for (std::uint64_t turn = 1; turn <= 200; ++turn) {
    test.log->append(turn, {vote(turn)});
    expected.push_back(turn);
    if (turn == 100) test.log->rotate({key_record()});
  }
  {
    std::unique_lock lock(mutex);
    CHECK(synced.wait_for(lock, std::chrono::seconds(30),
                          [&] { return !turns.empty() && turns.back() == 200; }));
    CHECK(std::is_sorted(turns.begin(), turns.end()));
  }
  test.log->append(201, {vote(201)});
  test.log.reset();
  CHECK_EQ(turns.back(), 201);
  test.open();
  CHECK_EQ(views(test.records), Views([&] {
             Views later;
             for (std::uint64_t turn = 101; turn <= 201; ++turn) later.push_back(turn);
             return later;
           }()));
}

}  // namespace
}  // namespace jingchu::ledger::test
