// Sends one signed transaction until it is taken, or until it is final: the same bytes again after a lost
// connection or a busy node, which is always safe, because an id executes once.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "common/clock.h"
#include "common/hash.h"
#include "common/ids.h"
#include "network/http.h"

namespace jingchu::cli {

// What submitting needs of the world, so that tests can play the node and the time.
struct Transport {
  std::function<Result<network::HttpResponse>(const std::string& method, const std::string& target,
                                              const std::string& body, std::uint64_t timeout_ms)>
      send;
  std::function<std::uint64_t()> now_ms;  // monotonic
  std::function<void(std::uint64_t milliseconds)> pause;
  std::function<void(const std::string& line)> progress;
};

struct CallReceipt {
  std::uint32_t index = 0;
  std::string code;  // "ok", or why not
  std::string message;
  std::string where;
  std::uint64_t cost = 0;
  std::string events_json = "[]";
};

enum class SubmissionState { kReceived, kFinal, kExpired };

struct Submitted {
  SubmissionState state = SubmissionState::kReceived;
  std::uint64_t height = 0;           // when final
  std::vector<CallReceipt> receipts;  // when final: one for each call

  bool all_ok() const;
};

struct SubmissionRequest {
  std::string envelope;  // of ledger::transaction_to_json
  Hash id{};
  Height valid_until;
  bool wait = false;  // until it is final
  std::uint64_t timeout_ms = 60'000;
};

// Errors: what the node refuses; "http-unreachable" and the node's own while nothing can have been taken;
// "outcome-unknown" when time ran out after the bytes may have reached it.
Result<Submitted> submit(const Transport& transport, const SubmissionRequest& request);

// The answer of POST /v1/transactions (200 or 202) or of GET /v1/transactions/{id}. Error:
// "malformed-answer".
Result<Submitted> parse_submitted(const std::string& body);

// From the Retry-After header, in milliseconds; 1000 when there is none. At most a minute.
std::uint64_t retry_after_ms(const network::HttpResponse& response);

}  // namespace jingchu::cli
