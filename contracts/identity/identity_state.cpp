#include "contracts/identity/identity_state.h"

#include "common/codec.h"
#include "contracts/json_writer.h"
#include "contracts/paging.h"

namespace jingchu::contracts::identity {
namespace {

std::string organization_key(std::string_view id) {
  return "organization/" + std::string(id);
}

// Up to `limit` keys of a prefix that follow the one ending in ?after, as the rest behind the prefix.
struct Listing {
  std::vector<std::string> names;
  bool has_more = false;
};
Result<Listing> list(const StateReader& state, const std::string& prefix, const QueryParameters& parameters) {
  ASSIGN_OR_RETURN(const auto limit, limit_of(parameters));
  const auto after = parameters.find("after");
  const auto from = after == parameters.end() ? prefix : prefix + after->second + '\0';
  Listing listing;
  RETURN_IF_ERROR(state.scan(prefix, from, [&](std::string_view key, ByteView) {
    listing.has_more = listing.names.size() == limit;
    if (!listing.has_more) listing.names.emplace_back(key.substr(prefix.size()));
    return !listing.has_more;
  }));
  return listing;
}

void write_next(JsonWriter& writer, const Listing& listing) {
  if (listing.has_more) writer.member("next", listing.names.back());
}

void write_member(JsonWriter& writer, std::string_view key_text, const Member& member) {
  writer.begin_object()
      .member("key", key_text)
      .member("organization", member.organization)
      .member("name", member.name)
      .key("roles")
      .begin_array();
  for (const auto& role : member.roles) writer.text(role);
  writer.end_array().member("active", member.is_active).end_object();
}

}  // namespace

std::string member_key(std::string_view key_text) {
  return "member/" + std::string(key_text);
}

std::string roster_key(std::string_view organization, std::string_view key_text) {
  return "roster/" + std::string(organization) + "/" + std::string(key_text);
}

Result<std::optional<Organization>> find_organization(const StateReader& state, std::string_view id) {
  ASSIGN_OR_RETURN(const auto stored, state.get(organization_key(id)));
  if (!stored) return std::optional<Organization>();
  ASSIGN_OR_RETURN(Organization organization, decode<Organization>(*stored));
  return std::optional(std::move(organization));
}

Status put_organization(Context& context, const Organization& organization) {
  return context.put(organization_key(organization.id), encode(organization));
}

Status put_member(Context& context, const PublicKey& key, const Member& member) {
  return context.put(member_key(to_string(key)), encode(member));
}

Result<std::string> query_organizations(const StateReader& state, const QueryParameters& parameters) {
  ASSIGN_OR_RETURN(const Listing listing, list(state, organization_key(""), parameters));
  JsonWriter writer;
  writer.begin_object().key("organizations").begin_array();
  for (const auto& id : listing.names) {
    ASSIGN_OR_RETURN(const auto organization, find_organization(state, id));
    if (!organization) continue;
    writer.begin_object().member("id", organization->id).member("name", organization->name).end_object();
  }
  writer.end_array();
  write_next(writer, listing);
  return writer.end_object().take();
}

Result<std::string> query_members(const StateReader& state, const QueryParameters& parameters) {
  ASSIGN_OR_RETURN(const std::string id, parameter(parameters, "organization"));
  ASSIGN_OR_RETURN(const auto organization, find_organization(state, id));
  if (!organization) return not_found("organization", id);
  ASSIGN_OR_RETURN(const Listing listing, list(state, roster_key(id, ""), parameters));
  JsonWriter writer;
  writer.begin_object()
      .member("organization", id)
      .member("name", organization->name)
      .key("members")
      .begin_array();
  for (const auto& key_text : listing.names) {
    ASSIGN_OR_RETURN(const PublicKey key, public_key_from_text(key_text));
    ASSIGN_OR_RETURN(const auto member, find_member(state, key));
    if (member) write_member(writer, key_text, *member);
  }
  writer.end_array();
  write_next(writer, listing);
  return writer.end_object().take();
}

Result<std::string> query_key(const StateReader& state, const QueryParameters& parameters) {
  ASSIGN_OR_RETURN(const std::string text, parameter(parameters, "key"));
  const auto key = public_key_from_text(text);
  if (!key.ok()) {
    return caller_error("invalid-parameter", "key: " + key.error().what, {}, "key");
  }
  ASSIGN_OR_RETURN(const auto member, find_member(state, *key));
  if (!member) return not_found("member with the key", text);
  JsonWriter writer;
  write_member(writer, to_string(*key), *member);
  return writer.take();
}

}  // namespace jingchu::contracts::identity
