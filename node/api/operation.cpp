#include "node/api/operation.h"

#include <algorithm>
#include <charconv>

#include "node/api/problem_types.h"

namespace jingchu::node {
namespace {

using network::HttpRequest;
using network::HttpResponse;
using network::PathParameters;

constexpr const char* kBinary = "application/octet-stream";

// A misspelt parameter that were ignored would give a wrong answer without a word.
Status check_query(const HttpRequest& request, const std::vector<std::string>& known) {
  for (const auto& [name, value] : request.query) {
    if (std::find(known.begin(), known.end(), name) == known.end()) {
      return caller_error("unknown-parameter", "this operation has no parameter \"" + name + "\"", {}, name);
    }
  }
  return ok_status();
}

std::vector<std::string> query_parameters(const Operation& operation) {
  const auto in_path = path_parameters(operation.pattern);
  std::vector<std::string> names;
  for (const auto& parameter : operation.parameters) {
    if (std::find(in_path.begin(), in_path.end(), parameter.name) == in_path.end()) {
      names.push_back(parameter.name);
    }
  }
  return names;
}

// Free, so that nothing of the coroutine lives in a closure.
boost::asio::awaitable<HttpResponse> answer(OperationTable::Handler handler, HttpRequest request,
                                            PathParameters parameters) {
  co_return handler(request, parameters);
}
boost::asio::awaitable<HttpResponse> refuse(Error error) {
  co_return problem_of(std::move(error));
}

}  // namespace

void OperationTable::add(Operation operation, network::RouteHandler handler) {
  if (!operation.any_query) {
    handler = [known = query_parameters(operation), inner = std::move(handler)](HttpRequest request,
                                                                                PathParameters parameters) {
      const Status status = check_query(request, known);
      return status.ok() ? inner(std::move(request), std::move(parameters)) : refuse(status.error());
    };
  }
  router_.add(operation.method, operation.pattern, std::move(handler));
  operations_.push_back(std::move(operation));
}

void OperationTable::add(Operation operation, Handler handler) {
  network::RouteHandler route = [inner = std::move(handler)](HttpRequest request, PathParameters parameters) {
    return answer(inner, std::move(request), std::move(parameters));
  };
  add(std::move(operation), std::move(route));
}

HttpResponse binary_answer(const Result<Bytes>& bytes) {
  if (!bytes.ok()) return problem_of(bytes.error());
  HttpResponse response;
  response.content_type = kBinary;
  response.body = std::string(as_text(*bytes));
  return response;
}

OperationAnswer binary_bytes() {
  return {200, "its bytes", Json{{"type", "string"}, {"format", "binary"}}, kBinary};
}

std::vector<std::string> path_parameters(std::string_view pattern) {
  std::vector<std::string> names;
  for (auto open = pattern.find('{'); open != pattern.npos; open = pattern.find('{', open + 1)) {
    std::string_view name = pattern.substr(open + 1, pattern.find('}', open) - open - 1);
    if (name.ends_with("...")) name.remove_suffix(3);
    names.emplace_back(name);
  }
  return names;
}

Result<std::uint64_t> number_parameter(std::string_view name, std::string_view text) {
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (text.empty() || error != std::errc() || end != text.data() + text.size()) {
    return caller_error("invalid-parameter", std::string(name) + " is not a whole number of at most 64 bits",
                        {}, std::string(name));
  }
  return value;
}

}  // namespace jingchu::node
