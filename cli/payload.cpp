#include "cli/payload.h"

#include "contracts/json.h"

namespace jingchu::cli {
namespace {

constexpr std::uint64_t kPayloadBytesMax = 16 << 20;
constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";

}  // namespace

Result<Bytes> read_payload(const Session& session, const std::string& file) {
  ASSIGN_OR_RETURN(Bytes payload, session.files.read(file, kPayloadBytesMax));
  if (as_text(payload).starts_with(kByteOrderMark)) {
    payload.erase(payload.begin(), payload.begin() + static_cast<std::ptrdiff_t>(kByteOrderMark.size()));
    session.note("note: " + file + " begins with a byte-order mark, which is left out of what is signed");
  }
  RETURN_IF_ERROR(check_payload(payload, file));
  return payload;
}

Status check_payload(ByteView payload, const std::string& source) {
  const auto document = contracts::JsonDocument::parse(as_text(payload));
  if (document.ok()) return ok_status();
  Error error = document.error();
  error.where = error.where.empty() ? source : source + ", " + error.where;
  error.remedy = "mend the JSON; nothing was sent";
  return error;
}

}  // namespace jingchu::cli
