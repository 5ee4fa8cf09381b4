#include "ledger/receipt.h"

#include "common/codec.h"
#include "common/merkle.h"

namespace jingchu::ledger {

Hash receipt_leaf(const Receipt& receipt) {
  return merkle::leaf_hash(encode(receipt));
}

Hash history_leaf(Height height, const Hash& block_hash, const Hash& receipts_root) {
  return merkle::leaf_hash(encode(height, block_hash, receipts_root));
}

Hash Roots::state() const {
  return sha256(encode(std::string("jingchu/state"), entities, checksum));
}

Hash Roots::executed() const {
  return sha256(encode(std::string("jingchu/executed"), state(), receipts, history));
}

}  // namespace jingchu::ledger
