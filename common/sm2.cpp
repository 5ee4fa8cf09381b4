#include "common/sm2.h"

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/obj_mac.h>
#include <openssl/param_build.h>

#include "common/check.h"

namespace jingchu::sm2 {
namespace {

constexpr std::string_view kSignerId = "1234567812345678";
constexpr std::size_t kPublicKeyBytes = 65;
constexpr std::size_t kHalf = 32;  // of a signature: r or s

template <class T, void (*Free)(T*)>
struct Freed {
  void operator()(T* object) const { Free(object); }
};
using KeyPointer = std::unique_ptr<EVP_PKEY, Freed<EVP_PKEY, EVP_PKEY_free>>;
using KeyContextPointer = std::unique_ptr<EVP_PKEY_CTX, Freed<EVP_PKEY_CTX, EVP_PKEY_CTX_free>>;
using DigestContextPointer = std::unique_ptr<EVP_MD_CTX, Freed<EVP_MD_CTX, EVP_MD_CTX_free>>;
using NumberPointer = std::unique_ptr<BIGNUM, Freed<BIGNUM, BN_clear_free>>;
using PointPointer = std::unique_ptr<EC_POINT, Freed<EC_POINT, EC_POINT_clear_free>>;
using BuilderPointer = std::unique_ptr<OSSL_PARAM_BLD, Freed<OSSL_PARAM_BLD, OSSL_PARAM_BLD_free>>;
using ParametersPointer = std::unique_ptr<OSSL_PARAM, Freed<OSSL_PARAM, OSSL_PARAM_free>>;
using DsaSignaturePointer = std::unique_ptr<ECDSA_SIG, Freed<ECDSA_SIG, ECDSA_SIG_free>>;

const EC_GROUP* curve() {
  static const EC_GROUP* const group = EC_GROUP_new_by_curve_name(NID_sm2);
  CHECK(group != nullptr);
  return group;
}

// Nothing if the point is not on the curve. `secret` is empty for a public key.
KeyPointer make_key(ByteView public_key, ByteView secret) {
  BuilderPointer builder(OSSL_PARAM_BLD_new());
  NumberPointer scalar(secret.empty() ? nullptr : BN_secure_new());
  CHECK(OSSL_PARAM_BLD_push_utf8_string(builder.get(), OSSL_PKEY_PARAM_GROUP_NAME, SN_sm2, 0) == 1);
  CHECK(OSSL_PARAM_BLD_push_octet_string(builder.get(), OSSL_PKEY_PARAM_PUB_KEY, public_key.data(),
                                         public_key.size()) == 1);
  if (scalar) {
    CHECK(BN_bin2bn(secret.data(), static_cast<int>(secret.size()), scalar.get()) != nullptr);
    CHECK(OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_PRIV_KEY, scalar.get()) == 1);
  }
  ParametersPointer parameters(OSSL_PARAM_BLD_to_param(builder.get()));
  KeyContextPointer context(EVP_PKEY_CTX_new_from_name(nullptr, "SM2", nullptr));
  EVP_PKEY* key = nullptr;
  if (EVP_PKEY_fromdata_init(context.get()) != 1) return nullptr;
  const int selection = secret.empty() ? EVP_PKEY_PUBLIC_KEY : EVP_PKEY_KEYPAIR;
  if (EVP_PKEY_fromdata(context.get(), &key, selection, parameters.get()) != 1) return nullptr;
  return KeyPointer(key);
}

// A digest context bound to the key and the signer id.
struct Operation {
  KeyContextPointer key_context;
  DigestContextPointer digest_context;

  explicit Operation(EVP_PKEY* key)
      : key_context(EVP_PKEY_CTX_new_from_pkey(nullptr, key, nullptr)), digest_context(EVP_MD_CTX_new()) {
    CHECK(key_context && digest_context);
    CHECK(EVP_PKEY_CTX_set1_id(key_context.get(), kSignerId.data(), static_cast<int>(kSignerId.size())) == 1);
    EVP_MD_CTX_set_pkey_ctx(digest_context.get(), key_context.get());
  }
};

}  // namespace

bool is_public_key(ByteView bytes) {
  if (bytes.size() != kPublicKeyBytes || bytes[0] != 4) return false;
  PointPointer point(EC_POINT_new(curve()));
  return EC_POINT_oct2point(curve(), point.get(), bytes.data(), bytes.size(), nullptr) == 1;
}

std::optional<Bytes> public_key_of(ByteView secret) {
  NumberPointer scalar(BN_secure_new());
  NumberPointer limit(BN_dup(EC_GROUP_get0_order(curve())));
  CHECK(scalar && limit &&
        BN_bin2bn(secret.data(), static_cast<int>(secret.size()), scalar.get()) != nullptr);
  CHECK(BN_sub_word(limit.get(), 1) == 1);
  if (BN_is_zero(scalar.get()) || BN_cmp(scalar.get(), limit.get()) >= 0) return std::nullopt;
  PointPointer point(EC_POINT_new(curve()));
  CHECK(EC_POINT_mul(curve(), point.get(), scalar.get(), nullptr, nullptr, nullptr) == 1);
  Bytes bytes(kPublicKeyBytes);
  CHECK(EC_POINT_point2oct(curve(), point.get(), POINT_CONVERSION_UNCOMPRESSED, bytes.data(), bytes.size(),
                           nullptr) == bytes.size());
  return bytes;
}

Signature sign(ByteView secret, ByteView public_key, ByteView message) {
  const KeyPointer key = make_key(public_key, secret);
  CHECK(key != nullptr);
  Operation operation(key.get());
  CHECK(EVP_DigestSignInit(operation.digest_context.get(), nullptr, EVP_sm3(), nullptr, key.get()) == 1);
  std::array<std::uint8_t, 80> der;
  std::size_t der_size = der.size();
  CHECK(EVP_DigestSign(operation.digest_context.get(), der.data(), &der_size, message.data(),
                       message.size()) == 1);
  const std::uint8_t* cursor = der.data();
  DsaSignaturePointer parsed(d2i_ECDSA_SIG(nullptr, &cursor, static_cast<long>(der_size)));
  CHECK(parsed != nullptr);
  Signature signature;
  CHECK(BN_bn2binpad(ECDSA_SIG_get0_r(parsed.get()), signature.data(), kHalf) == kHalf);
  CHECK(BN_bn2binpad(ECDSA_SIG_get0_s(parsed.get()), signature.data() + kHalf, kHalf) == kHalf);
  return signature;
}

bool verify(ByteView public_key, ByteView message, const Signature& signature) {
  if (!is_public_key(public_key)) return false;
  const KeyPointer key = make_key(public_key, {});
  if (!key) return false;
  DsaSignaturePointer pair(ECDSA_SIG_new());
  BIGNUM* r = BN_bin2bn(signature.data(), kHalf, nullptr);
  BIGNUM* s = BN_bin2bn(signature.data() + kHalf, kHalf, nullptr);
  CHECK(pair && r && s && ECDSA_SIG_set0(pair.get(), r, s) == 1);
  std::uint8_t* der = nullptr;
  const int der_size = i2d_ECDSA_SIG(pair.get(), &der);
  CHECK(der_size > 0);
  Operation operation(key.get());
  const bool valid =
      EVP_DigestVerifyInit(operation.digest_context.get(), nullptr, EVP_sm3(), nullptr, key.get()) == 1 &&
      EVP_DigestVerify(operation.digest_context.get(), der, static_cast<std::size_t>(der_size),
                       message.data(), message.size()) == 1;
  OPENSSL_free(der);
  return valid;
}

}  // namespace jingchu::sm2
