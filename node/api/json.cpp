#include "node/api/json.h"

#include "common/check.h"

namespace jingchu::node {

std::string to_text(const Json& json) {
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

std::string with_member(std::string object, std::string_view name, std::string_view value) {
  CHECK(object.size() > 2 && object.ends_with('}'));
  object.back() = ',';
  object += to_text(Json(name));
  object += ':';
  object += value;
  object += '}';
  return object;
}

network::HttpResponse json_answer(unsigned status, std::string text) {
  network::HttpResponse response;
  response.status = status;
  response.body = std::move(text);
  return response;
}

network::HttpResponse json_answer(unsigned status, const Json& json) {
  return json_answer(status, to_text(json));
}

}  // namespace jingchu::node
