// Private keys at rest: a JSON file, mode 0600, encrypted with a passphrase (Argon2id, then
// XSalsa20-Poly1305, as libsodium's crypto_pwhash and crypto_secretbox have them) or, if asked for
// explicitly, plain. Format in docs/formats.md, "Key file".
#pragma once

#include <optional>
#include <string>

#include "common/file_system.h"
#include "common/result.h"
#include "common/signature.h"

namespace jingchu::node {

// How hard guessing is made. kInteractive is for tests and short-lived keys.
enum class KeyProtection { kModerate, kInteractive, kPlain };

// Refuses to overwrite a file. `passphrase` is not used for kPlain, and must not be empty otherwise.
Status write_key_file(FileSystem& files, const std::string& path, const PrivateKey& key,
                      KeyProtection protection, std::string_view passphrase);

// Errors: "key-permissions" (others than the owner may read it), "malformed-key-file", "passphrase-needed",
// "wrong-passphrase", and those of reading.
Result<PrivateKey> read_key_file(const FileSystem& files, const std::string& path,
                                 const std::optional<std::string>& passphrase);

// The public part, which needs no passphrase.
Result<PublicKey> read_public_key(const FileSystem& files, const std::string& path);

// The first line of a passphrase file; the file must be the owner's alone, too.
Result<std::string> read_passphrase_file(const FileSystem& files, const std::string& path);

}  // namespace jingchu::node
