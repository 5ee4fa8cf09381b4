#include "network/problem.h"

#include <nlohmann/json.hpp>

namespace jingchu::network {
namespace {

// "bad-signature" reads "Bad signature".
std::string title_of(std::string type) {
  for (char& c : type) {
    if (c == '-') c = ' ';
  }
  if (!type.empty() && type[0] >= 'a' && type[0] <= 'z') type[0] = static_cast<char>(type[0] - 'a' + 'A');
  return type;
}

}  // namespace

unsigned status_of(const Error& error) {
  switch (error.fault) {
    case Fault::kCaller:
      return 400;
    case Fault::kPeer:
      return 502;
    case Fault::kOurs:
      return 500;
    case Fault::kEnvironment:
      return 503;
  }
  return 500;
}

HttpResponse problem(const Error& error, unsigned status) {
  nlohmann::ordered_json document = {{"type", "urn:jingchu:problem:" + error.type},
                                     {"title", title_of(error.type)},
                                     {"status", status},
                                     {"detail", error.what}};
  if (!error.where.empty()) document["where"] = error.where;
  if (!error.remedy.empty()) document["remedy"] = error.remedy;
  HttpResponse response;
  response.status = status;
  response.content_type = "application/problem+json";
  response.body = document.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
  return response;
}

HttpResponse problem(const Error& error) {
  return problem(error, status_of(error));
}

}  // namespace jingchu::network
