#include "tests/ledger/proof_chain.h"

#include "common/codec.h"
#include "common/merkle.h"
#include "common/quorum.h"
#include "consensus/vote.h"
#include "contracts/entity_history.h"

namespace jingchu::ledger::test {
namespace {

consensus::Validator validator(std::uint8_t number) {
  const auto algorithm = number % 2 == 0 ? Algorithm::kEd25519 : Algorithm::kSm2;
  return {"city-" + std::to_string(number),
          fixed_key(static_cast<std::uint8_t>(100 + number), algorithm).public_key(),
          fixed_key(static_cast<std::uint8_t>(150 + number)).public_key()};
}

using Leaves = std::map<Hash, Hash>;

bool bit(const Hash& path, std::size_t depth) {
  return (path[depth / 8] & 0x80 >> depth % 8) != 0;
}

Leaves half(const Leaves& leaves, std::size_t depth, bool side) {
  Leaves part;
  for (const auto& leaf : leaves) {
    if (bit(leaf.first, depth) == side) part.insert(leaf);
  }
  return part;
}

Hash tree_root(const Leaves& leaves, std::size_t depth = 0) {
  if (leaves.empty()) return kZeroHash;
  if (leaves.size() == 1) return entity_leaf(leaves.begin()->first, leaves.begin()->second);
  return entity_node(tree_root(half(leaves, depth, false), depth + 1),
                     tree_root(half(leaves, depth, true), depth + 1));
}

PathProof tree_path(Leaves leaves, const Hash& path) {
  PathProof proof;
  for (std::size_t depth = 0; leaves.size() > 1; ++depth) {
    proof.siblings.push_back(tree_root(half(leaves, depth, !bit(path, depth)), depth + 1));
    leaves = half(leaves, depth, bit(path, depth));
  }
  if (!leaves.empty()) proof.leaf = EntityLeaf{leaves.begin()->first, leaves.begin()->second};
  return proof;
}

template <class Histories>
Leaves leaves_of(const Histories& histories) {
  Leaves leaves;
  for (const auto& [name, history] : histories) {
    const contracts::HistoryHead head{name.second, history.head.count, history.head.chain};
    leaves[entity_path(name.first, name.second)] = sha256(encode(head));
  }
  return leaves;
}

std::vector<Hash> receipt_leaves(const std::vector<Receipt>& receipts) {
  std::vector<Hash> leaves;
  for (const auto& receipt : receipts) leaves.push_back(receipt_leaf(receipt));
  return leaves;
}

Call lot(const std::string& id) {
  return {"agriculture", "register-lot", to_bytes("{\"lotId\":\"" + id + "\"}")};
}

}  // namespace

std::string sha256_name(const std::string& content) {
  return "sha256:" + to_hex(sha256(as_bytes(content)));
}
std::string sm3_name(const std::string& content) {
  return "sm3:" + to_hex(sm3(as_bytes(content)));
}
std::string deposit_of(const std::string& content) {
  return "{\"sha256\":\"" + to_hex(sha256(as_bytes(content))) + "\",\"sm3\":\"" +
         to_hex(sm3(as_bytes(content))) +
         "\",\"mediaType\":\"text/plain\",\"size\":" + std::to_string(content.size()) + ",\"subject\":\"" +
         std::string(64, '0') + "\"}";
}

ProofChain::ProofChain() {
  make_sets();
  make_genesis();
  Block genesis;
  genesis.header.time_ms = 1'700'000'000'000;
  genesis.roots.history = merkle::root({});
  genesis.roots.receipts = merkle::root({});
  blocks_.emplace(0, std::move(genesis));
  for (std::uint64_t height = 1; height <= kHeights; ++height) append_block(height);
}

void ProofChain::make_sets() {
  sets_ = {{validator(0), validator(1), validator(2), validator(3)},
           {validator(0), validator(2), validator(3), validator(4)},
           {validator(0), validator(2), validator(3), validator(4), validator(5)}};
  for (std::uint8_t number = 0; number < 6; ++number) {
    const auto algorithm = number % 2 == 0 ? Algorithm::kEd25519 : Algorithm::kSm2;
    auto key = fixed_key(static_cast<std::uint8_t>(100 + number), algorithm);
    const auto text = to_string(key.public_key());
    keys_.emplace(text, std::move(key));
  }
}

void ProofChain::make_genesis() {
  Genesis genesis = small_genesis();
  for (std::size_t i = 0; i < genesis.validators.size(); ++i) {
    genesis.validators[i].consensus_key = sets_[0][i].consensus_key;
    genesis.validators[i].transport_key = sets_[0][i].transport_key;
  }
  genesis.contracts.clear();
  genesis.parameters.epoch_blocks = kEpochBlocks;
  genesis_text_ = write_genesis(genesis);
  chain_id_ = sha256(as_bytes(genesis_text_));
}

std::vector<consensus::Validator> ProofChain::set(Epoch epoch) const {
  return sets_[std::min<std::size_t>(epoch.value() / 2, 2)];
}

const PrivateKey& ProofChain::key_of(const PublicKey& key) const {
  return keys_.at(to_string(key));
}

// Ed25519 at even heights, SM2 at odd ones.
Transaction ProofChain::made(std::uint64_t height, std::uint8_t nonce, std::vector<Call> calls) const {
  Transaction transaction;
  transaction.chain_id = chain_id_;
  transaction.nonce.fill(nonce);
  transaction.valid_until = Height(height + 10);
  transaction.on_error = OnError::kProceed;
  transaction.calls = std::move(calls);
  sign(transaction, height % 2 == 0 ? fixed_key(11) : fixed_key(12, Algorithm::kSm2));
  return transaction;
}

// Every block deposits the contract "a" and has a lot of its own; some have more.
std::vector<Transaction> ProofChain::script(std::uint64_t height) const {
  const auto number = std::to_string(height);
  std::vector<Transaction> transactions = {
      made(height, 1, {{"evidence", "deposit", to_bytes(deposit_of("a"))}, lot("lot-" + number)})};
  if (height % 3 == 0) {
    transactions.push_back(made(height, 2,
                                {lot("\u6d2a\u6e56-" + number),
                                 {"agriculture", "fail", to_bytes("{}")},
                                 {"evidence", "deposit", to_bytes(deposit_of("file " + number))},
                                 {"provenance", "capture", to_bytes("{\"n\":" + number + "}")}}));
  }
  return transactions;
}

void ProofChain::append_block(std::uint64_t height) {
  const auto& parent = blocks_.at(height - 1);
  Block block;
  block.histories = parent.histories;
  auto& header = block.header;
  header.epoch = Epoch((height - 1) / kEpochBlocks);
  header.view = View(height + 2);
  header.height = Height(height);
  header.parent_view = parent.header.view;
  header.parent_hash = consensus::block_hash(chain_id_, parent.header);
  header.cut.resize(set(header.epoch).size());
  header.cut[0] = {Sequence(height), sha256(as_bytes("tip"))};
  header.time_ms = parent.header.time_ms + 1'000;
  header.executed_height = Height(height - 1);
  header.executed_root = parent.roots.executed();
  header.validators_hash = consensus::ValidatorSet(set(header.epoch)).hash();
  header.next_validators_hash = consensus::ValidatorSet(set(header.epoch.next())).hash();
  for (const auto& transaction : script(height)) execute(block, transaction);
  seal(block);
  blocks_.emplace(height, std::move(block));
}

void ProofChain::execute(Block& block, const Transaction& transaction) {
  for (std::uint32_t index = 0; index < transaction.calls.size(); ++index) {
    const auto& call = transaction.calls[index];
    Receipt receipt;
    receipt.transaction_id = transaction_id(transaction);
    receipt.call_index = index;
    receipt.height = block.header.height;
    receipt.code = call.method == "fail" ? "unknown-method" : std::string(kOk);
    receipt.cost = 100;
    if (receipt.code == kOk) receipt.events = {{"recorded", "{}"}};
    const auto text = std::string(as_text(call.payload));
    if (call.contract == "evidence") {
      const auto hash = [&](std::size_t at) { return text.substr(at, 64); };
      add_record(block, {"evidence", "sha256:" + hash(11)}, text, receipt);
      add_record(block, {"evidence", "sm3:" + hash(84)}, text, receipt);
    }
    if (call.contract == "provenance") add_record(block, {"provenance", "urn:example:epc"}, text, receipt);
    if (call.method == "register-lot") {
      add_record(block, {"agriculture", text.substr(10, text.size() - 12)}, text, receipt);
    }
    block.transactions.push_back(transaction);
    block.receipts.push_back(std::move(receipt));
  }
}

void ProofChain::add_record(Block& block, const Name& name, const std::string& text, const Receipt& receipt) {
  const contracts::Recorded recorded{receipt.height, block.header.time_ms, receipt.transaction_id,
                                     receipt.call_index, "court"};
  auto& history = block.histories[name];
  ++history.head.count;
  history.head.chain = contracts::next_in_chain(history.head.chain, sha256(as_bytes(text)), recorded);
  history.records.push_back({text, recorded});
}

void ProofChain::seal(Block& block) {
  auto& roots = block.roots;
  roots.entities = tree_root(leaves_of(block.histories));
  roots.checksum = sha256(as_bytes("checksum " + to_string(block.header.height)));
  roots.receipts = merkle::root(receipt_leaves(block.receipts));
  history_leaves_.push_back(
      history_leaf(block.header.height, consensus::block_hash(chain_id_, block.header), roots.receipts));
  roots.history = merkle::root(history_leaves_);
}

void ProofChain::certify(FinalHeader& proof, Epoch epoch, std::vector<std::uint16_t> signers) const {
  const auto& last = proof.path.empty() ? proof.header : proof.path.back();
  const auto validators = set(epoch);
  const auto n = validators.size();
  if (signers.empty()) {  // all but one, another at each height
    for (std::uint16_t i = 0; i < n; ++i) {
      if (i != last.height.value() % n) signers.push_back(i);
    }
  }
  auto& certificate = proof.finalization;
  certificate = {
      last.epoch,
      {consensus::VoteKind::kFinalize, last.view, last.height, consensus::block_hash(chain_id_, last)},
      {}};
  const auto message = consensus::signing_bytes(chain_id_, certificate.epoch, certificate.ballot);
  for (const auto signer : signers) {
    certificate.signatures.push_back(
        {NodeIndex(signer), key_of(validators[signer % n].consensus_key).sign(message)});
  }
}

FinalHeader ProofChain::final(std::uint64_t height, std::size_t path,
                              std::vector<std::uint16_t> signers) const {
  FinalHeader proof{header(height), {}, {}};
  for (std::uint64_t next = height + 1; next <= height + path; ++next) proof.path.push_back(header(next));
  certify(proof, proof.header.epoch, std::move(signers));
  return proof;
}

ProofBundle ProofChain::base(std::uint64_t anchor, std::size_t path) const {
  ProofBundle bundle;
  bundle.chain_id = chain_id_;
  for (const std::uint64_t change : {2, 4}) {
    if (header(anchor).epoch.value() < change) break;
    bundle.sets.push_back({set(Epoch(change)), final(change * kEpochBlocks - 2, change == 2 ? 1 : 0)});
  }
  bundle.anchor = final(anchor, path);
  bundle.roots = blocks_.at(anchor - 1).roots;
  return bundle;
}

ProofBundle ProofChain::record(std::uint64_t anchor, std::uint64_t height, std::size_t receipt,
                               std::size_t path) const {
  const auto& block = blocks_.at(height);
  const auto& transaction = block.transactions.at(receipt);
  RecordClaim record;
  record.block = block.header;
  record.receipts_root = block.roots.receipts;
  record.history_path = merkle::inclusion_proof(std::span(history_leaves_).first(anchor - 1), height - 1);
  record.receipt = block.receipts[receipt];
  record.receipt_index = receipt;
  record.receipt_count = block.receipts.size();
  record.receipt_path = merkle::inclusion_proof(receipt_leaves(block.receipts), receipt);
  record.transaction = head_of(transaction);
  record.signature = transaction.signature;
  record.call = transaction.calls[record.receipt.call_index];
  std::vector<Hash> calls;
  for (const auto& call : transaction.calls) calls.push_back(merkle::leaf_hash(encode(call)));
  record.call_path = merkle::inclusion_proof(calls, record.receipt.call_index);
  ProofBundle bundle = base(anchor, path);
  bundle.claim = std::move(record);
  return bundle;
}

ProofBundle ProofChain::entity(std::uint64_t anchor, const std::string& contract, const std::string& name,
                               bool with_records, std::size_t path) const {
  const auto& histories = blocks_.at(anchor - 1).histories;
  const auto place = entity_path(contract, name);
  auto proof = tree_path(leaves_of(histories), place);
  EntityClaim entity{contract, name, std::move(proof.siblings), {}, {}, {}};
  if (const auto found = histories.find({contract, name}); found != histories.end()) {
    entity.head = found->second.head;
    if (with_records) entity.records = found->second.records;
  } else {
    entity.other = proof.leaf;
    if (with_records) entity.records.emplace();
  }
  ProofBundle bundle = base(anchor, path);
  bundle.claim = std::move(entity);
  return bundle;
}

}  // namespace jingchu::ledger::test
