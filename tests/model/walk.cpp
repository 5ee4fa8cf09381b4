#include "model/walk.h"

#include <algorithm>

namespace jingchu::model {

using namespace consensus;

Walk::Walk(std::uint64_t seed, std::size_t byzantine, const Model& model)
    : given_(kValidators), byzantine_(byzantine), model_(model), random_(seed) {
  given_.parameters.idle_ms = 1;
  given_.parameters.block_interval_ms = 1;
  given_.parameters.time_delay_ms = 1'000'000;  // whatever is late is still in time
  headers_[block_hash(given_.chain_id, given_.genesis)] = given_.genesis;
  names_[block_hash(given_.chain_id, given_.genesis)] = kGenesis;
  states_.push_back(state_);
  machines_.reserve(kValidators - 1);
  for (std::size_t i = 0; i < kValidators; ++i) {
    if (i == byzantine) continue;
    machines_.emplace_back(given_, i);
  }
  for (Machine& machine : machines_) leave(machine, machine.start(now_));
}

std::string Walk::run(std::size_t steps) {
  for (std::size_t i = 0; i < steps && !over_ && violation_.empty(); ++i) {
    step();
    for (const Machine& machine : machines_) {
      if (violation_.empty() && !machine.error().empty()) violation_ = machine.error();
    }
  }
  return violation_;
}

void Walk::step() {
  const std::uint64_t choice = random_.below(100);
  Machine& machine = any_machine();
  if (choice < 48) return deliver();
  if (choice < 68) {
    if (machine.waits_for_sync()) leave(machine, machine.sync(now_));
    return;
  }
  if (choice < 78) return advance();
  if (choice < 85) return send_vote();
  if (choice < 90) return send_certificate();
  if (choice < 94) return send_proposal();
  if (choice < 96) return restart();
  if (choice < 99) {
    ++counts_.executions;
    return leave(machine, machine.execute(now_));
  }
  machine.rotate_log();
}

// Votes are checked as they leave, and only then can anyone know them.
void Walk::leave(Machine& machine, std::vector<Outgoing> outgoing) {
  for (Outgoing& message : outgoing) {
    if (!violation_.empty() || over_) return;
    if (const auto* vote = std::get_if<Vote>(&message.message)) {
      if (vote->signer.value() == machine.self()) check(machine, *vote);
    } else if (const auto* proposal = std::get_if<Proposal>(&message.message)) {
      headers_[block_hash(given_.chain_id, proposal->header)] = proposal->header;
    } else if (std::holds_alternative<Certificate>(message.message)) {
      ++counts_.certificates;
    }
    sent_.push_back({machine.self(), std::move(message)});
  }
}

void Walk::check(const Machine& machine, const Vote& vote) {
  const Ballot& ballot = vote.ballot;
  if (!votes_[ballot].emplace(machine.self(), vote.signature).second) return;
  if (ballot.view > View(kViews)) {
    over_ = true;
    return;
  }
  Action action{ballot.kind, ballot.view.value(), 0, kNoBlock, 0};
  const std::string who = "validator " + std::to_string(machine.self()) + " casts ";
  if (ballot.kind != VoteKind::kNullify && !name_header(ballot, action)) {
    violation_ = who + to_string(action) + ": a header, or a parent of one, that the model does not have";
    return;
  }
  if (!model_.may(state_, model_.certificates(state_), model_index(machine), action)) {
    violation_ = who + to_string(action) + ", which the model does not allow";
    return;
  }
  state_ = model_.after(state_, model_index(machine), action);
  states_.push_back(state_);
  ++counts_.votes;
  check_log(machine, action);
}

// The first header of a view that is voted for is the model's first, and so on.
bool Walk::name_header(const Ballot& ballot, Action& action) {
  const auto known = names_.find(ballot.hash);
  if (known != names_.end()) {
    action.header = header_of(known->second);
    action.parent = state_.parents[known->second];
    return view_of(known->second) == action.view;
  }
  const auto header = headers_.find(ballot.hash);
  if (ballot.kind != VoteKind::kNotarize || header == headers_.end()) return false;
  while (action.header < kHeadersMax && state_.parents[block(action.view, action.header)] != kNoBlock)
    ++action.header;
  const auto parent = names_.find(header->second.parent_hash);
  if (action.header == kHeadersMax || parent == names_.end()) return false;
  action.parent = parent->second;
  names_[ballot.hash] = block(action.view, action.header);
  return true;
}

// R1: what the model holds for durable beside a vote is in the log.
void Walk::check_log(const Machine& machine, const Action& action) {
  const auto bit = [](VoteKind kind) { return 1u << static_cast<unsigned>(kind); };
  const unsigned any = bit(VoteKind::kNotarize) | bit(VoteKind::kNullify) | bit(VoteKind::kFinalize);
  const bool finalizes = action.kind == VoteKind::kFinalize;
  if (!finalizes && action.view == 1) return;
  const View of(finalizes ? action.view : action.view - 1);
  const unsigned kinds = finalizes ? bit(VoteKind::kNotarize) : any;
  if (!machine.log_certifies(of, kinds))
    violation_ = to_string(action) + " left before a certificate of view " + to_string(of) + " was durable";
}

void Walk::deliver() {
  if (sent_.empty()) return;
  const std::size_t recent = std::min<std::size_t>(sent_.size(), 30);
  const std::size_t back = random_.chance(3, 4) ? random_.below(recent) : random_.below(sent_.size());
  const Sent& sent = sent_[sent_.size() - 1 - back];
  Machine& machine = any_machine();
  if (machine.self() == sent.from) return;
  if (sent.outgoing.to && sent.outgoing.to->value() != machine.self()) return;
  auto received = testing::verified(given_.verifier, testing::node(sent.from), sent.outgoing.message);
  if (received) leave(machine, machine.give(now_, std::move(*received)));
}

void Walk::advance() {
  const std::uint64_t ms = random_.below(40);
  now_.monotonic_us += 1'000 * ms;
  now_.wall_ms += ms;
  Machine& machine = any_machine();
  leave(machine, machine.give(now_, Tick{}));
}

// Votes that were durable but had not left do so in the order of their views.
void Walk::restart() {
  Machine& machine = any_machine();
  auto outgoing = machine.crash_and_restart(now_, random_.below(machine.groups() + 1));
  ++counts_.crashes;
  const auto order = [](const Outgoing& message) {
    const auto* vote = std::get_if<Vote>(&message.message);
    return vote == nullptr ? std::pair{View(), 0}
                           : std::pair{vote->ballot.view, static_cast<int>(vote->ballot.kind)};
  };
  std::stable_sort(outgoing.begin(), outgoing.end(),
                   [&](const Outgoing& a, const Outgoing& b) { return order(a) < order(b); });
  leave(machine, std::move(outgoing));
  if (!violation_.empty() || over_ || !machine.error().empty()) return;
  const std::size_t least = model_.resumed_view(state_.votes[model_index(machine)]);
  if (machine.core().status().view < View(least))
    violation_ = "a restart in view " + to_string(machine.core().status().view) +
                 " after votes that lead to view " + std::to_string(least);
}

// ---- the Byzantine validator

void Walk::send_to_all(Message message) {
  sent_.push_back({byzantine_, {std::nullopt, std::move(message)}});
}

const Ballot* Walk::any_ballot() {
  if (votes_.empty()) return nullptr;
  auto at = votes_.begin();
  std::advance(at, random_.below(votes_.size()));
  return &at->first;
}

// Any kind of vote beside any other; now and then of a view that nobody is in yet.
void Walk::send_vote() {
  if (random_.chance(1, 4))
    return send_to_all(given_.vote(VoteKind::kNullify, random_.between(1, kViews), 0, kZeroHash, byzantine_));
  const Ballot* ballot = any_ballot();
  if (ballot == nullptr) return;
  VoteKind kind = ballot->kind;
  if (kind != VoteKind::kNullify && random_.chance(1, 3))
    kind = kind == VoteKind::kNotarize ? VoteKind::kFinalize : VoteKind::kNotarize;
  send_to_all(given_.vote(kind, ballot->view.value(), ballot->height.value(), ballot->hash, byzantine_));
}

std::optional<Certificate> Walk::certificate(const Ballot& ballot) const {
  const auto at = votes_.find(ballot);
  if (at == votes_.end()) return std::nullopt;
  auto signatures = at->second;
  signatures[byzantine_] =
      given_.vote(ballot.kind, ballot.view.value(), ballot.height.value(), ballot.hash, byzantine_).signature;
  Certificate made{Epoch(), ballot, {}};
  for (const auto& [signer, signature] : signatures) {
    if (made.signatures.size() < given_.validators.quorum())
      made.signatures.push_back({testing::node(signer), signature});
  }
  if (made.signatures.size() < given_.validators.quorum()) return std::nullopt;
  return made;
}

// Not to all: to one only, so that nobody else has it.
void Walk::send_certificate() {
  const Ballot* ballot = any_ballot();
  const auto made = ballot == nullptr ? std::nullopt : certificate(*ballot);
  if (!made) return;
  Machine& machine = any_machine();
  auto received = testing::verified(given_.verifier, testing::node(byzantine_), *made);
  CHECK(received.has_value());
  leave(machine, machine.give(now_, std::move(*received)));
}

// Up to two in a view that it leads, with any parent, and with as much of a justification as it likes.
void Walk::send_proposal() {
  const std::uint64_t first = byzantine_ == 0 ? kValidators : byzantine_;
  const View view(first);
  std::uint64_t made = 0;
  for (const auto& [hash, header] : headers_) made += header.view == view;
  if (made == kHeadersMax) return;
  std::vector<const Header*> parents;
  for (const auto& [hash, header] : headers_) {
    if (header.view < view) parents.push_back(&header);
  }
  const Header parent = *parents[random_.below(parents.size())];
  Proposal proposal = proposal_on(parent, view, made);
  headers_[block_hash(given_.chain_id, proposal.header)] = proposal.header;
  send_to_all(std::move(proposal));
}

Proposal Walk::proposal_on(const Header& parent, View view, std::uint64_t variant) {
  Header header = given_.header(view.value(), parent);
  header.time_ms = std::max(now_.wall_ms, parent.time_ms + 1) + variant;
  std::vector<Certificate> justification;
  for (const auto& [ballot, signatures] : votes_) {
    const bool helps = (ballot.kind == VoteKind::kNotarize && ballot.hash == header.parent_hash) ||
                       (ballot.kind == VoteKind::kNullify && ballot.view > parent.view && ballot.view < view);
    const auto known = helps && random_.chance(3, 4) ? certificate(ballot) : std::nullopt;
    if (known) justification.push_back(*known);
  }
  return given_.proposal_by(byzantine_, header, std::move(justification));
}

}  // namespace jingchu::model
