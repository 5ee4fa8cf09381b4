// Between Beast's messages and ours, and the answers to what is not HTTP. No socket here.
#pragma once

#include <boost/beast/http/message.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>
#include <chrono>
#include <optional>
#include <string>

#include "common/result.h"
#include "network/http.h"

namespace jingchu::network {

using WireRequest = boost::beast::http::request<boost::beast::http::string_body>;
using WireResponse = boost::beast::http::response<boost::beast::http::string_body>;

// Errors (kCaller): "bad-target" and "bad-request" (no or two Host fields, RFC 9112 section 3.2).
Result<HttpRequest> from_wire(WireRequest wire, std::string remote_address);

// `head`: the body is left out and its length still given (RFC 9110 section 9.3.2). Control characters in the
// values of headers become spaces.
WireResponse to_wire(HttpResponse response, bool head, bool keep_alive,
                     std::chrono::system_clock::time_point now);

// The fields of an answer, with names in lower case and the content type apart.
HttpResponse from_wire(WireResponse wire);

// The answer to a request that could not be read: 408 when the time was over, 413, 431 or 400; nothing when
// the connection failed or was closed.
std::optional<HttpResponse> answer_to(const boost::system::error_code& error, bool expired);

// "Sun, 06 Nov 1994 08:49:37 GMT" (RFC 9110 section 5.6.7).
std::string http_date(std::chrono::system_clock::time_point time);

}  // namespace jingchu::network
