// decode() takes the canonical encodings and nothing else: what it takes encodes to the same bytes, and
// neither fewer bytes nor more are taken.
#include "common/codec.h"
#include "consensus/durable.h"
#include "consensus/evidence.h"
#include "consensus/messages.h"
#include "consensus/parameters.h"
#include "consensus/validator_set.h"
#include "contracts/identity/identity.h"
#include "ledger/block_store.h"
#include "tests/fuzz/input.h"

namespace jingchu {
namespace {

// Everything that the codec knows, in each other.
struct Nested {
  std::vector<Nested> inner;
  template <class Archive>
  void serialize(Archive& archive) {
    archive(inner);
  }
};
struct Mixed {
  bool flag = false;
  std::string text;
  std::optional<std::vector<std::optional<std::uint64_t>>> numbers;
  std::variant<std::uint8_t, std::string, std::vector<std::string>> choice;
  std::array<std::vector<std::uint16_t>, 2> pair;
  consensus::FetchKind kind = consensus::FetchKind::kProposal;
  template <class Archive>
  void serialize(Archive& archive) {
    archive(flag, text, numbers, choice, pair, kind);
  }
};

template <class T>
void check(ByteView bytes) {
  const auto value = decode<T>(bytes);
  if (!value.ok()) return;
  const Bytes encoded = encode(*value);
  CHECK(std::equal(encoded.begin(), encoded.end(), bytes.begin(), bytes.end()));
  if (!bytes.empty()) CHECK(!decode<T>(bytes.first(bytes.size() - 1)).ok());
  Bytes longer = to_bytes(bytes);
  longer.push_back(0);
  CHECK(!decode<T>(longer).ok());
}

void check_record(ByteView bytes) {
  const auto record = consensus::decode_record({}, bytes);
  if (!record.ok()) return;
  const Bytes encoded = consensus::encode_record(*record);
  CHECK(std::equal(encoded.begin(), encoded.end(), bytes.begin(), bytes.end()));
}

constexpr void (*kChecks[])(ByteView) = {
    check<Mixed>,
    check<Nested>,
    check<consensus::Header>,
    check<consensus::Proposal>,
    check<consensus::Vote>,
    check<consensus::Certificate>,
    check<consensus::LaneStatus>,
    check<consensus::Batch>,
    check<consensus::FetchCertificates>,
    check<consensus::FetchProposal>,
    check<consensus::FetchBatches>,
    check<consensus::FetchChain>,
    check<consensus::Chain>,
    check<consensus::Unavailable>,
    check<consensus::ValidatorSet>,
    check<consensus::Parameters>,
    check<ledger::Transaction>,
    check<ledger::Receipt>,
    check<ledger::TransactionPlace>,
    check<contracts::Member>,
    check_record,
    check<consensus::Evidence>,
};

}  // namespace
}  // namespace jingchu

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  jingchu::fuzz::Input input(data, size);
  const std::size_t type = input.byte() % std::size(jingchu::kChecks);
  jingchu::kChecks[type](input.rest());
  return 0;
}
