#include "network/tls.h"

#include <openssl/evp.h>
#include <openssl/x509.h>

#include <boost/asio/buffer.hpp>

namespace jingchu::network {
namespace {

namespace ssl = boost::asio::ssl;

constexpr std::uint64_t kPemBytesMax = 1 << 20;

template <auto release>
struct Release {
  template <class T>
  void operator()(T* object) const {
    release(object);
  }
};
using KeyPointer = std::unique_ptr<EVP_PKEY, Release<EVP_PKEY_free>>;
using CertificatePointer = std::unique_ptr<X509, Release<X509_free>>;

ssl::context make_tls13_context() {
  ssl::context context(ssl::context::tls);
  SSL_CTX* native = context.native_handle();
  SSL_CTX_set_min_proto_version(native, TLS1_3_VERSION);
  SSL_CTX_set_options(native, SSL_OP_NO_TICKET);
  SSL_CTX_set_num_tickets(native, 0);
  SSL_CTX_set_session_cache_mode(native, SSL_SESS_CACHE_OFF);
  return context;
}

std::optional<TransportKey> key_of(X509* certificate) {
  EVP_PKEY* key = certificate ? X509_get0_pubkey(certificate) : nullptr;
  TransportKey raw{};
  std::size_t size = raw.size();
  if (!key || EVP_PKEY_get_id(key) != EVP_PKEY_ED25519) return std::nullopt;
  if (EVP_PKEY_get_raw_public_key(key, raw.data(), &size) != 1 || size != raw.size()) return std::nullopt;
  return raw;
}

// Dates, names and extensions say nothing here; they are there because X.509 wants them.
CertificatePointer make_certificate(EVP_PKEY* key) {
  CertificatePointer certificate(X509_new());
  if (!certificate) return nullptr;
  X509* x509 = certificate.get();
  X509_NAME* name = X509_get_subject_name(x509);
  const bool made =
      X509_set_version(x509, X509_VERSION_3) && ASN1_INTEGER_set(X509_get_serialNumber(x509), 1) &&
      ASN1_TIME_set_string(X509_getm_notBefore(x509), "19700101000000Z") &&
      ASN1_TIME_set_string(X509_getm_notAfter(x509), "99991231235959Z") &&
      X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, reinterpret_cast<const unsigned char*>("jingchu"),
                                 -1, -1, 0) &&
      X509_set_issuer_name(x509, name) && X509_set_pubkey(x509, key) && X509_sign(x509, key, nullptr);
  return made ? std::move(certificate) : nullptr;
}

struct PeerContext {
  ssl::context context = make_tls13_context();
  IsAllowed is_allowed;
};

// In place of OpenSSL's chain verification (SSL_CTX_set_cert_verify_callback). That the peer holds the
// private key, TLS itself proves by CertificateVerify (RFC 8446, section 4.4.3).
int verify_peer_key(X509_STORE_CTX* chain, void* peer_context) {
  const auto key = key_of(X509_STORE_CTX_get0_cert(chain));
  if (key && static_cast<PeerContext*>(peer_context)->is_allowed(*key)) return 1;
  X509_STORE_CTX_set_error(chain, X509_V_ERR_APPLICATION_VERIFICATION);
  return 0;
}

int verify_pinned_key(X509_STORE_CTX* chain, void* pinned) {
  unsigned char* der = nullptr;
  X509* certificate = X509_STORE_CTX_get0_cert(chain);
  const int size = certificate ? i2d_X509_PUBKEY(X509_get_X509_PUBKEY(certificate), &der) : -1;
  const bool same =
      size > 0 && sha256(ByteView(der, static_cast<std::size_t>(size))) == *static_cast<Hash*>(pinned);
  OPENSSL_free(der);
  if (same) return 1;
  X509_STORE_CTX_set_error(chain, X509_V_ERR_APPLICATION_VERIFICATION);
  return 0;
}

Error tls_files_error(const std::string& what, const std::string& file, const std::string& remedy) {
  return environment_error("tls-files", what, remedy, file);
}

}  // namespace

Result<TlsContext> peer_tls_context(const PrivateKey& key, IsAllowed is_allowed) {
  if (key.public_key().algorithm != Algorithm::kEd25519) {
    return caller_error("transport-key", "the transport key is not an Ed25519 key", "make one with Ed25519");
  }
  auto secret = key.secret();
  const KeyPointer private_key(
      EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, nullptr, secret.data(), secret.size()));
  OPENSSL_cleanse(secret.data(), secret.size());
  const auto certificate = private_key ? make_certificate(private_key.get()) : nullptr;
  const auto peer = std::make_shared<PeerContext>();
  peer->is_allowed = std::move(is_allowed);
  SSL_CTX* native = peer->context.native_handle();
  if (!certificate || SSL_CTX_use_certificate(native, certificate.get()) != 1 ||
      SSL_CTX_use_PrivateKey(native, private_key.get()) != 1) {
    return our_error("transport-certificate", "could not make the certificate of the transport key");
  }
  SSL_CTX_set_verify(native, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, nullptr);
  SSL_CTX_set_cert_verify_callback(native, verify_peer_key, peer.get());
  return TlsContext(peer, &peer->context);
}

std::optional<TransportKey> peer_transport_key(SSL* session) {
  return key_of(SSL_get0_peer_certificate(session));
}

Result<std::shared_ptr<ServerTls>> ServerTls::open(std::string certificate_file, std::string key_file,
                                                   Log log, const FileSystem& files) {
  const std::shared_ptr<ServerTls> tls(
      new ServerTls(std::move(certificate_file), std::move(key_file), std::move(log), files));
  ASSIGN_OR_RETURN(const Contents contents, tls->read_files());
  tls->seen_ = contents.hash();
  ASSIGN_OR_RETURN(tls->context_, tls->make_context(contents));
  return tls;
}

ServerTls::ServerTls(std::string certificate_file, std::string key_file, Log log, const FileSystem& files)
    : certificate_file_(std::move(certificate_file)),
      key_file_(std::move(key_file)),
      log_(log.named("tls")),
      files_(files) {}

ServerTls::Contents::~Contents() {
  OPENSSL_cleanse(key.data(), key.size());
}

Hash ServerTls::Contents::hash() const {
  const Hash key_hash = sha256(key);
  return sha256({key_hash, certificates});
}

Result<ServerTls::Contents> ServerTls::read_files() const {
  Contents contents;
  ASSIGN_OR_RETURN(contents.certificates, files_.read(certificate_file_, kPemBytesMax));
  ASSIGN_OR_RETURN(contents.key, files_.read(key_file_, kPemBytesMax));
  return contents;
}

Result<TlsContext> ServerTls::make_context(const Contents& contents) const {
  const auto context = std::make_shared<ssl::context>(make_tls13_context());
  boost::system::error_code error;
  // Without this OpenSSL would ask for the password of an encrypted key on the terminal.
  context->set_password_callback([](std::size_t, ssl::context::password_purpose) { return std::string(); },
                                 error);
  context->use_certificate_chain(boost::asio::buffer(contents.certificates), error);
  if (error) {
    return tls_files_error("no usable certificate chain: " + error.message(), certificate_file_,
                           "give the server's certificate first, then those of its issuers, in PEM");
  }
  context->use_private_key(boost::asio::buffer(contents.key), ssl::context::pem, error);
  if (error || SSL_CTX_check_private_key(context->native_handle()) != 1) {
    return tls_files_error(
        "no usable private key: " + (error ? error.message() : "it does not fit the certificate"), key_file_,
        "give the unencrypted PEM key that belongs to the certificate");
  }
  return context;
}

TlsContext ServerTls::current() {
  const std::lock_guard lock(mutex_);
  const auto contents = read_files();
  if (contents.ok() && contents->hash() == seen_) return context_;
  const Hash seen = contents.ok() ? contents->hash() : kZeroHash;
  if (seen == seen_) return context_;
  seen_ = seen;
  const auto context = contents.ok() ? make_context(*contents) : Result<TlsContext>(contents.error());
  if (!context.ok()) {
    log_.warning("the new certificate files cannot be used; the old ones stay in force",
                 {{"error", context.error().to_string()}});
    return context_;
  }
  log_.info("new certificate files are in force", {{"certificate", certificate_file_}});
  context_ = *context;
  return context_;
}

Result<TlsContext> client_tls_context(const ClientTlsOptions& options) {
  struct ClientContext {
    ssl::context context = make_tls13_context();
    Hash pinned{};
  };
  const auto client = std::make_shared<ClientContext>();
  SSL_CTX* native = client->context.native_handle();
  SSL_CTX_set_verify(native, SSL_VERIFY_PEER, nullptr);
  boost::system::error_code error;
  if (options.pinned_key) {
    client->pinned = *options.pinned_key;
    SSL_CTX_set_cert_verify_callback(native, verify_pinned_key, &client->pinned);
  } else if (options.ca_file.empty()) {
    client->context.set_default_verify_paths(error);
  } else {
    client->context.load_verify_file(options.ca_file, error);
  }
  if (error) {
    return tls_files_error("cannot read the authorities to trust: " + error.message(), options.ca_file,
                           "give a file of certificates in PEM");
  }
  return TlsContext(client, &client->context);
}

}  // namespace jingchu::network
