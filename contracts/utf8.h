// UTF-8 one character at a time (RFC 3629): overlong forms, surrogates and values past U+10FFFF are not
// UTF-8.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace jingchu::contracts {

// Bytes of the well-formed character that begins at `offset`; 0 if there is none.
std::size_t utf8_character_size(std::string_view text, std::size_t offset);

// Characters of well-formed text.
std::size_t utf8_length(std::string_view text);

// Appends `code_point`, which must not be a surrogate nor exceed 0x10FFFF.
void append_utf8(std::string& out, std::uint32_t code_point);

}  // namespace jingchu::contracts
