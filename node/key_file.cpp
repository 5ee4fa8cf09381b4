#include "node/key_file.h"

#include <sodium.h>

#include <nlohmann/json.hpp>

namespace jingchu::node {
namespace {

using nlohmann::json;

constexpr std::uint64_t kFileBytesMax = 64 << 10;
constexpr std::string_view kEncrypted = "argon2id-secretbox";
constexpr std::string_view kPlainText = "none";
// A file may ask for no more work than this: a forged one must not stop the machine.
constexpr std::uint64_t kOperationsMax = crypto_pwhash_OPSLIMIT_SENSITIVE;
constexpr std::uint64_t kMemoryMax = crypto_pwhash_MEMLIMIT_SENSITIVE;

struct Secret {
  std::array<std::uint8_t, crypto_secretbox_KEYBYTES> bytes{};
  ~Secret() { sodium_memzero(bytes.data(), bytes.size()); }
};

Error malformed(const std::string& path, const std::string& what) {
  return environment_error("malformed-key-file", what,
                           "make a new key with `jingchu keys new`, or restore the file", path);
}

Status derive(Secret& key, std::string_view passphrase, ByteView salt, std::uint64_t operations,
              std::uint64_t memory) {
  if (crypto_pwhash(key.bytes.data(), key.bytes.size(), passphrase.data(), passphrase.size(), salt.data(),
                    operations, memory, crypto_pwhash_ALG_ARGON2ID13) != 0) {
    return environment_error(
        "out-of-memory",
        "deriving the key from the passphrase needs " + std::to_string(memory >> 20) + " MiB of memory",
        "free memory and try again");
  }
  return ok_status();
}

Status encrypt(json& file, const PrivateKey& key, KeyProtection protection, std::string_view passphrase) {
  const bool moderate = protection == KeyProtection::kModerate;
  const std::uint64_t operations =
      moderate ? crypto_pwhash_OPSLIMIT_MODERATE : crypto_pwhash_OPSLIMIT_INTERACTIVE;
  const std::uint64_t memory =
      moderate ? crypto_pwhash_MEMLIMIT_MODERATE : crypto_pwhash_MEMLIMIT_INTERACTIVE;
  std::array<std::uint8_t, crypto_pwhash_SALTBYTES> salt;
  std::array<std::uint8_t, crypto_secretbox_NONCEBYTES> nonce;
  random_bytes(salt);
  random_bytes(nonce);
  Secret derived;
  RETURN_IF_ERROR(derive(derived, passphrase, salt, operations, memory));
  auto secret = key.secret();
  Bytes box(secret.size() + crypto_secretbox_MACBYTES);
  CHECK(crypto_secretbox_easy(box.data(), secret.data(), secret.size(), nonce.data(), derived.bytes.data()) ==
        0);
  sodium_memzero(secret.data(), secret.size());
  file["protection"] = kEncrypted;
  file["salt"] = to_hex(salt);
  file["operations"] = operations;
  file["memory_bytes"] = memory;
  file["nonce"] = to_hex(nonce);
  file["box"] = to_hex(box);
  return ok_status();
}

Result<json> read_json(const FileSystem& files, const std::string& path) {
  ASSIGN_OR_RETURN(const Bytes bytes, files.read(path, kFileBytesMax));
  json file = json::parse(as_text(bytes), nullptr, false);
  if (!file.is_object() || file.value("format", json()) != "jingchu-key" ||
      file.value("version", json()) != 1) {
    return malformed(path, "this is not a key file of version 1");
  }
  return file;
}

std::string text_field(const json& file, const char* name) {
  const auto field = file.find(name);
  return field != file.end() && field->is_string() ? field->get<std::string>() : std::string();
}

Result<PrivateKey> decrypt(const json& file, const std::string& path, Algorithm algorithm,
                           std::string_view passphrase) {
  const auto salt = array_from_hex<crypto_pwhash_SALTBYTES>(text_field(file, "salt"));
  const auto nonce = array_from_hex<crypto_secretbox_NONCEBYTES>(text_field(file, "nonce"));
  const auto box = array_from_hex<32 + crypto_secretbox_MACBYTES>(text_field(file, "box"));
  const auto operations = file.find("operations");
  const auto memory = file.find("memory_bytes");
  if (!salt || !nonce || !box || operations == file.end() || !operations->is_number_unsigned() ||
      memory == file.end() || !memory->is_number_unsigned() || *operations > kOperationsMax ||
      *memory > kMemoryMax) {
    return malformed(path, "a field of the encryption is missing or out of range");
  }
  Secret derived;
  RETURN_IF_ERROR(
      derive(derived, passphrase, *salt, operations->get<std::uint64_t>(), memory->get<std::uint64_t>()));
  Secret secret;
  if (crypto_secretbox_open_easy(secret.bytes.data(), box->data(), box->size(), nonce->data(),
                                 derived.bytes.data()) != 0) {
    return environment_error("wrong-passphrase", "the passphrase does not open this key file",
                             "give the passphrase that the key was made with", path);
  }
  return PrivateKey::from_secret(algorithm, secret.bytes);
}

Status check_private(const FileSystem& files, const std::string& path) {
  ASSIGN_OR_RETURN(const bool ours, files.is_ours(path));
  if (!ours) {
    return environment_error("key-permissions", "the file belongs to another user",
                             "chown it to the user that runs this program", path);
  }
  ASSIGN_OR_RETURN(const unsigned mode, files.mode(path));
  if ((mode & 077) == 0) return ok_status();
  return environment_error("key-permissions", "others than the owner may read or change this file",
                           "chmod 600 " + path, path);
}

}  // namespace

Status write_key_file(FileSystem& files, const std::string& path, const PrivateKey& key,
                      KeyProtection protection, std::string_view passphrase) {
  if (files.exists(path)) {
    return caller_error("file-exists", "there is a file already, and a key is never overwritten",
                        "choose another name", path);
  }
  json file = {{"format", "jingchu-key"}, {"version", 1}, {"public_key", to_string(key.public_key())}};
  if (protection == KeyProtection::kPlain) {
    file["protection"] = kPlainText;
    auto secret = key.secret();
    file["secret"] = to_hex(secret);
    sodium_memzero(secret.data(), secret.size());
  } else {
    if (passphrase.empty()) {
      return caller_error("passphrase-needed", "the passphrase is empty",
                          "give one, or ask for a plain file explicitly");
    }
    RETURN_IF_ERROR(encrypt(file, key, protection, passphrase));
  }
  std::string text = file.dump(2) + "\n";
  const Status written = files.write_atomically(path, as_bytes(text), 0600);
  sodium_memzero(text.data(), text.size());
  return written;
}

Result<PublicKey> read_public_key(const FileSystem& files, const std::string& path) {
  ASSIGN_OR_RETURN(const json file, read_json(files, path));
  auto key = public_key_from_text(text_field(file, "public_key"));
  if (!key.ok()) return malformed(path, key.error().what);
  return key;
}

Result<PrivateKey> read_key_file(const FileSystem& files, const std::string& path,
                                 const std::optional<std::string>& passphrase) {
  if (files.exists(path)) RETURN_IF_ERROR(check_private(files, path));
  ASSIGN_OR_RETURN(const json file, read_json(files, path));
  ASSIGN_OR_RETURN(const PublicKey public_key, read_public_key(files, path));
  const std::string protection = text_field(file, "protection");
  Result<PrivateKey> key = malformed(path, "the protection is neither \"argon2id-secretbox\" nor \"none\"");
  if (protection == kPlainText) {
    Secret secret;
    const std::string digits = text_field(file, "secret");
    std::size_t length = 0;
    if (digits.size() != 2 * secret.bytes.size() ||
        sodium_hex2bin(secret.bytes.data(), secret.bytes.size(), digits.data(), digits.size(), nullptr,
                       &length, nullptr) != 0 ||
        length != secret.bytes.size()) {
      return malformed(path, "the secret is not 64 hexadecimal digits");
    }
    key = PrivateKey::from_secret(public_key.algorithm, secret.bytes);
  } else if (protection == kEncrypted) {
    if (!passphrase) {
      return environment_error(
          "passphrase-needed", "this key file is encrypted",
          "give the passphrase with --passphrase-file, or `passphrase_file` in the configuration", path);
    }
    key = decrypt(file, path, public_key.algorithm, *passphrase);
  }
  if (key.ok() && key->public_key() != public_key)
    return malformed(path, "the public key does not belong to the secret");
  return key;
}

Result<std::string> read_passphrase_file(const FileSystem& files, const std::string& path) {
  if (files.exists(path)) RETURN_IF_ERROR(check_private(files, path));
  ASSIGN_OR_RETURN(Bytes bytes, files.read(path, kFileBytesMax));
  const std::string_view text = as_text(bytes);
  const std::string line(text.substr(0, text.find_first_of("\r\n")));
  sodium_memzero(bytes.data(), bytes.size());
  if (line.empty())
    return environment_error("passphrase-needed", "the first line is empty", "write the passphrase there",
                             path);
  return line;
}

}  // namespace jingchu::node
