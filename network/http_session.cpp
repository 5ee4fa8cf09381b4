#include "network/http_session.h"

#include <boost/asio/redirect_error.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/write.hpp>

#include "network/deadline.h"
#include "network/http_body.h"
#include "network/http_message.h"
#include "network/problem.h"

namespace jingchu::network {
namespace {

namespace asio = boost::asio;
namespace http = boost::beast::http;
using asio::ip::tcp;
using boost::system::error_code;

constexpr std::size_t kReadBytes = 4 << 10;
// Of what may wait in the buffer of a connection, beside a header: requests that follow, a chunk's header.
constexpr std::size_t kReadAheadBytes = 64 << 10;
// After the last answer the client may still be sending: what it sends is read and dropped for so long,
// because closing with unread bytes resets the connection and the answer would be lost.
constexpr std::chrono::milliseconds kLingerTime{1'000};
constexpr std::string_view kContinue = "HTTP/1.1 100 Continue\r\n\r\n";

using PlainStream = tcp::socket;
using TlsStream = asio::ssl::stream<tcp::socket>;

template <class Stream>
class Session final : public HttpSession {
 public:
  static constexpr bool kTls = std::is_same_v<Stream, TlsStream>;
  using Parser = http::request_parser<ReceivedBody>;

  Session(Stream stream, TlsContext tls, std::shared_ptr<HttpServerState> server, const Source& client,
          std::optional<Refusal> refusal)
      : tls_(std::move(tls)),
        stream_(std::move(stream)),
        server_(std::move(server)),
        client_(client),
        refusal_(std::move(refusal)),
        buffer_(server_->config.header_bytes_max + kReadAheadBytes),
        deadline_(stream_.get_executor(), [this] {
          error_code ignored;
          socket().cancel(ignored);
        }) {}

  asio::awaitable<void> run() override;
  void finish() override {
    finishing_ = true;
    if (!busy_) abort();
  }
  void abort() override {
    finishing_ = true;
    error_code ignored;
    socket().close(ignored);
  }

 private:
  tcp::socket& socket() {
    if constexpr (kTls) {
      return stream_.next_layer();
    } else {
      return stream_;
    }
  }
  asio::awaitable<bool> open();
  asio::awaitable<bool> wait_for_request(std::chrono::milliseconds timeout);
  asio::awaitable<bool> serve_request();
  asio::awaitable<error_code> read_header(Parser& parser);
  asio::awaitable<error_code> read_body(Parser& parser);
  asio::awaitable<HttpResponse> handle(ReceivedRequest wire);
  asio::awaitable<void> refuse(Refusal refusal);
  asio::awaitable<bool> answer(HttpResponse response, bool head, bool keep_alive);
  asio::awaitable<bool> write(HttpResponse response, bool head, bool keep_alive);
  asio::awaitable<void> linger();

  const TlsContext tls_;
  Stream stream_;
  const std::shared_ptr<HttpServerState> server_;
  const Source client_;
  std::optional<Refusal> refusal_;
  std::string remote_address_;
  boost::beast::flat_buffer buffer_;
  bool busy_ = false;  // from the first byte of a request to the end of its answer, and while lingering
  bool finishing_ = false;
  Deadline deadline_;  // last: its end comes before that of the stream
};

template <class Stream>
asio::awaitable<void> Session<Stream>::run() {
  error_code error;
  remote_address_ = socket().remote_endpoint(error).address().to_string();
  socket().set_option(tcp::no_delay(true), error);
  const bool opened = co_await open();
  if (!opened) co_return;
  if (refusal_) {
    co_await write(std::move(refusal_->response), false, false);
    co_await linger();
    co_return;
  }
  // No co_await inside a condition with && here: GCC 12 then evaluates it whatever the left side is.
  bool more = co_await wait_for_request(server_->config.header_timeout);
  while (more) {
    more = co_await serve_request();
    if (more) more = co_await wait_for_request(server_->config.idle_timeout);
  }
  co_await linger();
}

template <class Stream>
asio::awaitable<bool> Session<Stream>::open() {
  if constexpr (kTls) {
    deadline_.arm(server_->config.header_timeout);
    error_code error;
    co_await stream_.async_handshake(asio::ssl::stream_base::server,
                                     asio::redirect_error(asio::use_awaitable, error));
    deadline_.disarm();
    co_return !error && !finishing_;
  }
  co_return true;
}

template <class Stream>
asio::awaitable<bool> Session<Stream>::wait_for_request(std::chrono::milliseconds timeout) {
  error_code error;
  if (buffer_.size() == 0 && !finishing_) {
    deadline_.arm(timeout);
    const std::size_t size = co_await stream_.async_read_some(
        buffer_.prepare(kReadBytes), asio::redirect_error(asio::use_awaitable, error));
    deadline_.disarm();
    buffer_.commit(size);
  }
  co_return !error && !finishing_;
}

template <class Stream>
asio::awaitable<bool> Session<Stream>::serve_request() {
  busy_ = true;
  Parser parser;
  parser.header_limit(server_->config.header_bytes_max);
  parser.body_limit(server_->config.body_bytes_max);
  bool keep_alive = false;
  std::optional<Refusal> refusal;
  error_code error = co_await read_header(parser);
  if (!error && !server_->request(client_)) refusal = too_many_requests();
  if (!error && !refusal) error = co_await read_body(parser);
  if (error) refusal = refusal_of(error, deadline_.expired());
  if (refusal) {
    co_await refuse(std::move(*refusal));
  } else if (!error) {
    keep_alive = parser.get().keep_alive();
    const bool head = parser.get().method() == http::verb::head;
    HeldBytes held = std::move(parser.get().body().held);  // as long as the request is handled
    HttpResponse response = co_await handle(parser.release());
    held = HeldBytes();
    keep_alive = keep_alive && !finishing_;
    keep_alive = co_await answer(std::move(response), head, keep_alive);
  }
  busy_ = false;
  co_return keep_alive;
}

template <class Stream>
asio::awaitable<error_code> Session<Stream>::read_header(Parser& parser) {
  error_code error;
  deadline_.arm(server_->config.header_timeout);
  co_await http::async_read_header(stream_, buffer_, parser,
                                   asio::redirect_error(asio::use_awaitable, error));
  deadline_.disarm();
  if (!error && !has_clear_end(parser.get())) error = http::error::bad_transfer_encoding;
  co_return error;
}

template <class Stream>
asio::awaitable<error_code> Session<Stream>::read_body(Parser& parser) {
  error_code error;
  if (parser.is_done()) co_return error;
  parser.get().body().held = HeldBytes(server_, client_);
  deadline_.arm(server_->config.body_timeout);
  if (boost::beast::iequals(parser.get()[http::field::expect], "100-continue")) {
    co_await asio::async_write(stream_, asio::buffer(kContinue),
                               asio::redirect_error(asio::use_awaitable, error));
  }
  if (!error) {
    co_await http::async_read(stream_, buffer_, parser, asio::redirect_error(asio::use_awaitable, error));
  }
  deadline_.disarm();
  co_return error;
}

template <class Stream>
asio::awaitable<void> Session<Stream>::refuse(Refusal refusal) {
  server_->refused(refusal.type);
  co_await write(std::move(refusal.response), false, false);
}

template <class Stream>
asio::awaitable<HttpResponse> Session<Stream>::handle(ReceivedRequest wire) {
  ++server_->requests;
  std::string what = std::string(wire.method_string()) + " " + std::string(wire.target());
  auto request = from_wire(std::move(wire), remote_address_);
  if (!request.ok()) {
    server_->refused(request.error().type);
    co_return problem(request.error());
  }
  std::string failure = "not an exception of the standard library";
  try {
    co_return co_await server_->handler(std::move(*request));
  } catch (const std::exception& error) {
    failure = error.what();
  } catch (...) {
  }
  ++server_->handler_failures;
  server_->log.error("a request handler failed", {{"request", what}, {"error", failure}});
  co_return problem(our_error("internal-error", "the server failed to handle this request",
                              "it is logged there; nothing is known of what was done"));
}

// False when the connection cannot go on.
template <class Stream>
asio::awaitable<bool> Session<Stream>::answer(HttpResponse response, bool head, bool keep_alive) {
  // A client that is slow to read keeps the answer in memory meanwhile.
  HeldBytes held(server_, client_);
  if (held.grow(response.body.size())) co_return co_await write(std::move(response), head, keep_alive);
  co_await refuse(server_busy());
  co_return false;
}

template <class Stream>
asio::awaitable<bool> Session<Stream>::write(HttpResponse response, bool head, bool keep_alive) {
  const WireResponse wire = to_wire(std::move(response), head, keep_alive, std::chrono::system_clock::now());
  http::response_serializer<http::string_body> serializer(wire);
  error_code error;
  deadline_.arm(server_->config.write_timeout);
  co_await http::async_write(stream_, serializer, asio::redirect_error(asio::use_awaitable, error));
  deadline_.disarm();
  if (error && deadline_.expired()) server_->refused("slow-reader");
  co_return !error && keep_alive;
}

template <class Stream>
asio::awaitable<void> Session<Stream>::linger() {
  busy_ = true;
  error_code error;
  deadline_.arm(kLingerTime);
  if constexpr (kTls) co_await stream_.async_shutdown(asio::redirect_error(asio::use_awaitable, error));
  error = {};
  socket().shutdown(tcp::socket::shutdown_send, error);
  std::array<char, kReadBytes> dropped;
  while (!error && !deadline_.expired()) {
    co_await socket().async_read_some(asio::buffer(dropped),
                                      asio::redirect_error(asio::use_awaitable, error));
  }
  deadline_.disarm();
  socket().close(error);
}

}  // namespace

std::shared_ptr<HttpSession> make_http_session(tcp::socket socket, TlsContext tls,
                                               std::shared_ptr<HttpServerState> server, const Source& client,
                                               std::optional<Refusal> refusal) {
  if (!tls) {
    return std::make_shared<Session<PlainStream>>(std::move(socket), nullptr, std::move(server), client,
                                                  std::move(refusal));
  }
  TlsStream stream(std::move(socket), *tls);
  return std::make_shared<Session<TlsStream>>(std::move(stream), std::move(tls), std::move(server), client,
                                              std::move(refusal));
}

}  // namespace jingchu::network
