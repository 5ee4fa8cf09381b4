#include "tests/network/fixture.h"

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/socket.h>

#include <boost/asio/read.hpp>
#include <boost/asio/write.hpp>
#include <filesystem>

#include "common/check.h"

namespace jingchu::network {

namespace asio = boost::asio;
using asio::ip::tcp;
using std::chrono::steady_clock;

bool wait_until(const std::function<bool()>& condition) {
  const auto end = steady_clock::now() + kPatience;
  while (!condition()) {
    if (steady_clock::now() > end) return false;
    ::poll(nullptr, 0, 1);  // a millisecond between two looks at the condition
  }
  return true;
}

bool run_until(asio::io_context& context, const std::function<bool()>& condition) {
  const auto end = steady_clock::now() + kPatience;
  while (!condition()) {
    if (steady_clock::now() > end) return false;
    context.restart();
    context.run_one_for(std::chrono::milliseconds(20));
  }
  return true;
}

IoThreads::IoThreads(int threads) {
  for (int i = 0; i < threads; ++i) threads_.emplace_back([this] { context_.run(); });
}

IoThreads::~IoThreads() {
  stop();
}

void IoThreads::stop() {
  context_.stop();
  for (auto& thread : threads_) thread.join();
  threads_.clear();
}

CertificateFiles::CertificateFiles() {
  char name[] = "/tmp/jingchu-test-XXXXXX";
  CHECK(mkdtemp(name));
  directory_ = name;
}

CertificateFiles::~CertificateFiles() {
  std::error_code ignored;
  std::filesystem::remove_all(directory_, ignored);
}

Hash CertificateFiles::renew() {
  EVP_PKEY* private_key = EVP_EC_gen("P-256");
  X509* certificate = X509_new();
  X509_set_version(certificate, X509_VERSION_3);
  ASN1_INTEGER_set(X509_get_serialNumber(certificate), 1);
  X509_gmtime_adj(X509_getm_notBefore(certificate), -60);
  X509_gmtime_adj(X509_getm_notAfter(certificate), 3600);
  X509_NAME* name = X509_get_subject_name(certificate);
  X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, reinterpret_cast<const unsigned char*>("test"), -1, -1,
                             0);
  X509_set_issuer_name(certificate, name);
  X509_set_pubkey(certificate, private_key);
  X509_EXTENSION* alternative = X509V3_EXT_conf_nid(nullptr, nullptr, NID_subject_alt_name, "IP:127.0.0.1");
  X509_add_ext(certificate, alternative, -1);
  X509_EXTENSION_free(alternative);
  CHECK(X509_sign(certificate, private_key, EVP_sha256()));
  FILE* file = fopen(this->certificate().c_str(), "w");
  CHECK(file && PEM_write_X509(file, certificate));
  fclose(file);
  file = fopen(key().c_str(), "w");
  CHECK(file && PEM_write_PrivateKey(file, private_key, nullptr, nullptr, 0, nullptr, nullptr));
  fclose(file);
  unsigned char* der = nullptr;
  const int size = i2d_PUBKEY(private_key, &der);
  const Hash hash = sha256(ByteView(der, static_cast<std::size_t>(size)));
  OPENSSL_free(der);
  X509_free(certificate);
  EVP_PKEY_free(private_key);
  return hash;
}

RawClient::RawClient(std::uint16_t port, const char* from) {
  socket_.open(tcp::v4());
  socket_.bind(tcp::endpoint(asio::ip::make_address(from), 0));
  socket_.connect(tcp::endpoint(asio::ip::address_v4::loopback(), port));
  const timeval patience{kPatience.count(), 0};
  setsockopt(socket_.native_handle(), SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
}

void RawClient::send(const std::string& text) {
  boost::system::error_code ignored;  // the server may have closed already: then the read tells
  asio::write(socket_, asio::buffer(text), ignored);
}

// Through recv(), because Asio waits without end where the socket's own time limit is over.
bool RawClient::fill() {
  char bytes[4096];
  const auto size = ::recv(socket_.native_handle(), bytes, sizeof(bytes), 0);
  if (size > 0) buffer_.append(bytes, static_cast<std::size_t>(size));
  return size > 0;
}

RawClient::Answer RawClient::read_answer(bool head) {
  std::size_t end;
  while ((end = buffer_.find("\r\n\r\n")) == buffer_.npos) {
    if (!fill()) return {};
  }
  Answer answer;
  answer.header = buffer_.substr(0, end + 2);
  buffer_.erase(0, end + 4);
  answer.status = std::stoi(answer.header.substr(answer.header.find(' ')));
  const auto length = answer.header.find("\r\nContent-Length: ");
  const std::size_t size =
      length == answer.header.npos || head ? 0 : std::stoul(answer.header.substr(length + 18));
  while (buffer_.size() < size) {
    if (!fill()) return {};
  }
  answer.body = buffer_.substr(0, size);
  buffer_.erase(0, size);
  return answer;
}

bool RawClient::at_end() {
  if (!buffer_.empty()) return false;
  char byte;
  return ::recv(socket_.native_handle(), &byte, 1, 0) == 0;
}

void RawClient::close_sending() {
  socket_.shutdown(tcp::socket::shutdown_send);
}

}  // namespace jingchu::network
