#include "network/http_client.h"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/connect.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/ssl/error.hpp>
#include <boost/asio/ssl/host_name_verification.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/strand.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/write.hpp>
#include <optional>

#include "network/deadline.h"
#include "network/http_message.h"

namespace jingchu::network {

namespace asio = boost::asio;
namespace http = boost::beast::http;
using asio::ip::tcp;
using boost::system::error_code;

namespace {

constexpr std::uint32_t kHeaderBytesMax = 64 << 10;

// One connection to the server.
struct Link {
  explicit Link(const asio::any_io_executor& executor) : socket(executor), resolver(executor) {}

  void close() {
    error_code ignored;
    resolver.cancel();
    socket.close(ignored);
  }

  tcp::socket socket;
  tcp::resolver resolver;
  TlsContext context;
  std::optional<asio::ssl::stream<tcp::socket&>> tls;
  boost::beast::flat_buffer buffer;
};

std::string bracketed(const std::string& host) {
  return host.find(':') == host.npos ? host : "[" + host + "]";
}

}  // namespace

// Runs on its own strand, wherever the caller runs; lives as long as a request does.
class HttpClient::Exchange : public std::enable_shared_from_this<HttpClient::Exchange> {
 public:
  using Outcome = std::optional<Result<HttpResponse>>;

  Exchange(asio::any_io_executor executor, Url server, ClientTlsOptions tls, std::uint64_t response_bytes_max)
      : strand_(asio::make_strand(std::move(executor))),
        server_(std::move(server)),
        tls_(std::move(tls)),
        response_bytes_max_(response_bytes_max) {}

  const asio::any_io_executor& strand() const { return strand_; }
  WireRequest make_wire(const std::string& method, const std::string& target, std::string body,
                        const std::string& content_type, const HttpHeaders& headers) const;
  static asio::awaitable<void> run(std::shared_ptr<Exchange> self, WireRequest wire,
                                   std::chrono::milliseconds timeout, std::shared_ptr<Outcome> outcome);

 private:
  using Parser = http::response_parser<http::string_body>;

  asio::awaitable<Result<HttpResponse>> attempt(WireRequest wire, const Deadline& deadline);
  asio::awaitable<Status> connect();
  asio::awaitable<Status> start_tls();
  asio::awaitable<error_code> send_and_read(const WireRequest& wire, Parser& parser);
  template <class Stream>
  asio::awaitable<error_code> send_and_read_on(Stream& stream, const WireRequest& wire, Parser& parser);
  Error failure(std::string type, const std::string& what) const;

  const asio::any_io_executor strand_;
  const Url server_;
  const ClientTlsOptions tls_;
  const std::uint64_t response_bytes_max_;
  std::shared_ptr<Link> link_;  // connected and idle between requests; null when there is none
  bool busy_ = false;
};

WireRequest HttpClient::Exchange::make_wire(const std::string& method, const std::string& target,
                                            std::string body, const std::string& content_type,
                                            const HttpHeaders& headers) const {
  WireRequest wire;
  wire.version(11);
  wire.method_string(method);
  wire.target(target);
  wire.set(http::field::host, bracketed(server_.host) + ":" + std::to_string(server_.port));
  for (const auto& [name, value] : headers) wire.set(name, value);
  if (!body.empty() || method == "POST" || method == "PUT") {
    wire.set(http::field::content_type, content_type);
    wire.content_length(body.size());
    wire.body() = std::move(body);
  }
  return wire;
}

Error HttpClient::Exchange::failure(std::string type, const std::string& what) const {
  const std::string address =
      (server_.tls ? "https://" : "http://") + bracketed(server_.host) + ":" + std::to_string(server_.port);
  return environment_error(std::move(type), address + ": " + what,
                           "see that the node runs and the address is right");
}

asio::awaitable<void> HttpClient::Exchange::run(std::shared_ptr<Exchange> self, WireRequest wire,
                                                std::chrono::milliseconds timeout,
                                                std::shared_ptr<Outcome> outcome) {
  if (std::exchange(self->busy_, true)) {
    *outcome = our_error("http-busy", "two requests at a time on one client", "use a client for each");
    co_return;
  }
  {
    Deadline deadline(self->strand_, [raw = self.get()] {
      if (raw->link_) raw->link_->close();
    });
    deadline.arm(timeout);
    *outcome = co_await self->attempt(std::move(wire), deadline);
  }
  self->busy_ = false;
}

asio::awaitable<Result<HttpResponse>> HttpClient::Exchange::attempt(WireRequest wire,
                                                                    const Deadline& deadline) {
  for (;;) {
    const bool kept = link_ != nullptr;
    Status status = ok_status();
    if (!kept) status = co_await connect();
    Parser parser;
    parser.header_limit(kHeaderBytesMax);
    parser.body_limit(response_bytes_max_);
    parser.skip(wire.method() == http::verb::head);
    error_code error;
    if (status.ok()) error = co_await send_and_read(wire, parser);
    if (status.ok() && !error) {
      if (!parser.keep_alive()) link_.reset();
      co_return from_wire(parser.release());
    }
    link_.reset();
    if (deadline.expired()) co_return failure("http-timeout", "no full answer in time");
    if (!status.ok()) co_return status.error();
    if (kept && !parser.got_some()) continue;
    const bool tls_failed = error.category() == asio::error::get_ssl_category();
    co_return failure(tls_failed ? "http-tls" : "http-response", "the answer broke off: " + error.message());
  }
}

asio::awaitable<Status> HttpClient::Exchange::connect() {
  const auto link = std::make_shared<Link>(strand_);
  link_ = link;
  error_code error;
  const auto endpoints = co_await link->resolver.async_resolve(
      server_.host, std::to_string(server_.port), asio::redirect_error(asio::use_awaitable, error));
  if (!error) {
    co_await asio::async_connect(link->socket, endpoints, asio::redirect_error(asio::use_awaitable, error));
  }
  if (error) co_return failure("http-unreachable", "cannot connect: " + error.message());
  link->socket.set_option(tcp::no_delay(true), error);
  if (!server_.tls) co_return ok_status();
  co_return co_await start_tls();
}

asio::awaitable<Status> HttpClient::Exchange::start_tls() {
  const auto link = link_;
  const auto context = client_tls_context(tls_);
  if (!context.ok()) co_return context.error();
  link->context = *context;
  link->tls.emplace(link->socket, *link->context);
  error_code error;
  asio::ip::make_address(server_.host, error);
  if (error) SSL_set_tlsext_host_name(link->tls->native_handle(), server_.host.c_str());
  if (!tls_.pinned_key)
    link->tls->set_verify_callback(asio::ssl::host_name_verification(server_.host), error);
  co_await link->tls->async_handshake(asio::ssl::stream_base::client,
                                      asio::redirect_error(asio::use_awaitable, error));
  if (error) co_return failure("http-tls", "the TLS handshake failed: " + error.message());
  co_return ok_status();
}

asio::awaitable<error_code> HttpClient::Exchange::send_and_read(const WireRequest& wire, Parser& parser) {
  if (link_->tls) co_return co_await send_and_read_on(*link_->tls, wire, parser);
  co_return co_await send_and_read_on(link_->socket, wire, parser);
}

template <class Stream>
asio::awaitable<error_code> HttpClient::Exchange::send_and_read_on(Stream& stream, const WireRequest& wire,
                                                                   Parser& parser) {
  const auto link = link_;
  http::request_serializer<http::string_body> serializer(wire);
  error_code error;
  co_await http::async_write(stream, serializer, asio::redirect_error(asio::use_awaitable, error));
  // A server may answer and close before it has read all: its answer counts more than the failed write.
  const error_code written = error;
  co_await http::async_read(stream, link->buffer, parser, asio::redirect_error(asio::use_awaitable, error));
  co_return error&& written ? written : error;
}

HttpClient::HttpClient(asio::any_io_executor executor, Url server, ClientTlsOptions tls,
                       std::uint64_t response_bytes_max)
    : exchange_(std::make_shared<Exchange>(std::move(executor), std::move(server), std::move(tls),
                                           response_bytes_max)) {}

HttpClient::~HttpClient() = default;

asio::awaitable<Result<HttpResponse>> HttpClient::request(std::string method, std::string target,
                                                          std::string body, std::string content_type,
                                                          std::chrono::milliseconds timeout,
                                                          HttpHeaders headers) {
  const auto printable = [](char c) { return c > 0x20 && c < 0x7f; };
  if (method.empty() || !std::all_of(method.begin(), method.end(), printable) || !target.starts_with('/') ||
      !std::all_of(target.begin(), target.end(), printable)) {
    co_return caller_error("bad-target", "not a request: " + method + " " + target,
                           "percent-encode the path");
  }
  const auto exchange = exchange_;
  const auto outcome = std::make_shared<Exchange::Outcome>();
  WireRequest wire = exchange->make_wire(method, target, std::move(body), content_type, headers);
  co_await asio::co_spawn(exchange->strand(), Exchange::run(exchange, std::move(wire), timeout, outcome),
                          asio::use_awaitable);
  co_return std::move(**outcome);
}

namespace {

asio::awaitable<void> request_once(Url server, ClientTlsOptions tls, std::string method, std::string target,
                                   std::string body, std::chrono::milliseconds timeout,
                                   std::optional<Result<HttpResponse>>* outcome) {
  HttpClient client(co_await asio::this_coro::executor, std::move(server), std::move(tls));
  *outcome = co_await client.request(std::move(method), std::move(target), std::move(body),
                                     "application/json", timeout);
}

}  // namespace

Result<HttpResponse> http_request(const std::string& url, const std::string& method,
                                  const std::string& target, const std::string& body,
                                  std::uint64_t timeout_ms, const ClientTlsOptions& tls) {
  ASSIGN_OR_RETURN(Url server, parse_url(url));
  asio::io_context context(1);
  std::optional<Result<HttpResponse>> outcome;
  const std::chrono::milliseconds timeout(
      static_cast<std::int64_t>(std::min<std::uint64_t>(timeout_ms, 1u << 31)));
  asio::co_spawn(context, request_once(std::move(server), tls, method, target, body, timeout, &outcome),
                 asio::detached);
  context.run();
  if (!outcome) return our_error("http-request", "the request ended without an outcome");
  return std::move(*outcome);
}

}  // namespace jingchu::network
