// What the state tree costs on LevelDB: jingchu-tree-bench DIR N... grows a tree to each N entities in turn
// and measures there blocks of 1,000 updates, half of them of new entities. One line for each N, figures are
// medians of blocks.
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <numeric>
#include <random>

#include "ledger/state_tree.h"

namespace jingchu::ledger {
namespace {

constexpr std::size_t kUpdates = 1'000;
constexpr int kBlocks = 400;  // a step of a million entities comes every 180

// What is given to the store, on its way.
class CountingStore final : public KeyValueStore {
 public:
  explicit CountingStore(std::unique_ptr<KeyValueStore> store) : store_(std::move(store)) {}
  Result<std::optional<Bytes>> get(std::string_view key) const override { return store_->get(key); }
  Status scan(std::string_view prefix, std::string_view from,
              const std::function<bool(std::string_view, ByteView)>& visit) const override {
    return store_->scan(prefix, from, visit);
  }
  std::unique_ptr<const KeyValueStore> freeze() const override { return store_->freeze(); }
  Status write(const WriteBatch& batch, Durability durability) override {
    for (const auto& write : batch.writes())
      written += write.key.size() + (write.value ? write.value->size() : write.bytes);
    return store_->write(batch, durability);
  }
  std::uint64_t written = 0;

 private:
  std::unique_ptr<KeyValueStore> store_;
};

std::uint64_t disk_written() {
  std::ifstream file("/proc/self/io");
  for (std::string name; file >> name;) {
    std::uint64_t value = 0;
    file >> value;
    if (name == "write_bytes:") return value;
  }
  return 0;
}

// Of this thread, in microseconds: what a machine that does other things too leaves alone.
double processor_us() {
  timespec now{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) * 1e6 + static_cast<double>(now.tv_nsec) / 1e3;
}

double resident_mib() {
  std::ifstream file("/proc/self/statm");
  std::uint64_t size = 0;
  std::uint64_t resident = 0;
  file >> size >> resident;
  return static_cast<double>(resident) * static_cast<double>(sysconf(_SC_PAGESIZE)) / (1 << 20);
}

class Bench {
 public:
  explicit Bench(const std::string& directory)
      : store_(open_leveldb(directory).value()), tree_(StateTree::open(store_).value()) {}

  void measure(std::size_t entities) {
    while (paths_.size() < entities) block(std::min<std::size_t>(5'000, entities - paths_.size()), 0);
    std::vector<double> updates;
    const auto written = store_.written;
    const auto disk = disk_written();
    processor_us_ = 0;
    for (int i = 0; i < kBlocks; ++i) updates.push_back(block(kUpdates / 2, kUpdates / 2) / kUpdates);
    const double all = kBlocks * double{kUpdates};
    const double mean = std::accumulate(updates.begin(), updates.end(), 0.0) / kBlocks;
    std::sort(updates.begin(), updates.end());
    std::printf(
        "%zu entities: %.1f us an update in the median block, %.1f in the mean, %.1f in the slowest, %.1f of "
        "processor time; %.0f "
        "bytes "
        "given to the store an update, %.0f written to disk; ",
        entities, updates[kBlocks / 2], mean, updates.back(), processor_us_ / all,
        static_cast<double>(store_.written - written) / all,
        static_cast<double>(disk_written() - disk) / all);
    proofs();
    std::printf("%.0f MiB resident\n", resident_mib());
    std::fflush(stdout);
  }

 private:
  using Clock = std::chrono::steady_clock;
  static double us_since(Clock::time_point begin) {
    return std::chrono::duration<double, std::micro>(Clock::now() - begin).count();
  }

  Hash random_hash() {
    Hash hash;
    for (std::size_t i = 0; i < hash.size(); i += 8) {
      const std::uint64_t word = random_();
      std::memcpy(hash.data() + i, &word, 8);
    }
    return hash;
  }

  // The microseconds of tree and store.
  double block(std::size_t added, std::size_t updated) {
    std::vector<EntityLeaf> changes;
    for (std::size_t i = 0; i < updated; ++i)
      changes.push_back({paths_[random_() % paths_.size()], random_hash()});
    for (std::size_t i = 0; i < added; ++i) {
      paths_.push_back(random_hash());
      changes.push_back({paths_.back(), random_hash()});
    }
    std::sort(changes.begin(), changes.end(), [](const auto& a, const auto& b) { return a.path < b.path; });
    const auto last = std::unique(changes.begin(), changes.end(),
                                  [](const auto& a, const auto& b) { return a.path == b.path; });
    changes.erase(last, changes.end());
    const auto begin = Clock::now();
    const double processor_begin = processor_us();
    WriteBatch writes;
    height_ = height_.next();
    const bool done =
        tree_->update(height_, changes, writes).ok() && store_.write(writes, Durability::kLater).ok();
    if (!done) std::abort();
    processor_us_ += processor_us() - processor_begin;
    return us_since(begin);
  }

  void proofs() {
    constexpr std::size_t kProofs = 2'000;
    std::size_t bytes = 0;
    std::size_t most = 0;
    const auto begin = Clock::now();
    for (std::size_t i = 0; i < kProofs; ++i) {
      const bool present = i % 2 == 0;
      const auto proof = tree_->prove(height_, present ? paths_[random_() % paths_.size()] : random_hash());
      const std::size_t size = 32 * (*proof)->siblings.size() + ((*proof)->leaf ? 64 : 0);
      bytes += size;
      most = std::max(most, size);
    }
    std::printf("a proof in %.1f us, of %zu bytes in the mean and %zu at most; ", us_since(begin) / kProofs,
                bytes / kProofs, most);
  }

  CountingStore store_;
  std::unique_ptr<StateTree> tree_;
  std::vector<Hash> paths_;
  Height height_;
  double processor_us_ = 0;  // of tree and store, on this thread
  std::mt19937_64 random_{1};
};

}  // namespace
}  // namespace jingchu::ledger

int main(int argc, char** argv) {
  if (argc < 3) {
    std::fprintf(stderr, "usage: jingchu-tree-bench DIR N...   (DIR is made, or must be empty)\n");
    return 2;
  }
  std::filesystem::create_directories(argv[1]);
  jingchu::ledger::Bench bench(argv[1]);
  for (int i = 2; i < argc; ++i) bench.measure(std::strtoull(argv[i], nullptr, 10));
  return 0;
}
