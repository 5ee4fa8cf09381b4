// Outstanding fetches (R11): each asks one peer at a time and goes on to the next when the peer refuses, goes
// away or lets the deadline pass. What is asked, and of whom first, is the caller's to say.
#pragma once

#include <compare>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <vector>

#include "consensus/durable.h"

namespace jingchu::consensus {

struct FetchKey {
  FetchKind kind = FetchKind::kProposal;
  std::uint64_t number = 0;  // view, sequence or height, as in Unavailable
  Hash hash{};
  friend auto operator<=>(const FetchKey&, const FetchKey&) = default;
};

class Fetching {
 public:
  Fetching(std::size_t validators, std::optional<NodeIndex> self, std::uint64_t delay_us)
      : validators_(validators), self_(self), delay_us_(delay_us) {}

  // Asks, unless it is already asked or too much is. `preferred` are asked first, in their order, then all
  // others; of them those with whom there is a session, and who are not asked for kFetchesOfOneMax already.
  std::optional<Outgoing> want(const FetchKey& key, Message message, std::vector<NodeIndex> preferred,
                               std::uint64_t now_us);
  void done(const FetchKey& key) { requests_.erase(key); }
  bool is_wanted(const FetchKey& key) const { return requests_.contains(key); }
  template <class Predicate>
  void drop_if(const Predicate& is_obsolete) {
    std::erase_if(requests_, [&](const auto& request) { return is_obsolete(request.first); });
  }
  // Whether `peer` is being asked for a range of batches that contains this one.
  bool is_asked_for_batch(NodeIndex peer, NodeIndex lane, Sequence sequence) const;

  // `peer` cannot answer; empty if it was not asked.
  std::optional<Outgoing> refuse(NodeIndex peer, const FetchKey& key, std::uint64_t now_us);
  std::vector<Outgoing> lose(NodeIndex peer, std::uint64_t now_us);
  void connect(NodeIndex peer) { lost_.erase(peer); }
  // What is overdue: the next requests, and the keys that were given up after everyone was asked twice.
  struct Overdue {
    std::vector<Outgoing> retries;
    std::vector<FetchKey> given_up;
  };
  Overdue expire(std::uint64_t now_us);
  std::optional<std::uint64_t> next_deadline_us() const;
  std::size_t outstanding() const { return requests_.size(); }

 private:
  struct Request {
    Message message;
    std::vector<NodeIndex> order;
    std::size_t attempts = 0;
    std::optional<NodeIndex> asked;  // nothing: a pause after everybody refused
    std::uint64_t deadline_us = 0;
  };
  std::optional<Outgoing> ask_next(Request& request, std::uint64_t now_us);
  bool can_ask(NodeIndex peer) const;

  std::size_t validators_;
  std::optional<NodeIndex> self_;
  std::uint64_t delay_us_;
  std::uint64_t rotation_ = 0;
  std::map<FetchKey, Request> requests_;
  std::set<NodeIndex> lost_;
};

}  // namespace jingchu::consensus
