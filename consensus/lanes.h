// The lanes as this node holds them: batches by hash (R5), one's own chain of each lane, and the watermark,
// which is how far that chain is stored durably without a gap. The chain begins at the last executed cut and
// always passes through every block that was delivered; above that it follows the batches that arrived first.
#pragma once

#include <deque>
#include <map>
#include <optional>
#include <unordered_map>
#include <vector>

#include "consensus/messages.h"
#include "consensus/parameters.h"

namespace jingchu::consensus {

class Lanes {
 public:
  Lanes(Cut executed, const Parameters& parameters);

  std::size_t size() const { return lanes_.size(); }

  enum class Taken { kStored, kKnown, kOld, kFull };
  struct Intake {
    Taken taken = Taken::kStored;
    BatchPointer twin;  // another batch of this lane and sequence: equivocation
  };
  // `wanted`: named by a proposal or a final block, and so exempt from the lane's cap. Others that follow
  // nothing we hold have a small cap of their own, and those of a closed lane are not taken.
  Intake take(const BatchPointer& batch, std::uint64_t now_us, bool wanted);
  // True if the watermark of its lane rose. An unknown tip was dropped in the meantime.
  bool set_durable(const Hash& tip);

  const SealedBatch* find(const Hash& tip) const;
  BatchPointer get(const Hash& tip) const;
  std::vector<BatchPointer> all() const;  // ascending in each lane

  const Cut& watermarks() const { return watermarks_; }
  // The tip of one's own chain at a sequence; nothing where the chain does not reach.
  std::optional<Hash> tip_at(std::size_t lane, Sequence sequence) const;
  // When the batch at a sequence of one's own chain was taken in.
  std::optional<std::uint64_t> since_us(std::size_t lane, Sequence sequence) const;
  // The oldest batch of any open lane's own chain beyond `cut`.
  std::optional<std::uint64_t> oldest_beyond_us(const Cut& cut) const;

  // What lies in (from, to], by the links back from to.tip.
  struct Missing {
    NodeIndex lane;
    CutEntry last;   // the batch that is not held
    Sequence first;  // the lowest that may be missing
  };
  struct Walk {
    std::vector<BatchPointer> batches;  // ascending
    std::optional<Missing> missing;
    bool broken = false;  // the links do not lead from `to` to `from`
  };
  Walk walk(std::size_t lane, const CutEntry& from, const CutEntry& to) const;

  // A block of which all batches are held became final; the chains follow it.
  void deliver(const Cut& from, const Cut& to, const std::vector<BatchPointer>& batches);
  void set_final(const Cut& cut);     // stops counting what is final against the lanes' caps
  void set_executed(const Cut& cut);  // the chains begin here from now on
  void prune(const Cut& cut);         // forgets the batches up to here

  // Equivocation was proven: leaders cut the lane no further.
  void close(std::size_t lane) { lanes_[lane].closed = true; }
  bool is_closed(std::size_t lane) const { return lanes_[lane].closed; }
  // Of a closed lane only one's own chain, what is final, and what leads to `named` are of use: its owner may
  // name others in each proposal of its own, none of which becomes final. The rest is forgotten.
  void forget_branches(std::size_t lane, const std::vector<Hash>& named);

  std::uint64_t pending_weight(std::size_t lane) const { return lanes_[lane].pending_weight; }
  std::uint64_t pending_bytes() const;
  const CutEntry& executed(std::size_t lane) const { return lanes_[lane].base; }

 private:
  struct Stored {
    BatchPointer batch;
    std::uint64_t since_us = 0;
    bool durable = false;
    bool loose = false;  // does not follow anything that follows one's own chain, as far as is known
  };
  struct Lane {
    CutEntry base;                                    // the executed cut
    std::deque<Hash> chain;                           // tips after base, all durable
    std::unordered_map<Hash, Hash, HashOfHash> next;  // prev tip -> tip that the chain follows
    std::map<Sequence, std::vector<Hash>> by_sequence;
    Sequence final_sequence;
    std::uint64_t pending_weight = 0;
    std::uint64_t pending_bytes = 0;
    std::uint64_t loose_weight = 0;
    bool closed = false;
  };
  bool has_room(const Lane& lane, const SealedBatch& batch, bool loose) const;
  bool is_linked(const Lane& lane, const Batch& batch) const;
  bool extend(std::size_t lane);
  void update_watermark(std::size_t lane);
  void count(Lane& lane, const SealedBatch& batch, bool add);
  void erase(Lane& lane, const Hash& tip);

  Parameters parameters_;
  std::vector<Lane> lanes_;
  Cut watermarks_;
  std::unordered_map<Hash, Stored, HashOfHash> batches_;
};

// What a batch counts against its lane's cap: small batches and small transactions cost memory beyond their
// bytes.
std::uint64_t weight_of(const SealedBatch& batch);

}  // namespace jingchu::consensus
