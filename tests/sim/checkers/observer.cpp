#include "sim/checkers/observer.h"

#include "sim/world.h"

namespace jingchu::sim {

using namespace consensus;

namespace {

Setting make_setting(World& world, Epoch epoch) {
  Setting setting;
  const EpochContext& context = world.epochs().at(epoch);
  const node::EpochPlan& plan = context.plan;
  setting.epoch = epoch;
  setting.genesis = plan.base;
  setting.genesis_hash = context.base_hash;
  setting.validators_hash = contracts::governance::validators_hash(plan.members);
  setting.next_validators_hash = contracts::governance::validators_hash(plan.next);
  setting.last_height = plan.last_height;
  setting.nodes = world.plan().nodes();
  setting.validators = plan.members.size();
  setting.faults = (setting.validators - 1) / 3;
  setting.quorum = setting.validators - setting.faults;
  setting.chain_id = world.chain_id();
  setting.keys = node::validator_set(plan.members);
  setting.signatures = &world.keys().checker();
  setting.parameters = world.plan().parameters;
  setting.honest = 0;
  for (std::size_t i = 0; i < setting.nodes; ++i) {
    const NodeIndex node(static_cast<std::uint16_t>(i));
    if (world.is_honest(node)) setting.honest |= std::uint64_t{1} << i;
  }
  setting.clocks_jump = world.plan().clock_jumps;
  setting.fail = [&world](std::string kind, std::string text) {
    world.fail(std::move(kind), std::move(text));
  };
  setting.count = [&world](std::string_view what, std::uint64_t by) { world.count(what, by); };
  setting.wall_ms = [&world](NodeIndex node) { return world.wall_ms(node.value()); };
  return setting;
}

// Nothing for records of the key.
std::optional<Epoch> epoch_of(const Record& record) {
  if (const auto* vote = std::get_if<VoteRecord>(&record)) return vote->vote.epoch;
  if (const auto* proposal = std::get_if<ProposalRecord>(&record)) return proposal->proposal.header.epoch;
  if (const auto* batch = std::get_if<BatchRecord>(&record)) return batch->batch->batch.epoch;
  return std::nullopt;
}

}  // namespace

Observer::Observer(World& world)
    : world_(world),
      epochs_([&world](Epoch epoch) { return make_setting(world, epoch); }),
      setting_(epochs_.of(Epoch(0)).setting),
      sets_(setting_, world.epochs().at(Epoch(0)).plan.members,
            [&world](NodeIndex node, const PublicKey& key) {
              return world.node(node.value()).is_replacement(key);
            }),
      execution_(
          setting_, sets_, world.make_ledger(),
          [&world](const ledger::Transaction& transaction) { return world.whole()->is_signed(transaction); }),
      chain_(setting_, epochs_, execution_),
      liveness_(setting_, chain_),
      executed_(setting_.nodes) {}

void Observer::on_start(NodeIndex node, Height executed, const std::vector<Record>& records) {
  if (!setting_.is_honest(node)) return;
  chain_.on_start(node, executed);
  const Epoch epoch = consensus::EpochSchedule(setting_.parameters.epoch_blocks).after(executed);
  if (executed < executed_[node.value()]) {
    setting_.fail("durable-block-lost", name(node) + " starts at height " + to_string(executed) +
                                            ", it had reported height " + to_string(executed_[node.value()]));
  }
  // What a crash left of what was never reported.
  for (Height height = executed_[node.value()].next(); height <= executed; height = height.next()) {
    note_executed(node, chain_.link(height));
  }
  if (world_.epochs().find(epoch) != nullptr) epochs_.of(epoch).durability.on_start(node, records);
  for (const Record& record : records) note_record(node, record);
}

void Observer::on_home_lost(NodeIndex node) {
  epochs_.on_log_lost(node);
  liveness_.on_home_lost(node);
}

void Observer::note_executed(NodeIndex node, const ChainChecker::Link& link) {
  epochs_.of(link.header.epoch).durability.on_executed(node, link.header, link.tips);
  executed_[node.value()] = std::max(executed_[node.value()], link.header.height);
}

void Observer::on_durable(NodeIndex node, const std::vector<Record>& records) {
  for (const Record& record : records) {
    const auto epoch = epoch_of(record);
    if (epoch && setting_.is_honest(node)) check_begun(node, *epoch);
    note_record(node, record);
  }
}

void Observer::note_record(NodeIndex node, const Record& record) {
  const auto epoch = epoch_of(record);
  if (!epoch) return;
  CheckersOfEpoch& checkers = epochs_.of(*epoch);
  const auto* batch = std::get_if<BatchRecord>(&record);
  if (batch != nullptr) checkers.knowledge.add_batch(batch->batch);
  if (const auto* proposal = std::get_if<ProposalRecord>(&record)) {
    checkers.knowledge.add_header(proposal->proposal.header, proposal->proposal.proposer);
  }
  if (!setting_.is_honest(node)) return;
  checkers.durability.on_durable(node, record);
  if (batch != nullptr && batch->batch->batch.lane == node) liveness_.on_sealed(batch->batch);
  const auto* vote = std::get_if<VoteRecord>(&record);
  if (vote != nullptr && vote->reason) checkers.certificates.check(*vote->reason, name(node) + "'s log");
}

// The closing proof of an epoch is durable before any record of the next.
void Observer::check_begun(NodeIndex node, Epoch epoch) {
  const Height base = epochs_.of(epoch).setting.genesis.height;
  if (executed_[node.value()] >= base) return;
  setting_.fail("epoch-before-its-base", name(node) + " works in epoch " + to_string(epoch) +
                                             ", its synced height is " + to_string(executed_[node.value()]));
}

void Observer::on_send(NodeIndex node, const Outgoing& outgoing) {
  note(node, outgoing.message);
  if (!setting_.is_honest(node)) return;
  Epoch epoch = sim::epoch_of(outgoing.message).value_or(Epoch());
  if (const auto* status = std::get_if<LaneStatus>(&outgoing.message)) epoch = status->epoch;
  epochs_.of(epoch).durability.on_send(node, outgoing.message);
}

void Observer::note(NodeIndex from, const Message& message) {
  if (const auto* proposal = std::get_if<Proposal>(&message)) {
    epochs_.of(proposal->header.epoch).knowledge.add_header(proposal->header, proposal->proposer);
    for (const auto& certificate : proposal->justification) note(from, certificate);
  } else if (const auto* vote = std::get_if<Vote>(&message)) {
    note_ballot(vote->epoch, vote->ballot, std::uint64_t{1} << vote->signer.value());
  } else if (const auto* certificate = std::get_if<Certificate>(&message)) {
    note(from, *certificate);
  } else if (const auto* batch = std::get_if<BatchPointer>(&message)) {
    epochs_.of((*batch)->batch.epoch).knowledge.add_batch(*batch);
  } else if (const auto* chain = std::get_if<Chain>(&message)) {
    for (const Header& header : chain->headers) epochs_.of(header.epoch).knowledge.add_header(header);
    note(from, chain->finalization);
  }
}

void Observer::note(NodeIndex from, const Certificate& certificate) {
  if (setting_.is_honest(from)) {
    epochs_.of(certificate.epoch).certificates.check(certificate, name(from) + " sent a certificate");
  }
  std::uint64_t signers = 0;
  for (const auto& signature : certificate.signatures)
    signers |= std::uint64_t{1} << signature.signer.value();
  note_ballot(certificate.epoch, certificate.ballot, signers);
}

void Observer::note_ballot(Epoch epoch, const Ballot& ballot, std::uint64_t signers) {
  CheckersOfEpoch& checkers = epochs_.of(epoch);
  const std::uint64_t fresh = checkers.knowledge.add_ballot(ballot, signers);
  for (std::uint64_t rest = fresh; rest != 0; rest &= rest - 1) {
    const NodeIndex signer(static_cast<std::uint16_t>(std::countr_zero(rest)));
    checkers.votes.on_ballot(ballot, signer);
    if (!setting_.is_honest(signer)) continue;
    checkers.durability.on_ballot(ballot, signer);
    if (ballot.kind == VoteKind::kNotarize) ProposalChecker(checkers, chain_).on_notarize(ballot, signer);
  }
}

void Observer::on_deliver(NodeIndex node, const FinalizedBlock& block) {
  if (!setting_.is_honest(node)) return;
  chain_.on_deliver(node, block);
  liveness_.on_deliver(block);
  const Height last = epochs_.of(block.header.epoch).setting.last_height;
  if (block.header.height == last) liveness_.on_end(block.header.epoch);
}

void Observer::on_executed(NodeIndex node, const FinalizedBlock& block, const ledger::ExecutedBlock& result,
                           const StoreDigest& digest) {
  if (!setting_.is_honest(node)) return;
  note_executed(node, chain_.link(block.header.height));
  execution_.on_executed(node, result, digest);
}

// Of the batches up to there it has none.
void Observer::on_restored(NodeIndex node, Height height, const Hash& root, const StoreDigest& digest) {
  if (!setting_.is_honest(node)) return;
  execution_.on_restored(node, height, root, digest);
  if (world_.stopped()) return;
  const auto& header = chain_.link(height).header;
  epochs_.of(header.epoch).durability.on_executed(node, header, {});
  executed_[node.value()] = height;
}

void Observer::on_evidence(NodeIndex node, const Evidence& evidence) {
  world_.count("evidence");
  if (!setting_.is_honest(node)) return;
  const Status proven = verify_evidence(world_.epochs().at(evidence.epoch).verifier, evidence, {});
  if (!proven.ok()) setting_.fail("evidence-unfounded", name(node) + ": " + proven.error().to_string());
  if (setting_.is_honest(evidence.culprit)) {
    setting_.fail("evidence-against-honest", name(node) + " accuses " + name(evidence.culprit) + " of " +
                                                 std::string(to_string(evidence.kind)));
  }
}

void Observer::on_notice(NodeIndex node, const Notice& notice) {
  world_.count("notices");
  if (setting_.is_honest(node) && notice.text.starts_with("a batch of our own that is")) {
    setting_.fail("own-batch-refused", name(node) + ": " + notice.text);
  }
  if (notice.alarm && setting_.is_honest(node)) {
    setting_.fail("honest-alarm", name(node) + " stopped voting: " + notice.kind + ": " + notice.text);
  }
}

void Observer::on_status(NodeIndex node, const CoreStatus& status) {
  if (!setting_.is_honest(node)) return;
  std::uint64_t bound = 2 * setting_.nodes * setting_.parameters.lane_bytes_max;
  // A node that begins again counts what is final as pending until it has heard so; such batches pass the
  // caps.
  for (Height height = chain_.delivered(node); height < chain_.height(); height = height.next()) {
    bound += chain_.link(height.next()).batch_bytes;
  }
  if (status.pending_bytes > bound) {
    setting_.fail("memory", name(node) + " holds " + std::to_string(status.pending_bytes) + " pending bytes");
  }
  if (!status.stopped.empty()) setting_.fail("honest-alarm", name(node) + " stopped: " + status.stopped);
}

bool Observer::satisfied() const {
  return liveness_.satisfied() && (world_.governor() == nullptr || world_.governor()->satisfied()) &&
         (world_.clients() == nullptr || world_.clients()->satisfied()) && everyone_votes();
}

bool Observer::everyone_votes() const {
  for (std::size_t i = 0; i < setting_.nodes; ++i) {
    const Node& node = world_.node(i);
    if (!world_.is_honest(node.index()) || node.is_retired()) continue;
    if (!node.running() || node.is_idle()) return false;
  }
  return true;
}

void Observer::on_heal() {
  liveness_.on_heal();
  const std::uint64_t changes_us = world_.governor() == nullptr ? 0 : world_.governor()->bound_us();
  world_.queue().after(liveness_.bound_us() + changes_us, [this] {
    if (satisfied()) return;
    const std::string open = world_.clients() == nullptr ? "" : world_.clients()->missing();
    const std::string changes = world_.governor() == nullptr ? "" : world_.governor()->missing();
    setting_.fail("no-progress", liveness_.missing() + open + changes + world_.describe_nodes());
  });
}

}  // namespace jingchu::sim
