// The clients of whole nodes: they submit real transactions to any node, to several at once, again when a
// node forgot them, and ask until each is final or can never be. What an honest node told them must stay
// true.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "ledger/transaction.h"
#include "sim/plan.h"

namespace jingchu::sim {

class Node;
class World;

class Clients {
 public:
  explicit Clients(World& world) : world_(world) {}

  void start();
  void on_heal();
  // Every transaction that an honest node took is final on every honest node, or expired.
  bool satisfied() const;
  std::string missing() const;
  // An encoded transaction that some client signed and that is still of interest; empty: there is none.
  Bytes any_transaction() const;
  // A new one, which is not submitted.
  Bytes fresh_transaction(Height valid_until);

 private:
  struct Submitted {
    ledger::Transaction transaction;
    Height taken_at;             // the height of the honest node that took it last; 0: none did
    bool taken_drained = false;  // and nothing of before healing waited any more by then
    Height final_height;         // 0: not yet
    bool expired = false;

    bool is_open() const { return final_height == Height() && !expired; }
  };
  using Entry = std::map<Hash, Submitted>::value_type;

  ledger::Transaction make(std::size_t client, Height valid_until);
  void submit_next();
  void poll_next();
  void poll(Entry& entry);
  // Whether the node took it.
  bool submit(Entry& entry, std::size_t instance);
  bool may_forget(const Node& node) const;
  void note_final(Entry& entry, std::size_t instance, Height height);
  void note_expired(Entry& entry, std::size_t instance);
  bool is_final_everywhere(const Entry& entry) const;
  void look_whether_drained();
  std::size_t some_instance() const;
  bool is_reachable(std::size_t instance) const;

  World& world_;
  std::map<Hash, Submitted> submitted_;
  std::vector<Entry*> open_;
  std::uint64_t nonce_ = 0;
  std::uint64_t look_us_ = ~std::uint64_t{0};  // whether the lanes are drained, from here on
  std::uint64_t stop_us_ = ~std::uint64_t{0};  // what is submitted later only keeps the chain going
  bool is_drained_ = false;
};

}  // namespace jingchu::sim
