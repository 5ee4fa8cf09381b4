#include "cli/submission.h"

#include <algorithm>
#include <charconv>
#include <optional>

#include "cli/node_client.h"
#include "contracts/json.h"

namespace jingchu::cli {
namespace {

using contracts::JsonValue;

constexpr std::uint64_t kLongPollMs = 10'000;
constexpr std::uint64_t kAnswerMs = 5'000;  // for the answer itself, beyond what the node waits
constexpr std::uint64_t kRetryMsMin = 200;
constexpr std::uint64_t kRetryMsMax = 2'000;

// Empty where there is no such text.
std::string text_of(const JsonValue& object, std::string_view name) {
  const auto found = object.find(name);
  return found && found->is_string() ? std::string(found->text()) : std::string();
}

// 0 where there is no such whole number.
template <class T>
T number_of(const JsonValue& object, std::string_view name) {
  const auto found = object.find(name);
  if (!found || !found->is_number()) return 0;
  T number = 0;
  const std::string_view text = found->text();
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  return error == std::errc() && end == text.data() + text.size() ? number : 0;
}

CallReceipt receipt_of(const JsonValue& receipt) {
  const auto events = receipt.find("events");
  return {number_of<std::uint32_t>(receipt, "call_index"),
          text_of(receipt, "code"),
          text_of(receipt, "message"),
          text_of(receipt, "where"),
          number_of<std::uint64_t>(receipt, "cost"),
          events ? std::string(events->source()) : "[]"};
}

Error malformed_answer() {
  return peer_error("malformed-answer", "the node's answer about the transaction cannot be read");
}

class Submission {
 public:
  Submission(const Transport& transport, const SubmissionRequest& request)
      : transport_(transport), request_(request), deadline_ms_(transport.now_ms() + request.timeout_ms) {}

  Result<Submitted> run() {
    while (remaining_ms() > 0) {
      const std::uint64_t began_ms = transport_.now_ms();
      const auto answer =
          transport_.send("POST", target(), request_.envelope, remaining_poll_ms() + kAnswerMs);
      if (!answer.ok()) {
        lost(answer.error());
      } else if (answer->status == 429 || answer->status == 503) {
        busy(*answer);
      } else if (answer->status >= 500) {
        lost(problem_error(*answer));
      } else if (auto done = take(*answer)) {
        return std::move(*done);
      } else if (transport_.now_ms() - began_ms < kRetryMsMin) {
        pause(kRetryMsMin);  // a node that does not hold the request open must not be hammered
      }
    }
    return give_up();
  }

 private:
  std::uint64_t remaining_ms() const {
    const std::uint64_t now = transport_.now_ms();
    return now < deadline_ms_ ? deadline_ms_ - now : 0;
  }
  std::uint64_t remaining_poll_ms() const {
    return std::clamp<std::uint64_t>(remaining_ms(), 1, kLongPollMs);
  }
  void pause(std::uint64_t milliseconds) { transport_.pause(std::min(milliseconds, remaining_ms())); }

  std::string target() const {
    const std::string path = "/v1/transactions";
    return request_.wait ? path + "?wait=final&timeout_ms=" + std::to_string(remaining_poll_ms()) : path;
  }

  void lost(const Error& error) {
    if (error.type != "http-unreachable") may_be_taken_ = true;
    last_ = error;
    transport_.progress("no answer (" + error.what + "), sending the same bytes again");
    pause(retry_ms_);
    retry_ms_ = std::min(2 * retry_ms_, kRetryMsMax);
  }

  void busy(const network::HttpResponse& answer) {
    last_ = problem_error(answer);
    transport_.progress("the node is busy: " + last_->what);
    pause(retry_after_ms(answer));
  }

  // Nothing: ask again.
  std::optional<Result<Submitted>> take(const network::HttpResponse& answer) {
    if (answer.status != 200 && answer.status != 202) return refused(problem_error(answer));
    auto submitted = parse_submitted(answer.body);
    may_be_taken_ = true;
    if (!submitted.ok()) return submitted;
    retry_ms_ = kRetryMsMin;
    if (!request_.wait || submitted->state != SubmissionState::kReceived) return submitted;
    transport_.progress("received, not final yet");
    return std::nullopt;
  }

  // A refusal of bytes that may have been taken before says nothing about what became of them.
  Result<Submitted> refused(Error error) {
    if (!may_be_taken_) return error;
    const auto answer = transport_.send("GET", "/v1/transactions/" + to_hex(request_.id), {}, kAnswerMs);
    if (!answer.ok() || answer->status != 200) return unknown(error.what);
    ASSIGN_OR_RETURN(auto submitted, parse_submitted(answer->body));
    if (submitted.state == SubmissionState::kReceived) return unknown(error.what);
    return submitted;
  }

  Result<Submitted> give_up() const {
    if (!may_be_taken_ && last_) return *last_;
    return unknown("no final receipt came within " + std::to_string(request_.timeout_ms / 1000) + " s");
  }

  Error unknown(const std::string& why) const {
    const std::string id = to_hex(request_.id);
    return environment_error(
        "outcome-unknown",
        why + "; this is not a failure: the transaction " + id +
            " may be final already, or become so until height " + to_string(request_.valid_until),
        "ask with `jingchu transaction " + id + "`; submitting the same bytes again is safe");
  }

  const Transport& transport_;
  const SubmissionRequest& request_;
  const std::uint64_t deadline_ms_;
  bool may_be_taken_ = false;
  std::uint64_t retry_ms_ = kRetryMsMin;
  std::optional<Error> last_;
};

}  // namespace

bool Submitted::all_ok() const {
  return state == SubmissionState::kFinal && !receipts.empty() &&
         std::all_of(receipts.begin(), receipts.end(),
                     [](const auto& receipt) { return receipt.code == "ok"; });
}

Result<Submitted> submit(const Transport& transport, const SubmissionRequest& request) {
  return Submission(transport, request).run();
}

Result<Submitted> parse_submitted(const std::string& body) {
  const auto document = contracts::JsonDocument::parse(body);
  if (!document.ok() || !document->root().is_object()) return malformed_answer();
  const JsonValue answer = document->root();
  const std::string status = text_of(answer, "status");
  Submitted submitted;
  if (status == "expired") {
    submitted.state = SubmissionState::kExpired;
  } else if (status == "final") {
    submitted.state = SubmissionState::kFinal;
    submitted.height = number_of<std::uint64_t>(answer, "height");
    const auto receipts = answer.find("receipts");
    if (!receipts || !receipts->is_array()) return malformed_answer();
    for (const JsonValue receipt : *receipts) {
      if (!receipt.is_object()) return malformed_answer();
      submitted.receipts.push_back(receipt_of(receipt));
    }
  } else if (status != "pending" && status != "unknown") {
    return malformed_answer();
  }
  return submitted;
}

std::uint64_t retry_after_ms(const network::HttpResponse& response) {
  const auto text = response.header("retry-after");
  std::uint64_t seconds = 0;
  if (!text) return 1'000;
  const auto [end, code] = std::from_chars(text->data(), text->data() + text->size(), seconds);
  if (code != std::errc() || end != text->data() + text->size()) return 1'000;
  return std::clamp<std::uint64_t>(seconds, 0, 60) * 1'000;
}

}  // namespace jingchu::cli
