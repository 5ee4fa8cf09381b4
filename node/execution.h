// The execution thread: runs finalized blocks in order, makes them durable with one sync for all that waited
// together, and only then reports them.
#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

#include "ledger/executor.h"

namespace jingchu::node {

class Execution {
 public:
  struct Handlers {
    // Called on the execution thread with blocks that are durable, in order, and the seconds that they took
    // together.
    std::function<void(std::vector<ledger::ExecutedBlock>, double seconds)> on_executed;
    // At most once; nothing executes after it.
    std::function<void(const Error&)> on_failure;
    // What one sync of the database took.
    std::function<void(std::uint64_t took_us)> on_synced;
    // Behind all of that, on the execution thread: what else may write the store; an Error is a failure. May
    // be empty.
    std::function<Status()> on_rest = {};
  };

  Execution(ledger::Executor& executor, Handlers handlers)
      : executor_(executor), handlers_(std::move(handlers)) {}
  ~Execution() { stop(); }

  void start();
  // Thread-safe; blocks come in the order of their heights.
  void deliver(consensus::FinalizedBlock block);
  // Finishes the block in execution; what waits behind it is executed after the next start of the node.
  void stop();

 private:
  void run();
  // False: the end.
  bool take(std::vector<consensus::FinalizedBlock>& blocks);
  Status execute(const std::vector<consensus::FinalizedBlock>& blocks);

  ledger::Executor& executor_;
  Handlers handlers_;
  std::mutex mutex_;
  std::condition_variable wake_;
  std::deque<consensus::FinalizedBlock> queue_;
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace jingchu::node
