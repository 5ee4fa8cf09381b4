// Ed25519 (RFC 8032) verified with tables of multiples of the key, about four times as fast as libsodium's
// crypto_sign_verify_detached, with the same answer for every input; docs/formats.md, "Keys and signatures",
// has the rule. Nothing here is secret: time depends on values.
//
// Only acceptance is taken from here: what a table refuses, libsodium judges (verify() below). A fault here
// could make this node slow on a signature, but never refuse what the others accept.
#pragma once

#include <cstddef>
#include <memory>

#include "common/bytes.h"
#include "common/ed25519_group.h"
#include "common/signature.h"

namespace jingchu::ed25519 {

using Key = std::array<std::uint8_t, 32>;

// The multiples of one key, 50 KB; making them takes as long as two or three verifications by libsodium.
class KeyTable {
 public:
  // Nothing for a key that has no signatures: no point of the curve in its one encoding, or of small order.
  static std::shared_ptr<const KeyTable> make(const Key& key);

  bool verifies(ByteView message, const Signature& signature) const;

 private:
  KeyTable(const Key& key, const Point& negative) : key_(key), multiples_of_negative_(negative) {}

  Key key_;
  KeyComb multiples_of_negative_;
};

// By libsodium alone.
bool verify_by_libsodium(const Key& key, ByteView message, const Signature& signature);

// The parts of the rule that do not need the key's multiples; for KeyTable and for tests.
bool is_below_order(const Scalar& scalar);                  // S < L
bool is_encoding_of_small_order(const Encoding& encoding);  // also one that is not the point's one encoding

}  // namespace jingchu::ed25519
