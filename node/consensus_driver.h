// Hosts the consensus core: feeds it inputs and carries its outputs out in the one order that is safe:
// persist, send what may leave at once, hold the rest until its receipt, deliver, arm the timer.
// Single-threaded: every call comes from one strand. It does no I/O of its own; what it needs of the world
// are the ports.
#pragma once

#include <atomic>
#include <deque>
#include <functional>
#include <memory>

#include "consensus/core.h"

namespace jingchu::node {

struct ConsensusPorts {
  std::function<consensus::Now()> now;
  std::function<void(std::uint64_t turn, std::vector<consensus::Record>)> persist;
  std::function<void(const consensus::Outgoing&)> send;
  std::function<void(consensus::FinalizedBlock)> deliver;
  std::function<void(const consensus::ServeFromStore&)> serve;
  std::function<void(const consensus::Notice&)> notice;
  std::function<void(const consensus::Evidence&)> evidence;
  std::function<void(std::uint64_t wake_at_us)> arm;
};

class ConsensusDriver {
 public:
  ConsensusDriver(std::unique_ptr<consensus::Core> core, ConsensusPorts ports)
      : core_(std::move(core)), ports_(std::move(ports)) {}

  void start();
  void take(consensus::Input input);
  // The log synced: releases what waited for it, then tells the core.
  void synced(const consensus::SyncReceipt& receipt);
  // From here on nothing is taken and nothing leaves. From any thread.
  void halt() { halted_ = true; }

  const consensus::Core& core() const { return *core_; }

 private:
  void carry_out(consensus::Output output);

  std::unique_ptr<consensus::Core> core_;
  ConsensusPorts ports_;
  std::deque<consensus::Held> held_;  // ascending by turn
  std::atomic<bool> halted_{false};
};

}  // namespace jingchu::node
