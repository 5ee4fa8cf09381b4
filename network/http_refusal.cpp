#include "network/http_refusal.h"

#include <boost/beast/http/error.hpp>

#include "network/http_body.h"
#include "network/problem.h"

namespace jingchu::network {
namespace {

namespace http = boost::beast::http;

Refusal refusal(const Error& error, unsigned status) {
  return {error.type, problem(error, status)};
}

Refusal later(Error error, unsigned status) {
  Refusal made = refusal(error, status);
  made.response.headers.emplace_back("Retry-After", "1");
  return made;
}

}  // namespace

Refusal too_many_connections() {
  return later(environment_error("too-many-connections", "this server has too many connections",
                                 "keep connections alive instead of opening new ones"),
               503);
}

Refusal too_many_client_connections() {
  return later(caller_error("too-many-client-connections",
                            "this server has as many connections of this client's address as it takes",
                            "keep connections alive instead of opening new ones"),
               429);
}

Refusal too_many_requests() {
  return later(caller_error("too-many-requests", "this client's address sends more requests than it may",
                            "send the same request again later"),
               429);
}

Refusal server_busy() {
  return later(environment_error("server-busy", "this server holds as many bytes of bodies as it may",
                                 "send the same request again later, or smaller ones"),
               503);
}

std::optional<Refusal> refusal_of(const boost::system::error_code& error, bool expired) {
  if (expired) return refusal(caller_error("request-timeout", "the request came too slowly"), 408);
  if (error == server_busy_code()) return server_busy();
  if (error == http::error::end_of_stream || error == http::error::partial_message) return std::nullopt;
  if (error == http::error::header_limit) {
    return refusal(caller_error("header-too-large", "the header of the request is too large"), 431);
  }
  if (error == http::error::body_limit) {
    return refusal(
        caller_error("body-too-large", "the body of the request is too large", "send it in smaller parts"),
        413);
  }
  if (error.category() != make_error_code(http::error::bad_version).category()) return std::nullopt;
  return refusal(caller_error("bad-request", "the request is malformed: " + error.message(),
                              "send HTTP/1.1 as in RFC 9112"),
                 400);
}

}  // namespace jingchu::network
