// The JSON of answers: fields keep their order, and bytes that are not UTF-8 are replaced, so that whatever
// was asked the answer is valid JSON.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

#include "network/http.h"

namespace jingchu::node {

using Json = nlohmann::ordered_json;

std::string to_text(const Json& json);

// `object`, the text of a JSON object with at least one member, with one more member, whose value is the JSON
// text `value` exactly as it is.
std::string with_member(std::string object, std::string_view name, std::string_view value);

network::HttpResponse json_answer(unsigned status, std::string text);
network::HttpResponse json_answer(unsigned status, const Json& json);

}  // namespace jingchu::node
