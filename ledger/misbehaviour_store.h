// The evidence of misbehaviour that this node holds, beside the chain and outside of its state: what one node
// has seen, another may not have. Thread-safe.
#pragma once

#include <string>
#include <vector>

#include "consensus/evidence.h"
#include "ledger/database.h"

namespace jingchu::ledger {

struct RecordedEvidence {
  consensus::Evidence evidence;
  std::string validator;          // the culprit's name in the set of its epoch
  std::uint64_t recorded_ms = 0;  // by this machine's clock

  template <class Archive>
  void serialize(Archive& archive) {
    archive(evidence, validator, recorded_ms);
  }
};

class MisbehaviourStore {
 public:
  // What makes one piece another, in the order in which they are kept: ascending by epoch, culprit, kind and
  // number. Printable.
  static std::string place_of(const consensus::Evidence& evidence);

  explicit MisbehaviourStore(KeyValueStore& store) : store_(store) {}

  // Durable when it returns.
  Status put(const RecordedEvidence& recorded);
  // Forgets what is older than this epoch.
  Status erase_before(Epoch epoch);

  // Those after `place` (empty: all), until `visit` answers false.
  Status visit(std::string_view place, const std::function<bool(RecordedEvidence)>& visit) const;

 private:
  KeyValueStore& store_;
};

}  // namespace jingchu::ledger
