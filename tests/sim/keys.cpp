#include "sim/keys.h"

#include <cstring>

#include "sim/random.h"

namespace jingchu::sim {
namespace {

// 64 bytes that depend on the key and on every byte of the message. Not a secret: any party could compute it,
// but the simulator's Byzantine nodes do not forge other nodes' signatures.
Signature keyed_hash(ByteView key, ByteView message) {
  std::uint64_t a = 0x243f6a8885a308d3u ^ message.size();
  std::uint64_t b = 0x13198a2e03707344u;
  const auto absorb = [&](ByteView bytes) {
    for (std::size_t i = 0; i < bytes.size(); i += 8) {
      std::uint64_t word = 0;
      std::memcpy(&word, bytes.data() + i, std::min<std::size_t>(8, bytes.size() - i));
      a = (a ^ word) * 0x9fb21c651e98df25u;
      a ^= a >> 29;
      b = (b + word) * 0xd6e8feb86659fd93u;
      b ^= b >> 31;
    }
  };
  absorb(key);
  absorb(message);
  Signature signature;
  std::uint64_t state = a;
  for (std::size_t i = 0; i < signature.size(); i += 8) {
    const std::uint64_t word = Random::split_mix(state) ^ b;
    std::memcpy(signature.data() + i, &word, 8);
  }
  return signature;
}

class KeyedHashSigner : public consensus::Signer {
 public:
  explicit KeyedHashSigner(Bytes key) : key_(std::move(key)) {}
  Signature sign(ByteView message) const override { return keyed_hash(key_, message); }

 private:
  Bytes key_;
};

class KeyedHashChecker : public consensus::SignatureChecker {
 public:
  bool check(const PublicKey& key, ByteView message, const Signature& signature) const override {
    return keyed_hash(key.bytes, message) == signature;
  }
};

class RealSigner : public consensus::Signer {
 public:
  explicit RealSigner(PrivateKey key) : key_(std::move(key)) {}
  Signature sign(ByteView message) const override { return key_.sign(message); }

 private:
  PrivateKey key_;
};

// Remembers what was valid: one signature travels in many certificates.
class RealChecker : public consensus::SignatureChecker {
 public:
  bool check(const PublicKey& key, ByteView message, const Signature& signature) const override {
    const Hash digest = sha256({ByteView(key.bytes), message, ByteView(signature)});
    const auto [entry, fresh] = known_.try_emplace(digest, false);
    if (fresh) entry->second = consensus::real_signatures().check(key, message, signature);
    return entry->second;
  }

 private:
  mutable std::map<Hash, bool> known_;
};

}  // namespace

KeyRing::KeyRing(std::size_t validators, bool real) {
  std::vector<consensus::Validator> list;
  for (std::size_t i = 0; i < validators; ++i) {
    const Hash secret = sha256(as_bytes("jingchu-sim validator " + std::to_string(i)));
    PublicKey key{Algorithm::kEd25519, to_bytes(secret)};
    if (real) {
      auto private_key = PrivateKey::from_secret(Algorithm::kEd25519, secret);
      CHECK(private_key.ok());
      key = private_key->public_key();
      signers_.push_back(std::make_unique<RealSigner>(std::move(private_key).value()));
    } else {
      signers_.push_back(std::make_unique<KeyedHashSigner>(key.bytes));
    }
    list.push_back({"validator-" + std::to_string(i), key, key});
  }
  validators_ = consensus::ValidatorSet(std::move(list));
  if (real) {
    checker_ = std::make_unique<RealChecker>();
  } else {
    checker_ = std::make_unique<KeyedHashChecker>();
  }
}

KeyRing::~KeyRing() = default;

}  // namespace jingchu::sim
