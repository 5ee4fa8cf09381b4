#include "consensus/header.h"

#include "common/codec.h"

namespace jingchu::consensus {

Hash block_hash(const Hash& chain_id, const Header& header) {
  return sha256(encode(std::string("jingchu/header"), chain_id, header));
}

}  // namespace jingchu::consensus
