// Transactions: what a client signs and what it asks for (docs/formats.md, "Transaction"). The id and the
// signature cover the head alone, which commits to the calls by a Merkle root; the id does not depend on the
// signature.
#pragma once

#include <array>
#include <memory>
#include <string>
#include <vector>

#include "common/hash.h"
#include "common/ids.h"
#include "common/result.h"
#include "common/signature.h"

namespace jingchu::ledger {

inline constexpr std::uint16_t kTransactionVersion = 1;
inline constexpr std::size_t kNameLengthMax = 64;  // of a contract and of a method

inline constexpr std::size_t kTransactionBytesMin = 178;  // of any well-formed transaction's encoding

// What a failing call undoes: the whole transaction, or only itself.
enum class OnError : std::uint8_t { kRollback = 0, kProceed = 1 };
inline bool is_valid(OnError value) {
  return value == OnError::kRollback || value == OnError::kProceed;
}

struct Call {
  std::string contract;
  std::string method;
  Bytes payload;  // one JSON text under the strict rules

  friend bool operator==(const Call&, const Call&) = default;
  template <class Archive>
  void serialize(Archive& archive) {
    archive(contract, method, payload);
  }
};

struct Transaction {
  std::uint16_t version = kTransactionVersion;
  Hash chain_id{};
  PublicKey sender;
  std::array<std::uint8_t, 16> nonce{};
  Height valid_until;  // the last height at which it may execute
  OnError on_error = OnError::kRollback;
  std::vector<Call> calls;
  Signature signature{};

  friend bool operator==(const Transaction&, const Transaction&) = default;
  template <class Archive>
  void serialize(Archive& archive) {
    archive(version, chain_id, sender, nonce, valid_until, on_error, calls, signature);
  }
};

// Bounds of one transaction, from genesis.
struct TransactionLimits {
  std::uint64_t bytes_max = 256 << 10;  // of its encoding
  std::uint32_t calls_max = 256;

  friend bool operator==(const TransactionLimits&, const TransactionLimits&) = default;
};

// RFC 9162 root of the list of calls.
Hash calls_root(const std::vector<Call>& calls);
// The encoding of the head: what is signed.
Bytes signing_bytes(const Transaction& transaction);
// SHA-256 of signing_bytes().
Hash transaction_id(const Transaction& transaction);

Bytes encode_transaction(const Transaction& transaction);
// Size is checked before anything is allocated: "transaction-too-large", "malformed-transaction". Fault
// kCaller.
Result<Transaction> decode_transaction(ByteView bytes, const TransactionLimits& limits);

// All that can be said without state and without the signature; fault kCaller, `where` is the JSON Pointer of
// the envelope's field: "wrong-version", "wrong-chain", "malformed-key", "no-calls", "too-many-calls",
// "malformed-name", "transaction-too-large".
Status check_static(const Transaction& transaction, const Hash& chain_id, const TransactionLimits& limits);

// Sets sender and signature. Everything else must be filled in before.
void sign(Transaction& transaction, const PrivateKey& key);

// A transaction with what is derived from it once.
struct PreparedTransaction {
  Transaction transaction;
  Bytes head;   // signing_bytes()
  Hash id{};    // their SHA-256
  Bytes bytes;  // its encoding, as received
};
using PreparedPointer = std::shared_ptr<const PreparedTransaction>;

PreparedPointer prepare(Transaction transaction);
// decode_transaction and check_static of received bytes.
Result<PreparedPointer> prepare(ByteView bytes, const Hash& chain_id, const TransactionLimits& limits);

// The costly check; thread-safe.
bool signature_valid(const PreparedTransaction& transaction);

}  // namespace jingchu::ledger
