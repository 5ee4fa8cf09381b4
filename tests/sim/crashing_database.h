// A database in memory with the durability of a real one: of what was written and not yet synced, a crash
// keeps the first so many writes, each whole. (The real one stands behind a background thread, which would
// make a run impossible to repeat.) What rots in it reads as LevelDB reads what does not have its checksum:
// as an error, and never as something else.
#pragma once

#include <map>
#include <set>
#include <vector>

#include "ledger/database.h"
#include "sim/ledger.h"
#include "sim/random.h"

namespace jingchu::sim {

class CrashingDatabase final : public ledger::KeyValueStore {
 public:
  CrashingDatabase() = default;
  // Of what is there now, as durable.
  CrashingDatabase(const CrashingDatabase& other);
  CrashingDatabase& operator=(const CrashingDatabase&) = delete;

  Result<std::optional<Bytes>> get(std::string_view key) const override;
  Status scan(std::string_view prefix, std::string_view from,
              const std::function<bool(std::string_view key, ByteView value)>& visit) const override;
  std::unique_ptr<const ledger::KeyValueStore> freeze() const override;
  Status write(const ledger::WriteBatch& batch, ledger::Durability durability) override;

  // How many writes were lost.
  std::size_t crash(Random& random);
  void fail_next_write() { fails_next_write_ = true; }
  // A byte of an entry of some kind flips; whoever reads it is told, until it is written again. False: there
  // is none.
  bool rot(Random& random);
  bool is_rotten() const { return !rotten_.empty(); }
  // Of every entry that must be equal on all nodes at one height: the state, receipts and indexes, not the
  // certificates that a node happened to hold.
  StoreDigest digest() const;

 private:
  using Write = ledger::WriteBatch::Write;
  using Entries = std::map<std::string, Bytes, std::less<>>;
  void set(const std::string& key, const std::optional<Bytes>& value);
  void absorb(const std::string& key, const Bytes& value);
  Error damaged(std::string_view key) const;

  Entries entries_;
  std::set<std::string, std::less<>> rotten_;
  std::vector<std::vector<Write>> undo_;  // for each unsynced write, what it replaced
  StoreDigest digest_;
  bool fails_next_write_ = false;
};

}  // namespace jingchu::sim
