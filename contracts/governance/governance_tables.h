// What the methods of the module "governance" take.
#pragma once

#include <algorithm>
#include <array>

#include "common/signature.h"
#include "contracts/arguments.h"
#include "contracts/governance/governance.h"

namespace jingchu::contracts::governance {

inline constexpr std::size_t kProposalBytesMax = 128 << 10;
inline constexpr std::uint64_t kValidForLeast = 10;
inline constexpr std::uint64_t kValidForMost = 10'000'000;
inline constexpr std::uint64_t kValidForDefault = 1'000'000;

// Host and port, as a peer is dialed: "wuhan.example.cn:7000", "10.0.0.1:7000", "[2001:db8::1]:7000".
bool is_address(std::string_view text);

inline bool consists_of(std::string_view text, std::string_view characters) {
  return text.find_first_not_of(characters) == text.npos;
}

inline std::string_view check_name(const JsonValue& value) {
  return consists_of(value.text(), "abcdefghijklmnopqrstuvwxyz0123456789-") ? "" : "a text out of a-z 0-9 -";
}
inline std::string_view check_division(const JsonValue& value) {
  const auto text = value.text();
  const bool fits = (text.empty() || text.size() == 6) && consists_of(text, "0123456789");
  return fits ? "" : "a code of GB/T 2260, six digits, or an empty text";
}
inline std::string_view check_consensus_key(const JsonValue& value) {
  return public_key_from_text(value.text()).ok() ? "" : "a public key, ed25519:<64 hex> or sm2:<130 hex>";
}
inline std::string_view check_transport_key(const JsonValue& value) {
  const auto key = public_key_from_text(value.text());
  return key.ok() && key->algorithm == Algorithm::kEd25519 ? "" : "an Ed25519 key, ed25519:<64 hex>";
}
inline std::string_view check_address(const JsonValue& value) {
  return is_address(value.text()) ? "" : "an address host:port";
}
inline std::string_view check_one_change(const JsonValue& value) {
  return value.size() == 1 ? "" : "an object with one field out of add, remove, replace";
}
inline std::string_view check_true(const JsonValue& value) {
  return value.is_true() ? "" : "true";
}
inline std::string_view check_valid_for(const JsonValue& value) {
  const auto heights = integer_of(value);
  return heights >= kValidForLeast && heights <= kValidForMost ? "" : "a number from 10 to 10000000";
}
inline std::string_view check_signature(const JsonValue& value) {
  return array_from_hex<64>(value.text()) ? "" : "128 hexadecimal digits";
}

inline constexpr Field kName = {
    .name = "name", .kind = FieldKind::kText, .is_required = true, .min = 1, .max = 64, .check = check_name};

inline constexpr std::array<Field, 6> kMemberFields = {{
    kName,
    {.name = "division", .min = 0, .max = 6, .check = check_division},
    {.name = "operator_id", .is_required = true, .min = 1, .max = 64, .check = check_name},
    {.name = "consensus_key", .is_required = true, .min = 1, .max = 200, .check = check_consensus_key},
    {.name = "transport_key", .is_required = true, .min = 1, .max = 200, .check = check_transport_key},
    {.name = "address", .is_required = true, .min = 1, .max = 260, .check = check_address},
}};
inline constexpr Table kMemberTable = {kMemberFields};

inline constexpr std::array<Field, 5> kReplaceFields = {{
    kName,
    {.name = "operator_id", .min = 1, .max = 64, .check = check_name},
    {.name = "consensus_key", .min = 1, .max = 200, .check = check_consensus_key},
    {.name = "transport_key", .min = 1, .max = 200, .check = check_transport_key},
    {.name = "address", .min = 1, .max = 260, .check = check_address},
}};
inline constexpr Table kReplaceTable = {kReplaceFields};

inline constexpr std::array<Field, 3> kChangeFields = {{
    {.name = "add", .kind = FieldKind::kObject, .table = &kMemberTable},
    {.name = "remove", .min = 1, .max = 64, .check = check_name},
    {.name = "replace", .kind = FieldKind::kObject, .table = &kReplaceTable},
}};
inline constexpr Table kChangeTable = {kChangeFields};
inline constexpr Field kChange = {
    .kind = FieldKind::kObject, .table = &kChangeTable, .check = check_one_change};

inline constexpr std::array<Field, 4> kProposeFields = {{
    {.name = "changes", .kind = FieldKind::kArray, .min = 1, .max = kMembersMax, .item = &kChange},
    {.name = "cancel", .kind = FieldKind::kBoolean, .check = check_true},
    {.name = "note", .min = 0, .max = 2000},
    {.name = "valid_for", .kind = FieldKind::kInteger, .check = check_valid_for},
}};
inline constexpr Table kProposeTable = {kProposeFields};

inline constexpr std::array<std::string_view, 2> kVoteChoices = {"yes", "no"};
inline constexpr std::array<Field, 3> kVoteFields = {{
    {.name = "proposal", .kind = FieldKind::kInteger, .is_required = true},
    {.name = "vote", .kind = FieldKind::kChoice, .is_required = true, .choices = kVoteChoices},
    {.name = "proposal_sha256", .kind = FieldKind::kHashHex},
}};
inline constexpr Table kVoteTable = {kVoteFields};

inline constexpr std::array<Field, 3> kReadyFields = {{
    {.name = "proposal", .kind = FieldKind::kInteger, .is_required = true},
    {.name = "validator", .is_required = true, .min = 1, .max = 64, .check = check_name},
    {.name = "signature", .is_required = true, .min = 128, .max = 128, .check = check_signature},
}};
inline constexpr Table kReadyTable = {kReadyFields};

}  // namespace jingchu::contracts::governance
