// A client's bytes through the parser as a session sets it up, the router, every route and the writer of
// answers: the same answer wherever the bytes are cut, one that is well-formed HTTP, and never a failure of
// ours.
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/beast/http/write.hpp>
#include <nlohmann/json.hpp>
#include <sstream>

#include "network/http_message.h"
#include "network/http_refusal.h"
#include "network/problem.h"
#include "node/api/api.h"
#include "tests/fuzz/http_backend.h"
#include "tests/fuzz/input.h"

namespace jingchu::fuzz {
namespace {

namespace http = boost::beast::http;
using boost::system::error_code;
using Parser = http::request_parser<network::ReceivedBody>;

constexpr std::uint32_t kHeaderBytesMax = 1024;  // small, so that inputs reach them
constexpr std::uint64_t kBodyBytesMax = 2048;
constexpr std::uint64_t kHeldBytesMax = 1500;

struct Server {
  node::Metrics metrics;
  HttpBackend backend{metrics};
  node::Api api{backend, metrics, {}};
};
Server& server() {
  static Server one;
  return one;
}

// What a session makes of the bytes: a request, an answer to what is none, or nothing (the client went away).
struct Read {
  std::optional<network::ReceivedRequest> request;
  std::optional<network::HttpResponse> refusal;
  bool keep_alive = false;
};

// The bodies of a client that may have little held.
struct Bodies {
  network::Source client;
  std::shared_ptr<network::HttpServerState> state = make_state();

  static std::shared_ptr<network::HttpServerState> make_state() {
    network::HttpServerConfig config;
    config.clients.held_bytes_max = kHeldBytesMax;
    return std::make_shared<network::HttpServerState>(config, network::HttpHandler(), Log());
  }

  Bodies() { state->connect(client); }
  ~Bodies() {
    CHECK(state->held_bytes() == 0);
    state->disconnect(client);
  }
};

// As network/http_session.cpp: the header first, then the body, from a buffer that grows piece by piece.
Read read_request(ByteView stream, std::size_t piece_bytes, const Bodies& bodies) {
  Parser parser;
  parser.header_limit(kHeaderBytesMax);
  parser.body_limit(kBodyBytesMax);
  Bytes buffer;
  Input input(stream);
  error_code error;
  while (!parser.is_done()) {
    if (parser.is_header_done() && !parser.eager()) {
      if (!network::has_clear_end(parser.get())) error = http::error::bad_transfer_encoding;
      if (error) break;
      parser.get().body().held = network::HeldBytes(bodies.state, bodies.client);
      parser.eager(true);
    }
    if (!buffer.empty()) {
      const std::size_t used = parser.put(boost::asio::buffer(buffer.data(), buffer.size()), error);
      buffer.erase(buffer.begin(), buffer.begin() + static_cast<std::ptrdiff_t>(used));
      if (!error && used != 0) continue;
      if (error && error != http::error::need_more) break;
    }
    const ByteView piece = input.bytes(piece_bytes);
    error = {};
    if (piece.empty() && !parser.got_some()) return {};
    if (piece.empty()) {
      parser.put_eof(error);
      if (!error && !parser.is_done()) error = http::error::partial_message;
      break;
    }
    buffer.insert(buffer.end(), piece.begin(), piece.end());
  }
  Read read;
  if (error || !parser.is_done()) {
    auto refusal = network::refusal_of(error ? error : http::error::partial_message, false);
    if (refusal) read.refusal = std::move(refusal->response);
    return read;
  }
  read.keep_alive = parser.get().keep_alive();
  read.request = parser.release();
  return read;
}

network::HttpResponse answer(network::HttpRequest request) {
  boost::asio::io_context io;
  std::optional<network::HttpResponse> response;
  boost::asio::co_spawn(io, server().api.handler()(std::move(request)),
                        [&](std::exception_ptr failure, network::HttpResponse answered) {
                          CHECK(!failure);
                          response = std::move(answered);
                        });
  io.run();
  CHECK(response.has_value());
  return *response;
}

// What goes over the wire reads as one whole answer.
void check_answer(const network::HttpResponse& response, bool head, bool keep_alive) {
  CHECK(response.status >= 200 && response.status < 600 && response.status != 500);
  if (response.content_type.find("json") != std::string::npos) CHECK(nlohmann::json::accept(response.body));
  std::ostringstream text;
  text << network::to_wire(response, head, keep_alive, {});
  const std::string bytes = text.str();
  http::response_parser<http::string_body> parser;
  parser.body_limit(boost::none);
  parser.header_limit(1 << 20);
  parser.eager(true);
  parser.skip(head);
  error_code error;
  const std::size_t used = parser.put(boost::asio::buffer(bytes), error);
  CHECK(!error && used == bytes.size() && parser.is_done());
  if (!head && response.status != 204) CHECK(parser.get().body() == response.body);
}

void run(Input input) {
  const std::size_t piece_bytes = 1 + input.byte();
  const Bodies bodies;
  Read whole = read_request(input.rest(), input.rest().size() + 1, bodies);
  const Read pieces = read_request(input.rest(), piece_bytes, bodies);
  CHECK(whole.request.has_value() == pieces.request.has_value());
  if (whole.refusal) check_answer(*whole.refusal, false, false);
  if (!whole.request) return;
  CHECK(whole.request->target() == pieces.request->target() &&
        whole.request->body().text == pieces.request->body().text);
  const bool head = whole.request->method() == http::verb::head;
  auto request = network::from_wire(std::move(*whole.request), "127.0.0.1");
  if (!request.ok()) {
    CHECK(request.error().fault == Fault::kCaller);
    return check_answer(network::problem(request.error()), head, whole.keep_alive);
  }
  check_answer(answer(std::move(*request)), head, whole.keep_alive);
}

}  // namespace
}  // namespace jingchu::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  jingchu::fuzz::run({data, size});
  return 0;
}
