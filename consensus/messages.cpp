#include "consensus/messages.h"

#include "common/codec.h"
#include "common/merkle.h"

namespace jingchu::consensus {

Hash batch_tip(const Hash& chain_id, Epoch epoch, NodeIndex lane, Sequence sequence, const Hash& prev,
               const Hash& transactions_root) {
  return sha256(
      encode(std::string("jingchu/batch"), chain_id, epoch, lane, sequence, prev, transactions_root));
}

bool head_is_well_formed(Sequence sequence, const Hash& prev, const Hash& transactions_root) {
  const bool begins = sequence == Sequence(1);
  return sequence != Sequence() && (!begins || prev == kZeroHash) && transactions_root != merkle::root({});
}

BatchPointer seal(const Hash& chain_id, Batch batch) {
  merkle::Leaves leaves;
  std::uint64_t bytes = 0;
  for (const Bytes& transaction : batch.transactions) {
    leaves.add(transaction);
    bytes += transaction.size();
  }
  auto sealed = std::make_shared<SealedBatch>();
  sealed->tip =
      batch_tip(chain_id, batch.epoch, batch.lane, batch.sequence, batch.prev, merkle::root(leaves.hashes()));
  sealed->bytes = bytes;
  sealed->batch = std::move(batch);
  return sealed;
}

Unavailable refusal_of(const FetchCertificates& fetch) {
  return {FetchKind::kCertificates, fetch.first.value(), {}};
}
Unavailable refusal_of(const FetchProposal& fetch) {
  return {FetchKind::kProposal, fetch.view.value(), fetch.hash};
}
Unavailable refusal_of(const FetchBatches& fetch) {
  return {FetchKind::kBatches, fetch.last.value(), fetch.tip};
}
Unavailable refusal_of(const FetchChain& fetch) {
  return {FetchKind::kChain, fetch.above.value(), {}};
}

std::uint8_t message_kind(const Message& message) {
  return static_cast<std::uint8_t>(kFirstMessageKind + message.index());
}

Bytes encode_message(const Message& message) {
  return std::visit(
      [](const auto& content) -> Bytes {
        if constexpr (std::is_same_v<std::decay_t<decltype(content)>, BatchPointer>) {
          return encode(content->batch);
        } else {
          return encode(content);
        }
      },
      message);
}

}  // namespace jingchu::consensus
