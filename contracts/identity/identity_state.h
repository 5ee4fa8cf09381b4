// The state of the module "identity" and the queries that read it.
//   organization/<id>   -> Organization
//   member/<key text>   -> Member
//   roster/<id>/<key text> -> nothing: lists the members of an organization
// Organization ids are [a-z0-9-], key texts [a-z0-9:]: neither holds a '/'.
#pragma once

#include "contracts/identity/identity.h"

namespace jingchu::contracts::identity {

struct Organization {
  std::string id;
  std::string name;
  std::uint32_t active_admins = 0;

  template <class Archive>
  void serialize(Archive& archive) {
    archive(id, name, active_admins);
  }
};

std::string member_key(std::string_view key_text);
std::string roster_key(std::string_view organization, std::string_view key_text);

Result<std::optional<Organization>> find_organization(const StateReader& state, std::string_view id);
Status put_organization(Context& context, const Organization& organization);
Status put_member(Context& context, const PublicKey& key, const Member& member);

Result<std::string> query_organizations(const StateReader& state, const QueryParameters& parameters);
Result<std::string> query_members(const StateReader& state, const QueryParameters& parameters);
Result<std::string> query_key(const StateReader& state, const QueryParameters& parameters);

}  // namespace jingchu::contracts::identity
