// The one table of the API's operations: each entry becomes a route of the router and a part of the API
// description, so that neither can be true without the other.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "common/bytes.h"
#include "network/http_router.h"
#include "node/api/json.h"

namespace jingchu::node {

// Of the path where the pattern has it, of the query otherwise.
struct OperationParameter {
  std::string name;
  std::string description;
  Json schema;
};

struct OperationAnswer {
  unsigned status = 200;
  std::string description;
  Json schema;  // null: not described further
  std::string content_type = "application/json";
};

struct Operation {
  std::string method;
  std::string pattern;  // as HttpRouter takes it
  std::string id;       // unique: the operationId
  std::string tag;      // the family that it belongs to
  std::string summary;
  std::string description{};  // may be empty
  std::vector<OperationParameter> parameters{};
  bool any_query =
      false;    // the query's parameters are a contract's own; otherwise others than listed are refused
  Json body{};  // schema of the request's body; null: none
  std::vector<OperationAnswer> answers{};
  std::vector<std::string> problems{};  // types that it may answer beside those of every operation
};

class OperationTable {
 public:
  using Handler =
      std::function<network::HttpResponse(const network::HttpRequest&, const network::PathParameters&)>;

  void add(Operation operation, network::RouteHandler handler);
  // For an operation that never waits.
  void add(Operation operation, Handler handler);

  const network::HttpRouter& router() const { return router_; }
  const std::vector<Operation>& operations() const { return operations_; }

 private:
  network::HttpRouter router_;
  std::vector<Operation> operations_;
};

// An answer of bytes, and how it is described.
network::HttpResponse binary_answer(const Result<Bytes>& bytes);
OperationAnswer binary_bytes();

// The names in braces of a pattern, in their order, without the dots of a rest parameter.
std::vector<std::string> path_parameters(std::string_view pattern);

// A decimal number of at most 64 bits. Error: "invalid-parameter", with the name in `where`.
Result<std::uint64_t> number_parameter(std::string_view name, std::string_view text);

}  // namespace jingchu::node
