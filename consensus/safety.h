// What an honest validator may sign, as pure functions, one for each rule of docs/protocol.md. Together they
// are why the protocol is safe: never both Nullify and Finalize of a view, never two Notarize in a view, no
// skipped view without its nullification.
#pragma once

#include <map>
#include <optional>
#include <string_view>

#include "consensus/header.h"
#include "consensus/messages.h"
#include "consensus/parameters.h"
#include "consensus/vote_book.h"

namespace jingchu::consensus {

// What we have signed in one view, across restarts.
struct OwnSignatures {
  std::optional<Ballot> notarize;
  std::optional<Ballot> nullify;
  std::optional<Ballot> finalize;
  std::optional<Hash> proposal;
};

bool may_notarize(const OwnSignatures& own);
bool may_nullify(const OwnSignatures& own);
bool may_finalize(const OwnSignatures& own);

// kNever is objective and permanent: any honest validator finds the same. kWaits: data or an execution is
// missing.
enum class Fit { kFits, kWaits, kUntimely, kNever };
struct Judgement {
  Fit fit = Fit::kFits;
  std::string_view why;
  bool fits() const { return fit == Fit::kFits; }
};

// What all headers of an epoch have in common.
struct EpochRules {
  Epoch epoch;
  std::size_t validators = 0;  // the number of lanes
  Hash validators_hash{};
  Hash next_validators_hash{};
  Height last_height{UINT64_MAX};
};

// R2: the fields that need no other block.
Judgement form_fits(const Header& header, const EpochRules& rules);

// The first view strictly between `parent` and `view` without a nullification.
std::optional<View> first_gap(const VoteBook& book, View parent, View view);

Judgement height_fits(const Header& header, const Header& parent);

// The part of the lane rule (R5) that headers alone decide: lanes never go back, an equal sequence has an
// equal tip, the number of batches is within the limit, and cuts stand still while execution is too far
// behind.
Judgement cut_fits(const Header& header, const Header& parent, const Parameters& parameters);

// R6: above the epoch's last block nothing is ordered.
Judgement tail_fits(const Header& header, const Header& parent, const EpochRules& rules);

// R12: what the batches of a block may take together.
Judgement limits_fit(std::uint64_t bytes, std::uint64_t transactions, const Parameters& parameters);

// The roots of one's own executions that are synced (R4).
using ExecutedRoots = std::map<Height, Hash>;

// R2 and R4: the executed root is recomputed, or stands still with the parent's.
Judgement execution_fits(const Header& header, const Header& parent, const ExecutedRoots& roots);

// R13, at receipt. The least time that may follow the parent's is never in the future: otherwise clocks that
// were set back would stop the chain until they are where they were. `failed_views` is k = view - final_view
// - 1.
Judgement time_fits(const Header& header, const Header& parent, std::uint64_t received_wall_ms,
                    std::uint64_t failed_views, const Parameters& parameters);

}  // namespace jingchu::consensus
