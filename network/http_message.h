// Between Beast's messages and ours. No socket here.
#pragma once

#include <boost/beast/http/message.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>
#include <chrono>
#include <string>

#include "common/result.h"
#include "network/http.h"
#include "network/http_body.h"

namespace jingchu::network {

using WireRequest = boost::beast::http::request<boost::beast::http::string_body>;
using WireResponse = boost::beast::http::response<boost::beast::http::string_body>;

// Whether it is beyond doubt where the request ends: at most one Content-Length; no transfer coding but
// "chunked", and that only in HTTP/1.1. Who reads another end than a proxy in front does would take a piece
// of one request for the next (RFC 9112, sections 6.1 and 6.3). Beast itself refuses the two together.
bool has_clear_end(const ReceivedRequest& wire);

// Errors (kCaller): "bad-target" and "bad-request" (no or two Host fields, RFC 9112 section 3.2).
Result<HttpRequest> from_wire(ReceivedRequest wire, std::string remote_address);

// `head`: the body is left out and its length still given (RFC 9110 section 9.3.2). Control characters in the
// values of headers become spaces.
WireResponse to_wire(HttpResponse response, bool head, bool keep_alive,
                     std::chrono::system_clock::time_point now);

// The fields of an answer, with names in lower case and the content type apart.
HttpResponse from_wire(WireResponse wire);

// "Sun, 06 Nov 1994 08:49:37 GMT" (RFC 9110 section 5.6.7).
std::string http_date(std::chrono::system_clock::time_point time);

}  // namespace jingchu::network
