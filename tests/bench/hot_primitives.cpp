#include "common/codec.h"
#include "common/hash_lanes.h"
#include "common/merkle.h"
#include "consensus/messages.h"
#include "ledger/transaction_json.h"
#include "tests/bench/hot_paths.h"
#include "tests/bench/records.h"

namespace jingchu::bench {
namespace {

using ledger::PreparedPointer;

constexpr std::size_t kTransactions = 256;

std::vector<PreparedPointer> transactions(std::size_t bundle) {
  const ledger::Genesis genesis = ledger::bench::genesis();
  std::vector<PreparedPointer> made;
  for (std::size_t i = 0; i < kTransactions; ++i)
    made.push_back(ledger::bench::deposit(genesis, i * bundle, bundle));
  return made;
}

std::function<void()> decode_all() {
  return [made = transactions(1)] {
    for (const auto& transaction : made) {
      const auto decoded = ledger::decode_transaction(transaction->bytes, {});
      CHECK(decoded.ok() && ledger::encode_transaction(*decoded) == transaction->bytes);
    }
  };
}

// As a client's envelope comes in.
std::function<void()> read_all_envelopes() {
  std::vector<std::string> envelopes;
  for (const auto& transaction : transactions(1))
    envelopes.push_back(ledger::transaction_to_json(transaction->transaction));
  return [envelopes] {
    for (const auto& envelope : envelopes) CHECK(ledger::transaction_from_json(envelope).ok());
  };
}

// Of 8 keys that have signed before, as members and validators have.
std::function<void()> verify_all() {
  struct Signed {
    PublicKey key;
    Bytes message;
    Signature signature{};
  };
  std::vector<Signed> all;
  for (std::size_t i = 0; i < kTransactions; ++i) {
    const auto key = ledger::test::fixed_key(static_cast<std::uint8_t>(1 + i % 8));
    Bytes message = encode(std::uint64_t{i}, Bytes(150));
    const auto signature = key.sign(message);
    all.push_back({key.public_key(), std::move(message), signature});
  }
  const auto run = [all] {
    for (const auto& one : all) CHECK(verify(one.key, one.message, one.signature));
  };
  run();
  return run;
}

std::function<void()> hash_all() {
  std::vector<Bytes> inputs(1'024, Bytes(300, 7));
  return [inputs] {
    const std::vector<ByteView> views(inputs.begin(), inputs.end());
    std::vector<Hash> hashes(inputs.size());
    sha256_each(views, hashes);
    CHECK(merkle::root(hashes) != kZeroHash);
  };
}

std::function<void()> seal_batch() {
  consensus::Batch batch;
  batch.sequence = Sequence(1);
  for (const auto& transaction : transactions(1)) batch.transactions.push_back(transaction->bytes);
  return [batch] { CHECK(consensus::seal({}, batch)->bytes > 0); };
}

}  // namespace

void add_primitives(std::vector<HotPath>& paths) {
  paths.push_back({"codec", kTransactions, decode_all});
  paths.push_back({"envelope", kTransactions, read_all_envelopes});
  paths.push_back({"verify", kTransactions, verify_all});
  paths.push_back({"hash", 1'024, hash_all});
  paths.push_back({"seal", kTransactions, seal_batch});
}

}  // namespace jingchu::bench
