#include "ledger/transaction.h"

#include <algorithm>

#include "common/codec.h"
#include "common/merkle.h"

namespace jingchu::ledger {
namespace {

const std::string kTag = "jingchu/transaction";

bool is_name(std::string_view name) {
  const auto allowed = [](char c) { return (c >= 'a' && c <= 'z') || c == '-'; };
  return !name.empty() && name.size() <= kNameLengthMax && std::all_of(name.begin(), name.end(), allowed);
}

bool has_key_form(const PublicKey& key) {
  switch (key.algorithm) {
    case Algorithm::kEd25519:
      return key.bytes.size() == 32;
    case Algorithm::kSm2:
      return key.bytes.size() == 65 && key.bytes.front() == 4;
  }
  return false;
}

std::uint64_t encoded_size(const Transaction& transaction) {
  constexpr std::uint64_t kFixed = 2 + 32 + 1 + 4 + 16 + 8 + 1 + 4 + 64;
  std::uint64_t size = kFixed + transaction.sender.bytes.size();
  for (const auto& call : transaction.calls) {
    size += 12 + call.contract.size() + call.method.size() + call.payload.size();
  }
  return size;
}

Error too_large(std::uint64_t bytes, const TransactionLimits& limits) {
  return caller_error("transaction-too-large",
                      "the transaction has " + std::to_string(bytes) + " bytes; this network allows " +
                          std::to_string(limits.bytes_max),
                      "split it into several transactions");
}

Status check_name(const std::string& name, std::size_t call, std::string_view field) {
  if (is_name(name)) return ok_status();
  return caller_error("malformed-name",
                      "a " + std::string(field) + " is named by 1 to " + std::to_string(kNameLengthMax) +
                          " characters of a-z and -",
                      {}, "/calls/" + std::to_string(call) + "/" + std::string(field));
}

Status check_calls(const Transaction& transaction, const TransactionLimits& limits) {
  const auto& calls = transaction.calls;
  if (calls.empty()) return caller_error("no-calls", "a transaction needs at least one call", {}, "/calls");
  if (calls.size() > limits.calls_max) {
    return caller_error("too-many-calls",
                        "the transaction has " + std::to_string(calls.size()) +
                            " calls; this network allows " + std::to_string(limits.calls_max),
                        "split it into several transactions", "/calls");
  }
  for (std::size_t i = 0; i < calls.size(); ++i) {
    RETURN_IF_ERROR(check_name(calls[i].contract, i, "contract"));
    RETURN_IF_ERROR(check_name(calls[i].method, i, "method"));
  }
  return ok_status();
}

void set_head(PreparedTransaction& prepared, Transaction transaction) {
  prepared.head = signing_bytes(transaction);
  prepared.id = sha256(prepared.head);
  prepared.transaction = std::move(transaction);
}

}  // namespace

Hash calls_root(const std::vector<Call>& calls) {
  merkle::Leaves leaves;
  for (const auto& call : calls) {
    CanonicalOutput archive(leaves.next());
    archive(call);
  }
  return merkle::root(leaves.hashes());
}

Bytes signing_bytes(const Transaction& transaction) {
  const auto call_count = static_cast<std::uint32_t>(transaction.calls.size());
  return encode(kTag, transaction.version, transaction.chain_id, transaction.sender, transaction.nonce,
                transaction.valid_until, transaction.on_error, call_count, calls_root(transaction.calls));
}

Hash transaction_id(const Transaction& transaction) {
  return sha256(signing_bytes(transaction));
}

Bytes encode_transaction(const Transaction& transaction) {
  Bytes bytes;
  bytes.reserve(encoded_size(transaction));
  CanonicalOutput archive(bytes);
  archive(transaction);
  return bytes;
}

Result<Transaction> decode_transaction(ByteView bytes, const TransactionLimits& limits) {
  if (bytes.size() > limits.bytes_max) return too_large(bytes.size(), limits);
  auto decoded = decode<Transaction>(bytes);
  if (!decoded.ok()) return caller_error("malformed-transaction", decoded.error().what);
  return decoded;
}

Status check_static(const Transaction& transaction, const Hash& chain_id, const TransactionLimits& limits) {
  if (transaction.version != kTransactionVersion) {
    return caller_error("wrong-version",
                        "version " + std::to_string(transaction.version) + " is not known; this node knows " +
                            std::to_string(kTransactionVersion),
                        {}, "/version");
  }
  if (transaction.chain_id != chain_id) {
    return caller_error("wrong-chain",
                        "the transaction is for another network; this one is " + to_hex(chain_id),
                        "sign it again with this network's chain id", "/chain_id");
  }
  if (!has_key_form(transaction.sender)) {
    return caller_error("malformed-key", "the sender is not a public key of its algorithm", {}, "/sender");
  }
  RETURN_IF_ERROR(check_calls(transaction, limits));
  const std::uint64_t size = encoded_size(transaction);
  if (size > limits.bytes_max) return too_large(size, limits);
  return ok_status();
}

void sign(Transaction& transaction, const PrivateKey& key) {
  transaction.sender = key.public_key();
  transaction.signature = key.sign(signing_bytes(transaction));
}

PreparedPointer prepare(Transaction transaction) {
  auto prepared = std::make_shared<PreparedTransaction>();
  prepared->bytes = encode_transaction(transaction);
  set_head(*prepared, std::move(transaction));
  return prepared;
}

Result<PreparedPointer> prepare(ByteView bytes, const Hash& chain_id, const TransactionLimits& limits) {
  ASSIGN_OR_RETURN(auto transaction, decode_transaction(bytes, limits));
  RETURN_IF_ERROR(check_static(transaction, chain_id, limits));
  auto prepared = std::make_shared<PreparedTransaction>();
  prepared->bytes = to_bytes(bytes);
  set_head(*prepared, std::move(transaction));
  return PreparedPointer(std::move(prepared));
}

bool signature_valid(const PreparedTransaction& prepared) {
  return verify(prepared.transaction.sender, prepared.head, prepared.transaction.signature);
}

}  // namespace jingchu::ledger
