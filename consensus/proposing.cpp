// The leader's part: which block to extend, what to put into the next one, and when.
#include <algorithm>
#include <functional>

#include "consensus/core_state.h"
#include "consensus/mutant.h"

namespace jingchu::consensus {

void Core::State::propose_if_due() {
  propose_us.reset();
  if (!can_vote() || !is_self(leader_of(view))) return;
  const auto mine = own.find(view);
  if (mine != own.end() && (mine->second.proposal || mine->second.notarize || mine->second.nullify)) return;
  const auto parent = parent_to_extend();
  if (!parent) return;
  const std::uint64_t earliest_us = last_proposal_us + 1'000ull * config.parameters.block_interval_ms;
  if (last_proposal_us != 0 && now.monotonic_us < earliest_us) {
    propose_us = earliest_us;
    return;
  }
  // R4: after f+1 failed views in a row, a block that everyone who holds headers and certificates can vote
  // for.
  const bool plain = failed_views() > config.validators.one_honest();
  Header header = draft(*parent->header, parent->hash, plain);
  const std::uint64_t due_us = plain ? now.monotonic_us : proposal_due_us(header, *parent);
  if (due_us > now.monotonic_us) {
    propose_us = due_us;
    return;
  }
  publish(std::move(header), *parent);
}

// Walks back from the view before: a notarization (or finalization) is the parent, a nullification moves on.
std::optional<Core::State::Parent> Core::State::parent_to_extend() {
  Parent parent;
  const Certificate* certificate = nullptr;
  for (parent.view = view.previous(); parent.view > final_view; parent.view = parent.view.previous()) {
    certificate = book.certificate(VoteKind::kNotarize, parent.view);
    if (certificate != nullptr) break;
    if (book.certificate(VoteKind::kNullify, parent.view) == nullptr) {
      want_certificates(parent.view, parent.view, {});
      return std::nullopt;
    }
  }
  if (certificate == nullptr) certificate = book.certificate(VoteKind::kFinalize, parent.view);
  if (certificate == nullptr && parent.view != View()) return std::nullopt;
  parent.hash = certificate == nullptr ? base_hash : certificate->ballot.hash;
  parent.header = header_of(parent.hash);
  if (parent.header == nullptr) {
    want_proposal(parent.view, parent.hash, signers_of(*certificate));
    return std::nullopt;
  }
  return parent;
}

Height Core::State::executed_by_quorum() const {
  std::vector<Height> reports;
  for (std::size_t peer = 0; peer < n; ++peer) {
    if (is_self(NodeIndex(static_cast<std::uint16_t>(peer)))) {
      reports.push_back(executed);
    } else if (peers[peer].status) {
      reports.push_back(peers[peer].status->executed_height);
    }
  }
  const std::size_t q = config.validators.quorum();
  if (reports.size() < q) return Height();
  std::sort(reports.begin(), reports.end(), std::greater<>());
  return reports[q - 1];
}

Header Core::State::draft(const Header& parent, const Hash& parent_hash, bool plain) const {
  Header header;
  header.epoch = config.epoch;
  header.view = view;
  header.height = parent.height.next();
  header.parent_view = parent.view;
  header.parent_hash = parent_hash;
  header.cut = parent.cut;
  header.time_ms = std::max(now.wall_ms, parent.time_ms + 1);
  header.executed_height = parent.executed_height;
  header.executed_root = parent.executed_root;
  header.validators_hash = rules.validators_hash;
  header.next_validators_hash = rules.next_validators_hash;
  if (plain) return header;
  const Height to = std::min({executed, executed_by_quorum(), parent.height});
  const auto root = roots.find(to);
  if (to > parent.executed_height && root != roots.end()) {
    header.executed_height = to;
    header.executed_root = root->second;
  }
  if (header.height - header.executed_height > config.parameters.execution_lag_max) return header;
  if (header.height > config.last_height && !mutant(Mutant::kTailOrders)) return header;
  CutChoice choice;
  choice.parent = &parent.cut;
  choice.height = header.height;
  choice.quorum = config.validators.quorum();
  choice.one_honest = config.validators.one_honest();
  choice.old_since_us = now.monotonic_us > 4 * delay_us ? now.monotonic_us - 4 * delay_us : 0;
  for (std::size_t peer = 0; peer < n; ++peer) {
    if (is_self(NodeIndex(static_cast<std::uint16_t>(peer)))) {
      choice.reported.push_back(&lanes.watermarks());
    } else if (peers[peer].status) {
      choice.reported.push_back(&peers[peer].status->watermarks);
    }
  }
  header.cut = choose_cut(lanes, choice, config.parameters);
  return header;
}

// Whether every block with transactions up to `parent` is executed at `executed_height`: no cut has moved
// since.
bool Core::State::covers_transactions(Height executed_height, const Header& parent) const {
  return chain.holds(executed_height) && chain.at(executed_height).header.cut == parent.cut;
}

// At once if there is something to order or a last execution to cover. Otherwise idle (R10) if that is
// allowed, else wait one message delay for a quorum to store what is held, or for the parent to become final.
std::uint64_t Core::State::proposal_due_us(const Header& header, const Parent& parent) {
  const bool covered = covers_transactions(parent.header->executed_height, *parent.header);
  const bool will_cover = !covered && covers_transactions(header.executed_height, *parent.header);
  if (header.cut != parent.header->cut || will_cover) return now.monotonic_us;
  if (header.height > config.last_height)
    return now.monotonic_us;  // the tail only makes the last block final
  const bool parent_is_final = parent.hash == chain.head().hash;
  const auto oldest_us = lanes.oldest_beyond_us(parent.header->cut);
  if (parent_is_final && covered && !oldest_us) {
    if (idle_view != view) {
      idle_view = view;
      status_sent_us = 0;  // all of them wait for us, or time out
      pacemaker.extend_for_idle();
    }
    return pacemaker.entered_us() + 1'000ull * config.parameters.idle_ms;
  }
  const std::uint64_t since_us =
      idle_view == view && oldest_us ? std::max(*oldest_us, pacemaker.entered_us()) : pacemaker.entered_us();
  return since_us + delay_us;
}

std::vector<Certificate> Core::State::justify(const Parent& parent) const {
  std::vector<Certificate> certificates;
  const Certificate* certified = book.certificate(VoteKind::kNotarize, parent.view);
  if (certified == nullptr) certified = book.certificate(VoteKind::kFinalize, parent.view);
  if (certified != nullptr) certificates.push_back(*certified);
  std::size_t inlined = 0;
  for (View skipped = view.previous(); skipped > parent.view && inlined < kInlineNullificationsMax;
       skipped = skipped.previous(), ++inlined) {
    if (const Certificate* nullification = book.certificate(VoteKind::kNullify, skipped)) {
      certificates.push_back(*nullification);
    }
  }
  return certificates;
}

void Core::State::publish(Header header, const Parent& parent) {
  Proposal proposal;
  proposal.proposer = *config.self;
  proposal.justification = justify(parent);
  proposal.header = std::move(header);
  const Header& final_form = proposal.header;
  const Hash hash = block_hash(config.chain_id, final_form);
  proposal.signature = signer->sign(signing_bytes(config.chain_id, config.epoch, SignedKind::kProposal,
                                                  final_form.view, final_form.height, hash));
  own[view].proposal = hash;
  held.push_back({std::nullopt, proposal});
  Block& block = tree.add({std::move(proposal), hash, now.monotonic_us, now.wall_ms}, true);
  record_block(block);
  last_proposal_us = now.monotonic_us;
  unsettled = true;
}

}  // namespace jingchu::consensus
