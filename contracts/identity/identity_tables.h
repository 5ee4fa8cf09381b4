// What genesis and the methods of the module "identity" take.
#pragma once

#include <array>

#include "contracts/arguments.h"

namespace jingchu::contracts::identity {

inline std::string_view check_organization_id(const JsonValue& value) {
  for (const char c : value.text()) {
    if (!(c >= 'a' && c <= 'z') && !(c >= '0' && c <= '9') && c != '-') return "a text out of a-z 0-9 -";
  }
  return {};
}

inline constexpr std::array<std::string_view, 2> kRoles = {"admin", "submitter"};
inline constexpr Field kRole = {.kind = FieldKind::kChoice, .choices = kRoles};

inline constexpr std::array<Field, 3> kMemberFields = {{
    {.name = "key", .kind = FieldKind::kToken, .is_required = true, .min = 1, .max = 200},
    {.name = "name", .kind = FieldKind::kText, .is_required = true, .min = 1, .max = 100},
    {.name = "roles", .kind = FieldKind::kArray, .is_required = true, .min = 1, .max = 2, .item = &kRole},
}};
inline constexpr Table kMemberTable = {kMemberFields};
inline constexpr Field kMember = {.kind = FieldKind::kObject, .table = &kMemberTable};

inline constexpr std::array<Field, 1> kKeyFields = {kMemberFields[0]};
inline constexpr Table kKeyTable = {kKeyFields};

inline constexpr std::array<Field, 3> kOrganizationFields = {{
    {.name = "id",
     .kind = FieldKind::kText,
     .is_required = true,
     .min = 1,
     .max = 64,
     .check = check_organization_id},
    {.name = "name", .kind = FieldKind::kText, .is_required = true, .min = 1, .max = 200},
    {.name = "members",
     .kind = FieldKind::kArray,
     .is_required = true,
     .min = 0,
     .max = 1000,
     .item = &kMember},
}};
inline constexpr Table kOrganizationTable = {kOrganizationFields};
inline constexpr Field kOrganization = {.kind = FieldKind::kObject, .table = &kOrganizationTable};

inline constexpr std::array<Field, 1> kGenesisFields = {{
    {.name = "organizations", .kind = FieldKind::kArray, .min = 0, .max = 1000, .item = &kOrganization},
}};
inline constexpr Table kGenesisTable = {kGenesisFields};

}  // namespace jingchu::contracts::identity
