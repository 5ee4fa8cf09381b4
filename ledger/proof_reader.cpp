#include "ledger/proof_reader.h"

#include <algorithm>
#include <charconv>

#include "ledger/proof.h"

namespace jingchu::ledger {

void ProofReader::object(const Value& value, std::initializer_list<Field> fields) {
  if (!value.is_object()) return fail(ProofReason::kNotObject, value);
  for (const auto child : value) {
    const auto known = [&](const Field& field) { return field.name == child.key(); };
    if (std::none_of(fields.begin(), fields.end(), known)) return fail(ProofReason::kUnknownField, child);
  }
  for (const auto& field : fields) member(value, field);
}

void ProofReader::member(const Value& object, const Field& field) {
  if (failure_) return;
  if (const auto found = object.find(field.name)) return field.read(*found);
  failure_ =
      ProofFailure{ProofReason::kMissingField, object.pointer() + "/" + std::string(field.name), {}, {}};
}

void ProofReader::text(const Value& value, std::string& out) {
  if (!value.is_string()) return fail(ProofReason::kNotText, value);
  out = value.text();
}

void ProofReader::integer(const Value& value, std::uint64_t& out) {
  const std::string_view digits = value.is_number() ? value.text() : std::string_view();
  const auto [end, problem] = std::from_chars(digits.data(), digits.data() + digits.size(), out);
  const bool whole = !digits.empty() && problem == std::errc() && end == digits.data() + digits.size();
  if (!whole || out > kProofIntegerMax) fail(ProofReason::kNotInteger, value);
}

void ProofReader::bytes(const Value& value, Bytes& out) {
  auto content = value.is_string() ? from_hex(value.text()) : std::nullopt;
  const auto is_upper = [](char c) { return c >= 'A' && c <= 'F'; };
  const auto text = value.text();
  if (!content || std::any_of(text.begin(), text.end(), is_upper)) return fail(ProofReason::kNotHex, value);
  out = std::move(*content);
}

// Its form alone: whether the bytes are a point of the curve shows in the signatures.
void ProofReader::key(const Value& value, PublicKey& out) {
  const auto text = value.is_string() ? value.text() : std::string_view();
  const auto colon = text.find(':');
  const auto algorithm = algorithm_from_name(text.substr(0, colon));
  const auto bytes = colon == text.npos ? std::nullopt : from_hex(text.substr(colon + 1));
  if (!algorithm || !bytes || bytes->size() != (*algorithm == Algorithm::kEd25519 ? 32 : 65)) {
    return fail(ProofReason::kNotKey, value);
  }
  out = {*algorithm, *bytes};
  if (to_string(out) != text) fail(ProofReason::kNotKey, value);  // upper-case digits
}

void ProofReader::check_utf8(const Value& value, std::string_view text) {
  for (std::size_t offset = 0; offset < text.size() && !failure_;) {
    const auto size = contracts::utf8_character_size(text, offset);
    if (size == 0) return fail(ProofReason::kNotEncoding, value, {}, "a text is not UTF-8");
    offset += size;
  }
}

}  // namespace jingchu::ledger
