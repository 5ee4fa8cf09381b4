// The HTTP API of a node (docs/api.md): routes over an ApiBackend, the API description of exactly these
// routes, and metrics of what was asked. Thread-safe as far as the backend is.
#pragma once

#include <cstdint>
#include <span>
#include <string>

#include "common/log.h"
#include "contracts/contract.h"
#include "network/http.h"
#include "node/api/backend.h"
#include "node/api/operation.h"
#include "node/metrics.h"

namespace jingchu::node {

struct ApiOptions {
  std::uint64_t wait_ms_default = 10'000;  // of ?wait=final without timeout_ms
  std::uint64_t wait_ms_max = 60'000;      // a longer timeout_ms is cut to this
  // Requests that wait at the same time; one beyond does not wait, as if its time were over.
  std::size_t waits_max = 512;
  std::string version;  // of the program
  std::span<const contracts::Contract* const> contracts = contracts::registry();
};

class Api {
 public:
  // Backend and metrics outlive the API, which outlives every answer.
  Api(ApiBackend& backend, Metrics& metrics, ApiOptions options, Log log = {});
  Api(const Api&) = delete;
  Api& operator=(const Api&) = delete;

  // For HttpServer. Every answer is marked "no-store", because nothing between may keep what a node says of
  // now.
  network::HttpHandler handler();
  const network::HttpRouter& router() const { return table_.router(); }

 private:
  boost::asio::awaitable<network::HttpResponse> handle(network::HttpRequest request);

  ApiBackend& backend_;
  Metrics& metrics_;
  const ApiOptions options_;
  const Log log_;
  OperationTable table_;
  std::string openapi_;
  std::string index_;
};

}  // namespace jingchu::node
