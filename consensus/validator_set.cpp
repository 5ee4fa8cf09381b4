#include "consensus/validator_set.h"

#include "common/codec.h"

namespace jingchu::consensus {

Hash ValidatorSet::hash() const {
  return sha256(encode(std::string("jingchu/validators"), validators_));
}

}  // namespace jingchu::consensus
