// One real validator for the walks: the consensus core, its durable log, and what waits for a sync. Syncs,
// crashes and executions happen when the walk says so.
#pragma once

#include <deque>
#include <memory>
#include <string>
#include <vector>

#include "consensus/support.h"

namespace jingchu::model {

class Machine {
 public:
  Machine(const consensus::testing::Fixture& given, std::size_t self)
      : given_(given), self_(self), base_(given.fresh(self)) {
    log_ = std::move(base_.records);
  }

  std::size_t self() const { return self_; }
  const consensus::Core& core() const { return *core_; }
  bool waits_for_sync() const { return !groups_.empty(); }

  // These return what leaves. start() and restart() are followed by no error only if error() is empty.
  std::vector<consensus::Outgoing> start(consensus::Now now);
  std::vector<consensus::Outgoing> give(consensus::Now now, consensus::Input input);
  // The oldest group becomes durable and what waited for it leaves; then the core hears of it.
  std::vector<consensus::Outgoing> sync(consensus::Now now);
  // The oldest `written` groups were durable already, the others are lost.
  std::vector<consensus::Outgoing> crash_and_restart(consensus::Now now, std::size_t written);
  // Executes the next delivered block durably.
  std::vector<consensus::Outgoing> execute(consensus::Now now);
  // A new segment of the log, with what the core says that it still needs.
  void rotate_log();

  std::size_t groups() const { return groups_.size(); }
  const std::string& error() const { return error_; }
  // Whether a restart would find a certificate of this view, or of a later final one; `kinds` is a mask of
  // 1 << VoteKind.
  bool log_certifies(View view, unsigned kinds) const;

 private:
  struct Group {
    std::uint64_t turn = 0;
    std::vector<consensus::Record> records;
    std::vector<consensus::Held> held;
  };
  std::vector<consensus::Outgoing> collect(consensus::Output output);

  const consensus::testing::Fixture& given_;
  std::size_t self_;
  consensus::Recovered base_;
  std::vector<consensus::Record> log_;
  std::unique_ptr<consensus::Core> core_;
  std::deque<Group> groups_;
  std::deque<consensus::FinalizedBlock> delivered_;
  std::string error_;
};

}  // namespace jingchu::model
