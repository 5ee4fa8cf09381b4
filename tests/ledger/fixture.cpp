#include "tests/ledger/fixture.h"

#include <algorithm>
#include <array>
#include <sstream>

namespace jingchu::ledger::test {
namespace {

using contracts::Context;

std::pair<std::string, std::string> split(std::string_view text, char at) {
  const auto middle = text.find(at);
  if (middle == std::string_view::npos) return {std::string(text), {}};
  return {std::string(text.substr(0, middle)), std::string(text.substr(middle + 1))};
}

class Notes final : public contracts::Contract {
 public:
  std::string_view name() const override { return "notes"; }
  std::span<const contracts::Method> methods() const override {
    static const contracts::Method kMethods[] = {{"put", "", check_put}, {"erase", ""}, {"copy", ""},
                                                 {"emit", ""},           {"fail", ""},  {"burn", ""},
                                                 {"swallow", ""}};
    return kMethods;
  }
  std::span<const contracts::Query> queries() const override { return {}; }
  Status initialize(Context& context, std::string_view json) const override {
    return context.put("genesis", to_bytes(json));
  }
  Result<std::string> query(const contracts::StateReader&, std::string_view,
                            const contracts::QueryParameters&) const override {
    return caller_error("not-found", "no queries");
  }
  Status call(Context& context, std::string_view method, ByteView payload) const override {
    const auto text = as_text(payload);
    if (method == "put") return put(context, text);
    if (method == "erase") return context.erase(text);
    if (method == "copy") return copy(context, text);
    if (method == "emit") return context.emit({"said", std::string(text)});
    if (method == "fail") {
      RETURN_IF_ERROR(context.put("failed", to_bytes("yes")));
      return caller_error("refused", "as asked", {}, "/here");
    }
    if (method == "burn") return burn(context, text);
    if (method == "swallow") {
      while (context.get("x").ok()) {
      }
      return ok_status();
    }
    return caller_error("unknown-method", "no such method");
  }

 private:
  static Status check_put(std::string_view text) {
    if (text.find('=') != std::string_view::npos) return ok_status();
    return caller_error("invalid-arguments", "expected k=v", {}, "/v");
  }
  static Status put(Context& context, std::string_view text) {
    const auto [key, value] = split(text, '=');
    return context.put(key, to_bytes(value));
  }
  static Status copy(Context& context, std::string_view text) {
    const auto [from, to] = split(text, '>');
    ASSIGN_OR_RETURN(const auto value, context.get(from));
    if (!value) return caller_error("not-found", "nothing to copy");
    return context.put(to, *value);
  }
  static Status burn(Context& context, std::string_view text) {
    for (int i = std::stoi(std::string(text)); i > 0; --i) RETURN_IF_ERROR(context.put("b", to_bytes("b")));
    return ok_status();
  }
};

class Members final : public contracts::Contract {
 public:
  std::string_view name() const override { return "identity"; }
  std::span<const contracts::Method> methods() const override {
    static const contracts::Method kMethods[] = {{"add", ""}, {"bar", ""}};
    return kMethods;
  }
  std::span<const contracts::Query> queries() const override { return {}; }
  Status initialize(Context& context, std::string_view json) const override {
    std::istringstream words{std::string(json.substr(json.find(':') + 2))};
    for (std::string word; words >> word;) {
      std::erase_if(word, [](char c) { return c == '"' || c == '}'; });
      RETURN_IF_ERROR(context.put("member/" + word, to_bytes("org")));
    }
    return ok_status();
  }
  Result<std::string> query(const contracts::StateReader&, std::string_view,
                            const contracts::QueryParameters&) const override {
    return caller_error("not-found", "no queries");
  }
  Status call(Context& context, std::string_view method, ByteView payload) const override {
    const auto key = "member/" + jingchu::to_string(payload);
    return method == "add" ? context.put(key, to_bytes("org")) : context.put(key, to_bytes("barred"));
  }
};

}  // namespace

PrivateKey fixed_key(std::uint8_t seed, Algorithm algorithm) {
  return PrivateKey::from_secret(algorithm, Bytes(32, seed)).value();
}

const contracts::Contract& notes() {
  static const Notes kNotes;
  return kNotes;
}

const contracts::Contract& members() {
  static const Members kMembers;
  return kMembers;
}

Result<contracts::Caller> authorize_members(const contracts::StateReader& state, const PublicKey& key) {
  ASSIGN_OR_RETURN(const auto member, state.get("member/" + jingchu::to_string(key)));
  if (!member) return caller_error("unknown-sender", "the key is not known");
  if (as_text(*member) == "barred") return caller_error("inactive-sender", "the key is barred");
  return contracts::Caller{key, std::string(as_text(*member)), {}};
}

Genesis small_genesis() {
  Genesis genesis;
  genesis.name = "small";
  genesis.time_ms = 1'700'000'000'000;
  for (std::uint8_t i = 0; i < 4; ++i) {
    genesis.validators.push_back({"city-" + std::to_string(i), "420100",
                                  fixed_key(static_cast<std::uint8_t>(100 + i)).public_key(),
                                  fixed_key(static_cast<std::uint8_t>(150 + i)).public_key(),
                                  "127.0.0.1:" + std::to_string(7000 + i)});
  }
  std::string keys;
  for (std::uint8_t seed = 1; seed < 10; ++seed) keys += to_string(fixed_key(seed).public_key()) + " ";
  genesis.contracts["identity"] = "{\"members\":\"" + keys + "\"}";
  genesis.rules.validity_window = 20;
  genesis.chain_id = sha256(as_bytes(write_genesis(genesis)));
  return genesis;
}

Call call(std::string method, std::string payload, std::string contract) {
  return {std::move(contract), std::move(method), to_bytes(payload)};
}

PreparedPointer transaction(const Genesis& genesis, std::vector<Call> calls, Draft draft) {
  Transaction made;
  made.chain_id = genesis.chain_id;
  made.nonce.fill(draft.nonce);
  made.valid_until = Height(draft.valid_until);
  made.on_error = draft.on_error;
  made.calls = std::move(calls);
  sign(made, fixed_key(draft.seed));
  return prepare(std::move(made));
}

Blocks::Blocks(const Genesis& genesis, const Hash& genesis_root)
    : genesis_(genesis),
      parent_(genesis.header(genesis_root)),
      parent_hash_(consensus::block_hash(genesis.chain_id, parent_)) {}

consensus::FinalizedBlock Blocks::next(std::vector<std::vector<PreparedPointer>> batches) {
  consensus::FinalizedBlock block;
  block.header = parent_;
  block.header.view = parent_.view.next();
  block.header.height = parent_.height.next();
  block.header.parent_view = parent_.view;
  block.header.parent_hash = parent_hash_;
  block.header.time_ms += 20;
  for (std::uint16_t lane = 0; lane < batches.size(); ++lane) {
    auto& cut = block.header.cut[lane];
    consensus::Batch batch;
    batch.lane = NodeIndex(lane);
    batch.sequence = cut.sequence.next();
    batch.prev = cut.tip;
    batch.signature.fill(1);  // the executor does not look at it
    for (const auto& transaction : batches[lane]) batch.transactions.push_back(transaction->bytes);
    block.batches.push_back(consensus::seal(genesis_.chain_id, std::move(batch)));
    cut = {block.batches.back()->batch.sequence, block.batches.back()->tip};
  }
  block.hash = consensus::block_hash(genesis_.chain_id, block.header);
  block.finalization.ballot = {consensus::VoteKind::kFinalize, block.header.view, block.header.height,
                               block.hash};
  parent_ = block.header;
  parent_hash_ = block.hash;
  return block;
}

Chain::Chain(Genesis start, Modules with) : genesis(std::move(start)), modules(std::move(with)) {
  reopen();
  blocks = std::make_unique<Blocks>(genesis, executor->genesis_root());
}

std::span<const contracts::Contract* const> small_contracts() {
  static const std::array<const contracts::Contract*, 2> kContracts = {&members(), &notes()};
  return kContracts;
}

void Chain::reopen() {
  executor.reset();
  ExecutorConfig config{.genesis = genesis,
                        .store = &store,
                        .contracts = modules.contracts,
                        .authorize = modules.authorize,
                        .validator_sets = modules.validator_sets};
  config.queue_bytes_max = queue_bytes_max;
  executor = Executor::open(std::move(config)).value();
}

ExecutedBlock Chain::run(std::vector<std::vector<PreparedPointer>> batches) {
  return executor->execute(blocks->next(std::move(batches))).value();
}

std::string Chain::note(const std::string& key) const {
  const auto value = CommittedState(store, "notes").get(key).value();
  return value ? jingchu::to_string(*value) : "";
}

std::vector<std::string> codes(const ExecutedTransaction& transaction) {
  std::vector<std::string> found;
  for (const auto& receipt : transaction.receipts) found.push_back(receipt.code);
  return found;
}

}  // namespace jingchu::ledger::test
