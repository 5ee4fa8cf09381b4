// What the methods of the module "agriculture" take. Amounts are decimals as texts or numbers, kept as
// written.
#pragma once

#include <array>

#include "contracts/arguments.h"

namespace jingchu::contracts::agriculture {

// A division of China: six digits, the first not 0 (GB/T 2260).
inline std::string_view check_division_code(const JsonValue& value) {
  const auto text = value.text();
  if (text.size() != 6 || text.front() == '0') return "six digits of GB/T 2260, such as 429005";
  for (const char c : text) {
    if (c < '0' || c > '9') return "six digits of GB/T 2260, such as 429005";
  }
  return {};
}

inline std::string_view check_positive(const JsonValue& value) {
  return value.text().find_first_of("123456789") == std::string_view::npos ? "an amount above 0" : "";
}

inline constexpr std::array<Field, 5> kOriginFields = {{
    {.name = "name", .is_required = true, .min = 1, .max = 200},
    {.name = "gbCode", .is_required = true, .min = 6, .max = 6, .check = check_division_code},
    {.name = "address", .min = 1, .max = 500},
    {.name = "area", .kind = FieldKind::kDecimal, .max = 32, .check = check_positive},
    {.name = "areaUnit", .min = 1, .max = 16},
}};
inline constexpr Table kOriginTable = {kOriginFields};

inline constexpr std::array<Field, 4> kProducerFields = {{
    {.name = "name", .is_required = true, .min = 1, .max = 200},
    {.name = "creditCode", .kind = FieldKind::kToken, .min = 18, .max = 18},  // 统一社会信用代码, GB 32100
    {.name = "address", .min = 1, .max = 500},
    {.name = "contact", .min = 1, .max = 100},
}};
inline constexpr Table kProducerTable = {kProducerFields};

inline constexpr std::array<Field, 9> kLotFields = {{
    {.name = "lotId", .is_required = true, .min = 1, .max = 128},
    {.name = "product", .is_required = true, .min = 1, .max = 200},
    {.name = "category", .min = 1, .max = 64},
    {.name = "origin", .kind = FieldKind::kObject, .is_required = true, .table = &kOriginTable},
    {.name = "producer", .kind = FieldKind::kObject, .is_required = true, .table = &kProducerTable},
    {.name = "quantity",
     .kind = FieldKind::kDecimal,
     .is_required = true,
     .max = 32,
     .check = check_positive},
    {.name = "unit", .is_required = true, .min = 1, .max = 16},
    {.name = "startDate", .kind = FieldKind::kDate, .is_required = true},
    {.name = "note", .max = 2000},
}};
inline constexpr Table kLotTable = {kLotFields};

inline constexpr std::array<std::string_view, 23> kOperations = {
    "water-test", "stocking",      "planting",    "feeding",    "fertilizing", "irrigation",
    "drug-use",   "pesticide-use", "harvest",     "grading",    "purging",     "processing",
    "blending",   "residue-test",  "certificate", "packing",    "storage",     "transport",
    "receipt",    "sale",          "recall",      "inspection", "other"};

inline constexpr std::array<Field, 14> kOperationFields = {{
    {.name = "lotId", .is_required = true, .min = 1, .max = 128},
    {.name = "operation", .kind = FieldKind::kChoice, .is_required = true, .choices = kOperations},
    {.name = "time", .kind = FieldKind::kTimestamp, .is_required = true},
    {.name = "operator", .min = 1, .max = 100},
    {.name = "place", .min = 1, .max = 200},
    {.name = "product", .min = 1, .max = 200},  // the feed, drug or pesticide
    {.name = "dose", .min = 1, .max = 200},
    {.name = "quantity", .kind = FieldKind::kDecimal, .max = 32},
    {.name = "unit", .min = 1, .max = 16},
    {.name = "withdrawalUntil", .kind = FieldKind::kTimestamp},
    {.name = "result", .min = 1, .max = 64},
    {.name = "reference", .min = 1, .max = 200},  // a number on paper, an SSCC, an event id
    {.name = "note", .max = 2000},
    {.name = "details", .kind = FieldKind::kObject},  // what the standard of the product asks for besides
}};
inline constexpr Table kOperationTable = {kOperationFields};

}  // namespace jingchu::contracts::agriculture
