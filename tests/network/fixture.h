// What the tests of the network share: a context run by threads or by the test itself, waiting for a
// condition with a deadline, certificates, and clients made of plain blocking sockets.
#pragma once

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <chrono>
#include <functional>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "common/hash.h"

namespace jingchu::network {

inline constexpr std::chrono::seconds kPatience{
    20};  // far longer than anything takes; only a broken program waits for it

// True as soon as `condition` holds, false after kPatience. Meanwhile others run.
bool wait_until(const std::function<bool()>& condition);

// As wait_until, with this thread running `context` meanwhile.
bool run_until(boost::asio::io_context& context, const std::function<bool()>& condition);

// A context run by its own threads. Declare it before what uses it; stop() ends the threads.
class IoThreads {
 public:
  explicit IoThreads(int threads = 2);
  ~IoThreads();
  boost::asio::io_context& context() { return context_; }
  boost::asio::any_io_executor executor() { return context_.get_executor(); }
  void stop();

 private:
  boost::asio::io_context context_;
  boost::asio::executor_work_guard<boost::asio::io_context::executor_type> work_{context_.get_executor()};
  std::vector<std::thread> threads_;
};

// Certificate and key in a directory of their own, which goes with the object.
class CertificateFiles {
 public:
  CertificateFiles();
  ~CertificateFiles();

  // Writes a new self-signed certificate for 127.0.0.1 with a new key; the hash of its SubjectPublicKeyInfo.
  Hash renew();
  std::string certificate() const { return directory_ + "/certificate.pem"; }
  std::string key() const { return directory_ + "/key.pem"; }

 private:
  std::string directory_;
};

// A blocking connection to 127.0.0.1, from a loopback address; reads give up after kPatience.
class RawClient {
 public:
  explicit RawClient(std::uint16_t port, const char* from = "127.0.0.1");

  void send(const std::string& text);
  // One answer with its Content-Length; `head`: without a body. Status 0 when the connection ended first.
  struct Answer {
    int status = 0;
    std::string header;
    std::string body;
  };
  Answer read_answer(bool head = false);
  bool at_end();  // whether the server closed without another byte
  void close_sending();

 private:
  bool fill();

  boost::asio::io_context context_;
  boost::asio::ip::tcp::socket socket_{context_};
  std::string buffer_;
};

}  // namespace jingchu::network
