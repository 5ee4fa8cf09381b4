#include "ledger/transaction_json.h"
#include "tests/node/api_fixture.h"

#include <doctest/doctest.h>

using namespace jingchu;
using namespace jingchu::node;
using std::chrono::milliseconds;

namespace {

constexpr const char* kSubmit = "/v1/transactions";

void finish(FakeBackend& backend, const Hash& id) {
  backend.transactions[id] = {TransactionState::kFinal, {sample_receipt(id, 0)}};
}

}  // namespace

TEST_CASE("a submitted transaction is received: 202 with its id, and it reaches the node as it was signed") {
  ApiFixture fixture;
  const auto transaction = sample_transaction();
  const auto response = fixture.post(kSubmit, ledger::transaction_to_json(transaction));
  CHECK(response.status == 202);
  const std::string id = to_hex(ledger::transaction_id(transaction));
  CHECK(json_of(response) == nlohmann::json{{"id", id}, {"status", "pending"}});
  CHECK(response.header("Location") == "/v1/transactions/" + id);
  REQUIRE(fixture.backend.submitted.size() == 1);
  CHECK(fixture.backend.submitted[0] == transaction);
  CHECK(fixture.backend.waits.empty());

  SUBCASE("sending the same bytes again answers the same id") {
    CHECK(json_of(fixture.post(kSubmit, ledger::transaction_to_json(transaction))).at("id") == id);
  }
}

TEST_CASE("the content type must be application/json, with any parameters and in any case") {
  ApiFixture fixture;
  const std::string body = ledger::transaction_to_json(sample_transaction());
  for (const char* type : {"application/json", "Application/JSON", "application/json; charset=utf-8",
                           "application/json ;charset=utf-8"}) {
    CHECK(fixture.ask("POST", kSubmit, body, {{"content-type", type}}).status == 202);
  }
  for (const char* type :
       {"text/plain", "application/jsonx", "", ";application/json", "application/json, text/plain"}) {
    const auto response = fixture.ask("POST", kSubmit, body, {{"content-type", type}});
    CHECK(response.status == 415);
    CHECK(problem_type(response) == "unsupported-media-type");
  }
  CHECK(fixture.ask("POST", kSubmit, body).status == 415);
}

TEST_CASE("wait=final answers the receipts, with the data of events exactly as the contract wrote it") {
  ApiFixture fixture;
  fixture.backend.while_waiting = [&](const Hash& id) { finish(fixture.backend, id); };
  const auto transaction = sample_transaction();
  const auto response = fixture.post("/v1/transactions?wait=final", ledger::transaction_to_json(transaction));
  CHECK(response.status == 200);
  const auto document = json_of(response);
  CHECK(document.at("id") == to_hex(ledger::transaction_id(transaction)));
  CHECK(document.at("status") == "final");
  CHECK(document.at("height") == 7);
  CHECK(document.at("receipts").size() == 1);
  CHECK(document.at("receipts")[0].at("code") == "ok");
  CHECK(document.at("receipts")[0].at("events")[0].at("name") == "deposited");
  CHECK(response.body.find(R"("data":{"id":"a","amount":1234567890123456789012345678.10})") !=
        std::string::npos);

  SUBCASE("already final: the same receipts again, and nothing to wait for changes them") {
    fixture.backend.while_waiting = nullptr;
    const auto again = fixture.post("/v1/transactions?wait=final", ledger::transaction_to_json(transaction));
    CHECK(again.status == 200);
    CHECK(again.body == response.body);
  }
}

TEST_CASE("a wait that ends is not a failure: 202 and pending") {
  ApiFixture fixture;
  const std::string body = ledger::transaction_to_json(sample_transaction());
  const auto waited = [&](const std::string& query) {
    const auto response = fixture.post(kSubmit + query, body);
    CHECK(response.status == 202);
    CHECK(json_of(response).at("status") == "pending");
    return fixture.backend.waits.back();
  };
  CHECK(waited("?wait=final") == milliseconds(1'000));
  CHECK(waited("?wait=final&timeout_ms=0") == milliseconds(0));
  CHECK(waited("?wait=final&timeout_ms=5000") == milliseconds(5'000));
  CHECK(waited("?wait=final&timeout_ms=5001") == milliseconds(5'000));
  CHECK(waited("?wait=final&timeout_ms=18446744073709551615") == milliseconds(5'000));
}

TEST_CASE("those who wait are bounded: one beyond is answered at once, and places come back") {
  auto options = ApiFixture::default_options();
  options.waits_max = 1;
  ApiFixture fixture(options);
  const std::string first = ledger::transaction_to_json(sample_transaction());
  const std::string second = ledger::transaction_to_json(sample_transaction());
  fixture.backend.while_waiting = [&](const Hash&) {
    fixture.backend.while_waiting = nullptr;
    const auto response = fixture.post("/v1/transactions?wait=final", second);
    CHECK(response.status == 202);
    CHECK(json_of(response).at("status") == "pending");
  };
  CHECK(fixture.post("/v1/transactions?wait=final", first).status == 202);
  CHECK(fixture.backend.waits.size() == 1);
  CHECK(fixture.backend.submitted.size() == 2);
  fixture.post("/v1/transactions?wait=final", first);
  CHECK(fixture.backend.waits.size() == 2);
}

TEST_CASE("a transaction that expires or is lost during the wait is told so") {
  ApiFixture fixture;
  const std::string body = ledger::transaction_to_json(sample_transaction());
  fixture.backend.while_waiting = [&](const Hash& id) {
    fixture.backend.transactions[id].state = TransactionState::kExpired;
  };
  const auto expired = fixture.post("/v1/transactions?wait=final", body);
  CHECK(expired.status == 409);
  CHECK(problem_type(expired) == "expired");

  fixture.backend.while_waiting = [&](const Hash&) { fixture.backend.transactions.clear(); };
  const auto lost = fixture.post("/v1/transactions?wait=final", body);
  CHECK(lost.status == 202);
  CHECK(json_of(lost).at("status") == "unknown");
}

TEST_CASE("bad parameters of a submission are refused before anything is submitted") {
  ApiFixture fixture;
  const std::string body = ledger::transaction_to_json(sample_transaction());
  for (const char* query :
       {"?wait=true", "?wait=", "?timeout_ms=5", "?wait=final&timeout_ms=", "?wait=final&timeout_ms=-1",
        "?wait=final&timeout_ms=1e3", "?wait=final&timeout_ms=18446744073709551616"}) {
    CAPTURE(query);
    const auto response = fixture.post(kSubmit + std::string(query), body);
    CHECK(response.status == 400);
    CHECK(problem_type(response) == "invalid-parameter");
  }
  CHECK(problem_type(fixture.post("/v1/transactions?wiat=final", body)) == "unknown-parameter");
  CHECK(fixture.backend.submitted.empty());
}

TEST_CASE("bodies that are not a transaction are refused and counted, whatever their bytes") {
  ApiFixture fixture;
  const std::string good = ledger::transaction_to_json(sample_transaction());
  const std::string bodies[] = {"",
                                "{",
                                "[]",
                                "null",
                                "{\"\xff\":1}",
                                std::string(3, '\0'),
                                "\xef\xbb\xbf" + good,
                                good + " x",
                                "{\"version\":1,\"version\":1}",
                                good.substr(0, good.size() - 1) + ",\"extra\":1}",
                                good.substr(0, good.size() / 2),
                                "\"\xf0\x9f",
                                std::string(100'000, '[')};
  for (const auto& body : bodies) {
    CAPTURE(body);
    const auto response = fixture.post(kSubmit, body);
    CHECK(response.status == 400);
    const auto type = problem_type(response);
    CHECK((type == "malformed-json" || type == "malformed-transaction"));
  }
  CHECK(fixture.backend.submitted.empty());
  CHECK(fixture.metrics.text().find("jingchu_ingress_transactions_refused_total{type=\"malformed-json\"}") !=
        std::string::npos);
}

TEST_CASE("every refusal of the node has its status, its remedy and, where trying again helps, Retry-After") {
  struct Row {
    const char* type;
    unsigned status;
    const char* retry_after;
  };
  const Row rows[] = {
      {"wrong-version", 400, nullptr},
      {"wrong-chain", 400, nullptr},
      {"malformed-key", 400, nullptr},
      {"malformed-name", 400, nullptr},
      {"no-calls", 400, nullptr},
      {"too-many-calls", 400, nullptr},
      {"unknown-contract", 400, nullptr},
      {"unknown-method", 400, nullptr},
      {"invalid-arguments", 400, nullptr},
      {"over-cost", 400, nullptr},
      {"bad-signature", 400, nullptr},
      {"unknown-sender", 403, nullptr},
      {"inactive-sender", 403, nullptr},
      {"expired", 409, nullptr},
      {"not-yet-valid", 409, nullptr},
      {"transaction-too-large", 413, nullptr},
      {"no-lane", 421, nullptr},
      {"mempool-full", 503, "1"},
      {"sender-share-full", 503, "1"},
      {"not-serving", 503, "5"},
      {"storage-failed", 503, "5"},
      {"storage-corrupted", 503, "5"},
      {"disk-full", 503, "5"},
  };
  ApiFixture fixture;
  const std::string body = ledger::transaction_to_json(sample_transaction());
  for (const Row& row : rows) {
    CAPTURE(row.type);
    fixture.backend.refusal = caller_error(row.type, "refused with \xff odd \x01 bytes", "", "/calls/0");
    const auto response = fixture.post(kSubmit, body);
    CHECK(response.status == row.status);
    CHECK(problem_type(response) == row.type);
    // Paths and what the disk said are the operator's.
    const bool disk =
        is_disk_error(caller_error(row.type, "")) || std::string_view(row.type) == "storage-corrupted";
    CHECK((response.body.find("/calls/0") == std::string::npos) == disk);
    CHECK((response.body.find("refused with") == std::string::npos) == disk);
    CHECK_FALSE(json_of(response).at("remedy").get<std::string>().empty());
    CHECK(response.header("Retry-After") ==
          (row.retry_after ? std::optional<std::string>(row.retry_after) : std::nullopt));
  }
}

TEST_CASE("the error's own remedy is kept") {
  ApiFixture fixture;
  fixture.backend.refusal = caller_error("wrong-chain", "of another network", "ask the other network");
  CHECK(json_of(fixture.post(kSubmit, ledger::transaction_to_json(sample_transaction()))).at("remedy") ==
        "ask the other network");
}

TEST_CASE("what became of a transaction") {
  ApiFixture fixture;
  const Hash id = sha256(as_bytes("transaction"));
  const std::string target = "/v1/transactions/" + to_hex(id);
  CHECK(json_of(fixture.get(target)) == nlohmann::json{{"id", to_hex(id)}, {"status", "unknown"}});
  fixture.backend.transactions[id].state = TransactionState::kPending;
  CHECK(json_of(fixture.get(target)).at("status") == "pending");
  fixture.backend.transactions[id].state = TransactionState::kExpired;
  CHECK(json_of(fixture.get(target)).at("status") == "expired");

  auto failed = sample_receipt(id, 1);
  failed.code = "unknown-method";
  failed.message = "no method \"\xff\"";
  failed.where = "/method";
  failed.events.clear();
  fixture.backend.transactions[id] = {TransactionState::kFinal, {sample_receipt(id, 0), failed}};
  const auto document = json_of(fixture.get(target));
  CHECK(document.at("status") == "final");
  CHECK(document.at("height") == 7);
  REQUIRE(document.at("receipts").size() == 2);
  CHECK(document.at("receipts")[0].at("cost") == 321);
  CHECK(document.at("receipts")[1].at("call_index") == 1);
  CHECK(document.at("receipts")[1].at("code") == "unknown-method");
  CHECK(document.at("receipts")[1].at("where") == "/method");
  CHECK(document.at("receipts")[1].at("events").empty());

  CHECK(json_of(fixture.get("/v1/transactions/" + to_hex(sha256(as_bytes("other"))))).at("status") ==
        "unknown");
}

TEST_CASE("an id that is none is refused; a broken disk is not the caller's fault") {
  ApiFixture fixture;
  for (const char* id : {"0", "xyz", "%00", "%ff%fe", "..",
                         "00000000000000000000000000000000000000000000000000000000000000zz"}) {
    const auto response = fixture.get("/v1/transactions/" + std::string(id));
    CHECK(response.status == 400);
    CHECK(problem_type(response) == "invalid-parameter");
  }
  fixture.backend.storage_failure = environment_error("storage-failed", "the disk is gone");
  const auto response = fixture.get("/v1/transactions/" + to_hex(kZeroHash));
  CHECK(response.status == 503);
  CHECK(problem_type(response) == "storage-failed");
}
