// An API over a node that is not there: the tests set what the node would answer, ask over HttpRequest
// values, and every answer is held to the API's own description.
#pragma once

#include <deque>
#include <functional>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>

#include "ledger/memory_database.h"
#include "node/api/api.h"

namespace jingchu::node {

// /v1/shelf/things/{name}, /v1/shelf/all/{path...} and /v1/shelf/things.
const contracts::Contract& shelf_contract();

class FakeBackend final : public ApiBackend {
 public:
  explicit FakeBackend(Metrics& metrics);

  boost::asio::awaitable<Result<Hash>> submit(ledger::Transaction transaction) override;
  boost::asio::awaitable<Result<TransactionView>> wait_final(Hash id,
                                                             std::chrono::milliseconds timeout) override;
  Result<TransactionView> transaction(const Hash& id) const override;
  NodeView view() const override { return node; }
  const ledger::Genesis& genesis() const override { return genesis_values; }
  std::string genesis_file() const override { return genesis_bytes; }
  const ledger::BlockStore& blocks() const override { return store; }
  const ledger::MisbehaviourStore& misbehaviour() const override { return evidence; }
  Result<std::string> query(const contracts::Contract& contract, std::string_view query,
                            const contracts::QueryParameters& parameters) const override;
  std::string metrics() const override { return metrics_.text(); }

  std::vector<SnapshotView> snapshots() const override { return snapshot_list; }
  boost::asio::awaitable<Result<Bytes>> snapshot_manifest(Height height) override {
    co_return on_snapshot("manifest " + to_string(height));
  }
  boost::asio::awaitable<Result<Bytes>> snapshot_chunk(Height height, std::uint64_t index) override {
    co_return on_snapshot("chunk " + to_string(height) + " " + std::to_string(index));
  }
  boost::asio::awaitable<Result<std::vector<ledger::EpochRange>>> archive_epochs() override {
    co_return epochs;
  }
  boost::asio::awaitable<Result<SegmentView>> archive_segment(Epoch epoch) override {
    co_return on_segment(epoch);
  }
  boost::asio::awaitable<Result<Bytes>> archive_piece(Epoch epoch, std::uint64_t index) override {
    co_return on_snapshot("piece " + to_string(epoch) + " " + std::to_string(index));
  }
  Result<ledger::ProofBundle> prove_record(const Hash& transaction_id,
                                           std::uint32_t call_index) const override {
    return on_prove("transaction " + to_hex(transaction_id) + " " + std::to_string(call_index));
  }
  Result<ledger::ProofBundle> prove_entity(std::string_view contract, std::string_view name,
                                           bool with_records) const override {
    return on_prove("entity " + std::string(contract) + " " + std::string(name) +
                    (with_records ? " all" : ""));
  }

  void put_block(const ledger::StoredBlock& block);  // and makes it the latest

  NodeView node;
  ledger::Genesis genesis_values;
  std::string genesis_bytes = "{\"name\":\"lake\"}\n";
  ledger::MemoryDatabase database;
  ledger::BlockStore store{database};
  ledger::MisbehaviourStore evidence{database};
  std::map<Hash, TransactionView> transactions;
  std::optional<Error> refusal;          // of submit
  std::optional<Error> storage_failure;  // of transaction
  std::vector<ledger::Transaction> submitted;
  std::function<void(const Hash&)> while_waiting;  // what happens during a wait
  std::vector<std::chrono::milliseconds> waits;
  std::function<Result<std::string>(const std::string& contract, const std::string& query,
                                    const contracts::QueryParameters&)>
      on_query;
  std::function<Result<ledger::ProofBundle>(const std::string& asked)> on_prove;
  std::vector<SnapshotView> snapshot_list;
  std::function<Result<Bytes>(const std::string& asked)> on_snapshot;  // and of the archive's pieces
  std::vector<ledger::EpochRange> epochs;
  std::function<Result<SegmentView>(Epoch)> on_segment;

 private:
  Metrics& metrics_;
};

class ApiFixture {
 public:
  explicit ApiFixture(ApiOptions options = default_options());
  static ApiOptions default_options();  // waits of 1 s, at most 5 s; the shelf contract

  // Runs the request to its end. Fails the test if the answer is not what the description promises.
  network::HttpResponse ask(const std::string& method, const std::string& target,
                            const std::string& body = {}, std::map<std::string, std::string> headers = {});
  network::HttpResponse get(const std::string& target) { return ask("GET", target); }
  // With Content-Type application/json.
  network::HttpResponse post(const std::string& target, const std::string& body);

  const nlohmann::json& description();

  Metrics metrics;
  FakeBackend backend{metrics};
  Api api;

 private:
  network::HttpResponse run(network::HttpRequest request);
  void check_documented(const network::HttpRequest& request, const network::HttpResponse& response);

  nlohmann::json description_;
};

nlohmann::json json_of(const network::HttpResponse& response);
// "bad-signature", once it is sure that the answer is a problem document of that status.
std::string problem_type(const network::HttpResponse& response);

// Signed by a fresh key, with one call.
ledger::Transaction sample_transaction();
ledger::Receipt sample_receipt(const Hash& id, std::uint32_t call_index);

// What of `value` contradicts a JSON Schema of `document`; empty if nothing. Keywords that it does not know
// are contradictions too.
std::vector<std::string> schema_errors(const nlohmann::json& value, const nlohmann::json& schema,
                                       const nlohmann::json& document, const std::string& where = {});

}  // namespace jingchu::node
