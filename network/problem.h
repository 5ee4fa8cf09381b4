// Errors as RFC 9457 problem documents (application/problem+json).
#pragma once

#include "common/result.h"
#include "network/http.h"

namespace jingchu::network {

// The status that fits the fault: caller 400, peer 502, ours 500, environment 503.
unsigned status_of(const Error& error);

// {"type": "urn:jingchu:problem:<error type>", "title", "status", "detail", and "where", "remedy" when
// present}. Bytes of the error that are not UTF-8 are replaced.
HttpResponse problem(const Error& error, unsigned status);
HttpResponse problem(const Error& error);

}  // namespace jingchu::network
