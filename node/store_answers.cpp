#include "node/store_answers.h"

namespace jingchu::node {

consensus::Unavailable refusal_of(const consensus::ServeFromStore& request) {
  return std::visit([](const auto& fetch) { return consensus::refusal_of(fetch); }, request.fetch);
}

std::vector<consensus::Message> answers_from_store(const ledger::BlockStore& blocks,
                                                   const consensus::ServeFromStore& request) {
  std::vector<consensus::Message> messages;
  if (const auto* batches = std::get_if<consensus::FetchBatches>(&request.fetch)) {
    const auto found = blocks.batches(*batches);
    if (found.ok()) messages.assign(found->begin(), found->end());
  } else if (const auto* chain = std::get_if<consensus::FetchChain>(&request.fetch)) {
    auto found = blocks.chain(*chain);
    if (found.ok() && *found) messages.push_back(std::move(**found));
  }
  if (messages.empty()) messages.push_back(refusal_of(request));
  return messages;
}

}  // namespace jingchu::node
