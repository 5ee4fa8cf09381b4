// The module "identity": organizations and the keys of their members. Genesis names the first of them; an
// admin of an organization adds, deactivates and activates its members. A key belongs to one organization for
// good.
#pragma once

#include "contracts/contract.h"

namespace jingchu::contracts {

const Contract& identity_contract();

struct Member {
  std::string organization;
  std::string name;
  std::vector<std::string> roles;  // sorted; out of "admin", "submitter"
  bool is_active = true;

  bool has_role(std::string_view role) const;
  friend bool operator==(const Member&, const Member&) = default;
  template <class Archive>
  void serialize(Archive& archive) {
    archive(organization, name, roles, is_active);
  }
};

// The member with that key; `state` reads the state of this module. One get.
Result<std::optional<Member>> find_member(const StateReader& state, const PublicKey& key);

// Whether a transaction of that sender may be taken. Errors: "unknown-sender", "inactive-sender", fault
// kCaller.
Status authorize(const std::optional<Member>& member);

}  // namespace jingchu::contracts
