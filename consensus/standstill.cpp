// Sending again what may have been lost (R11), and after a restart the identical bytes of before (R8).
#include <functional>
#include <set>

#include "consensus/core_state.h"
#include "consensus/mutant.h"

namespace jingchu::consensus {
namespace {

std::uint64_t rough_size(const Certificate& certificate) {
  return 80 + 66 * certificate.signatures.size();
}

std::uint64_t rough_size(const Message& message) {
  if (const auto* certificate = std::get_if<Certificate>(&message)) return rough_size(*certificate);
  std::uint64_t bytes = 256;
  if (const auto* proposal = std::get_if<Proposal>(&message)) {
    bytes += 40 * proposal->header.cut.size();
    for (const Certificate& certificate : proposal->justification) bytes += rough_size(certificate);
  }
  return bytes;
}

}  // namespace

// What we signed in a view, as it was sent: durable votes and our own durable proposal.
void Core::State::append_own(View of, std::vector<Message>& messages) const {
  const auto records = journal.find(of);
  if (records == journal.end()) return;
  for (const JournalEntry& entry : records->second) {
    if (entry.turn > durable_turn) continue;
    if (const auto* vote = std::get_if<VoteRecord>(&entry.record)) {
      messages.emplace_back(vote->vote);
    } else if (const auto* proposal = std::get_if<ProposalRecord>(&entry.record)) {
      if (is_self(proposal->proposal.proposer)) messages.emplace_back(proposal->proposal);
    }
  }
}

// The highest finalization, the newest certificates, and what we signed in the current view.
std::vector<Message> Core::State::current_messages() const {
  std::vector<Message> messages;
  if (highest_finalization) messages.emplace_back(*highest_finalization);
  const View before = view.previous();
  if (before > final_view) {
    for (const VoteKind kind : {VoteKind::kNotarize, VoteKind::kNullify}) {
      if (const Certificate* certificate = book.certificate(kind, before))
        messages.emplace_back(*certificate);
    }
  }
  append_own(view, messages);
  return messages;
}

// The rest, newest views first.
std::vector<Message> Core::State::other_messages() const {
  std::vector<Message> messages;
  const View before = view.previous();
  const std::vector<View> voted = book.views();
  std::set<View, std::greater<>> views(voted.begin(), voted.end());
  for (const auto& [of, records] : journal) views.insert(of);
  for (const View of : views) {
    if (of > before) continue;
    if (of <= final_view) break;
    append_own(of, messages);
    if (of == before) continue;
    for (const VoteKind kind : {VoteKind::kNotarize, VoteKind::kNullify}) {
      if (const Certificate* certificate = book.certificate(kind, of)) messages.emplace_back(*certificate);
    }
  }
  return messages;
}

void Core::State::send_again() {
  std::uint64_t bytes = 0;
  for (Message& message : current_messages()) {
    bytes += rough_size(message);
    broadcast(std::move(message));
  }
  std::vector<Message> others = other_messages();
  for (std::size_t i = 0; i < others.size() && bytes < config.parameters.resend_bytes_max; ++i) {
    Message& message = others[resend_rotation++ % others.size()];
    bytes += rough_size(message);
    broadcast(std::move(message));
  }
}

void Core::State::on_standstill() {
  pacemaker.note_standstill(now.monotonic_us);
  notice("standstill", "no new final block, view " + to_string(view));
  if (mutant(Mutant::kNoRebroadcast)) return;
  send_again();
}

}  // namespace jingchu::consensus
