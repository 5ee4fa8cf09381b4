// What happened in a run: a hash over all of it, to compare runs, and the last events in readable form.
#pragma once

#include <cstdint>
#include <deque>
#include <string>
#include <string_view>
#include <vector>

#include "consensus/messages.h"

namespace jingchu::sim {

inline constexpr int kEverybody = -1;  // as a node or a peer in the trace

struct TraceEvent {
  std::uint64_t time_us = 0;
  int node = kEverybody;
  const char* action = "";   // "send", "receive", "crash", ...
  const char* subject = "";  // kind of message, or empty
  std::uint64_t view = 0;
  std::uint64_t height = 0;
  std::uint64_t detail = 0;  // first bytes of a hash, or a number
  int peer = kEverybody;
  std::string why = {};  // of a refusal
};

// The subject, view, height and detail of a message.
TraceEvent describe(const consensus::Message& message);
std::string to_string(const TraceEvent& event);
std::uint64_t first_bytes(const Hash& hash);

class Trace {
 public:
  explicit Trace(bool print) : print_(print) {}

  void add(TraceEvent event);
  std::uint64_t hash() const { return hash_; }
  std::uint64_t events() const { return events_; }
  // The last events without receptions and lane statuses, oldest first.
  std::vector<std::string> tail(std::size_t count) const;

 private:
  void mix(std::uint64_t value);
  void mix(std::string_view text);

  static constexpr std::size_t kKept = 400;
  bool print_;
  std::uint64_t hash_ = 0x6a696e676368u;
  std::uint64_t events_ = 0;
  std::deque<TraceEvent> kept_;
};

}  // namespace jingchu::sim
