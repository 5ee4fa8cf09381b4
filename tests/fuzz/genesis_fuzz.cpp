// A genesis file that is taken reads the same when it is written again, and a validator can begin with it:
// the contracts take their parts or refuse them with an error, and the core runs with the parameters.
#include <limits>

#include "consensus/core.h"
#include "ledger/executor.h"
#include "ledger/genesis.h"
#include "ledger/memory_database.h"
#include "tests/fuzz/input.h"

namespace jingchu::ledger {
namespace {

class NoSigner : public consensus::Signer {
 public:
  Signature sign(ByteView) const override { return {}; }
};

void check_written(const Genesis& genesis) {
  const std::string text = write_genesis(genesis);
  const auto again = parse_genesis(as_bytes(text));
  CHECK(again.ok() && write_genesis(*again) == text);
  CHECK(again->parameters == genesis.parameters && again->rules == genesis.rules);
  CHECK(again->validator_set().hash() == genesis.validator_set().hash());
}

void run_core(const Genesis& genesis, const Hash& root) {
  const NoSigner signer;
  consensus::Recovered recovered;
  recovered.executed = genesis.header(root);
  recovered.roots = {{Height(), root}};
  recovered.records.emplace_back(
      consensus::KeyRecord{genesis.chain_id, genesis.validators.front().consensus_key});
  auto core = consensus::Core::create({genesis.chain_id, Epoch(), genesis.validator_set(), NodeIndex(0),
                                       genesis.parameters, genesis.header(root)},
                                      &signer, std::move(recovered));
  CHECK(core.ok());
  consensus::Now now{1'000'000, genesis.time_ms};
  auto output = (*core)->start(now);
  for (int i = 0; i < 8; ++i) {
    CHECK(output.wake_at_us > now.monotonic_us);
    now.wall_ms += (output.wake_at_us - now.monotonic_us) / 1000;
    now.monotonic_us = output.wake_at_us;
    output = (*core)->step(now, consensus::Tick{});
  }
}

void check(const Genesis& genesis) {
  check_written(genesis);
  CHECK(!genesis.validators.empty() && genesis.header({}).cut.size() == genesis.validators.size());
  MemoryDatabase store;
  const auto executor = Executor::open(
      {.genesis = genesis, .store = &store, .contracts = contracts::registry(), .authorize = {}});
  if (!executor.ok()) {
    CHECK(executor.error().fault != Fault::kOurs && !executor.error().what.empty());
    return;
  }
  run_core(genesis, (*executor)->executed_root());
}

}  // namespace
}  // namespace jingchu::ledger

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace jingchu;
  const auto genesis = ledger::parse_genesis({data, size});
  if (genesis.ok()) {
    ledger::check(*genesis);
  } else {
    CHECK(genesis.error().type == "bad-genesis" && !genesis.error().what.empty());
  }
  return 0;
}
