#include "tests/node/governed_chain.h"

#include "common/quorum.h"
#include "contracts/contract.h"
#include "node/admission.h"

namespace jingchu::node::test {
namespace {

using nlohmann::json;

constexpr std::uint8_t kNumbersMax = 20;

void expect(bool holds, const std::string& what) {
  if (!holds) check_failed(what.c_str(), __FILE__, __LINE__);
}

// The consensus key of a member, by what is public of it.
PrivateKey consensus_key_of(const PublicKey& key) {
  std::uint8_t number = 0;
  while (number < kNumbersMax && member("", number).consensus_key != key) ++number;
  expect(number < kNumbersMax, "the key of a member");
  return fixed_key(static_cast<std::uint8_t>(2 * number + 1));
}

}  // namespace

std::string evidence_entity(const std::string& content) {
  return "sha256:" + to_hex(sha256(as_bytes(content)));
}

ledger::Genesis renamed(ledger::Genesis genesis) {
  genesis.chain_id = sha256(as_bytes(ledger::write_genesis(genesis)));
  return genesis;
}

ledger::Genesis genesis_of_four() {
  ledger::Genesis genesis;
  genesis.name = "epochs";
  genesis.time_ms = 1'700'000'000'000;
  genesis.parameters.epoch_blocks = kGovernedEpochBlocks;
  json organizations = json::array();
  for (std::uint8_t number = 0; number < 4; ++number) {
    const auto one = member(std::string(1, static_cast<char>('a' + number)), number);
    genesis.validators.push_back({one.name, one.division, one.consensus_key, one.transport_key, one.address});
    const auto admin = fixed_key(static_cast<std::uint8_t>(100 + number)).public_key();
    organizations.push_back(
        {{"id", one.name},
         {"name", one.name},
         {"members", {{{"key", to_string(admin)}, {"name", "admin"}, {"roles", {"admin", "submitter"}}}}}});
  }
  genesis.contracts["identity"] = json({{"organizations", organizations}}).dump();
  return renamed(std::move(genesis));
}

std::unique_ptr<ledger::Executor> open_executor(const ledger::Genesis& genesis,
                                                ledger::KeyValueStore& store) {
  return ledger::Executor::open({.genesis = genesis,
                                 .store = &store,
                                 .contracts = contracts::registry(),
                                 .authorize = caller_of,
                                 .validator_sets = governed_sets()})
      .value();
}

GovernedChain::GovernedChain(ledger::Genesis start) : genesis(std::move(start)) {
  open();
}

void GovernedChain::open() {
  executor.reset();
  executor = open_executor(genesis, store);
}

void GovernedChain::put_batch(const Transactions& transactions, Epoch epoch,
                              consensus::FinalizedBlock& block) {
  auto& cut = block.header.cut[0];
  consensus::Batch batch;
  batch.epoch = epoch;
  batch.sequence = cut.sequence.next();
  batch.prev = cut.tip;
  for (const auto& transaction : transactions) batch.transactions.push_back(transaction->bytes);
  const Hash tip = consensus::seal(genesis.chain_id, batch)->tip;
  batch.signature = consensus_key_of(genesis.validators[0].consensus_key)
                        .sign(consensus::signing_bytes(genesis.chain_id, epoch, consensus::SignedKind::kBatch,
                                                       View(), Height(batch.sequence.value()), tip));
  block.batches.push_back(consensus::seal(genesis.chain_id, std::move(batch)));
  cut = {block.batches[0]->batch.sequence, block.batches[0]->tip};
}

// Without a certificate; it is the parent of the one after it.
consensus::FinalizedBlock GovernedChain::next(const Transactions& transactions) {
  const auto now = plan();
  if (parent.epoch != now.epoch || parent.height == Height()) {
    parent = now.base;
    parent_hash = now.base_hash.value_or(consensus::block_hash(genesis.chain_id, now.base));
  }
  consensus::FinalizedBlock block;
  block.header = parent;
  auto& header = block.header;
  header.view = parent.view.next();
  header.height = parent.height.next();
  header.parent_view = parent.view;
  header.parent_hash = parent_hash;
  header.time_ms += 20;
  const std::uint64_t height = header.height.value();
  const Height known(std::min(executor->height().value(), height - std::min(lag, height)));
  if (known > header.executed_height) {
    header.executed_height = known;
    header.executed_root = ledger::BlockStore(store).executed_root(known).value().value();
  }
  header.validators_hash = now.validators.hash();
  header.next_validators_hash = now.next_validators_hash;
  if (!transactions.empty()) put_batch(transactions, now.epoch, block);
  block.hash = consensus::block_hash(genesis.chain_id, header);
  parent = header;
  parent_hash = block.hash;
  return block;
}

void GovernedChain::certify(ledger::FinalHeader& proof, std::vector<std::uint16_t> signers) const {
  const auto& last = proof.path.empty() ? proof.header : proof.path.back();
  const auto set = validators_of(store, last.epoch).value();
  for (std::uint16_t i = 0; signers.size() < quorum(set.size()); ++i) signers.push_back(i);
  auto& certificate = proof.finalization;
  certificate = {
      last.epoch,
      {consensus::VoteKind::kFinalize, last.view, last.height, consensus::block_hash(genesis.chain_id, last)},
      {}};
  const auto message = consensus::signing_bytes(genesis.chain_id, last.epoch, certificate.ballot);
  for (const auto signer : signers) {
    const auto key = consensus_key_of(set[NodeIndex(signer)].consensus_key);
    certificate.signatures.push_back({NodeIndex(signer), key.sign(message)});
  }
}

consensus::FinalizedBlock GovernedChain::signed_by(consensus::FinalizedBlock block,
                                                   std::vector<std::uint16_t> signers) const {
  ledger::FinalHeader proof{block.header, block.path, {}};
  certify(proof, std::move(signers));
  block.finalization = std::move(proof.finalization);
  return block;
}

ledger::ExecutedBlock GovernedChain::execute(consensus::FinalizedBlock block) {
  auto executed = executor->execute(block).value();
  blocks.push_back(std::move(block));
  return executed;
}

ledger::ExecutedBlock GovernedChain::run_any(const Transactions& transactions) {
  return execute(signed_by(next(transactions), {}));
}

void GovernedChain::run(const Transactions& transactions) {
  const auto executed = run_any(transactions);
  for (const auto& one : executed.transactions) {
    for (const auto& receipt : one.receipts) {
      expect(receipt.code == ledger::kOk, receipt.code + ": " + receipt.message);
    }
  }
  expect(executed.transactions.size() == transactions.size(), "all transactions are executed at once");
}

void GovernedChain::run_through(Epoch epoch) {
  while (executor->height() < genesis.epochs().last(epoch)) run();
}

void GovernedChain::run_two() {
  auto first = next({});
  auto second = signed_by(next({}), {});
  first.path = {second.header};
  first.finalization = second.finalization;
  execute(std::move(first));
  execute(std::move(second));
}

ledger::PreparedPointer GovernedChain::sent(const std::string& contract, const std::string& method,
                                            const json& payload, std::uint8_t as) {
  return ledger::test::transaction(
      genesis, {ledger::test::call(method, payload.dump(), contract)},
      {.seed = static_cast<std::uint8_t>(100 + as),
       .nonce = nonce++,
       .valid_until = executor->height().value() + genesis.rules.validity_window / 2});
}

ledger::PreparedPointer GovernedChain::ready(const Members& pending, const std::string& name,
                                             std::uint8_t number) {
  const auto key = fixed_key(static_cast<std::uint8_t>(2 * number + 1));
  const auto bytes = contracts::governance::readiness_bytes(genesis.chain_id, 1, pending, name);
  return governed("ready", {{"proposal", 1}, {"validator", name}, {"signature", to_hex(key.sign(bytes))}}, 0);
}

ledger::PreparedPointer GovernedChain::deposit(const std::string& content, const std::string& note) {
  json payload = {{"sha256", to_hex(sha256(as_bytes(content)))},
                  {"sm3", to_hex(sm3(as_bytes(content)))},
                  {"mediaType", "text/plain"},
                  {"size", content.size()},
                  {"subject", std::string(64, '0')}};
  if (!note.empty()) payload["note"] = note;
  return sent("evidence", "deposit", payload);
}

Members GovernedChain::propose_fifth() {
  auto five = plan().members;
  five.push_back(member("e", 9));
  five.back().operator_id = "a";
  const auto& fifth = five.back();
  run({governed("propose",
                {{"changes",
                  {{{"add",
                     {{"name", fifth.name},
                      {"division", fifth.division},
                      {"operator_id", fifth.operator_id},
                      {"consensus_key", to_string(fifth.consensus_key)},
                      {"transport_key", to_string(fifth.transport_key)},
                      {"address", fifth.address}}}}}}},
                0),
       governed("vote", {{"proposal", 1}, {"vote", "yes"}}, 0),
       governed("vote", {{"proposal", 1}, {"vote", "yes"}}, 1),
       governed("vote", {{"proposal", 1}, {"vote", "yes"}}, 2)});
  return five;
}

void GovernedChain::make_ready(const Members& five) {
  run({ready(five, "a", 0), ready(five, "b", 1), ready(five, "c", 2), ready(five, "e", 9)});
}

std::unique_ptr<consensus::Core> GovernedChain::core() const {
  const auto now = plan();
  return consensus::Core::create(core_config(now, genesis, {}), nullptr,
                                 recovered(now, genesis, store).value())
      .value();
}

}  // namespace jingchu::node::test
