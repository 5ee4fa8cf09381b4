#include "contracts/identity/identity.h"

#include <algorithm>
#include <array>

#include "common/codec.h"
#include "contracts/arguments.h"
#include "contracts/context_reader.h"
#include "contracts/identity/identity_state.h"
#include "contracts/identity/identity_tables.h"
#include "contracts/json_writer.h"

namespace jingchu::contracts {
namespace {

using namespace identity;  // NOLINT: the module's own parts

Result<PublicKey> key_from(const JsonValue& entry) {
  const JsonValue text = *entry.find("key");
  auto key = public_key_from_text(text.text());
  if (!key.ok()) return invalid_argument(text, "a public key: " + key.error().what);
  return key;
}

template <const Table& table>
Status check_with_key(std::string_view payload) {
  ASSIGN_OR_RETURN(const JsonDocument document, parse_arguments(payload, table));
  const auto key = key_from(document.root());
  return key.ok() ? ok_status() : Status(key.error());
}

constexpr std::array<Method, 3> kMethods = {{
    {"add-member", "an admin adds a key to the own organization", check_with_key<kMemberTable>},
    {"deactivate-member", "an admin bars a key of the own organization from sending",
     check_with_key<kKeyTable>},
    {"activate-member", "an admin lets a deactivated key of the own organization send again",
     check_with_key<kKeyTable>},
}};

constexpr std::array<Query, 3> kQueries = {{
    {"organizations", "organizations", "all organizations; ?limit and ?after=<id>"},
    {"members", "organizations/{organization}/members",
     "members of an organization; ?limit and ?after=<key>"},
    {"key", "keys/{key}", "the member with a key"},
}};

Member member_from(const JsonValue& entry, std::string_view organization) {
  Member member{std::string(organization), std::string(text_or(entry, "name")), {}, true};
  const JsonValue roles = *entry.find("roles");
  for (const JsonValue role : roles) member.roles.emplace_back(role.text());
  std::sort(member.roles.begin(), member.roles.end());
  member.roles.erase(std::unique(member.roles.begin(), member.roles.end()), member.roles.end());
  return member;
}

// Adds a member to an organization whose record is `organization`, and stores both.
Status store_new_member(Context& context, Organization& organization, const JsonValue& entry) {
  ASSIGN_OR_RETURN(const PublicKey key, key_from(entry));
  ASSIGN_OR_RETURN(const auto known, find_member(ContextReader(context), key));
  if (known) {
    return caller_error(
        "duplicate-key", "the key " + to_string(key) + " belongs to " + known->organization + " already",
        "use a new key, or activate-member for one that was deactivated", entry.find("key")->pointer());
  }
  const auto member = member_from(entry, organization.id);
  if (member.has_role("admin")) ++organization.active_admins;
  RETURN_IF_ERROR(put_member(context, key, member));
  RETURN_IF_ERROR(context.put(roster_key(organization.id, to_string(key)), {}));
  return put_organization(context, organization);
}

Result<Organization> organization_of_admin(Context& context) {
  const auto& caller = context.caller();
  if (!std::binary_search(caller.roles.begin(), caller.roles.end(), "admin")) {
    return caller_error("not-permitted", "only an admin of an organization changes its members",
                        "let an admin of " + caller.organization + " sign the transaction");
  }
  ASSIGN_OR_RETURN(auto organization, find_organization(ContextReader(context), caller.organization));
  if (!organization) return our_error("lost-organization", "the caller's organization is not in the state");
  return std::move(*organization);
}

Status emit_change(Context& context, std::string name, const PublicKey& key,
                   const std::string& organization) {
  JsonWriter writer;
  writer.begin_object().member("key", to_string(key)).member("organization", organization).end_object();
  return context.emit({std::move(name), writer.take()});
}

Status add_member(Context& context, std::string_view payload) {
  ASSIGN_OR_RETURN(const JsonDocument document, parse_arguments(payload, kMemberTable));
  ASSIGN_OR_RETURN(auto organization, organization_of_admin(context));
  RETURN_IF_ERROR(store_new_member(context, organization, document.root()));
  ASSIGN_OR_RETURN(const PublicKey key, key_from(document.root()));
  return emit_change(context, "member-added", key, organization.id);
}

Status set_active(Context& context, std::string_view payload, bool is_active) {
  ASSIGN_OR_RETURN(const JsonDocument document, parse_arguments(payload, kKeyTable));
  ASSIGN_OR_RETURN(auto organization, organization_of_admin(context));
  ASSIGN_OR_RETURN(const PublicKey key, key_from(document.root()));
  ASSIGN_OR_RETURN(auto member, find_member(ContextReader(context), key));
  if (!member) return caller_error("unknown-member", "no member has the key " + to_string(key), {}, "/key");
  if (member->organization != organization.id) {
    return caller_error("not-permitted",
                        "the key belongs to " + member->organization + ", not to " + organization.id,
                        "let an admin of " + member->organization + " sign the transaction", "/key");
  }
  if (member->is_active == is_active) return ok_status();
  if (member->has_role("admin")) {
    if (!is_active && organization.active_admins == 1) {
      return caller_error("last-admin", "this key is the last active admin of " + organization.id,
                          "add or activate another admin first", "/key");
    }
    organization.active_admins += is_active ? 1 : -1;
    RETURN_IF_ERROR(put_organization(context, organization));
  }
  member->is_active = is_active;
  RETURN_IF_ERROR(put_member(context, key, *member));
  return emit_change(context, is_active ? "member-activated" : "member-deactivated", key, organization.id);
}

class IdentityContract final : public Contract {
 public:
  std::string_view name() const override { return "identity"; }
  std::span<const Method> methods() const override { return kMethods; }
  std::span<const Query> queries() const override { return kQueries; }

  Status initialize(Context& context, std::string_view genesis_json) const override {
    ASSIGN_OR_RETURN(const JsonDocument document, parse_arguments(genesis_json, kGenesisTable));
    const auto organizations = document.root().find("organizations");
    if (!organizations) return ok_status();
    for (const JsonValue entry : *organizations) RETURN_IF_ERROR(store_organization(context, entry));
    return ok_status();
  }

  Status call(Context& context, std::string_view method, ByteView payload) const override {
    if (method == "add-member") return add_member(context, as_text(payload));
    if (method == "deactivate-member") return set_active(context, as_text(payload), false);
    if (method == "activate-member") return set_active(context, as_text(payload), true);
    return unknown_method(*this, method);
  }

  Result<std::string> query(const StateReader& state, std::string_view query,
                            const QueryParameters& parameters) const override {
    if (query == "organizations") return query_organizations(state, parameters);
    if (query == "members") return query_members(state, parameters);
    if (query == "key") return query_key(state, parameters);
    return unknown_query(*this, query);
  }

 private:
  static Status store_organization(Context& context, const JsonValue& entry) {
    Organization organization{std::string(text_or(entry, "id")), std::string(text_or(entry, "name")), 0};
    ASSIGN_OR_RETURN(const auto known, find_organization(ContextReader(context), organization.id));
    if (known) return invalid_argument(*entry.find("id"), "an id that no other organization has");
    RETURN_IF_ERROR(put_organization(context, organization));
    const JsonValue members = *entry.find("members");
    for (const JsonValue member : members) {
      RETURN_IF_ERROR(store_new_member(context, organization, member));
    }
    return ok_status();
  }
};

}  // namespace

bool Member::has_role(std::string_view role) const {
  return std::binary_search(roles.begin(), roles.end(), role);
}

Result<std::optional<Member>> find_member(const StateReader& state, const PublicKey& key) {
  ASSIGN_OR_RETURN(const auto stored, state.get(member_key(to_string(key))));
  if (!stored) return std::optional<Member>();
  ASSIGN_OR_RETURN(Member member, decode<Member>(*stored));
  return std::optional(std::move(member));
}

Status authorize(const std::optional<Member>& member) {
  if (!member) {
    return caller_error("unknown-sender", "the sender's key belongs to no member of an organization",
                        "let an admin of the organization add it (identity add-member)");
  }
  if (!member->is_active) {
    return caller_error("inactive-sender", "the sender's key was deactivated by " + member->organization,
                        "let an admin of the organization activate it (identity activate-member)");
  }
  return ok_status();
}

const Contract& identity_contract() {
  static const IdentityContract contract;
  return contract;
}

}  // namespace jingchu::contracts
