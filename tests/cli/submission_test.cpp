#include "cli/submission.h"

#include <deque>

#include <doctest/doctest.h>

namespace jingchu::cli {
namespace {

using network::HttpResponse;

// Plays a node by a list of answers; time passes only by pauses and by what a request takes.
struct Play {
  std::deque<Result<HttpResponse>> answers;
  std::vector<std::string> sent = {};  // "POST target"
  std::vector<std::string> bodies = {};
  std::vector<std::uint64_t> pauses = {};
  std::uint64_t now_ms = 1'000;
  std::uint64_t request_ms = 10;

  Transport transport() {
    return {
        [this](const std::string& method, const std::string& target, const std::string& body, std::uint64_t) {
          sent.push_back(method + " " + target);
          bodies.push_back(body);
          now_ms += request_ms;
          if (answers.empty()) return Result<HttpResponse>(environment_error("http-unreachable", "refused"));
          auto answer = answers.front();
          if (answers.size() > 1) answers.pop_front();
          return answer;
        },
        [this] { return now_ms; },
        [this](std::uint64_t ms) {
          pauses.push_back(ms);
          now_ms += ms;
        },
        [](const std::string&) {}};
  }
};

HttpResponse answer(unsigned status, std::string body, std::string retry_after = {}) {
  HttpResponse response{status, "application/json", std::move(body), {}};
  if (!retry_after.empty()) response.headers.emplace_back("retry-after", retry_after);
  return response;
}

HttpResponse pending() {
  return answer(202, R"({"id":"ab","status":"pending"})");
}
HttpResponse final_with(const std::string& code) {
  return answer(200, R"({"id":"ab","status":"final","height":7,"receipts":[{"call_index":0,"code":")" + code +
                         R"(","message":"m","where":"/x","cost":9,"events":[]}]})");
}
HttpResponse problem(unsigned status, const std::string& type, std::string retry_after = {}) {
  return answer(status,
                R"({"type":"urn:jingchu:problem:)" + type + R"(","title":"t","detail":"d","remedy":"r"})",
                std::move(retry_after));
}
Error lost() {
  return environment_error("http-response", "the connection broke");
}
Error unreachable() {
  return environment_error("http-unreachable", "refused");
}

SubmissionRequest request(bool wait) {
  return {"{envelope}", Hash{}, Height(99), wait, 20'000};
}

TEST_CASE("without waiting, received is the answer") {
  Play play{{pending()}};
  const auto submitted = submit(play.transport(), request(false));
  REQUIRE(submitted.ok());
  CHECK((submitted->state == SubmissionState::kReceived));
  CHECK_EQ(play.sent, std::vector<std::string>{"POST /v1/transactions"});
}

TEST_CASE("a node that has no lane is not asked again, and what it had taken before is not called refused") {
  Play play{{problem(421, "no-lane")}};
  const auto refused = submit(play.transport(), request(true));
  CHECK_EQ(refused.error().type, "no-lane");
  CHECK_EQ(refused.error().remedy, "r");
  CHECK_EQ(play.sent.size(), 1u);
  // It was a validator when it took the transaction.
  Play leaving{{pending(), problem(421, "no-lane"), answer(200, R"({"id":"ab","status":"unknown"})")}};
  CHECK_EQ(submit(leaving.transport(), request(true)).error().type, "outcome-unknown");
}

TEST_CASE("waiting asks again until the receipt is there") {
  Play play{{pending(), pending(), final_with("ok")}};
  const auto submitted = submit(play.transport(), request(true));
  REQUIRE(submitted.ok());
  CHECK(submitted->all_ok());
  CHECK_EQ(submitted->height, 7u);
  CHECK_EQ(submitted->receipts.at(0).cost, 9u);
  CHECK_EQ(play.sent.size(), 3u);
  CHECK(play.sent[0].starts_with("POST /v1/transactions?wait=final&timeout_ms=10000"));
}

TEST_CASE("a receipt with another code is final and not ok") {
  Play play{{final_with("over-cost")}};
  const auto submitted = submit(play.transport(), request(true));
  REQUIRE(submitted.ok());
  CHECK_FALSE(submitted->all_ok());
  CHECK_EQ(submitted->receipts.at(0).where, "/x");
}

TEST_CASE("a busy node is asked again when it says, with the same bytes") {
  Play play{{problem(503, "mempool-full", "3"), problem(429, "slow"), final_with("ok")}};
  REQUIRE(submit(play.transport(), request(true)).ok());
  CHECK_EQ(play.pauses, std::vector<std::uint64_t>{3'000, 1'000});
  CHECK_EQ(play.bodies, std::vector<std::string>(3, "{envelope}"));
}

TEST_CASE("a node that stays busy is the error, for nothing was taken") {
  Play play{{problem(503, "mempool-full", "5")}};
  const auto submitted = submit(play.transport(), request(true));
  REQUIRE_FALSE(submitted.ok());
  CHECK_EQ(submitted.error().type, "mempool-full");
  CHECK(play.now_ms <= 1'000 + 20'000 + 10);
}

TEST_CASE("a refusal ends it at once") {
  Play play{{problem(400, "bad-signature")}};
  const auto submitted = submit(play.transport(), request(true));
  REQUIRE_FALSE(submitted.ok());
  CHECK_EQ(submitted.error().type, "bad-signature");
  CHECK_EQ(submitted.error().remedy, "r");
  CHECK_EQ(play.sent.size(), 1u);
}

TEST_CASE("a node that was never reached is unreachable; a lost connection leaves the outcome unknown") {
  Play away{{unreachable()}};
  CHECK_EQ(submit(away.transport(), request(true)).error().type, "http-unreachable");
  Play broken{{lost(), unreachable()}};
  const auto outcome = submit(broken.transport(), request(true));
  REQUIRE_FALSE(outcome.ok());
  CHECK_EQ(outcome.error().type, "outcome-unknown");
  CHECK(outcome.error().what.find("not a failure") != std::string::npos);
  CHECK(outcome.error().remedy.find("jingchu transaction " + to_hex(Hash{})) != std::string::npos);
  Play crashed{{problem(500, "internal-error"), unreachable()}};
  CHECK_EQ(submit(crashed.transport(), request(true)).error().type, "outcome-unknown");
}

TEST_CASE("a lost connection is mended by sending the same bytes again") {
  Play play{{lost(), unreachable(), final_with("ok")}};
  const auto submitted = submit(play.transport(), request(true));
  REQUIRE(submitted.ok());
  CHECK(submitted->all_ok());
  CHECK_EQ(play.bodies, std::vector<std::string>(3, "{envelope}"));
}

TEST_CASE("time that runs out while it is pending is an unknown outcome") {
  Play play{{pending()}};
  CHECK_EQ(submit(play.transport(), request(true)).error().type, "outcome-unknown");
  CHECK(play.now_ms >= 21'000);
  CHECK(play.sent.size() < 200);  // a node that does not hold requests open is not hammered
}

TEST_CASE("what became of bytes that are refused the second time is asked for") {
  const std::string get = "GET /v1/transactions/" + to_hex(Hash{});
  Play late{{lost(), problem(409, "expired"), final_with("ok")}};
  REQUIRE(submit(late.transport(), request(true)).ok());
  CHECK_EQ(late.sent.back(), get);
  Play expired{{pending(), problem(409, "expired"), answer(200, R"({"status":"expired"})")}};
  const auto outcome = submit(expired.transport(), request(true));
  REQUIRE(outcome.ok());
  CHECK((outcome->state == SubmissionState::kExpired));
  Play unknown{{lost(), problem(409, "expired"), answer(200, R"({"status":"unknown"})")}};
  CHECK_EQ(submit(unknown.transport(), request(true)).error().type, "outcome-unknown");
}

TEST_CASE("answers that cannot be read are refused, whatever they are") {
  for (const char* body : {"", "[]", "{", "{}", R"({"status":"final"})",
                           R"({"status":"final","receipts":[1]})", R"({"status":7})"}) {
    CAPTURE(body);
    CHECK_EQ(parse_submitted(body).error().type, "malformed-answer");
  }
  CHECK_FALSE(parse_submitted(R"({"status":"final","height":-1,"receipts":[]})")->all_ok());
}

TEST_CASE("Retry-After") {
  CHECK_EQ(retry_after_ms(answer(503, "")), 1'000u);
  CHECK_EQ(retry_after_ms(answer(503, "", "0")), 0u);
  CHECK_EQ(retry_after_ms(answer(503, "", "7")), 7'000u);
  CHECK_EQ(retry_after_ms(answer(503, "", "99999")), 60'000u);
  CHECK_EQ(retry_after_ms(answer(503, "", "Fri, 31 Dec 2027 23:59:59 GMT")), 1'000u);
}

}  // namespace
}  // namespace jingchu::cli
