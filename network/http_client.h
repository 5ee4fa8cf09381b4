// An HTTP/1.1 client: one keep-alive connection to one server, made when first needed and made again when the
// server has closed it. Sizes and times are bounded.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "common/result.h"
#include "network/http.h"
#include "network/tls.h"

namespace jingchu::network {

using HttpHeaders = std::vector<std::pair<std::string, std::string>>;

class HttpClient {
 public:
  HttpClient(boost::asio::any_io_executor executor, Url server, ClientTlsOptions tls = {},
             std::uint64_t response_bytes_max = 64u << 20);
  ~HttpClient();
  HttpClient(const HttpClient&) = delete;
  HttpClient& operator=(const HttpClient&) = delete;

  // One request at a time. `target` is path and query, percent-encoded; `timeout` bounds everything from the
  // name look-up to the last byte. Any status of the server is a value; header names of the answer are in
  // lower case. Errors (kEnvironment): "http-unreachable", "http-timeout", "http-tls", "http-response", and
  // (kCaller) "bad-target". A request is sent a second time only when a kept connection turned out to be
  // closed before any byte of an answer came.
  boost::asio::awaitable<Result<HttpResponse>> request(std::string method, std::string target,
                                                       std::string body, std::string content_type,
                                                       std::chrono::milliseconds timeout,
                                                       HttpHeaders headers = {});

 private:
  class Exchange;
  std::shared_ptr<Exchange> exchange_;
};

// One request and its answer, blocking, for a command line: `url` as parse_url reads it. The content type is
// application/json when there is a body.
Result<HttpResponse> http_request(const std::string& url, const std::string& method,
                                  const std::string& target, const std::string& body,
                                  std::uint64_t timeout_ms, const ClientTlsOptions& tls = {});

}  // namespace jingchu::network
