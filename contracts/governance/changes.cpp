#include "contracts/governance/changes.h"

#include <charconv>
#include <set>

#include "contracts/governance/governance_tables.h"

namespace jingchu::contracts::governance {
namespace {

PublicKey key_of(const JsonValue& text) {
  return std::move(public_key_from_text(text.text())).value();  // the table has checked it
}

// The one field of a change: {"add": ...}, {"remove": ...} or {"replace": ...}.
JsonValue body_of(const JsonValue& change) {
  return *change.begin();
}
JsonValue name_of(const JsonValue& body) {
  return body.is_object() ? *body.find("name") : body;
}

Members::iterator find_name(Members& members, std::string_view name) {
  return std::find_if(members.begin(), members.end(),
                      [&](const Member& entry) { return entry.name == name; });
}

Error refuse(const JsonValue& place, std::string type, std::string what, std::string remedy) {
  return caller_error(std::move(type), std::move(what), std::move(remedy), place.pointer());
}

// Gives the member what `body` names.
void overwrite(Member& member, const JsonValue& body) {
  for (const JsonValue field : body) {
    const std::string text(field.text());
    if (field.key() == "division") member.division = text;
    if (field.key() == "operator_id") member.operator_id = text;
    if (field.key() == "consensus_key") member.consensus_key = key_of(field);
    if (field.key() == "transport_key") member.transport_key = key_of(field);
    if (field.key() == "address") member.address = text;
  }
}

Status apply_change(Members& members, const JsonValue& body) {
  const JsonValue name = name_of(body);
  const auto found = find_name(members, name.text());
  const std::string quoted = "\"" + std::string(name.text()) + "\"";
  if (body.key() == "add") {
    if (found != members.end()) {
      return refuse(name, "duplicate-name", "a validator " + quoted + " exists already",
                    "choose another name, or replace what changes of it");
    }
    auto& added = members.emplace_back();
    added.name = name.text();
    overwrite(added, body);
    return ok_status();
  }
  if (found == members.end()) {
    return refuse(name, "unknown-validator", "the latest set has no validator " + quoted,
                  "governance/validators lists its members");
  }
  if (body.key() == "remove") {
    members.erase(found);
    return ok_status();
  }
  const Member before = *found;
  overwrite(*found, body);
  if (*found != before) return ok_status();
  return refuse(body, "nothing-changed", "nothing of " + quoted + " would change",
                "give a new consensus_key, transport_key, address or operator_id");
}

Status check_size(const Members& members, const JsonValue& changes) {
  if (members.size() < kMembersMin) {
    return refuse(changes, "too-few-validators",
                  "the change leaves " + std::to_string(members.size()) +
                      " validators; no fault is tolerated by "
                      "fewer than " +
                      std::to_string(kMembersMin),
                  "remove fewer, or add others in the same proposal");
  }
  if (members.size() > kMembersMax) {
    return refuse(changes, "too-many-validators",
                  "the change leads to " + std::to_string(members.size()) + " validators; at most " +
                      std::to_string(kMembersMax),
                  "add fewer, or remove others in the same proposal");
  }
  return ok_status();
}

bool is_key(const JsonValue& field) {
  return field.key() == "consensus_key" || field.key() == "transport_key";
}

Error key_in_use(const JsonValue& field, std::string_view by) {
  return refuse(field, "duplicate-key", "the key is or was in use by " + std::string(by),
                "make a new key: a key belongs to one validator for good");
}

// Addresses and keys that the changes bring are each one member's alone.
Status check_unique(const Members& members, const JsonValue& field) {
  std::size_t uses = 0;
  if (is_key(field)) {
    const PublicKey key = key_of(field);
    for (const auto& member : members) uses += (member.consensus_key == key) + (member.transport_key == key);
    return uses <= 1 ? ok_status() : Status(key_in_use(field, "another validator, or twice by this one"));
  }
  if (field.key() != "address") return ok_status();
  for (const auto& member : members) uses += member.address == field.text() ? 1 : 0;
  if (uses <= 1) return ok_status();
  return refuse(field, "duplicate-address", "another validator has this address", "give each one its own");
}

// Who else has, or once had, a key that the changes bring.
Result<std::optional<Error>> check_owners(const StateReader& state, const JsonValue& body) {
  if (!body.is_object()) return std::optional<Error>();
  for (const JsonValue field : body) {
    if (!is_key(field)) continue;
    ASSIGN_OR_RETURN(const auto owner, find_owner(state, key_of(field)));
    if (owner && *owner != name_of(body).text()) return std::optional(key_in_use(field, *owner));
  }
  return std::optional<Error>();
}

Result<Members> apply_all(Members members, const JsonValue& changes) {
  for (const JsonValue change : changes) RETURN_IF_ERROR(apply_change(members, body_of(change)));
  RETURN_IF_ERROR(check_size(members, changes));
  for (const JsonValue change : changes) {
    const JsonValue body = body_of(change);
    if (!body.is_object()) continue;
    for (const JsonValue field : body) RETURN_IF_ERROR(check_unique(members, field));
  }
  return members;
}

// Two changes of one validator would depend on their order.
Status check_names(const JsonValue& changes) {
  std::set<std::string_view> names;
  for (const JsonValue change : changes) {
    const JsonValue name = name_of(body_of(change));
    if (!names.insert(name.text()).second) {
      return invalid_argument(name, "a validator that no other change of this proposal names");
    }
  }
  return ok_status();
}

}  // namespace

bool is_address(std::string_view text) {
  const auto colon = text.rfind(':');
  if (colon == text.npos || colon == 0) return false;
  const auto host = text.substr(0, colon);
  const auto digits = text.substr(colon + 1);
  std::uint32_t port = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), port);
  if (error != std::errc() || end != digits.data() + digits.size() || digits.size() > 5) return false;
  if (port < 1 || port > 65'535) return false;
  if (host.front() != '[') {
    return consists_of(host, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-");
  }
  return host.size() > 3 && host.back() == ']' &&
         consists_of(host.substr(1, host.size() - 2), "0123456789abcdefABCDEF:.");
}

Result<JsonDocument> parse_proposal(std::string_view payload) {
  if (payload.size() > kProposalBytesMax) {
    return caller_error("invalid-arguments",
                        "the payload: expected at most " + std::to_string(kProposalBytesMax) +
                            " bytes, found " + std::to_string(payload.size()),
                        {}, "");
  }
  ASSIGN_OR_RETURN(JsonDocument document, parse_arguments(payload, kProposeTable));
  const auto changes = document.root().find("changes");
  const auto cancel = document.root().find("cancel");
  if (changes && cancel) return invalid_argument(*cancel, "either changes or cancel");
  if (!changes && !cancel)
    return missing_argument(document.root(), "changes", "a list of changes, or cancel");
  if (changes) RETURN_IF_ERROR(check_names(*changes));
  return document;
}

Result<Applied> apply_changes(const StateReader& state, const Members& members, const JsonValue& proposal) {
  const JsonValue changes = *proposal.find("changes");
  auto changed = apply_all(members, changes);
  if (!changed.ok()) return Applied{{}, changed.error()};
  for (const JsonValue change : changes) {
    ASSIGN_OR_RETURN(auto refusal, check_owners(state, body_of(change)));
    if (refusal) return Applied{{}, std::move(refusal)};
  }
  return Applied{std::move(*changed), {}};
}

}  // namespace jingchu::contracts::governance
