// The answers of the server itself to what it does not hand to its handler: malformed, too large, too slow,
// too much.
#pragma once

#include <boost/system/error_code.hpp>
#include <optional>
#include <string>

#include "network/http.h"

namespace jingchu::network {

struct Refusal {
  std::string type;  // of the problem
  HttpResponse response;
};

Refusal too_many_connections();         // 503: of all clients together
Refusal too_many_client_connections();  // 429
Refusal too_many_requests();            // 429
Refusal server_busy();                  // 503: bodies of others fill what may be held

// Of a request that could not be read: 408 when the time was over, 413, 431, 503 or 400; nothing when the
// connection failed or was closed.
std::optional<Refusal> refusal_of(const boost::system::error_code& error, bool expired);

}  // namespace jingchu::network
