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

PrivateKey make_private(const std::string& name) {
  auto key = PrivateKey::from_secret(Algorithm::kEd25519, sha256(as_bytes("jingchu-sim " + name)));
  CHECK(key.ok());
  return std::move(key).value();
}

std::string key_name(NodeIndex index, Generation generation) {
  return "validator " + to_string(index) + " " + std::to_string(generation);
}
std::string transport_name(NodeIndex index, Generation generation) {
  return key_name(index, generation) + " transport";
}

}  // namespace

KeyRing::Client KeyRing::make(const std::string& name) const {
  PrivateKey private_key = make_private(name);
  PublicKey key = private_key.public_key();
  if (real_) return {std::move(key), std::make_unique<RealSigner>(std::move(private_key))};
  auto signer = std::make_unique<KeyedHashSigner>(key.bytes);
  return {std::move(key), std::move(signer)};
}

KeyRing::KeyRing(std::size_t validators, std::size_t clients, bool real) : real_(real) {
  std::vector<consensus::Validator> list;
  for (std::size_t i = 0; i < validators; ++i) {
    list.push_back(validator(NodeIndex(static_cast<std::uint16_t>(i)), 0));
  }
  for (std::size_t i = 0; i < clients; ++i) clients_.push_back(make("client " + std::to_string(i)));
  validators_ = consensus::ValidatorSet(std::move(list));
  if (real) {
    checker_ = std::make_unique<RealChecker>();
  } else {
    checker_ = std::make_unique<KeyedHashChecker>();
  }
}

KeyRing::~KeyRing() = default;

const KeyRing::Pair& KeyRing::pair(NodeIndex index, Generation generation) const {
  const auto found = pairs_.find({index, generation});
  if (found != pairs_.end()) return found->second;
  auto [key, signer] = make(key_name(index, generation));
  consensus::Validator validator{"validator-" + to_string(index), std::move(key),
                                 make_private(transport_name(index, generation)).public_key()};
  return pairs_.try_emplace({index, generation}, Pair{std::move(validator), std::move(signer)}).first->second;
}

node::NodeKeys KeyRing::home_keys(NodeIndex index, Generation generation) const {
  node::NodeKeys keys;
  keys.consensus = make_private(key_name(index, generation));
  keys.transport = std::make_shared<const PrivateKey>(make_private(transport_name(index, generation)));
  return keys;
}

}  // namespace jingchu::sim
