#include "ledger/mempool.h"

namespace jingchu::ledger {

Mempool::Mempool(MempoolLimits limits, std::uint64_t validity_window)
    : limits_(limits), validity_window_(validity_window) {}

Status Mempool::admit(const PreparedTransaction& transaction, Height height) const {
  const Height valid_until = transaction.transaction.valid_until;
  if (valid_until <= height) {
    return caller_error("expired", "height " + to_string(height) + " is reached, beyond valid_until",
                        "sign it again with a later valid_until", "/valid_until");
  }
  if (valid_until - height > validity_window_) {
    return caller_error("not-yet-valid",
                        "valid_until may be at most " + std::to_string(validity_window_) +
                            " above the height " + to_string(height),
                        "sign it again with an earlier valid_until", "/valid_until");
  }
  const std::uint64_t bytes = transaction.bytes.size();
  if (waiting_count_ >= limits_.count_max || waiting_bytes_ + bytes > limits_.bytes_max) {
    return caller_error("mempool-full", "this node holds as many waiting transactions as it may",
                        "send it again in a few seconds, or to another node");
  }
  const auto sender = senders_.find(transaction.transaction.sender);
  if (sender == senders_.end()) return ok_status();
  const std::uint64_t count = sender->second.waiting.size() + 1;
  if (count * 100 > limits_.count_max * limits_.sender_share_percent ||
      (sender->second.bytes + bytes) * 100 > limits_.bytes_max * limits_.sender_share_percent) {
    return caller_error("sender-share-full", "this sender holds as many waiting transactions as one may",
                        "wait until some of them are final, then send it again");
  }
  return ok_status();
}

Result<Added> Mempool::add(PreparedPointer transaction, Height height) {
  if (contains(transaction->id)) return Added::kPresent;
  RETURN_IF_ERROR(admit(*transaction, height));
  const Height valid_until = transaction->transaction.valid_until;
  expiries_[valid_until].push_back(transaction->id);
  auto& entry = entries_[transaction->id];
  entry.valid_until = valid_until;
  link(entry, std::move(transaction));
  return Added::kNew;
}

bool Mempool::give_back(PreparedPointer transaction) {
  const auto entry = entries_.find(transaction->id);
  if (entry == entries_.end() || !entry->second.in_flight) return false;
  link(entry->second, std::move(transaction));
  return true;
}

std::vector<Hash> Mempool::clear() {
  std::vector<Hash> ids;
  for (const auto& [id, entry] : entries_) ids.push_back(id);
  *this = Mempool(limits_, validity_window_);
  return ids;
}

void Mempool::link(Entry& entry, PreparedPointer transaction) {
  const auto [sender, is_new] = senders_.try_emplace(transaction->transaction.sender);
  if (is_new) sender->second.turn = turns_.insert(turns_.end(), &sender->first);
  waiting_bytes_ += transaction->bytes.size();
  waiting_count_ += 1;
  sender->second.bytes += transaction->bytes.size();
  auto& waiting = sender->second.waiting;
  entry.in_flight = false;
  entry.sender = sender;
  entry.place = waiting.insert(waiting.end(), std::move(transaction));
}

PreparedPointer Mempool::unlink(Entry& entry) {
  const auto sender = entry.sender;
  PreparedPointer transaction = std::move(*entry.place);
  waiting_bytes_ -= transaction->bytes.size();
  waiting_count_ -= 1;
  sender->second.bytes -= transaction->bytes.size();
  sender->second.waiting.erase(entry.place);
  entry.in_flight = true;
  if (sender->second.waiting.empty()) {
    turns_.erase(sender->second.turn);
    senders_.erase(sender);
  }
  return transaction;
}

std::vector<PreparedPointer> Mempool::take(std::uint64_t bytes_max, std::size_t count_max) {
  std::vector<PreparedPointer> taken;
  std::uint64_t bytes = 0;
  while (taken.size() < count_max && !turns_.empty()) {
    const auto turn = turns_.begin();
    const auto& next = senders_.find(**turn)->second.waiting.front();
    if (bytes + next->bytes.size() > bytes_max) break;
    bytes += next->bytes.size();
    // The sender goes to the end of the round before its entry may vanish with its last transaction.
    turns_.splice(turns_.end(), turns_, turn);
    taken.push_back(unlink(entries_.find(next->id)->second));
  }
  return taken;
}

void Mempool::remove(std::unordered_map<Hash, Entry, HashOfHash>::iterator entry) {
  if (!entry->second.in_flight) unlink(entry->second);
  entries_.erase(entry);
}

void Mempool::committed(std::span<const Hash> ids) {
  for (const auto& id : ids) {
    if (const auto entry = entries_.find(id); entry != entries_.end()) remove(entry);
  }
}

std::vector<Hash> Mempool::expire(Height height) {
  std::vector<Hash> dropped;
  while (!expiries_.empty() && expiries_.begin()->first <= height) {
    for (const auto& id : expiries_.begin()->second) {
      const auto entry = entries_.find(id);
      if (entry == entries_.end()) continue;
      remove(entry);
      dropped.push_back(id);
    }
    expiries_.erase(expiries_.begin());
  }
  return dropped;
}

}  // namespace jingchu::ledger
