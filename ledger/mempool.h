// Transactions that wait for a batch of our own lane. Bounded in bytes, count and share of one sender;
// senders take turns, so that one that floods delays only itself. Not thread-safe. No operation grows with
// the number of entries.
#pragma once

#include <cstdint>
#include <list>
#include <map>
#include <span>
#include <unordered_map>
#include <vector>

#include "ledger/transaction.h"

namespace jingchu::ledger {

struct MempoolLimits {
  std::uint64_t bytes_max = 64 << 20;
  std::size_t count_max = 100'000;
  // What one sender may hold of each of these bounds, in percent.
  unsigned sender_share_percent = 25;
};

enum class Added { kNew, kPresent };

class Mempool {
 public:
  // `validity_window` is W of docs/formats.md.
  Mempool(MempoolLimits limits, std::uint64_t validity_window);

  // `height` is the last executed one. kPresent for an id that waits or is in flight. Refusals (fault
  // kCaller): "expired", "not-yet-valid"; and, to be tried again later, "mempool-full", "sender-share-full".
  Result<Added> add(PreparedPointer transaction, Height height);

  // Takes the next transactions, senders in turn, up to both bounds; they are in flight from then on.
  std::vector<PreparedPointer> take(std::uint64_t bytes_max, std::size_t count_max);

  // Lets one that is in flight wait again, behind the others: its batch will not be ordered. False: it is not
  // in flight.
  bool give_back(PreparedPointer transaction);

  // Forgets all, in flight or not: their ids.
  std::vector<Hash> clear();

  // Forgets what was executed (ids that are not here are fine).
  void committed(std::span<const Hash> ids);
  // Drops what can no longer execute after `height` was executed, in flight or not: the dropped ids.
  std::vector<Hash> expire(Height height);

  bool contains(const Hash& id) const { return entries_.contains(id); }
  std::size_t waiting_count() const { return waiting_count_; }
  std::uint64_t waiting_bytes() const { return waiting_bytes_; }
  std::size_t in_flight_count() const { return entries_.size() - waiting_count_; }

 private:
  struct Sender {
    std::list<PreparedPointer> waiting;
    std::uint64_t bytes = 0;
    std::list<const PublicKey*>::iterator turn;  // valid while something waits
  };
  using Senders = std::map<PublicKey, Sender>;
  struct Entry {
    Height valid_until;
    bool in_flight = false;
    Senders::iterator sender;                    // valid unless in flight
    std::list<PreparedPointer>::iterator place;  // valid unless in flight
  };

  Status admit(const PreparedTransaction& transaction, Height height) const;
  void link(Entry& entry, PreparedPointer transaction);
  PreparedPointer unlink(Entry& entry);
  void remove(std::unordered_map<Hash, Entry, HashOfHash>::iterator entry);

  MempoolLimits limits_;
  std::uint64_t validity_window_;
  std::unordered_map<Hash, Entry, HashOfHash> entries_;
  Senders senders_;                               // only those with something waiting
  std::list<const PublicKey*> turns_;             // whose turn it is: the front
  std::map<Height, std::vector<Hash>> expiries_;  // ids by valid_until; may name ids that have gone
  std::uint64_t waiting_bytes_ = 0;
  std::size_t waiting_count_ = 0;
};

}  // namespace jingchu::ledger
