// Payloads of calls as files hold them.
#pragma once

#include "cli/session.h"

namespace jingchu::cli {

// The bytes of a file without a UTF-8 byte-order mark, which editors add and the chain refuses; a note says
// so. Checked as check_payload does.
Result<Bytes> read_payload(const Session& session, const std::string& file);

// One JSON text under the chain's strict rules, so that a typing error costs no round trip. Error (kCaller):
// "malformed-json", `where` names `source` and the byte.
Status check_payload(ByteView payload, const std::string& source);

}  // namespace jingchu::cli
