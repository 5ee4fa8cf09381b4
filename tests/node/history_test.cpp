#include "node/history.h"

#include <unistd.h>

#include <condition_variable>
#include <filesystem>
#include <fstream>

#include "tests/ledger/governed_modules.h"
#include "tests/ledger/signed_chain.h"
#include "tests/support/forwarding_files.h"

#include <doctest/doctest.h>

namespace jingchu::node {
namespace {

using ledger::test::SignedChain;

struct SetClock final : Clock {
  std::uint64_t wall_ms() const override { return 0; }
  std::uint64_t monotonic_us() const override { return now_us; }
  std::atomic<std::uint64_t> now_us = 1;
};

// The real disk; the n-th append waits until it is let go on.
class SlowFiles final : public jingchu::test::ForwardingFiles {
 public:
  Result<std::unique_ptr<AppendFile>> open_append(const std::string& path) override {
    ASSIGN_OR_RETURN(auto file, ForwardingFiles::open_append(path));
    return std::unique_ptr<AppendFile>(std::make_unique<File>(*this, std::move(file)));
  }
  // True: an append waits.
  bool reached() {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, std::chrono::seconds(20), [&] { return waits_; });
  }
  void go_on() {
    const std::lock_guard lock(mutex_);
    open_ = true;
    changed_.notify_all();
  }
  std::atomic<int> wait_at = 0;

 private:
  class File final : public AppendFile {
   public:
    File(SlowFiles& files, std::unique_ptr<AppendFile> real) : files_(files), real_(std::move(real)) {}
    Status append(ByteView bytes) override {
      files_.pass();
      return real_->append(bytes);
    }
    Status sync() override { return real_->sync(); }
    std::uint64_t size() const override { return real_->size(); }

   private:
    SlowFiles& files_;
    std::unique_ptr<AppendFile> real_;
  };
  void pass() {
    std::unique_lock lock(mutex_);
    if (++appends_ != wait_at) return;
    waits_ = true;
    changed_.notify_all();
    changed_.wait(lock, [&] { return open_; });
  }

  std::mutex mutex_;
  std::condition_variable changed_;
  int appends_ = 0;
  bool waits_ = false;
  bool open_ = false;
};

struct Archived {
  Archived() : chain(ledger::test::genesis_of_modules(), ledger::test::governed_modules()) {
    std::filesystem::create_directories(home);
    run(ledger::kept_blocks_min(chain.genesis()) + 8);
  }
  ~Archived() { std::filesystem::remove_all(home); }

  void run(std::uint64_t blocks) {
    for (; blocks != 0; --blocks) chain.run({});
  }
  std::unique_ptr<History> open() {
    const auto log = Log::open(home + "/log", LogLevel::kInfo).value();
    auto history = std::make_unique<History>(History::Parts{.store = &chain.store(),
                                                            .genesis = &chain.genesis(),
                                                            .files = &files,
                                                            .keep_blocks = 1,
                                                            .archive_directory = archive,
                                                            .log = log,
                                                            .clock = &clock});
    history->start();
    return history;
  }
  std::string log_text() const {
    std::ifstream file(home + "/log");
    return {std::istreambuf_iterator<char>(file), {}};
  }
  Height horizon() { return ledger::read_horizon(chain.store())->done; }
  // As the thread that writes blocks does, until it holds.
  bool until(History& history, const std::function<bool()>& holds) {
    const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(20);
    while (!holds()) {
      if (!history.after_blocks().ok() || std::chrono::steady_clock::now() > end) return false;
      std::this_thread::yield();
    }
    return true;
  }

  const std::string home =
      (std::filesystem::temp_directory_path() / ("jingchu-history-" + std::to_string(::getpid()))).string();
  const std::string archive = home + "/archive";
  SignedChain chain;
  SlowFiles files;
  SetClock clock;
};

}  // namespace

TEST_CASE("history: an epoch is in the archive before it goes") {
  Archived made;
  std::filesystem::create_directories(made.archive);
  std::ofstream(made.archive + "/epoch-0000000007.jca.partial") << "killed";
  std::ofstream(made.archive + "/notes.partial") << "not ours";
  const auto history = made.open();
  CHECK_FALSE(std::filesystem::exists(made.archive + "/epoch-0000000007.jca.partial"));
  CHECK(std::filesystem::exists(made.archive + "/notes.partial"));
  REQUIRE(made.until(*history, [&] { return made.horizon() >= Height(8); }));
  CHECK(std::filesystem::exists(made.archive + "/" + ledger::segment_name(Epoch(0))));
  CHECK(std::filesystem::exists(made.archive + "/" + ledger::segment_name(Epoch(1))));
}

TEST_CASE("history: a stop ends an export at the next block and leaves nothing of it") {
  Archived made;
  made.files.wait_at = 2;  // the first block
  auto history = made.open();
  REQUIRE(history->after_blocks().ok());
  REQUIRE(made.files.reached());
  std::thread stop([&] { history->stop(); });
  made.files.go_on();
  stop.join();
  history.reset();
  // Whether it was told in time or not: a whole segment, or none.
  for (const auto& entry : std::filesystem::directory_iterator(made.archive)) {
    CHECK(ledger::segment_epoch(entry.path().filename().string()));
  }
  CHECK(made.horizon() == Height(0));
  CHECK(made.log_text().find("tried again") == std::string::npos);
  history = made.open();
  REQUIRE(made.until(*history, [&] { return made.horizon() >= Height(8); }));
}

TEST_CASE("history: an archive that cannot be written stops nothing, prunes nothing, and is told") {
  Archived made;
  std::ofstream(made.archive) << "a file where the directory has to be";
  auto history = made.open();
  REQUIRE(made.until(*history, [&] { return made.log_text().find("tried again") != std::string::npos; }));
  CHECK(made.log_text().find(made.archive) != std::string::npos);
  made.run(4);
  for (int i = 0; i < 100; ++i) REQUIRE(history->after_blocks().ok());
  CHECK(ledger::read_horizon(made.chain.store())->target == Height(0));
  std::filesystem::remove(made.archive);
  made.clock.now_us += 59'000'000;
  for (int i = 0; i < 100; ++i) REQUIRE(history->after_blocks().ok());
  CHECK_FALSE(std::filesystem::exists(made.archive));
  made.clock.now_us += 2'000'000;
  REQUIRE(made.until(*history, [&] { return made.horizon() >= Height(12); }));
}

}  // namespace jingchu::node
