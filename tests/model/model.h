// The rules of voting as a model that can be explored to its end, over the decisions of the code itself.
//
// What docs/protocol.md says, and what stands for it here:
//
//   Numbers              `quorum` is ValidatorSet::quorum() of the code. `byzantine` of the validators sign
//                        anything at any time for anyone: they need no state, a certificate exists for some
//                        validator as soon as `quorum - byzantine` honest ones have voted for it.
//   The network          is a set of votes that only grows: a message arrives at any time, in any order, any
//                        number of times, or never. So a validator may know any certificate that exists, and
//                        learns it at the latest when it uses it: knowing it earlier only forbids (it enters
//                        a later view), so the model keeps no knowledge at all and loses no behaviour.
//   enter(v)             by a certificate of v - 1. Which view a validator is in is not kept either: it votes
//                        in v if a certificate of v - 1 exists and no record of its own log is of a later
//                        view.
//   propose              a leader may be Byzantine in every view: up to two headers, each with any parent of
//                        an earlier view. An honest leader does nothing that such a leader does not do;
//                        `byzantine_leads` leaves it one header, for more views.
//   on Proposal(v)       Notarize (R2): may_notarize() of the code; the parent is notarized, first_gap() of
//                        the code finds each view between nullified. Notarize after Nullify is allowed.
//   on Notarization(v)   Finalize: may_finalize() of the code; at any later time, whatever view was entered.
//   on Nullification(v)  enters v + 1, see above.
//   on Finalization(v)   a finalized block ends votes below it, which is only ever one behaviour less.
//   on timer(v)          Nullify: may_nullify() of the code; the timer runs out at any time. A proposal that
//                        can never be accepted nullifies too, which is the same step.
//   Durable before sent  a vote is durable, sent and counted in one step: what lies between its decision and
//                        its sync has no effect outside, and a crash there is as if it had not been decided.
//   A crash              takes all knowledge but votes and R1's certificates: since no other knowledge is
//                        kept, every state is also the state after a crash of any validators. The deviation
//                        kVotesForgotten is a crash that takes the votes too.
//   R1                   `durable`: the first vote in v puts one certificate of v - 1 into the log, Finalize
//                        the notarization. It matters for progress only.
//
// Not in the model: lanes, execution, times and other fields of the header, fetching of data, epochs, and
// views beyond `views`.
#pragma once

#include <string>
#include <vector>

#include "consensus/mutant.h"
#include "consensus/vote.h"
#include "model/state.h"

namespace jingchu::model {

// Deliberate bugs of the model, beside those that the code has itself (consensus/mutant.h).
enum class Deviation {
  kNone,
  kQuorumOfTwo,             // a quorum of two whatever the number of validators
  kTwoNotarizes,            // two Notarize in a view
  kVotesForgotten,          // a crash takes the votes
  kUncertifiedParent,       // Notarize without the parent's notarization
  kNoCertificateWithVote,   // R1
  kNoNullifyAfterNotarize,  // who has notarized does not nullify
};

struct Setting {
  std::size_t validators = 4;
  std::size_t byzantine = 1;
  std::size_t views = 3;
  // Of every `validators` views in a row, the ones whose leader is Byzantine begin with this one; 0: any may
  // be.
  std::size_t byzantine_leads = 0;
  bool progress = false;        // look for states without progress: keeps what is durable
  bool settle = false;          // explore settled states only
  bool only_agreement = false;  // of safety: not what must hold on the way to it
  Deviation deviation = Deviation::kNone;
  consensus::Mutant mutant = consensus::Mutant::kNone;

  // What the leader of a view may propose.
  std::size_t headers(std::size_t view) const {
    if (byzantine_leads == 0) return kHeadersMax;
    const std::size_t turn = (view + validators - byzantine_leads % validators) % validators;
    return turn < byzantine ? kHeadersMax : 1;
  }
  Shape shape() const { return {validators - byzantine, views, progress}; }
};

// A vote of an honest validator.
struct Action {
  consensus::VoteKind kind = consensus::VoteKind::kNullify;
  std::size_t view = 1;
  std::size_t header = 0;   // of a Notarize or Finalize
  Block parent = kNoBlock;  // of a Notarize
  Ballots opening = 0;      // the certificate of view - 1 that goes into the log, as a bit of that view
};
std::string to_string(const Action& action);

class Model {
 public:
  explicit Model(const Setting& setting);

  const Setting& setting() const { return setting_; }
  std::size_t quorum() const { return quorum_; }

  // What has or could have a certificate, with the help of the Byzantine validators.
  Ballots certificates(const State& state) const;

  // Whether the validator may cast this vote now; `certificates` are those of the state.
  bool may(const State& state, Ballots certificates, std::size_t validator, const Action& action) const;
  State after(const State& state, std::size_t validator, const Action& action) const;
  // The view that a validator is in at least: a restart finds these votes.
  std::size_t resumed_view(Ballots memory) const;
  // Every vote that the validator may cast.
  std::vector<Action> actions(const State& state, Ballots certificates, std::size_t validator) const;

  // A state that has the same safety ahead and less to tell apart: without votes that no certificate needs or
  // can come from, and with the Finalize that nothing can prevent. Not for `progress`.
  State settled(const State& state) const;

  // The safety property that does not hold in this state; empty if all hold.
  std::string broken(const State& state) const;
  // Why the honest validators would never finalize anything again from this state, were the Byzantine ones
  // silent from now on and every message delivered; empty if they would.
  std::string stuck(const State& state) const;

 private:
  struct Rules {
    bool notarize[32]{};  // by one's own votes in the view
    bool nullify[32]{};
    bool finalize[32]{};
    // By the nullified views (bit v - 1 for view v), the parent's view and the view.
    bool no_gap[1 << kViewsMax][kViewsMax + 1][kViewsMax + 1]{};
  };
  void read_rules();
  bool logs_certificates() const { return setting_.deviation != Deviation::kNoCertificateWithVote; }
  bool is_in(Ballots memory, Ballots certificates, std::size_t view) const;
  bool may_extend(Block parent, std::size_t view, Ballots certificates) const;
  void add_notarizes(const State& state, Ballots certificates, std::size_t validator, std::size_t view,
                     std::vector<Action>& actions) const;
  struct Closing;
  void settle_view(State& state, std::size_t view) const;
  void settle_notarizes(State& state, Closing& closing) const;
  void settle_finalizes(State& state, Closing& closing) const;
  std::string lost_descendant(const State& state, Ballots held, Block final_block) const;
  std::string stuck_with(const State& state, Ballots pool) const;

  Setting setting_;
  std::size_t honest_;
  std::size_t quorum_;
  Rules rules_;
};

// The bits that at least `count` of the words have.
Ballots agreed(const Ballots* words, std::size_t size, std::size_t count);

}  // namespace jingchu::model
