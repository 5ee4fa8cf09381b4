#include "ledger/chain_verifier.h"

#include "consensus/epoch.h"

namespace jingchu::ledger {
namespace {

Error differs(Height height, const std::string& what) {
  return environment_error("chain-differs", "block " + to_string(height) + ": " + what);
}

Error differs(Height height, const std::string& what, const Error& why) {
  return differs(height, what + ": " + why.what + (why.where.empty() ? "" : " (" + why.where + ")"));
}

Error differs(Height height, const std::string& what, const Hash& found, const Hash& expected) {
  return differs(height, what + " is " + to_hex(found) + " instead of " + to_hex(expected));
}

}  // namespace

Status check_final(const Genesis& genesis, const consensus::ValidatorSet& validators,
                   const consensus::Header& header, const std::vector<consensus::Header>& path,
                   const std::optional<consensus::Certificate>& finalization) {
  const consensus::Verifier verifier(genesis.chain_id, header.epoch, validators,
                                     consensus::real_signatures());
  if (!finalization) return differs(header.height, "it has no finalization");
  if (header.cut.size() != validators.size()) return differs(header.height, "its cut is of other lanes");
  Hash hash = consensus::block_hash(genesis.chain_id, header);
  const consensus::Header* last = &header;
  for (const auto& next : path) {
    if (next.epoch != header.epoch || next.height != last->height.next() || next.parent_hash != hash ||
        next.parent_view != last->view) {
      return differs(header.height, "the path to its finalization does not follow it");
    }
    hash = consensus::block_hash(genesis.chain_id, next);
    last = &next;
  }
  const consensus::Ballot ballot{consensus::VoteKind::kFinalize, last->view, last->height, hash};
  if (finalization->ballot != ballot) return differs(header.height, "its finalization is of another block");
  const auto valid = verifier.certificate(*finalization);
  return valid.ok() ? ok_status() : Status(differs(header.height, "its finalization", valid.error()));
}

ChainPosition ChainPosition::genesis(const Genesis& genesis, const Hash& genesis_root) {
  ChainPosition position;
  position.header = genesis.header(genesis_root);
  position.hash = consensus::block_hash(genesis.chain_id, position.header);
  position.executed_root = genesis_root;
  position.validators = genesis.validator_set();
  return position;
}

ChainVerifier::ChainVerifier(const Genesis& genesis, ChainPosition start, const SignatureCheck& signatures)
    : genesis_(genesis),
      signatures_(signatures),
      at_(std::move(start)),
      begins_midway_(at_.header.height != Height()) {
  executed_roots_[at_.header.height] = at_.executed_root;
}

Status ChainVerifier::check_link(const consensus::Header& header) const {
  const Height height = at_.header.height.next();
  if (header.height != height)
    return differs(height, "block " + to_string(header.height) + " is in its place");
  const Epoch epoch = genesis_.epochs().of(height);
  const bool begins = height.value() == 1 || genesis_.epochs().is_last(at_.header.height);
  const View parent_view = begins ? View() : at_.header.view;
  if (header.epoch != epoch) return differs(height, "it names epoch " + to_string(header.epoch));
  if (header.parent_hash != at_.hash) return differs(height, "its parent_hash", header.parent_hash, at_.hash);
  if (header.parent_view != parent_view) return differs(height, "its parent_view is another");
  if (header.validators_hash != at_.validators.hash()) {
    return differs(height, "its validators_hash", header.validators_hash, at_.validators.hash());
  }
  if (!begins && header.next_validators_hash != at_.header.next_validators_hash) {
    return differs(height, "its next_validators_hash is not that of its epoch");
  }
  return check_executed(header);
}

Status ChainVerifier::check_executed(const consensus::Header& header) const {
  const auto executed = executed_roots_.find(header.executed_height);
  if (executed == executed_roots_.end()) {
    return differs(header.height, "its executed_height " + to_string(header.executed_height) +
                                      " is beyond it or falls behind that of its parent");
  }
  if (executed->second == header.executed_root) return ok_status();
  return differs(header.height, "its executed_root of block " + to_string(header.executed_height),
                 header.executed_root, executed->second);
}

Status ChainVerifier::check_batch_content(const consensus::BatchPointer& sealed, Height height) {
  const std::string name =
      "batch " + to_string(sealed->batch.sequence) + " of lane " + to_string(sealed->batch.lane);
  const consensus::Verifier verifier(genesis_.chain_id, genesis_.epochs().of(height), at_.validators,
                                     consensus::real_signatures());
  const auto owned = verifier.batch(sealed);
  if (!owned.ok()) return differs(height, name, owned.error());
  const auto transactions =
      check_batch(sealed->batch, genesis_.chain_id, genesis_.rules.transaction, signatures_);
  if (!transactions.ok()) return differs(height, name, transactions.error());
  for (const auto& prepared : *transactions) {
    const auto& content = prepared->transaction;
    if (content.valid_until < height) continue;
    if (content.valid_until - height > genesis_.rules.validity_window) continue;
    if (ordered_.try_emplace(prepared->id, Ordered{content.calls.size()}).second) {
      by_expiry_.emplace(content.valid_until, prepared->id);
    }
  }
  return ok_status();
}

// Exactly those from the parent's cut to this one, in the order of execution.
Status ChainVerifier::check_batches(const ArchivedBlock& block) {
  const Height height = block.header.height;
  const std::size_t lanes = block.header.cut.size();
  const bool begins = block.header.epoch != at_.header.epoch || at_.header.height == Height();
  const consensus::Cut from = begins ? consensus::Cut(lanes) : at_.header.cut;
  auto batch = block.batches.begin();
  for (std::size_t i = 0; i < lanes; ++i) {
    const std::size_t lane = (height.value() % lanes + i) % lanes;
    auto reached = from[lane];
    while (reached.sequence < block.header.cut[lane].sequence) {
      const std::string name =
          "batch " + to_string(reached.sequence.next()) + " of lane " + std::to_string(lane);
      if (batch == block.batches.end()) return differs(height, name + " is missing");
      if (batch->lane.value() != lane || batch->sequence != reached.sequence.next()) {
        return differs(height, name + " is not in its place");
      }
      if (batch->prev != reached.tip) return differs(height, name + " does not follow the one before");
      const auto sealed = consensus::seal(genesis_.chain_id, *batch++);
      RETURN_IF_ERROR(check_batch_content(sealed, height));
      reached = {sealed->batch.sequence, sealed->tip};
    }
    if (reached != block.header.cut[lane]) {
      return differs(height, "the cut of lane " + std::to_string(lane) + " is not where its batches lead");
    }
  }
  return batch == block.batches.end() ? ok_status()
                                      : Status(differs(height, "it has batches beyond its cut"));
}

Status ChainVerifier::check_transaction(const std::vector<Receipt>& receipts, Height height) {
  if (receipts.empty()) return differs(height, "a transaction has no receipts");
  const Hash& id = receipts.front().transaction_id;
  for (std::size_t i = 0; i < receipts.size(); ++i) {
    if (receipts[i].transaction_id != id || receipts[i].call_index != i || receipts[i].height != height) {
      return differs(height, "the receipts of transaction " + to_hex(id) + " name another place");
    }
  }
  const auto ordered = ordered_.find(id);
  if (ordered == ordered_.end()) {
    if (begins_midway_) return ok_status();
    return differs(height, "transaction " + to_hex(id) + " was executed and stands in no batch before it");
  }
  if (ordered->second.executed) return differs(height, "transaction " + to_hex(id) + " was executed before");
  ordered->second.executed = true;
  if (ordered->second.calls == receipts.size()) return ok_status();
  return differs(height, "transaction " + to_hex(id) + " has another number of receipts than of calls");
}

Status ChainVerifier::check_receipts(const ArchivedBlock& block) {
  const Height height = block.header.height;
  merkle::Accumulator tree;
  for (const auto& receipts : block.receipts) {
    RETURN_IF_ERROR(check_transaction(receipts, height));
    for (const auto& receipt : receipts) tree.append(receipt_leaf(receipt));
    records_ += receipts.size();
  }
  if (tree.root() == block.roots.receipts) return ok_status();
  return differs(height, "the root of its receipts", tree.root(), block.roots.receipts);
}

void ChainVerifier::advance(const ArchivedBlock& block, const Hash& hash) {
  at_.header = block.header;
  at_.hash = hash;
  at_.executed_root = block.roots.executed();
  executed_roots_.erase(executed_roots_.begin(), executed_roots_.lower_bound(block.header.executed_height));
  executed_roots_[block.header.height] = at_.executed_root;
  while (!by_expiry_.empty() && by_expiry_.begin()->first < block.header.height) {
    ordered_.erase(by_expiry_.begin()->second);
    by_expiry_.erase(by_expiry_.begin());
  }
}

Status ChainVerifier::block(const ArchivedBlock& block) {
  RETURN_IF_ERROR(check_link(block.header));
  RETURN_IF_ERROR(check_final(genesis_, at_.validators, block.header, block.path, block.finalization));
  RETURN_IF_ERROR(check_batches(block));
  RETURN_IF_ERROR(check_receipts(block));
  const Hash hash = consensus::block_hash(genesis_.chain_id, block.header);
  at_.history.append(history_leaf(block.header.height, hash, block.roots.receipts));
  if (at_.history.root() != block.roots.history) {
    return differs(block.header.height, "the root of its history", block.roots.history, at_.history.root());
  }
  advance(block, hash);
  return ok_status();
}

Status ChainVerifier::following(const consensus::Header& header, const std::vector<consensus::Header>& path,
                                const std::optional<consensus::Certificate>& finalization) const {
  RETURN_IF_ERROR(check_link(header));
  if (header.executed_height != at_.header.height) {
    return differs(header.height, "it does not commit to the executed root of the epoch before");
  }
  return check_final(genesis_, at_.validators, header, path, finalization);
}

Status ChainVerifier::enter_epoch(const std::optional<consensus::ValidatorSet>& validators) {
  CHECK(genesis_.epochs().is_last(at_.header.height));
  if (validators) at_.validators = *validators;
  if (at_.validators.hash() == at_.header.next_validators_hash) return ok_status();
  return differs(at_.header.height, "its next_validators_hash", at_.header.next_validators_hash,
                 at_.validators.hash());
}

}  // namespace jingchu::ledger
