// A KeyValueStore in memory, for tests and for computing a genesis root.
#pragma once

#include <map>
#include <mutex>

#include "ledger/database.h"

namespace jingchu::ledger {

class MemoryDatabase final : public KeyValueStore {
 public:
  Result<std::optional<Bytes>> get(std::string_view key) const override;
  Status scan(std::string_view prefix, std::string_view from,
              const std::function<bool(std::string_view key, ByteView value)>& visit) const override;
  std::unique_ptr<const KeyValueStore> freeze() const override;
  Status write(const WriteBatch& batch, Durability durability) override;

 private:
  mutable std::mutex mutex_;
  std::map<std::string, Bytes, std::less<>> entries_;
};

}  // namespace jingchu::ledger
