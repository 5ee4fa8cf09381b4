// TLS contexts, all TLS 1.3 only and without session tickets or resumption. Between peers both sides show a
// self-signed certificate and are known by its raw Ed25519 key alone; names, dates and issuers are not looked
// at. For HTTPS there is a server context that follows its files, and a client context.
#pragma once

#include <array>
#include <boost/asio/ssl/context.hpp>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "common/file_system.h"
#include "common/hash.h"
#include "common/log.h"
#include "common/result.h"
#include "common/signature.h"

namespace jingchu::network {

using TlsContext = std::shared_ptr<boost::asio::ssl::context>;
using TransportKey = std::array<std::uint8_t, 32>;  // raw Ed25519 public key

// Called in handshakes, on any thread.
using IsAllowed = std::function<bool(const TransportKey&)>;

// For both ends of a peer connection: shows a certificate made here for `key` (Ed25519) and refuses the
// handshake of whoever shows no certificate or a key that is not allowed. Keep the context alive until the
// handshake is over.
Result<TlsContext> peer_tls_context(const PrivateKey& key, IsAllowed is_allowed);

// The key that the other side proved to hold; nothing before the handshake or for another kind of key.
std::optional<TransportKey> peer_transport_key(SSL* session);

// The HTTPS server's certificate chain and key (PEM files). When the contents of the files change, the next
// current() has the new ones; files that cannot be used leave the old context in force and are logged once.
// Thread-safe.
class ServerTls {
 public:
  // Errors: fault kEnvironment, type "tls-files", naming the file. `files` outlives the object.
  static Result<std::shared_ptr<ServerTls>> open(std::string certificate_file, std::string key_file, Log log,
                                                 const FileSystem& files = system_files());
  TlsContext current();

 private:
  ServerTls(std::string certificate_file, std::string key_file, Log log, const FileSystem& files);
  struct Contents {
    Bytes certificates;
    Bytes key;
    Contents() = default;
    Contents(Contents&&) = default;
    ~Contents();  // wipes the key
    Hash hash() const;
  };
  Result<Contents> read_files() const;
  Result<TlsContext> make_context(const Contents& contents) const;

  const std::string certificate_file_;
  const std::string key_file_;
  const Log log_;
  const FileSystem& files_;
  std::mutex mutex_;
  Hash seen_{};  // hash of the contents looked at last, good or bad
  TlsContext context_;
};

// Whom an HTTPS client trusts: the key pinned, else the authorities in `ca_file` (PEM), else those of the
// system.
struct ClientTlsOptions {
  std::string ca_file;
  std::optional<Hash>
      pinned_key;  // SHA-256 of the server's SubjectPublicKeyInfo (DER); names and dates are then ignored
};

// Errors: fault kEnvironment, type "tls-files". The caller sets the host name to verify (http_client.cpp).
Result<TlsContext> client_tls_context(const ClientTlsOptions& options);

}  // namespace jingchu::network
