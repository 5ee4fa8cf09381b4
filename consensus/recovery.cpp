// A restart (R1, R4, R8): the state before the crash from the last executed block and the records of the log.
#include <algorithm>

#include "consensus/mutant.h"

#include "consensus/core_state.h"

namespace jingchu::consensus {
namespace {

Error bad_log(std::string what) {
  return environment_error("log-contradiction", std::move(what),
                           "this is not the log of this node; restore it, or join with a new key");
}

Error bad_start(std::string what) {
  return our_error("recovery-contradiction", std::move(what),
                   "report it; the data directory was not changed");
}

}  // namespace

Result<std::unique_ptr<Core::State>> Core::State::recover(CoreConfig config, const Signer* signer,
                                                          Recovered recovered) {
  const std::size_t n = config.validators.size();
  if (n == 0 || config.base.cut.size() != n || recovered.executed.cut.size() != n) {
    return bad_start("the base, the executed block and the validators do not have the same number of lanes");
  }
  if (config.self.has_value() != (signer != nullptr))
    return bad_start("a signer and a validator's index belong together");
  if (config.self && !config.validators.contains(*config.self))
    return bad_start("we are not of the validators");
  const bool is_base = recovered.executed.height == config.base.height && config.base_hash;
  const Hash hash = is_base ? *config.base_hash : block_hash(config.chain_id, recovered.executed);
  auto state = std::make_unique<State>(std::move(config), signer,
                                       FinalBlock{recovered.executed, hash, std::nullopt, std::nullopt});
  state->turns_made = state->durable_turn = recovered.turns;
  state->stopped = recovered.stopped;
  RETURN_IF_ERROR(state->restore_chain(recovered));
  RETURN_IF_ERROR(state->restore_records(std::move(recovered.records)));
  return state;
}

Status Core::State::restore_chain(const Recovered& recovered) {
  for (const auto& [height, root] : recovered.roots) roots[height] = root;
  const Height base = config.base.height;
  if (recovered.executed.height == base) roots.emplace(base, config.base.executed_root);
  if (!roots.contains(recovered.executed.height))
    return bad_start("the root of the executed block is missing");
  view = View(1);
  if (!recovered.finalization) {
    if (recovered.executed.height != base) return bad_start("the executed block has no finalization");
    return ok_status();
  }
  const Ballot& ballot = recovered.finalization->ballot;
  for (const Header& header : recovered.path) {
    if (header.parent_hash != chain.head().hash || header.height != chain.height().next() ||
        header.cut.size() != n) {
      return bad_start("the headers up to the finalization do not link");
    }
    append_final({header, block_hash(config.chain_id, header), std::nullopt, std::nullopt});
  }
  if (ballot.kind != VoteKind::kFinalize || ballot.hash != chain.head().hash) {
    return bad_start("the finalization is not of the last header");
  }
  chain.at(chain.height()).finalization = recovered.finalization;
  lanes.set_final(chain.head().header.cut);
  restore_certificate(*recovered.finalization);
  return ok_status();
}

// What was signed in another epoch is no concern of this one; but if that is a later one, our database is
// behind the log.
bool Core::State::is_of_epoch(Epoch epoch, const Record& record) {
  if (epoch > config.epoch) {
    floor = std::max(floor, FloorRecord{epoch, View()});
    later_records.push_back(record);
  }
  return epoch == config.epoch;
}

Status Core::State::restore_records(std::vector<Record> records) {
  for (const Record& record : records) {
    if (const auto* stored_key = std::get_if<KeyRecord>(&record)) {
      RETURN_IF_ERROR(restore_key(*stored_key));
    } else if (const auto* stored_floor = std::get_if<FloorRecord>(&record)) {
      floor = std::max(floor, *stored_floor);
    } else if (const auto* vote = std::get_if<VoteRecord>(&record)) {
      if (is_of_epoch(vote->vote.epoch, record)) RETURN_IF_ERROR(restore_vote(*vote));
    } else if (const auto* proposal = std::get_if<ProposalRecord>(&record)) {
      if (is_of_epoch(proposal->proposal.header.epoch, record)) RETURN_IF_ERROR(restore_proposal(*proposal));
    } else {
      const BatchPointer& batch = std::get<BatchRecord>(record).batch;
      if (is_of_epoch(batch->batch.epoch, record)) RETURN_IF_ERROR(restore_batch(batch));
    }
  }
  RETURN_IF_ERROR(restore_own_lane());
  // Own votes go into our own tallies, and may complete what the crash interrupted.
  for (const auto& [of, entries] : journal) {
    for (const JournalEntry& entry : entries) {
      const auto* vote = std::get_if<VoteRecord>(&entry.record);
      if (vote == nullptr || of <= final_view) continue;
      const VoteBook::Outcome outcome = book.add(vote->vote);
      if (outcome.completed) restore_certificate(*outcome.completed);
    }
  }
  own.erase(own.begin(), own.upper_bound(final_view));
  return ok_status();
}

Status Core::State::restore_key(const KeyRecord& stored) {
  if (!config.self) return bad_log("a follower's log names a key");
  if (stored.chain_id != config.chain_id) return bad_log("the log is of another chain");
  if (stored.consensus_key != config.validators[*config.self].consensus_key) {
    return bad_log("the log is of another key");
  }
  key = stored;
  return ok_status();
}

Status Core::State::restore_batch(const BatchPointer& batch) {
  if (batch->batch.lane.value() >= n) return bad_log("a batch of no lane");
  // wanted: what is final but not executed is needed again.
  lanes.take(batch, 0, true);
  lanes.set_durable(batch->tip);
  return ok_status();
}

// Sealing another batch with a sequence that was used would be equivocation.
Status Core::State::restore_own_lane() {
  if (!config.self) return ok_status();
  own_head = lanes.watermarks()[config.self->value()];
  for (const BatchPointer& batch : lanes.all()) {
    const bool is_own = key && is_self(batch->batch.lane);
    if (!is_own || batch->batch.sequence <= own_head.sequence) continue;
    if (!is_behind_log()) return bad_log("a gap in our own lane");
    own_head = {batch->batch.sequence, batch->tip};
  }
  return ok_status();
}

Status Core::State::restore_vote(const VoteRecord& record) {
  const Ballot& ballot = record.vote.ballot;
  if (!is_self(record.vote.signer)) return bad_log("a vote of another validator");
  const bool takes_reasons = !mutant(Mutant::kRecoveryForgetsReasons);
  if (record.reason && takes_reasons) restore_certificate(*record.reason);
  if (mutant(Mutant::kRecoveryForgetsVotes)) return ok_status();
  if (ballot.view <= chain.at(executed).header.view) return ok_status();
  OwnSignatures& mine = own[ballot.view];
  auto& slot = ballot.kind == VoteKind::kNotarize  ? mine.notarize
               : ballot.kind == VoteKind::kNullify ? mine.nullify
                                                   : mine.finalize;
  if (slot && *slot != ballot) return bad_log("two different votes in view " + to_string(ballot.view));
  slot = ballot;
  journal[ballot.view].push_back({record, 0});
  view = std::max(view, ballot.view);
  return ok_status();
}

Status Core::State::restore_proposal(const ProposalRecord& record) {
  const Header& header = record.proposal.header;
  if (header.cut.size() != n) return bad_log("a proposal across other lanes");
  const bool takes_reasons = !mutant(Mutant::kRecoveryForgetsReasons);
  if (record.reason && takes_reasons) restore_certificate(*record.reason);
  for (const Certificate& certificate : record.proposal.justification) {
    if (takes_reasons) restore_certificate(certificate);
  }
  if (header.view <= chain.at(executed).header.view) return ok_status();
  const Hash hash = block_hash(config.chain_id, header);
  if (is_self(record.proposal.proposer)) {
    OwnSignatures& mine = own[header.view];
    if (mine.proposal && *mine.proposal != hash)
      return bad_log("two own proposals in view " + to_string(header.view));
    mine.proposal = hash;
    view = std::max(view, header.view);
  }
  Block block;
  block.proposal = record.proposal;
  block.hash = hash;
  block.recorded = true;
  tree.add(std::move(block), tree.first_of(header.view) == nullptr);
  journal[header.view].push_back({record, 0});
  return ok_status();
}

// Resume at max(views voted in, views of stored certificates + 1, final_view + 1).
void Core::State::restore_certificate(const Certificate& certificate) {
  const View of = certificate.ballot.view;
  if (of < final_view) return;
  if (book.add(certificate) == VoteBook::Stored::kNew && certificate.ballot.kind == VoteKind::kFinalize) {
    final_view = of;
    highest_finalization = certificate;
    book.prune(of);
  }
  view = std::max(view, of.next());
}

std::vector<Record> Core::State::live_records() const {
  if (!key) return {};
  std::vector<Record> records;
  records.emplace_back(*key);
  records.emplace_back(std::max(floor, FloorRecord{config.epoch, chain.at(executed).header.view}));
  for (const BatchPointer& batch : lanes.all()) {
    if (mutant(Mutant::kRotationForgetsBatches)) break;
    if (batch->batch.sequence > lanes.executed(batch->batch.lane.value()).sequence)
      records.emplace_back(BatchRecord{batch});
  }
  for (const auto& [of, entries] : journal) {
    if (mutant(Mutant::kRotationForgetsVotes)) break;
    for (const JournalEntry& entry : entries) records.push_back(entry.record);
  }
  records.insert(records.end(), later_records.begin(), later_records.end());
  return records;
}

}  // namespace jingchu::consensus
