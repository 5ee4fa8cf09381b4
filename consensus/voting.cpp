// Votes, certificates and proposals: what is counted, when a view is entered, and what is signed.
#include "consensus/core_state.h"
#include "consensus/mutant.h"

namespace jingchu::consensus {
namespace {

// No honest quorum gets here; a forged view must not overflow anything.
constexpr View kViewMax{std::uint64_t{1} << 62};

}  // namespace

std::vector<NodeIndex> signers_of(const Certificate& certificate) {
  std::vector<NodeIndex> signers;
  for (const auto& signature : certificate.signatures) signers.push_back(signature.signer);
  return signers;
}

void Core::State::receive(NodeIndex from, const Verified<Vote>& verified) {
  const Vote& vote = *verified;
  const View of = vote.ballot.view;
  if (of <= final_view) return;
  if (of > view && of - view > config.parameters.future_views)
    return refuse(from, "a vote of a view too far ahead");
  // Without our log we cannot tell what we signed: then our own key is like any other.
  if (!is_self(vote.signer) || !knows_own()) return tally(vote);
  if (is_foreign(vote.ballot)) stop("foreign-own-message", "a vote signed by our key that is not in our log");
}

void Core::State::tally(const Vote& vote) {
  if (vote.ballot.view <= final_view) return;
  const VoteBook::Outcome outcome = book.add(vote);
  if (outcome.contradicts) {
    const auto kind = contradiction(*outcome.contradicts, vote);
    report(evidence_of(*kind, *outcome.contradicts, vote), vote.ballot.view.value());
  }
  if (outcome.completed) take_certificate(*outcome.completed);
}

void Core::State::receive(NodeIndex from, const Verified<Certificate>& certificate) {
  if (certificate->ballot.view >= kViewMax) return refuse(from, "a certificate of a view that cannot be");
  take_certificate(*certificate);
}

// Executed is not yet as far as the log was when it was cut.
bool Core::State::is_behind_log() const {
  if (mutant(Mutant::kFloorIgnored)) return false;
  return FloorRecord{config.epoch, chain.at(executed).header.view} < floor;
}

// R8: signed by our key, but not by what our log says that we signed. Without our log we cannot tell.
bool Core::State::is_foreign(const Ballot& ballot) const {
  if (!knows_own() || ballot.view <= final_view) return false;
  const auto mine = own.find(ballot.view);
  if (mine == own.end()) return true;
  const auto& signed_ballot = ballot.kind == VoteKind::kNotarize  ? mine->second.notarize
                              : ballot.kind == VoteKind::kNullify ? mine->second.nullify
                                                                  : mine->second.finalize;
  return signed_ballot != ballot;
}

bool Core::State::holds_foreign_signature(const Certificate& certificate) const {
  for (const auto& signature : certificate.signatures) {
    if (is_self(signature.signer) && is_foreign(certificate.ballot)) return true;
  }
  return false;
}

void Core::State::take_certificate(const Certificate& certificate) {
  const Ballot& ballot = certificate.ballot;
  if (ballot.view <= final_view || ballot.view >= kViewMax) return;
  if (holds_foreign_signature(certificate)) {
    stop("foreign-own-message", "a certificate holds a vote signed by our key that is not in our log");
  }
  const VoteBook::Stored stored = book.add(certificate);
  if (stored == VoteBook::Stored::kConflict) {
    stop("conflicting-certificates", "two certificates of view " + to_string(ballot.view));
  }
  if (stored != VoteBook::Stored::kNew) return;
  fetching.done({FetchKind::kCertificates, ballot.view.value(), {}});
  broadcast(certificate);  // relayed once for each kind, view and hash
  unsettled = true;
  if (ballot.kind == VoteKind::kNullify) {
    ++nullified_views;
    ++nullified_by_leader[leader_of(ballot.view).value()];
  }
  if (ballot.kind == VoteKind::kFinalize) take_finalization(certificate);
  enter(ballot.view.next());
}

void Core::State::take_finalization(const Certificate& certificate) {
  final_view = certificate.ballot.view;
  highest_finalization = certificate;
  last_final_us = now.monotonic_us;
  pacemaker.note_progress(now.monotonic_us);
  book.prune(final_view);
  evidence_filter.prune(final_view);
  own.erase(own.begin(), own.upper_bound(final_view));
  drop_obsolete_fetches();
}

void Core::State::enter(View next) {
  if (next <= view) return;
  view = next;
  pacemaker.enter(view, now.monotonic_us);
  change_status();
  unsettled = true;
}

void Core::State::receive(NodeIndex from, const Verified<Proposal>& verified) {
  const Proposal& proposal = *verified;
  for (const Certificate& certificate : proposal.justification) take_certificate(certificate);
  const View of = proposal.header.view;
  if (of <= final_view) return;
  if (proposal.proposer != leader_of(of))
    return refuse(from, "a proposal that is not by the leader of its view");
  const Hash hash = block_hash(config.chain_id, proposal.header);
  if (is_self(proposal.proposer)) {
    const auto mine = own.find(of);
    const bool known = mine != own.end() && mine->second.proposal == hash;
    if (knows_own() && !known)
      stop("foreign-own-message", "a proposal signed by our key that is not in our log");
    if (knows_own()) return;
  }
  const FetchKey fetch{FetchKind::kProposal, of.value(), hash};
  const bool named = book.certifies(of, hash) || fetching.is_wanted(fetch);
  fetching.done(fetch);
  if (Block* known = tree.find(hash)) {
    if (!known->untimely && known->received_wall_ms != 0) return;
    known->untimely = false;  // R13: a time failure is not permanent
    known->received_wall_ms = now.wall_ms;
    unsettled = true;
    return;
  }
  const Block* first = tree.first_of(of);
  if (first != nullptr) report(evidence_of_proposals(config.chain_id, first->proposal, proposal), of.value());
  const bool too_far = of > view && of - view > config.parameters.future_views;
  if (!named && too_far) return refuse(from, "a proposal of a view too far ahead");
  if (!named && first != nullptr) return;
  tree.add({proposal, hash, now.monotonic_us, now.wall_ms}, first == nullptr && !too_far);
  if (of >= view) last_proposal_us = now.monotonic_us;
  unsettled = true;
}

void Core::State::on_view_timer() {
  pacemaker.set_fired();
  if (!can_vote()) return;
  notice("view-timeout", "view " + to_string(view) + " of leader " + to_string(leader_of(view)));
  nullify(view);
  if (mutant(Mutant::kNullifyAfterFinalize)) nullify(view.previous());
}

// R1: the certificate that opened a view.
const Certificate* Core::State::opening(View of) const {
  return book.closing(of.previous());
}

// Records what we sign in a view, or sign upon: the first record of a view carries what opened it (R1).
void Core::State::add_record(View of, Record record, bool persist) {
  auto& records = journal[of];
  if (records.empty() && !mutant(Mutant::kNoCertificateWithVote)) {
    const Certificate* opened_by = opening(of);
    auto* vote = std::get_if<VoteRecord>(&record);
    auto* proposal = std::get_if<ProposalRecord>(&record);
    auto& reason = vote != nullptr ? vote->reason : proposal->reason;
    if (!reason && opened_by != nullptr) reason = *opened_by;
  }
  records.push_back({record, turns_made + 1});
  if (persist) out.persist.push_back(std::move(record));
}

void Core::State::record_block(Block& block) {
  if (block.recorded) return;
  block.recorded = true;
  block.recorded_turn = turns_made + 1;
  ProposalRecord record{block.proposal, std::nullopt};
  if (mutant(Mutant::kNoCertificateWithVote)) record.proposal.justification.clear();
  add_record(block.header().view, std::move(record));
}

// Signs a vote. It leaves, and enters our own tally, once its record is durable.
void Core::State::cast(const Ballot& ballot, const Certificate* reason) {
  const Bytes message = signing_bytes(config.chain_id, config.epoch, ballot);
  const Vote vote{config.epoch, ballot, *config.self, signer->sign(message)};
  OwnSignatures& mine = own[ballot.view];
  (ballot.kind == VoteKind::kNotarize  ? mine.notarize
   : ballot.kind == VoteKind::kNullify ? mine.nullify
                                       : mine.finalize) = ballot;
  VoteRecord record{vote, std::nullopt};
  if (reason != nullptr && !mutant(Mutant::kNoCertificateWithVote)) record.reason = *reason;
  add_record(ballot.view, std::move(record), !mutant(Mutant::kNoVotePersistence));
  held.push_back({std::nullopt, vote});
  turn.votes.push_back(vote);
}

void Core::State::nullify(View of) {
  if (!can_vote() || of <= final_view || !may_nullify(own[of])) return;
  cast({VoteKind::kNullify, of, Height(), kZeroHash}, nullptr);
}

// The rule "on Notarization(v, h)": Finalize, also when a later view was entered, once header and batches are
// durable. Their records are in this turn's group or before it, so the receipt that lets the vote out covers
// them.
void Core::State::vote_finalize() {
  for (const View of : book.notarized_views()) {
    if (of <= final_view) continue;
    const Certificate& notarization = *book.certificate(VoteKind::kNotarize, of);
    Block* block = tree.find(notarization.ballot.hash);
    if (block == nullptr) {
      want_proposal(of, notarization.ballot.hash, signers_of(notarization));
      continue;
    }
    note_certified_root(block->header());
    if (!can_vote() || !may_finalize(own[of])) continue;
    const Header* parent = header_of(block->header().parent_hash);
    if (parent == nullptr) {
      want_proposal(block->header().parent_view, block->header().parent_hash, signers_of(notarization));
      continue;
    }
    if (!judge_data(*block, *parent).fits()) continue;
    record_block(*block);
    cast({VoteKind::kFinalize, of, notarization.ballot.height, notarization.ballot.hash}, &notarization);
  }
}

// The rule "on Proposal(v)" for the current view.
void Core::State::vote_notarize() {
  Block* block = tree.first_of(view);
  if (block == nullptr || block->refused || block->untimely || !can_vote() || !may_notarize(own[view]))
    return;
  const Judgement judgement = judge(*block);
  switch (judgement.fit) {
    case Fit::kWaits:
      return;
    case Fit::kUntimely:
      block->untimely = true;
      return notice("proposal-refused", "view " + to_string(view) + ": " + std::string(judgement.why));
    case Fit::kNever:
      block->refused = true;
      notice("proposal-refused", "view " + to_string(view) + ": " + std::string(judgement.why));
      return nullify(view);
    case Fit::kFits:
      record_block(*block);
      return cast({VoteKind::kNotarize, view, block->header().height, block->hash}, nullptr);
  }
}

// R2: everything that a Notarize stands for, in the order of what it costs.
Judgement Core::State::judge(Block& block) {
  const Header& header = block.header();
  const NodeIndex proposer = block.proposal.proposer;
  if (const auto form = form_fits(header, rules); !form.fits()) return form;
  if (header.parent_view < final_view) return {Fit::kNever, "a parent before the last final view"};
  const bool is_head =
      header.parent_hash == chain.head().hash && header.parent_view == chain.head().header.view;
  if (!is_head && !book.certifies(header.parent_view, header.parent_hash)) {
    want_certificates(header.parent_view, header.parent_view, {proposer});
    return {Fit::kWaits, "the parent's certificate"};
  }
  if (const auto gap = first_gap(book, header.parent_view, header.view)) {
    want_certificates(*gap, header.view.previous(), {proposer});
    return {Fit::kWaits, "the nullification of a skipped view"};
  }
  const Header* parent = header_of(header.parent_hash);
  if (parent == nullptr) {
    want_proposal(header.parent_view, header.parent_hash, {proposer});
    return {Fit::kWaits, "the parent"};
  }
  if (const auto height = height_fits(header, *parent); !height.fits()) return height;
  if (const auto cut = cut_fits(header, *parent, config.parameters); !cut.fits()) return cut;
  if (const auto tail = tail_fits(header, *parent, rules); !tail.fits()) return tail;
  const auto time = time_fits(header, *parent, block.received_wall_ms, failed_views(), config.parameters);
  const auto execution = execution_fits(header, *parent, roots);
  if (execution.fit == Fit::kNever) return execution;
  if (!time.fits()) return time;
  const auto data = judge_data(block, *parent);
  return data.fits() ? execution : data;
}

// The batches in (parent.cut, cut]: held, linked and within the limits. Missing ones are fetched.
Judgement Core::State::judge_data(const Block& block, const Header& parent) {
  Judgement result;
  std::uint64_t bytes = 0;
  std::uint64_t transactions = 0;
  for (std::size_t lane = 0; lane < n; ++lane) {
    const Lanes::Walk walk = lanes.walk(lane, parent.cut[lane], block.header().cut[lane]);
    if (walk.broken) return {Fit::kNever, "a cut that the lane's links do not lead to"};
    if (walk.missing) {
      std::vector<NodeIndex> preferred{block.proposal.proposer};
      for (const NodeIndex peer : reporters(walk.missing->lane, walk.missing->last.sequence))
        preferred.push_back(peer);
      want_batches(*walk.missing, std::move(preferred));
      result = {Fit::kWaits, "batches"};
    }
    for (const BatchPointer& batch : walk.batches) {
      bytes += batch->bytes;
      transactions += batch->batch.transactions.size();
    }
  }
  const Judgement limits = limits_fit(bytes, transactions, config.parameters);
  return limits.fits() ? result : limits;
}

}  // namespace jingchu::consensus
