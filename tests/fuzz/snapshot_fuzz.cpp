// A snapshot from a peer: a manifest, changed anywhere, against a fixed chain; and chunks, with a manifest
// that was made for them, so that hashes which do not hold cannot keep the fuzzer from what is behind them.
// The first byte says which:
//   0  the rest is a manifest
//   1  the rest are changes of the honest one: place in two bytes, and what is put there
//   2  the rest is a chunk
//   3  the rest is a list of entries for the honest first chunk's place: keys and values behind their lengths
#include "common/codec.h"
#include "tests/fuzz/input.h"
#include "tests/node/snapshot_support.h"

namespace jingchu::ledger {
namespace {

using fuzz::Input;

struct Honest {
  Honest() : chain(node::test::genesis_of_snapshots()) {
    chain.run({chain.deposit("one")});
    chain.run_through(Epoch());
    state = node::test::cut(chain.store, 4'000);
    chain.run();
    snapshot = prove_snapshot(chain.store, chain.genesis, state.contents).value().value();
    file = write_genesis(chain.genesis);
  }
  node::test::GovernedChain chain;
  node::test::CutState state;
  Snapshot snapshot;
  std::string file;
};

const Honest& honest() {
  static const Honest kHonest;
  return kHonest;
}

void check_error(const Error& error) {
  CHECK(error.fault == Fault::kPeer && (error.type == "bad-snapshot" || error.type == "chunk-damaged"));
  CHECK(!error.what.empty());
}

// Nobody but the validators makes another state final.
void check_manifest(ByteView bytes) {
  const auto decoded = decode_snapshot(bytes);
  if (!decoded.ok()) return check_error(decoded.error());
  CHECK(encode_snapshot(*decoded) == to_bytes(bytes));
  const auto verified =
      verify_snapshot(*decoded, as_bytes(honest().file), honest().chain.executor->genesis_root());
  if (!verified.ok()) return check_error(verified.error());
  CHECK(encode(decoded->contents.head) == encode(honest().snapshot.contents.head));
  StateChecksum sum;
  for (const auto& chunk : decoded->contents.chunks) sum.join(chunk.checksum);
  CHECK(sum == decoded->contents.head.checksum);
  for (std::size_t i = 0; i < honest().state.chunks.size() && i < decoded->contents.chunks.size(); ++i) {
    const auto read =
        read_chunk(decoded->contents.chunks[i], honest().state.chunks[i], honest().chain.genesis.chain_id);
    if (!read.ok()) check_error(read.error());
  }
}

void change_manifest(Input input) {
  Bytes bytes = encode_snapshot(honest().snapshot);
  while (!input.empty()) {
    const std::size_t at = input.two_bytes() % bytes.size();
    bytes[at] = input.byte();
  }
  check_manifest(bytes);
}

// As if the manifest named it, whatever it is.
void check_chunk(ByteView bytes) {
  const auto entries = decode<std::vector<SnapshotEntry>>(bytes);
  SnapshotChunk named;
  named.bytes = static_cast<std::uint32_t>(bytes.size());
  named.hash = sha256(bytes);
  if (entries.ok()) {
    named.entries = static_cast<std::uint32_t>(entries->size());
    for (const auto& entry : *entries) {
      if (entry.key.starts_with('s')) named.checksum.add(std::string_view(entry.key).substr(1), entry.value);
    }
  }
  const auto read = read_chunk(named, bytes, honest().chain.genesis.chain_id);
  if (!read.ok()) return check_error(read.error());
  CHECK(encode(*read) == to_bytes(bytes));
  MemoryDatabase store;
  SnapshotRestorer restorer(store, honest().chain.store, honest().snapshot);
  for (int time = 0; time < 2; ++time) {
    const Status added = restorer.add(*read);
    CHECK(time == 0 || read->empty() || !added.ok());
    if (!added.ok()) check_error(added.error());
  }
  named.checksum.add("k", {});
  CHECK(!read_chunk(named, bytes, honest().chain.genesis.chain_id).ok());
}

void check_entries(Input input) {
  std::vector<SnapshotEntry> entries;
  while (!input.empty()) {
    const ByteView key = input.bytes(input.byte());
    const ByteView value = input.bytes(input.two_bytes());
    entries.push_back({std::string(as_text(key)), to_bytes(value)});
  }
  check_chunk(encode(entries));
}

}  // namespace
}  // namespace jingchu::ledger

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace jingchu;
  using namespace jingchu::ledger;
  fuzz::Input input(data, size);
  switch (input.byte() % 4) {
    case 0:
      check_manifest(input.rest());
      break;
    case 1:
      change_manifest(input);
      break;
    case 2:
      check_chunk(input.rest());
      break;
    default:
      check_entries(input);
  }
  return 0;
}
