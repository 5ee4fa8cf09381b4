#include "sim/checkers/observer.h"

#include "sim/world.h"

namespace jingchu::sim {

using namespace consensus;

namespace {

Setting make_setting(World& world) {
  Setting setting;
  setting.validators = world.plan().validators;
  setting.faults = (setting.validators - 1) / 3;
  setting.quorum = setting.validators - setting.faults;
  setting.chain_id = world.chain_id();
  setting.genesis = world.genesis();
  setting.keys = world.keys().validators();
  setting.signatures = &world.keys().checker();
  setting.parameters = world.plan().parameters;
  setting.honest = 0;
  for (std::size_t i = 0; i < setting.validators; ++i) {
    const NodeIndex node(static_cast<std::uint16_t>(i));
    if (world.is_honest(node)) setting.honest |= std::uint64_t{1} << i;
  }
  setting.clocks_jump = world.plan().clock_jumps;
  setting.fail = [&world](std::string kind, std::string text) {
    world.fail(std::move(kind), std::move(text));
  };
  setting.wall_ms = [&world](NodeIndex node) { return world.wall_ms(node.value()); };
  return setting;
}

}  // namespace

Observer::Observer(World& world)
    : world_(world),
      setting_(make_setting(world)),
      knowledge_(setting_),
      votes_(setting_, knowledge_),
      certificates_(setting_),
      durability_(setting_, knowledge_),
      chain_(setting_, knowledge_, durability_, certificates_),
      proposals_(setting_, knowledge_, chain_),
      liveness_(setting_, chain_) {}

void Observer::on_start(NodeIndex node, Height executed, const std::vector<Record>& records) {
  if (!setting_.is_honest(node)) return;
  chain_.on_start(node, executed);
  on_durable(node, records);
}

void Observer::on_durable(NodeIndex node, const std::vector<Record>& records) {
  for (const Record& record : records) {
    if (const auto* proposal = std::get_if<ProposalRecord>(&record)) {
      knowledge_.add_header(proposal->proposal.header, proposal->proposal.proposer);
    }
    if (const auto* batch = std::get_if<BatchRecord>(&record)) knowledge_.add_batch(batch->batch);
    if (!setting_.is_honest(node)) continue;
    durability_.on_durable(node, record);
    if (const auto* batch = std::get_if<BatchRecord>(&record)) {
      if (batch->batch->batch.lane == node) liveness_.on_sealed(batch->batch);
    } else if (const auto* vote = std::get_if<VoteRecord>(&record)) {
      if (vote->reason) certificates_.check(*vote->reason, name(node) + "'s log");
    }
  }
}

void Observer::on_send(NodeIndex node, const Outgoing& outgoing) {
  note(node, outgoing.message);
  if (setting_.is_honest(node)) durability_.on_send(node, outgoing.message);
}

void Observer::note(NodeIndex from, const Message& message) {
  if (const auto* proposal = std::get_if<Proposal>(&message)) {
    knowledge_.add_header(proposal->header, proposal->proposer);
    for (const auto& certificate : proposal->justification) note(from, certificate);
  } else if (const auto* vote = std::get_if<Vote>(&message)) {
    note_ballot(vote->ballot, std::uint64_t{1} << vote->signer.value());
  } else if (const auto* certificate = std::get_if<Certificate>(&message)) {
    note(from, *certificate);
  } else if (const auto* batch = std::get_if<BatchPointer>(&message)) {
    knowledge_.add_batch(*batch);
  } else if (const auto* chain = std::get_if<Chain>(&message)) {
    for (const Header& header : chain->headers) knowledge_.add_header(header);
    note(from, chain->finalization);
  }
}

void Observer::note(NodeIndex from, const Certificate& certificate) {
  if (setting_.is_honest(from)) certificates_.check(certificate, name(from) + " sent a certificate");
  std::uint64_t signers = 0;
  for (const auto& signature : certificate.signatures)
    signers |= std::uint64_t{1} << signature.signer.value();
  note_ballot(certificate.ballot, signers);
}

void Observer::note_ballot(const Ballot& ballot, std::uint64_t signers) {
  const std::uint64_t fresh = knowledge_.add_ballot(ballot, signers);
  for (std::uint64_t rest = fresh; rest != 0; rest &= rest - 1) {
    const NodeIndex signer(static_cast<std::uint16_t>(std::countr_zero(rest)));
    votes_.on_ballot(ballot, signer);
    if (!setting_.is_honest(signer)) continue;
    durability_.on_ballot(ballot, signer);
    if (ballot.kind == VoteKind::kNotarize) proposals_.on_notarize(ballot, signer);
  }
}

void Observer::on_deliver(NodeIndex node, const FinalizedBlock& block) {
  if (!setting_.is_honest(node)) return;
  chain_.on_deliver(node, block);
  liveness_.on_deliver(block);
}

void Observer::on_executed(NodeIndex node, const FinalizedBlock& block, const Hash& root) {
  if (!setting_.is_honest(node)) return;
  durability_.on_executed(node, block.header.height, block.batches);
  chain_.on_executed(node, block.header.height, root);
}

void Observer::on_evidence(NodeIndex node, const Evidence& evidence) {
  world_.count("evidence");
  if (setting_.is_honest(node) && setting_.is_honest(evidence.culprit)) {
    setting_.fail("evidence-against-honest",
                  name(node) + " accuses " + name(evidence.culprit) + " of " + evidence.kind);
  }
}

void Observer::on_notice(NodeIndex node, const Notice& notice) {
  world_.count("notices");
  if (notice.alarm && setting_.is_honest(node)) {
    setting_.fail("honest-alarm", name(node) + " stopped voting: " + notice.kind + ": " + notice.text);
  }
}

void Observer::on_status(NodeIndex node, const CoreStatus& status) {
  if (!setting_.is_honest(node)) return;
  const std::uint64_t bound = 2 * setting_.validators * setting_.parameters.lane_bytes_max;
  if (status.pending_bytes > bound) {
    setting_.fail("memory", name(node) + " holds " + std::to_string(status.pending_bytes) + " pending bytes");
  }
  if (!status.stopped.empty()) setting_.fail("honest-alarm", name(node) + " stopped: " + status.stopped);
}

void Observer::on_heal() {
  liveness_.on_heal();
  world_.queue().after(liveness_.bound_us(), [this] {
    if (!liveness_.satisfied()) setting_.fail("no-progress", liveness_.missing() + world_.describe_nodes());
  });
}

}  // namespace jingchu::sim
