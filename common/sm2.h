// SM2 signatures with SM3 (GB/T 32918.2-2016) by OpenSSL's EVP, signer id 1234567812345678 (GB/T 35276-2017).
// Keys and signatures in the forms of common/signature.h, which is what the rest of the program uses.
#pragma once

#include <optional>

#include "common/signature.h"

namespace jingchu::sm2 {

bool is_public_key(ByteView bytes);

// The public key of a 32-byte secret scalar; nothing if it is outside 1 to n-2.
std::optional<Bytes> public_key_of(ByteView secret);

Signature sign(ByteView secret, ByteView public_key, ByteView message);
bool verify(ByteView public_key, ByteView message, const Signature& signature);

}  // namespace jingchu::sm2
