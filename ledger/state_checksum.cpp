#include "ledger/state_checksum.h"

#include <string_view>

#include "common/codec.h"
#include "common/hash_lanes.h"

namespace jingchu::ledger {
namespace {

constexpr std::string_view kChecksumTag = "jingchu/checksum";

// Of whose hash an entry's words are made: encode(kChecksumTag, key, value).
void write_entry(Bytes& text, std::string_view key, ByteView value) {
  CanonicalOutput archive(text);
  archive(kChecksumTag, key, value);
}

}  // namespace

void StateChecksum::add(std::string_view key, ByteView value) {
  const Change change{key, value, true};
  apply({&change, 1});
}

void StateChecksum::remove(std::string_view key, ByteView value) {
  const Change change{key, value, false};
  apply({&change, 1});
}

void StateChecksum::apply(std::span<const Change> changes) {
  HashTexts texts;
  for (const Change& change : changes) write_entry(texts.next(), change.key, change.value);
  const auto seeds = texts.hashes();
  std::vector<SeedChange> words(seeds.size());
  for (std::size_t i = 0; i < seeds.size(); ++i) words[i] = {seeds[i], changes[i].is_added};
  sum_words(words, words_);
}

void StateChecksum::join(const StateChecksum& other) {
  add_words(words_, other.words_);
}

Hash StateChecksum::digest() const {
  return sha256(words_);
}

}  // namespace jingchu::ledger
