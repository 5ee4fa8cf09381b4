// A database in memory with the durability of a real one: of what was written and not yet synced, a crash
// keeps the first so many writes, each whole. (The real one stands behind a background thread, which would
// make a run impossible to repeat.)
#pragma once

#include <map>
#include <vector>

#include "ledger/database.h"
#include "sim/random.h"

namespace jingchu::sim {

class CrashingDatabase final : public ledger::KeyValueStore {
 public:
  Result<std::optional<Bytes>> get(std::string_view key) const override;
  Status scan(std::string_view prefix, std::string_view from,
              const std::function<bool(std::string_view key, ByteView value)>& visit) const override;
  std::unique_ptr<const ledger::KeyValueStore> freeze() const override;
  Status write(const ledger::WriteBatch& batch, ledger::Durability durability) override;

  // How many writes were lost.
  std::size_t crash(Random& random);
  void fail_next_write() { fails_next_write_ = true; }
  // Of every entry that must be equal on all nodes at one height: the state, receipts and indexes, not the
  // certificates that a node happened to hold. Independent of order.
  std::uint64_t digest() const { return digest_; }

 private:
  using Write = ledger::WriteBatch::Write;
  void set(const std::string& key, const std::optional<Bytes>& value);

  std::map<std::string, Bytes, std::less<>> entries_;
  std::vector<std::vector<Write>> undo_;  // for each unsynced write, what it replaced
  std::uint64_t digest_ = 0;
  bool fails_next_write_ = false;
};

}  // namespace jingchu::sim
