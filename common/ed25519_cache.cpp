#include "common/ed25519_cache.h"

#include <sodium.h>

#include <algorithm>
#include <mutex>

namespace jingchu::ed25519 {

KeyCache::KeyCache(Limits limits) : limits_(limits) {
  HashOfKey hash{};
  static_assert(sizeof(hash.secret) == crypto_shorthash_KEYBYTES);
  randombytes_buf(hash.secret.data(), hash.secret.size());
  tables_ = Tables(0, hash);
  uses_ = decltype(uses_)(0, hash);
}

std::size_t KeyCache::HashOfKey::operator()(const Key& key) const noexcept {
  std::size_t hash;
  static_assert(sizeof(hash) == crypto_shorthash_BYTES);
  crypto_shorthash(reinterpret_cast<unsigned char*>(&hash), key.data(), key.size(), secret.data());
  return hash;
}

bool KeyCache::verify(const Key& key, ByteView message, const Signature& signature) {
  if (const auto table = find(key)) {
    return table->verifies(message, signature) || verify_by_libsodium(key, message, signature);
  }
  if (!verify_by_libsodium(key, message, signature)) return false;
  count_valid(key);
  return true;
}

std::shared_ptr<const KeyTable> KeyCache::find(const Key& key) {
  const std::shared_lock lock(mutex_);
  const auto found = tables_.find(key);
  if (found == tables_.end()) return nullptr;
  // As many as a key without a table can have are enough: the line of a busy key is then no longer written
  // to.
  auto& uses = found->second.uses;
  const auto before = uses.load(std::memory_order_relaxed);
  if (before < 2 * limits_.uses_between_halvings) uses.store(before + 1, std::memory_order_relaxed);
  return found->second.table;
}

void KeyCache::count_valid(const Key& key) {
  const std::uint32_t uses = count(key);
  if (uses == 0) return;
  if (auto table = KeyTable::make(key)) keep(key, std::move(table), uses);
}

// How often the key was used, if it should have a table now; else 0. Its count begins anew then, so that one
// thread makes the table and not all of them.
std::uint32_t KeyCache::count(const Key& key) {
  const std::unique_lock lock(mutex_);
  if (tables_.contains(key)) return 0;
  const std::uint32_t uses = ++uses_[key];
  if (++counted_ >= limits_.uses_between_halvings || uses_.size() > limits_.counters_max) halve_counts();
  if (uses < limits_.uses_before_table) return 0;
  if (tables_.size() >= limits_.tables_max && least_used()->second.uses >= uses) return 0;
  uses_.erase(key);
  return uses;
}

void KeyCache::halve_counts() {
  counted_ = 0;
  for (auto& [key, uses] : uses_) uses /= 2;
  std::erase_if(uses_, [](const auto& counter) { return counter.second == 0; });
  for (auto& [key, kept] : tables_) kept.uses = kept.uses / 2;
}

KeyCache::Tables::iterator KeyCache::least_used() {
  return std::min_element(tables_.begin(), tables_.end(),
                          [](const auto& a, const auto& b) { return a.second.uses < b.second.uses; });
}

void KeyCache::keep(const Key& key, std::shared_ptr<const KeyTable> table, std::uint32_t uses) {
  const std::unique_lock lock(mutex_);
  if (tables_.contains(key)) return;
  if (tables_.size() >= limits_.tables_max) tables_.erase(least_used());
  tables_.try_emplace(key, std::move(table), uses);
}

bool KeyCache::has_table(const Key& key) const {
  const std::shared_lock lock(mutex_);
  return tables_.contains(key);
}

std::size_t KeyCache::tables() const {
  const std::shared_lock lock(mutex_);
  return tables_.size();
}

std::size_t KeyCache::counters() const {
  const std::shared_lock lock(mutex_);
  return uses_.size();
}

}  // namespace jingchu::ed25519
