#include "tests/fuzz/contract_chain.h"

#include "contracts/json.h"

namespace jingchu::fuzz {
namespace {

constexpr std::uint64_t kCostMax = 10'000'000;

contracts::CallPlace place_of(std::uint32_t call) {
  contracts::CallPlace place{Height(7), 1'777'595'400'000, {}, call};  // 2026-05-01T00:30:00Z
  place.transaction_id[0] = static_cast<std::uint8_t>(call);
  place.transaction_id[1] = static_cast<std::uint8_t>(call >> 8);
  return place;
}

// Made once: making a key takes longer than most inputs.
const PrivateKey& validator_key(std::size_t number) {
  static const std::vector<PrivateKey> keys = [] {
    std::vector<PrivateKey> made;
    for (std::uint8_t secret = 100; secret < 108; ++secret) {
      made.push_back(PrivateKey::from_secret(Algorithm::kEd25519, Bytes(32, secret)).value());
    }
    return made;
  }();
  return keys.at(number);
}

bool is_json(std::string_view text) {
  return contracts::JsonDocument::parse(text, {.bytes_max = 256 << 20, .nodes_max = 10'000'000}).ok();
}

}  // namespace

PublicKey client_key() {
  Bytes secret(32, 1);
  static const PublicKey key = PrivateKey::from_secret(Algorithm::kEd25519, secret).value().public_key();
  return key;
}

struct ContractChain::Outcome {
  std::string refusal;  // empty: executed
  std::string type;
  std::uint64_t cost = 0;
  std::vector<contracts::Event> events;
  friend bool operator==(const Outcome&, const Outcome&) = default;
};

ContractChain::ContractChain() {
  const contracts::Contract& identity = *contracts::find_contract("identity");
  const contracts::Caller genesis;
  const auto place = place_of(0);
  ledger::CallContext context(overlay_, identity.name(), genesis, place, kCostMax);
  const Status status = identity.initialize(
      context, R"({"organizations":[{"id":"hubei-aquatic","name":"湖北水产","members":[{"key":")" +
                   to_string(client_key()) + R"(","name":"one","roles":["admin","submitter"]}]}]})");
  CHECK(status.ok());
  CHECK(begin_governance().ok());
  commit();
}

Status ContractChain::begin_governance() {
  const contracts::Caller genesis;
  const auto place = place_of(0);
  ledger::CallContext context(overlay_, "governance", genesis, place, kCostMax);
  contracts::governance::Members members;
  for (std::size_t i = 0; i < 4; ++i) {
    members.push_back({"validator-" + std::to_string(i), "420100", i == 3 ? "other" : "hubei-aquatic",
                       validator_key(i).public_key(), validator_key(i + 4).public_key(),
                       "10.0.0." + std::to_string(i) + ":7000"});
  }
  return contracts::governance::begin(context, kZeroHash, members);
}

void ContractChain::attest(std::size_t number) {
  const contracts::Contract& contract = *contracts::find_contract("governance");
  const ledger::CommittedState state(store_, "governance");
  const auto pending = contracts::governance::find_pending(state);
  CHECK(pending.ok());
  if (!*pending) return;
  const auto validators = contract.query(state, "validators", {});
  CHECK(validators.ok());
  const auto view = contracts::JsonDocument::parse(*validators);
  CHECK(view.ok());
  const std::string proposal(view->root().at("/pending/proposal")->text());
  const auto& name = (**pending)[number % (*pending)->size()].name;
  const auto bytes =
      contracts::governance::readiness_bytes(kZeroHash, std::stoull(proposal), **pending, name);
  const auto signature = validator_key(number % 4).sign(bytes);
  const std::string payload = R"({"proposal":)" + proposal + R"(,"validator":")" + name +
                              R"(","signature":")" + to_hex(signature) + R"("})";
  call(contract, "ready", as_bytes(payload), {});
}

void ContractChain::close_epoch() {
  const contracts::Caller nobody;
  const auto place = place_of(calls_);
  ledger::CallContext context(overlay_, "governance", nobody, place, kCostMax);
  const auto members = contracts::governance::close_epoch(context, next_to_close_);
  CHECK(members.ok() && members->size() >= contracts::governance::kMembersMin);
  commit();
  const ledger::CommittedState state(store_, "governance");
  const auto found = contracts::governance::find_set(state, next_to_close_ + 2);
  CHECK(found.ok() && *found && **found == *members);
  next_to_close_ = next_to_close_.next();
}

// How many keys were written.
std::size_t ContractChain::commit() {
  ledger::WriteBatch batch;
  const auto writes = overlay_.take_writes().value();
  for (const auto& [key, before, value] : writes) {
    const auto stored = ledger::stored_state_key(key);
    value ? batch.put(stored, *value) : batch.erase(stored);
  }
  CHECK(store_.write(batch, ledger::Durability::kLater).ok());
  return writes.size();
}

ContractChain::Outcome ContractChain::run(const contracts::Contract& contract, std::string_view method,
                                          ByteView payload, const contracts::Caller& caller,
                                          std::uint64_t cost_max) {
  const auto place = place_of(calls_);
  ledger::CallContext context(overlay_, contract.name(), caller, place, cost_max);
  Status status = context.charge(contracts::CostTable::kCall + payload.size());
  if (status.ok()) status = contract.call(context, method, payload);
  if (status.ok() && context.over_cost()) status = context.charge(1);
  Outcome outcome;
  outcome.cost = context.cost();
  if (status.ok()) {
    outcome.events = context.take_events();
    for (const auto& event : outcome.events) CHECK(!event.name.empty() && is_json(event.json));
  } else {
    CHECK(status.error().fault == Fault::kCaller && !status.error().what.empty());
    outcome.refusal = status.error().to_string();
    outcome.type = status.error().type;
  }
  return outcome;
}

bool ContractChain::call(const contracts::Contract& contract, std::string_view method, ByteView payload,
                         std::vector<std::string> roles) {
  const contracts::Caller caller{client_key(), "hubei-aquatic", std::move(roles)};
  ++calls_;
  const auto before = overlay_.savepoint();
  const Outcome first = run(contract, method, payload, caller, kCostMax);
  overlay_.roll_back(before);
  const Outcome limited = run(contract, method, payload, caller, first.cost - 1);
  CHECK(first.type == "over-cost" || limited.type == "over-cost");
  overlay_.roll_back(before);
  CHECK(run(contract, method, payload, caller, kCostMax) == first);
  if (!first.refusal.empty()) overlay_.roll_back(before);
  const std::size_t written = commit();
  CHECK(first.refusal.empty() || written == 0);
  return first.refusal.empty();
}

void ContractChain::query(const contracts::Contract& contract, std::string_view query,
                          const contracts::QueryParameters& parameters) {
  const ledger::CommittedState state(store_, std::string(contract.name()));
  const auto answer = contract.query(state, query, parameters);
  const auto again = contract.query(state, query, parameters);
  CHECK(answer.ok() == again.ok());
  if (answer.ok()) {
    CHECK(*answer == *again && is_json(*answer));
  } else {
    CHECK(answer.error().fault == Fault::kCaller && answer.error().to_string() == again.error().to_string());
  }
}

}  // namespace jingchu::fuzz
