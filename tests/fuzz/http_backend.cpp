#include "tests/fuzz/http_backend.h"

#include "contracts/identity/identity.h"
#include "tests/ledger/fixture.h"

namespace jingchu::fuzz {
namespace {

constexpr std::string_view kEvidence =
    R"({"id":"contract-1","sha256":"b94d27b9934d3e08a52e52d7da7dabfac484efe37a5380ee9088f7ace2efcde9",)"
    R"("description":"purchase contract","size":11})";

std::string organizations() {
  return R"({"organizations":[{"id":"court","name":"court","members":[{"key":")" +
         to_string(ledger::test::fixed_key(1).public_key()) +
         R"(","name":"one","roles":["admin","submitter"]}]}]})";
}

Result<contracts::Caller> caller_of(const contracts::StateReader& identity, const PublicKey& key) {
  ASSIGN_OR_RETURN(const auto member, contracts::find_member(identity, key));
  RETURN_IF_ERROR(contracts::authorize(member));
  return contracts::Caller{key, member->organization, member->roles};
}

}  // namespace

HttpBackend::HttpBackend(node::Metrics& metrics) : metrics_(metrics) {
  genesis_ = ledger::test::small_genesis();
  genesis_.contracts["identity"] = organizations();
  genesis_file_ = ledger::write_genesis(genesis_);
  genesis_.chain_id = sha256(as_bytes(genesis_file_));
  auto executor = ledger::Executor::open(
      {.genesis = genesis_, .store = &store_, .contracts = contracts::registry(), .authorize = caller_of});
  CHECK(executor.ok());
  executor_ = std::move(*executor);
  proofs_.emplace(store_, executor_->tree(), genesis_, contracts::registry());
  ledger::test::Blocks blocks(genesis_, executor_->genesis_root());
  const auto deposit = ledger::test::transaction(
      genesis_, {ledger::test::call("deposit", std::string(kEvidence), "evidence")});
  CHECK(executor_->execute(blocks.next({{deposit}})).ok());
  sample_ = deposit->transaction;
}

boost::asio::awaitable<Result<Hash>> HttpBackend::submit(ledger::Transaction transaction) {
  const Status fits = ledger::check_static(transaction, genesis_.chain_id, genesis_.rules.transaction);
  if (!fits.ok()) co_return fits.error();
  const auto caller = caller_of(ledger::CommittedState(store_, "identity"), transaction.sender);
  if (!caller.ok()) co_return caller.error();
  co_return ledger::prepare(std::move(transaction))->id;
}

boost::asio::awaitable<Result<node::TransactionView>> HttpBackend::wait_final(Hash id,
                                                                              std::chrono::milliseconds) {
  co_return transaction(id);
}

Result<node::TransactionView> HttpBackend::transaction(const Hash& id) const {
  ASSIGN_OR_RETURN(auto outcome, blocks_.outcome(id));
  if (!outcome) return node::TransactionView{};
  return node::TransactionView{node::TransactionState::kFinal, std::move(outcome->receipts)};
}

node::NodeView HttpBackend::view() const {
  node::NodeView view;
  view.name = genesis_.validators.front().name;
  view.role = "validator";
  view.caught_up = true;
  view.consensus.votes = true;
  view.consensus.watermarks.resize(genesis_.validators.size());
  view.consensus.final_cut.resize(genesis_.validators.size());
  return view;
}

Result<std::string> HttpBackend::query(const contracts::Contract& contract, std::string_view query,
                                       const contracts::QueryParameters& parameters) const {
  return contract.query(ledger::CommittedState(store_, std::string(contract.name())), query, parameters);
}

}  // namespace jingchu::fuzz
