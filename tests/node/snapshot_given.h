// A snapshot as a peer gives it, to be changed in one place.
#pragma once

#include "common/codec.h"
#include "tests/node/snapshot_support.h"

// The words are in what is said, or all of that is shown.
#define CHECK_SAYS(said, words) CHECK_EQ(::jingchu::node::test::part_of(said, words), words)

namespace jingchu::node::test {

using Entries = std::vector<ledger::SnapshotEntry>;

struct Honest {
  SnapshotChain made;
  const ledger::Snapshot snapshot = (made.run_next(), made.snapshot());
  const std::string file = made.genesis_file();
};

inline const Honest& honest() {
  static const Honest kHonest;
  return kHonest;
}

inline std::string words(const Error& error) {
  return std::string(to_string(error.fault)) + " " + error.type + ": " + error.what;
}

inline std::string verdict(const ledger::Snapshot& snapshot) {
  const auto verified = verify_snapshot(snapshot, as_bytes(honest().file), honest().made.genesis_root());
  return verified.ok() ? "ok" : words(verified.error());
}

// What a verifier says of the snapshot with this change.
inline std::string verdict_of(const std::function<void(ledger::Snapshot&)>& change) {
  ledger::Snapshot snapshot = honest().snapshot;
  change(snapshot);
  return verdict(snapshot);
}

// As a peer gives it: a manifest and chunks.
struct Given {
  ledger::Snapshot snapshot = honest().snapshot;
  std::vector<Bytes> chunks = honest().made.state.chunks;

  Entries entries(std::size_t index) const { return decode<Entries>(chunks.at(index)).value(); }
  // Another chunk, which the manifest names; with the checksum of the one before, or its own.
  void replace(std::size_t index, const Entries& entries, bool with_checksum = false) {
    chunks[index] = encode(entries);
    auto& named = snapshot.contents.chunks.at(index);
    named.entries = static_cast<std::uint32_t>(entries.size());
    named.bytes = static_cast<std::uint32_t>(chunks[index].size());
    named.hash = sha256(chunks[index]);
    if (!with_checksum) return;
    named.checksum = {};
    for (const auto& entry : entries) {
      if (entry.key.front() == 's') named.checksum.add(entry.key.substr(1), entry.value);
    }
  }
};

// What the whole way of a snapshot into a store ends with.
inline std::string outcome(const Given& given) {
  const std::string verified = verdict(given.snapshot);
  if (verified != "ok") return verified;
  ledger::MemoryDatabase genesis_store;
  open_executor(honest().made.chain.genesis, genesis_store);
  ledger::MemoryDatabase store;
  const Status done = restore(store, genesis_store, given.snapshot, given.chunks);
  if (done.ok()) return "ok";
  // No node would open it.
  if (ledger::BlockStore(store).head().value()) return "a head of what is refused";
  return words(done.error());
}

inline std::string outcome_of(const std::function<void(Given&)>& change) {
  Given given;
  change(given);
  return outcome(given);
}

// The words, if they are in it; else all of it.
inline std::string part_of(const std::string& text, const std::string& words) {
  return text.find(words) == text.npos ? text : words;
}

}  // namespace jingchu::node::test
