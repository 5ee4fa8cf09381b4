// The 17 divisions of Hubei with their codes of GB/T 2260, so that a validator named after its city carries
// its code into genesis.
#pragma once

#include <array>
#include <string_view>

namespace jingchu::cli {

struct Division {
  std::string_view name;  // as validators are named: "wuhan"
  std::string_view code;
  std::string_view chinese;  // "武汉市"
};

inline constexpr std::array<Division, 17> kHubeiDivisions = {{
    {"wuhan", "420100", "武汉市"},
    {"huangshi", "420200", "黄石市"},
    {"shiyan", "420300", "十堰市"},
    {"yichang", "420500", "宜昌市"},
    {"xiangyang", "420600", "襄阳市"},
    {"ezhou", "420700", "鄂州市"},
    {"jingmen", "420800", "荆门市"},
    {"xiaogan", "420900", "孝感市"},
    {"jingzhou", "421000", "荆州市"},
    {"huanggang", "421100", "黄冈市"},
    {"xianning", "421200", "咸宁市"},
    {"suizhou", "421300", "随州市"},
    {"enshi", "422800", "恩施土家族苗族自治州"},
    {"xiantao", "429004", "仙桃市"},
    {"qianjiang", "429005", "潜江市"},
    {"tianmen", "429006", "天门市"},
    {"shennongjia", "429021", "神农架林区"},
}};

// By name or by the beginning of the Chinese name ("武汉", "武汉市"); nullptr for any other.
constexpr const Division* find_division(std::string_view name) {
  constexpr std::size_t kTwoCharacters = 6;  // bytes of UTF-8
  for (const Division& division : kHubeiDivisions) {
    if (name == division.name) return &division;
    if (name.size() >= kTwoCharacters && division.chinese.starts_with(name)) return &division;
  }
  return nullptr;
}

}  // namespace jingchu::cli
