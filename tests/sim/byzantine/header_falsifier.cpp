// Falsifies one field of its own proposals, and signs the result.
#include "sim/byzantine/behaviours.h"

namespace jingchu::sim {
namespace {

using namespace consensus;

constexpr std::uint64_t kFields = 16;
constexpr std::uint64_t kRoot = 12;

void falsify(Header& header, std::uint64_t field, Random& random) {
  CutEntry& entry = header.cut[random.below(header.cut.size())];
  switch (field) {
    case 0:
      header.protocol_version = static_cast<std::uint16_t>(header.protocol_version + 1);
      break;
    case 1:
      header.epoch = header.epoch.next();
      break;
    case 2:
      header.view = header.view.next();
      break;
    case 3:
      header.height = header.height + random.between(1, 2);
      break;
    case 4:
      header.parent_view = header.parent_view.previous();
      break;
    case 5:
      header.parent_hash = sha256(header.parent_hash);
      break;
    case 6:
      entry = {};
      break;
    case 7:
      entry = {entry.sequence.next(), sha256(entry.tip)};
      break;
    case 8:
      entry.tip = sha256(entry.tip);
      break;
    case 9:
      header.time_ms += 60'000;
      break;
    case 10:
      header.time_ms -= 60'000;
      break;
    case 11:
      header.executed_height = header.height;
      break;
    case 12:
      header.executed_root = sha256(header.executed_root);
      break;
    case 13:
      header.executed_height = header.executed_height.previous();
      break;
    case 14:
      header.validators_hash = sha256(header.validators_hash);
      break;
    default:
      header.next_validators_hash = sha256(header.next_validators_hash);
  }
}

class HeaderFalsifier : public Behaviour {
 public:
  std::vector<Outgoing> outgoing(Adversary& self, Outgoing outgoing) override {
    const auto* proposal = std::get_if<Proposal>(&outgoing.message);
    if (proposal == nullptr || proposal->proposer != self.self()) return {std::move(outgoing)};
    Header header = proposal->header;
    const bool root = self.random().chance(1, 3);  // what a mistake forgets most easily
    falsify(header, root ? kRoot : next_field_++ % kFields, self.random());
    const Ballot ballot{VoteKind::kNotarize, header.view, header.height, block_hash(self.chain_id(), header)};
    auto justification = proposal->justification;
    outgoing.message = self.sign(std::move(header), std::move(justification));
    return {std::move(outgoing), Outgoing{{}, self.sign(ballot)}};
  }

 private:
  std::uint64_t next_field_ = 0;
};

}  // namespace

std::unique_ptr<Behaviour> make_header_falsifier() {
  return std::make_unique<HeaderFalsifier>();
}

}  // namespace jingchu::sim
