#include "node/key_file.h"

#include "tests/support/faulty_file_system.h"

#include <doctest/doctest.h>

namespace jingchu::node {
namespace {

using jingchu::test::FaultyFileSystem;

constexpr auto kPath = "/home/keys/key.json";

void write(FaultyFileSystem& files, const PrivateKey& key, KeyProtection protection) {
  REQUIRE(write_key_file(files, kPath, key, protection, "荆楚 passphrase").ok());
}

std::string replaced(const FaultyFileSystem& files, const std::string& from, const std::string& to) {
  std::string text = jingchu::to_string(files.content(kPath));
  const auto at = text.find(from);
  REQUIRE(at != text.npos);
  return text.replace(at, from.size(), to);
}

TEST_CASE("key files give the key back, plain and encrypted, of both algorithms") {
  for (const Algorithm algorithm : {Algorithm::kEd25519, Algorithm::kSm2}) {
    for (const KeyProtection protection : {KeyProtection::kPlain, KeyProtection::kInteractive}) {
      FaultyFileSystem files;
      const PrivateKey key = PrivateKey::generate(algorithm);
      write(files, key, protection);
      CHECK_EQ(*files.mode(kPath), 0600u);
      const auto read = read_key_file(files, kPath, "荆楚 passphrase");
      REQUIRE(read.ok());
      CHECK((read->secret() == key.secret()));
      CHECK((*read_public_key(files, kPath) == key.public_key()));
      const bool shows_secret =
          jingchu::to_string(files.content(kPath)).find(to_hex(key.secret())) != std::string::npos;
      CHECK_EQ(shows_secret, protection == KeyProtection::kPlain);
    }
  }
}

TEST_CASE("an encrypted key needs its own passphrase") {
  FaultyFileSystem files;
  write(files, PrivateKey::generate(Algorithm::kEd25519), KeyProtection::kInteractive);
  CHECK_EQ(read_key_file(files, kPath, "another").error().type, "wrong-passphrase");
  CHECK_EQ(read_key_file(files, kPath, "").error().type, "wrong-passphrase");
  CHECK_EQ(read_key_file(files, kPath, {}).error().type, "passphrase-needed");
  CHECK_EQ(write_key_file(files, "/other", PrivateKey::generate(Algorithm::kEd25519),
                          KeyProtection::kInteractive, "")
               .error()
               .type,
           "passphrase-needed");
}

TEST_CASE("a key file is never overwritten") {
  FaultyFileSystem files;
  const PrivateKey first = PrivateKey::generate(Algorithm::kEd25519);
  write(files, first, KeyProtection::kPlain);
  const auto again =
      write_key_file(files, kPath, PrivateKey::generate(Algorithm::kEd25519), KeyProtection::kPlain, "");
  CHECK_EQ(again.error().type, "file-exists");
  CHECK((*read_public_key(files, kPath) == first.public_key()));
}

TEST_CASE("a key file that others may read or that another user owns is refused") {
  FaultyFileSystem files;
  write(files, PrivateKey::generate(Algorithm::kEd25519), KeyProtection::kPlain);
  const Bytes content = files.content(kPath);
  for (const unsigned mode : {0640u, 0604u, 0620u, 0601u}) {
    REQUIRE(files.write_atomically(kPath, content, mode).ok());
    CHECK_EQ(read_key_file(files, kPath, {}).error().type, "key-permissions");
  }
  REQUIRE(files.write_atomically(kPath, content, 0400).ok());
  CHECK(read_key_file(files, kPath, {}).ok());
  files.give_away(kPath);
  CHECK_EQ(read_key_file(files, kPath, {}).error().type, "key-permissions");
}

TEST_CASE("a changed key file is refused, never believed") {
  FaultyFileSystem files;
  const PrivateKey other = PrivateKey::generate(Algorithm::kEd25519);
  const PrivateKey key = PrivateKey::generate(Algorithm::kEd25519);
  write(files, key, KeyProtection::kInteractive);
  const auto type_of = [](const std::string& text) {
    FaultyFileSystem changed;
    changed.put(kPath, to_bytes(text));
    const auto read = read_key_file(changed, kPath, "荆楚 passphrase");
    return read.ok() ? std::string("accepted") : read.error().type;
  };
  CHECK_EQ(type_of(replaced(files, to_string(key.public_key()), to_string(other.public_key()))),
           "malformed-key-file");
  CHECK_EQ(type_of(replaced(files, "\"version\": 1", "\"version\": 2")), "malformed-key-file");
  CHECK_EQ(type_of(replaced(files, "argon2id-secretbox", "rot13")), "malformed-key-file");
  CHECK_EQ(type_of(replaced(files, "\"memory_bytes\": ", "\"memory_bytes\": 99999")), "malformed-key-file");
  CHECK_EQ(type_of(replaced(files, "\"operations\": ", "\"operations\": -")), "malformed-key-file");
  CHECK_EQ(type_of(replaced(files, "\"nonce\"", "\"once\"")), "malformed-key-file");
  const std::string text = jingchu::to_string(files.content(kPath));
  const auto box = text.find("\"box\": \"") + 8;
  std::string flipped = text;
  flipped[box + 40] = flipped[box + 40] == '0' ? '1' : '0';
  CHECK_EQ(type_of(flipped), "wrong-passphrase");
  for (std::size_t size = 0; size + 2 < text.size(); size += 7) {
    CAPTURE(size);
    CHECK_EQ(type_of(text.substr(0, size)), "malformed-key-file");
  }
}

TEST_CASE("a passphrase file gives its first line and is the owner's alone") {
  FaultyFileSystem files;
  files.put("/pass", to_bytes("correct horse \r\nsecond\n"));
  CHECK_EQ(*read_passphrase_file(files, "/pass"), "correct horse ");
  files.put("/empty", to_bytes("\nsecond\n"));
  CHECK_EQ(read_passphrase_file(files, "/empty").error().type, "passphrase-needed");
  REQUIRE(files.write_atomically("/open", as_bytes("words"), 0644).ok());
  CHECK_EQ(read_passphrase_file(files, "/open").error().type, "key-permissions");
}

}  // namespace
}  // namespace jingchu::node
