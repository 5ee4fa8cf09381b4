#include "sim/checkers/proposal_checker.h"

namespace jingchu::sim {

using namespace consensus;

void ProposalChecker::on_notarize(const Ballot& ballot, NodeIndex signer) const {
  const auto complain = [&](const std::string& what) {
    if (what.empty()) return false;
    setting_.fail("wrong-header-notarized",
                  name(signer) + " notarized in view " + to_string(ballot.view) + ": " + what);
    return true;
  };
  const KnownHeader* known = knowledge_.header(ballot.hash);
  if (known == nullptr) return static_cast<void>(complain("a header that nobody proposed"));
  if (complain(wrong_identity(ballot, *known))) return;
  const Header& header = known->header;
  const KnownHeader* parent = knowledge_.header(header.parent_hash);
  if (parent == nullptr) return static_cast<void>(complain("its parent was never proposed"));
  if (complain(wrong_parent(header, parent->header))) return;
  if (complain(wrong_cut(header, parent->header))) return;
  if (complain(wrong_execution(header, parent->header))) return;
  complain(wrong_time(header, parent->header, signer));
}

std::string ProposalChecker::wrong_identity(const Ballot& ballot, const KnownHeader& known) const {
  const Header& header = known.header;
  if (header.view != ballot.view || header.height != ballot.height)
    return "the vote names another view or height";
  const std::uint64_t leader = (header.view.value() + setting_.epoch.value()) % setting_.validators;
  if ((known.proposers >> leader & 1) == 0) return "not proposed by the leader";
  if (header.protocol_version != kProtocolVersion) return "protocol_version";
  if (header.epoch != setting_.epoch) return "epoch";
  if (header.validators_hash != setting_.validators_hash) return "validators_hash";
  if (header.next_validators_hash != setting_.next_validators_hash) return "next_validators_hash";
  return {};
}

std::string ProposalChecker::wrong_parent(const Header& header, const Header& parent) const {
  if (parent.view != header.parent_view || header.parent_view >= header.view) return "parent_view";
  if (header.height != parent.height.next()) return "height";
  if (!knowledge_.is_parent(parent.view, parent.height, header.parent_hash))
    return "its parent is not notarized";
  for (View view = parent.view.next(); view < header.view; view = view.next()) {
    if (!knowledge_.is_nullified(view)) return "the skipped view " + to_string(view) + " is not nullified";
  }
  return {};
}

std::string ProposalChecker::wrong_cut(const Header& header, const Header& parent) const {
  if (header.cut.size() != setting_.validators) return "the cut's size";
  if (header.height > setting_.last_height && header.cut != parent.cut) return "the cut moved in the tail";
  std::uint64_t batches = 0;
  std::uint64_t transactions = 0;
  std::uint64_t bytes = 0;
  for (std::size_t lane = 0; lane < header.cut.size(); ++lane) {
    std::vector<Hash> tips;
    if (!knowledge_.tips_between(parent.cut[lane], header.cut[lane], tips)) {
      return "cut[" + std::to_string(lane) + "] does not extend the parent's";
    }
    batches += tips.size();
    for (const Hash& tip : tips) {
      const Batch& batch = *knowledge_.batch(tip);
      if (batch.lane.value() != lane) return "cut[" + std::to_string(lane) + "] is of another lane";
      transactions += batch.transactions.size();
      for (const Bytes& transaction : batch.transactions) bytes += transaction.size();
    }
  }
  const auto& limits = setting_.parameters;
  if (batches > limits.block_batches_max) return "more batches than a block may have";
  if (transactions > limits.block_transactions_max) return "more transactions than a block may have";
  if (bytes > limits.block_bytes_max) return "more bytes than a block may have";
  if (header.height - header.executed_height > limits.execution_lag_max && header.cut != parent.cut) {
    return "the cut moved although execution lags";
  }
  return {};
}

std::string ProposalChecker::wrong_execution(const Header& header, const Header& parent) const {
  if (header.executed_height < parent.executed_height) return "executed_height is below the parent's";
  if (header.executed_height >= header.height) return "executed_height is not below height";
  if (header.executed_height == parent.executed_height) {
    return header.executed_root == parent.executed_root ? "" : "executed_root is not the parent's";
  }
  const Hash* root = chain_.root(header.executed_height);
  if (root == nullptr) return "executed_height was never final";
  return *root == header.executed_root ? "" : "executed_root";
}

std::string ProposalChecker::wrong_time(const Header& header, const Header& parent, NodeIndex signer) const {
  if (header.time_ms <= parent.time_ms) return "time is not after the parent's";
  if (setting_.clocks_jump || header.time_ms == parent.time_ms + 1) return {};
  if (header.time_ms > setting_.wall_ms(signer) + setting_.parameters.precision_ms)
    return "time is in the future";
  return {};
}

}  // namespace jingchu::sim
