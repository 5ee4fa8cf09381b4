// From a finalization to executed blocks: linking it to the final chain, handing blocks over in height order
// once their batches are held, and forgetting what is executed.
#include <algorithm>

#include "consensus/mutant.h"

#include "consensus/core_state.h"

namespace jingchu::consensus {

// The rule "on Finalization(v, h)": h and its ancestors are final; ancestors need no certificate of their
// own.
void Core::State::link_finalized() {
  if (!highest_finalization || highest_finalization->ballot.height <= chain.height()) return;
  if (chain.height() - executed > kWaitingBlocksMax) {
    if (tree.size() > kUnlinkedBlocksMax) tree.prune(final_view);
    return;
  }
  std::vector<const Block*> path;
  View of = highest_finalization->ballot.view;
  Height height = highest_finalization->ballot.height;
  Hash hash = highest_finalization->ballot.hash;
  while (hash != chain.head().hash) {
    if (height <= chain.height())
      return stop("conflicting-finality", "a finalization that does not extend our chain");
    const Block* block = tree.find(hash);
    if (block == nullptr) {
      // A short gap by its headers, a long one by FetchChain (catch_up_chain).
      if (height - chain.height() <= 2) want_proposal(of, hash, signers_of(*highest_finalization));
      if (tree.size() > kUnlinkedBlocksMax) tree.prune(final_view);
      return;
    }
    path.push_back(block);
    hash = block->header().parent_hash;
    of = block->header().parent_view;
    height = height.previous();
  }
  if (height != chain.height())
    return stop("conflicting-finality", "a finalization that names another height than its block's");
  for (auto block = path.rbegin(); block != path.rend(); ++block) {
    FinalBlock final_block{(*block)->header(), (*block)->hash, (*block)->proposal, std::nullopt};
    final_block.proposal->justification.clear();
    final_block.received_us = (*block)->received_us;
    if ((*block)->hash == highest_finalization->ballot.hash) final_block.finalization = *highest_finalization;
    append_final(std::move(final_block));
  }
  after_link();
}

void Core::State::append_final(FinalBlock block) {
  note_certified_root(block.header);
  chain.append(std::move(block));
}

void Core::State::after_link() {
  const FinalBlock& head = chain.head();
  lanes.set_final(head.header.cut);
  if (mutant(Mutant::kForgetsAtFinality))
    journal.erase(journal.begin(), journal.upper_bound(head.header.view));
  tree.prune(std::min(final_view, head.header.view));
  for (std::size_t lane = 0; lane < n; ++lane) {
    if (lanes.is_closed(lane)) lanes.forget_branches(lane, tree.tips_of(lane));
  }
  drop_obsolete_fetches();
  last_final_us = now.monotonic_us;
  unsettled = true;
  // R8: our own lane is final further than our log says that we ever went.
  if (knows_own() && head.header.cut[config.self->value()].sequence > own_head.sequence) {
    stop("foreign-own-message", "a final block orders batches of our lane that are not in our log");
  }
}

void Core::State::receive(NodeIndex from, const Verified<Chain>& verified) {
  const Chain& received = *verified;
  const Height above = chain.height();
  fetching.done({FetchKind::kChain, above.value(), {}});
  const Height first = received.headers.front().height;
  const Height last = received.headers.back().height;
  if (last <= above) return;
  if (first > above.next()) return refuse(from, "a chain that begins above our final block");
  const std::size_t skipped = above.next() - first;
  if (received.headers[skipped].parent_hash != chain.head().hash) {
    return refuse(from, "a chain that does not extend our final block");
  }
  if (chain.height() - executed > kWaitingBlocksMax) return;
  for (std::size_t i = skipped; i < received.headers.size(); ++i) {
    const Header& header = received.headers[i];
    FinalBlock block{header, block_hash(config.chain_id, header), std::nullopt, std::nullopt};
    if (i + 1 == received.headers.size()) block.finalization = received.finalization;
    append_final(std::move(block));
  }
  take_certificate(received.finalization);
  after_link();
  catch_up_chain();
}

Core::State::Collected Core::State::collect(Height height) {
  Collected collected;
  const FinalBlock& block = chain.at(height);
  const Cut& from = chain.at(height.previous()).header.cut;
  for (std::size_t i = 0; i < n; ++i) {
    const std::size_t from_own = config.self ? config.self->value() : 0;
    const std::size_t begin = mutant(Mutant::kLanesFromOwn)      ? from_own
                              : mutant(Mutant::kLanesNotRotated) ? 0
                                                                 : height.value() % n;
    const std::size_t lane = (begin + i) % n;
    Lanes::Walk walk = lanes.walk(lane, from[lane], block.header.cut[lane]);
    if (walk.broken) stop("conflicting-finality", "a final cut that the lane's links do not lead to");
    if (walk.missing) collected.missing.push_back(*walk.missing);
    std::move(walk.batches.begin(), walk.batches.end(), std::back_inserter(collected.batches));
  }
  return collected;
}

void Core::State::deliver() {
  bool in_order = true;
  const Height last = std::min(chain.height(), config.last_height);  // R6: the tail is discarded
  for (Height height = delivered.next(); height <= last; height = height.next()) {
    if (height - executed > kDeliveredAheadMax || height - delivered > kPrefetchBlocks) return;
    Collected collected = collect(height);
    for (const Lanes::Missing& missing : collected.missing) {
      in_order = false;
      want_batches(missing, holders_of(missing, height));
    }
    if (in_order) hand_over(height, std::move(collected.batches));
  }
}

void Core::State::hand_over(Height height, std::vector<BatchPointer> batches) {
  FinalBlock& block = chain.at(height);
  const FinalBlock* finalized = chain.finalized_from(height);
  CHECK(finalized != nullptr);  // a chain is only ever appended up to a finalization
  for (const BatchPointer& batch : batches) block.bytes += batch->bytes;
  lanes.deliver(chain.at(height.previous()).header.cut, block.header.cut, batches);
  change_status();
  delivered = height;
  std::optional<Arrival> arrival;
  if (block.proposal && block.received_us != 0) arrival = {block.proposal->proposer, block.received_us};
  out.deliver.push_back({block.header, block.hash, *finalized->finalization,
                         chain.headers(height.next(), finalized->header.height), std::move(batches),
                         arrival});
}

// The host has executed a block and synced it (R4): only now does it count.
void Core::State::take(const Executed& done) {
  if (done.height != executed.next() || done.height > delivered) {
    if (done.height > executed)
      notice("refused", "an execution out of order, height " + to_string(done.height));
    return;
  }
  executed = done.height;
  roots[executed] = done.root;
  if (roots.size() > kRootsKept) roots.erase(roots.begin());
  const auto certified = certified_roots.find(executed);
  if (certified != certified_roots.end() && certified->second != done.root) {
    stop("root-conflict", "a certified header names another root for height " + to_string(executed));
  }
  const FinalBlock& block = chain.at(executed);
  window_bytes += block.bytes;
  lanes.set_executed(block.header.cut);
  // Behind the log our lane is known by what is executed of it.
  if (config.self && block.header.cut[config.self->value()].sequence > own_head.sequence)
    own_head = block.header.cut[config.self->value()];
  journal.erase(journal.begin(), journal.upper_bound(block.header.view));
  shrink_window();
  change_status();
  unsettled = true;
}

void Core::State::shrink_window() {
  bool dropped = false;
  while (chain.first_height() < executed &&
         (executed - chain.first_height() > kWindowBlocks || window_bytes > kWindowBytes)) {
    window_bytes -= chain.at(chain.first_height()).bytes;
    chain.drop_first();
    dropped = true;
  }
  if (!dropped) return;
  lanes.prune(chain.at(chain.first_height()).header.cut);
  certified_roots.erase(certified_roots.begin(), certified_roots.lower_bound(chain.first_height()));
}

// A certificate over a root that conflicts with our own: we, or more than f others, have executed wrongly.
void Core::State::note_certified_root(const Header& header) {
  certified_roots.emplace(header.executed_height, header.executed_root);
  const auto mine = roots.find(header.executed_height);
  if (mine != roots.end() && mine->second != header.executed_root && stopped.empty()) {
    stop("root-conflict",
         "a certified header names another root for height " + to_string(header.executed_height));
  }
}

}  // namespace jingchu::consensus
