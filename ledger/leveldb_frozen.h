// What a LevelDB and its files of values held at one moment, whatever is written later.
#pragma once

#include <memory>
#include <utility>

#include "ledger/database.h"
#include "ledger/leveldb_reading.h"

namespace jingchu::ledger {

class FrozenLevelDb final : public KeyValueStore {
 public:
  // `owner` is told of every error.
  FrozenLevelDb(LevelDbReader reader, ValueView files, const KeyValueStore& owner)
      : reader_(std::move(reader)),
        moment_(reader_.database.GetSnapshot(),
                [&database = reader_.database](const leveldb::Snapshot* moment) {
                  database.ReleaseSnapshot(moment);
                }),
        files_(std::move(files)),
        owner_(owner) {
    reader_.how.snapshot = moment_.get();
    reader_.how.fill_cache = false;  // it is read once, from end to end
  }

  Result<std::optional<Bytes>> get(std::string_view key) const override {
    auto found = reader_.get(key, [this] { return files_; });
    if (!found.ok()) return owner_.report(found.error());
    return found;
  }
  Status scan(std::string_view prefix, std::string_view from,
              const std::function<bool(std::string_view key, ByteView value)>& visit) const override {
    const std::unique_ptr<leveldb::Iterator> iterator(reader_.database.NewIterator(reader_.how));
    const Status read = reader_.scan(*iterator, *files_, prefix, from, visit);
    return read.ok() ? read : Status(owner_.report(read.error()));
  }
  std::unique_ptr<const KeyValueStore> freeze() const override {
    return std::make_unique<FrozenLevelDb>(*this);
  }
  Status write(const WriteBatch&, Durability) override {
    return our_error("read-only", "a frozen store cannot be written");
  }

 private:
  LevelDbReader reader_;
  const std::shared_ptr<const leveldb::Snapshot> moment_;
  const ValueView files_;
  const KeyValueStore& owner_;
};

}  // namespace jingchu::ledger
