// What toml++ 3.3 must not be given, because it ends the program or does what is undefined: looked for before
// it reads.
#pragma once

#include <string>
#include <string_view>

#include "common/result.h"

namespace jingchu::node {

// Refuses characters beyond ASCII outside of texts and comments, where TOML has none and toml++ takes some of
// them for an unreachable case; and more nesting than a configuration has: toml++ takes nested tables apart
// by recursion, and "a.a.a..." nests as deep as it has dots. Error: "bad-configuration", with file and line.
Status check_toml_text(std::string_view text, const std::string& file);

}  // namespace jingchu::node
