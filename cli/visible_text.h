// Text from outside as a terminal may show it: nothing in it can move the cursor, hide, or change the order
// of what is read.
#pragma once

#include <string>
#include <string_view>

namespace jingchu::cli {

// Control, bidirectional and invisible characters become "<U+202E>", bytes that are not UTF-8 "<0xFF>".
std::string visible(std::string_view text);

}  // namespace jingchu::cli
