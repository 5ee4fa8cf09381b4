// How much history a node keeps: lets go of old epochs behind each block, a little at a time, and has the
// rest (the export to the archive, the space that LevelDB gives back) done by a thread of its own.
#pragma once

#include <condition_variable>
#include <mutex>
#include <optional>
#include <thread>

#include "common/clock.h"
#include "common/log.h"
#include "ledger/archive.h"
#include "ledger/pruning.h"

namespace jingchu::node {

class History {
 public:
  struct Parts {
    ledger::KeyValueStore* store = nullptr;  // these outlive it
    const ledger::Genesis* genesis = nullptr;
    FileSystem* files = nullptr;
    std::uint64_t keep_blocks = 0;  // 0: all
    std::string archive_directory;  // empty: what is pruned is not exported
    Log log;
    const Clock* clock = &system_clock();
  };

  explicit History(Parts parts);
  ~History() { stop(); }

  void start();
  // Ends what it is at: an export at the next block, and takes it away; compaction at the next piece.
  void stop();
  // On the thread that writes blocks, behind each of its writes. Errors: the store's.
  Status after_blocks();

 private:
  enum class Task { kExport, kCompact };

  // True: the epoch may go, as far as the archive is concerned; asks for its export where it is not there.
  bool is_archived(Epoch epoch);
  void ask(Task task, Epoch epoch);
  void run();
  Status export_epoch(Epoch epoch);
  void work(Task task, Epoch epoch);
  bool is_stopping();

  Parts parts_;
  ledger::Pruner pruner_;
  bool pruning_ = false;  // only the writing thread

  std::mutex mutex_;  // guards what is below
  std::condition_variable wake_;
  std::optional<Epoch> to_export_;
  bool to_compact_ = false;
  std::optional<Epoch> archived_;  // the last one
  std::uint64_t retry_at_us_ = 0;  // an export failed
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace jingchu::node
