// Reads JSON values into the types of a proof bundle. The first failure is kept, and what follows it does
// nothing; the caller asks for it at the end.
#pragma once

#include <functional>
#include <initializer_list>

#include "common/codec.h"
#include "contracts/json.h"
#include "contracts/utf8.h"
#include "ledger/proof_failure.h"
#include "ledger/transaction.h"

namespace jingchu::ledger {

class ProofReader {
 public:
  using Value = contracts::JsonValue;
  struct Field {
    std::string_view name;
    std::function<void(const Value&)> read;
  };

  const std::optional<ProofFailure>& failure() const { return failure_; }
  void fail(ProofReason reason, const Value& value, std::string expected = {}, std::string found = {}) {
    if (!failure_) failure_ = ProofFailure{reason, value.pointer(), std::move(expected), std::move(found)};
  }

  // Exactly these members.
  void object(const Value& value, std::initializer_list<Field> fields);
  // One of them, of an object that may hold others.
  void member(const Value& object, const Field& field);

  void text(const Value& value, std::string& out);
  void integer(const Value& value, std::uint64_t& out);
  void bytes(const Value& value, Bytes& out);  // lower-case hexadecimal
  void key(const Value& value, PublicKey& out);

  template <std::size_t N>
  void array(const Value& value, std::array<std::uint8_t, N>& out) {
    Bytes content;
    bytes(value, content);
    if (failure_) return;
    if (content.size() != N) return fail(ProofReason::kNotHex, value, std::to_string(2 * N));
    std::copy(content.begin(), content.end(), out.begin());
  }
  template <class T, class Read>
  void list(const Value& value, std::vector<T>& out, Read read) {
    if (!value.is_array()) return fail(ProofReason::kNotList, value);
    for (const auto element : value) {
      if (failure_) return;
      read(element, out.emplace_back());
    }
  }
  // Null, or what `read` reads.
  template <class T, class Read>
  void optional(const Value& value, std::optional<T>& out, Read read) {
    if (value.kind() == contracts::JsonKind::kNull) return;
    read(value, out.emplace());
  }
  template <class T>
  void encoded(const Value& value, T& out) {
    Bytes content;
    bytes(value, content);
    if (failure_) return;
    auto decoded = decode<T>(content);
    if (!decoded.ok()) return fail(ProofReason::kNotEncoding, value, {}, decoded.error().what);
    out = std::move(*decoded);
  }
  // A text that stood in an encoding.
  void check_utf8(const Value& value, std::string_view text);

 private:
  std::optional<ProofFailure> failure_;
};

}  // namespace jingchu::ledger
