#include "tests/node/api_fixture.h"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>

#include "common/codec.h"
#include "node/api/problem_types.h"

#include <doctest/doctest.h>

namespace jingchu::node {
namespace {

using nlohmann::json;

class ShelfContract final : public contracts::Contract {
 public:
  std::string_view name() const override { return "shelf"; }
  std::span<const contracts::Method> methods() const override { return {}; }
  std::span<const contracts::Query> queries() const override {
    static const contracts::Query kQueries[] = {{"thing", "things/{name}", "one thing"},
                                                {"place", "all/{path...}", "what is at a place"},
                                                {"thing", "things", "one thing by ?name="}};
    return kQueries;
  }
  Status call(contracts::Context&, std::string_view method, ByteView) const override {
    return unknown_method(*this, method);
  }
  Result<std::string> query(const contracts::StateReader&, std::string_view query,
                            const contracts::QueryParameters&) const override {
    return unknown_query(*this, query);
  }
};

ledger::Genesis sample_genesis() {
  ledger::Genesis genesis;
  genesis.name = "lake";
  genesis.chain_id = sha256(as_bytes("genesis"));
  for (const char* name : {"wuhan", "xiangyang", "yichang", "jingzhou"}) {
    genesis.validators.push_back({name, "420100", {}, {}, "127.0.0.1:1"});
  }
  return genesis;
}

NodeView ready_node() {
  NodeView node;
  node.name = "wuhan";
  node.role = "validator";
  node.validators = {"wuhan", "xiangyang", "yichang", "jingzhou"};
  node.consensus.votes = true;
  node.caught_up = true;
  for (const char* name : {"wuhan", "xiangyang", "yichang", "jingzhou"}) {
    network::PeerStatus peer;
    peer.name = name;
    peer.connected = peer.name != "wuhan" && peer.name != "jingzhou";
    node.peers.push_back(peer);
  }
  return node;
}

std::string openapi_path(std::string pattern) {
  const auto dots = pattern.find("...}");
  if (dots != pattern.npos) pattern.erase(dots, 3);
  return pattern;
}

}  // namespace

const contracts::Contract& shelf_contract() {
  static const ShelfContract contract;
  return contract;
}

FakeBackend::FakeBackend(Metrics& metrics)
    : node(ready_node()), genesis_values(sample_genesis()), metrics_(metrics) {}

boost::asio::awaitable<Result<Hash>> FakeBackend::submit(ledger::Transaction transaction) {
  if (refusal) co_return *refusal;
  const Hash id = ledger::transaction_id(transaction);
  submitted.push_back(std::move(transaction));
  transactions.try_emplace(id, TransactionView{TransactionState::kPending, {}});
  co_return id;
}

boost::asio::awaitable<Result<TransactionView>> FakeBackend::wait_final(Hash id,
                                                                        std::chrono::milliseconds timeout) {
  waits.push_back(timeout);
  if (while_waiting) while_waiting(id);
  co_return transaction(id);
}

Result<TransactionView> FakeBackend::transaction(const Hash& id) const {
  if (storage_failure) return *storage_failure;
  const auto found = transactions.find(id);
  return found == transactions.end() ? TransactionView{} : found->second;
}

Result<std::string> FakeBackend::query(const contracts::Contract& contract, std::string_view query,
                                       const contracts::QueryParameters& parameters) const {
  return on_query(std::string(contract.name()), std::string(query), parameters);
}

void FakeBackend::put_block(const ledger::StoredBlock& block) {
  ledger::ExecutionHead head;
  head.height = block.header.height;
  head.hash = block.hash;
  ledger::WriteBatch writes;
  writes.put(ledger::store_keys::summary(block.header.height), ledger::encode_summary(block));
  writes.put(ledger::store_keys::contents(block.header.height), ledger::encode_contents(block));
  writes.put(ledger::store_keys::head(), encode(head));
  REQUIRE(database.write(writes, ledger::Durability::kLater).ok());
}

ApiOptions ApiFixture::default_options() {
  static const contracts::Contract* const kContracts[] = {&shelf_contract()};
  ApiOptions options;
  options.wait_ms_default = 1'000;
  options.wait_ms_max = 5'000;
  options.version = "1.2.3";
  options.contracts = kContracts;
  return options;
}

ApiFixture::ApiFixture(ApiOptions options) : api(backend, metrics, std::move(options)) {}

network::HttpResponse ApiFixture::run(network::HttpRequest request) {
  boost::asio::io_context io;
  std::optional<network::HttpResponse> response;
  boost::asio::co_spawn(io, api.handler()(std::move(request)),
                        [&](std::exception_ptr failure, network::HttpResponse answer) {
                          if (!failure) response = std::move(answer);
                        });
  io.run();
  REQUIRE(response);
  return *response;
}

network::HttpResponse ApiFixture::ask(const std::string& method, const std::string& target,
                                      const std::string& body, std::map<std::string, std::string> headers) {
  const auto parsed = network::parse_target(target);
  REQUIRE(parsed.ok());
  network::HttpRequest request{method, parsed->path, parsed->query, std::move(headers), body, "127.0.0.1"};
  const auto response = run(request);
  CHECK(response.header("Cache-Control") == "no-store");
  check_documented(request, response);
  return response;
}

network::HttpResponse ApiFixture::post(const std::string& target, const std::string& body) {
  return ask("POST", target, body, {{"content-type", "application/json"}});
}

const nlohmann::json& ApiFixture::description() {
  if (description_.is_null()) description_ = json::parse(run({"GET", "/openapi.json", {}, {}, {}, {}}).body);
  return description_;
}

void ApiFixture::check_documented(const network::HttpRequest& request,
                                  const network::HttpResponse& response) {
  const std::string pattern = openapi_path(api.router().pattern_of(request.path));
  if (pattern.empty() || response.status == 405 || response.status == 204) return;
  CAPTURE(request.method);
  CAPTURE(request.path);
  CAPTURE(response.status);
  CAPTURE(response.body);
  const std::string method = request.method == "POST" ? "post" : "get";
  const json& responses = description().at("paths").at(pattern).at(method).at("responses");
  REQUIRE(responses.contains(std::to_string(response.status)));
  const json& content = responses.at(std::to_string(response.status)).at("content");
  REQUIRE(content.contains(response.content_type));
  if (response.content_type.starts_with("text/plain")) return;
  if (response.content_type == "application/octet-stream") return;
  REQUIRE(json::accept(response.body));
  const json schema = content.at(response.content_type).value("schema", json::object());
  CHECK(schema_errors(json::parse(response.body), schema, description()) == std::vector<std::string>());
}

nlohmann::json json_of(const network::HttpResponse& response) {
  REQUIRE(json::accept(response.body));
  return json::parse(response.body);
}

std::string problem_type(const network::HttpResponse& response) {
  CHECK(response.content_type == "application/problem+json");
  const json document = json_of(response);
  CHECK(document.at("status") == response.status);
  const std::string type = document.at("type");
  const std::string prefix = "urn:jingchu:problem:";
  REQUIRE(type.starts_with(prefix));
  return type.substr(prefix.size());
}

ledger::Transaction sample_transaction() {
  ledger::Transaction transaction;
  transaction.chain_id = sha256(as_bytes("genesis"));
  transaction.valid_until = Height(100);
  transaction.calls.push_back({"evidence", "deposit", to_bytes("{\"size\":1.10}")});
  ledger::sign(transaction, PrivateKey::generate(Algorithm::kEd25519));
  return transaction;
}

ledger::Receipt sample_receipt(const Hash& id, std::uint32_t call_index) {
  ledger::Receipt receipt;
  receipt.transaction_id = id;
  receipt.call_index = call_index;
  receipt.height = Height(7);
  receipt.code = "ok";
  receipt.cost = 321;
  // A number that no binary floating-point number holds.
  receipt.events.push_back({"deposited", R"({"id":"a","amount":1234567890123456789012345678.10})"});
  return receipt;
}

}  // namespace jingchu::node
