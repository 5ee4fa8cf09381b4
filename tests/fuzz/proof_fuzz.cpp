// A proof bundle from outside, against a fixed genesis file: a report comes out whatever the bytes are, and
// what is read is the same when it is written again. Every step is also run on its own, so that a hash or
// signature that does not hold cannot keep the fuzzer from the steps behind it.
#include <filesystem>

#include "ledger/proof_work.h"
#include "ledger/proof_writer.h"
#include "tests/contracts/support/files.h"
#include "tests/fuzz/input.h"

namespace jingchu::ledger {
namespace {

const std::string& genesis_file() {
  static const std::string kFile =
      contracts::read_text(std::string(JINGCHU_TESTS) + "/vectors/proofs/genesis.json");
  CHECK(!kFile.empty());
  return kFile;
}

void check_report(const ProofReport& report) {
  CHECK(!report.steps.empty() && report.holds() == (report.failed() == nullptr));
  bool has_failed = false;
  for (const auto& step : report.steps) {
    CHECK((step.verdict == ProofVerdict::kNotReached) == has_failed);
    CHECK(step.failure.has_value() == (step.verdict == ProofVerdict::kFails));
    has_failed = has_failed || step.failure.has_value();
  }
}

void run_steps(const ProofBundle& bundle) {
  proof::Work work;
  work.bundle = bundle;
  work.genesis = std::get<ProofGenesis>(parse_proof_genesis(as_bytes(genesis_file())));
  work.file.emplace();
  proof::check_sets(work);
  proof::check_finality(work);
  if (std::holds_alternative<RecordClaim>(bundle.claim)) {
    for (const auto check :
         {proof::check_history, proof::check_receipt, proof::check_transaction, proof::check_call}) {
      check(work);
    }
  } else {
    proof::check_state(work);
    proof::check_records(work);
  }
  proof::check_file(work);
}

void check(const ProofBundle& bundle) {
  const std::string text = write_proof(bundle);
  const auto again = parse_proof(as_bytes(text));
  CHECK(std::holds_alternative<ProofBundle>(again));
  CHECK(write_proof(std::get<ProofBundle>(again)) == text);
  run_steps(bundle);
}

}  // namespace
}  // namespace jingchu::ledger

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace jingchu;
  using namespace jingchu::ledger;
  const ByteView bytes(data, size);
  const auto report = verify_proof(bytes, as_bytes(genesis_file()), FileHashes());
  check_report(report);
  const auto parsed = parse_proof(bytes);
  CHECK(std::holds_alternative<ProofFailure>(parsed) ==
        (report.steps.front().verdict == ProofVerdict::kFails));
  if (const auto* bundle = std::get_if<ProofBundle>(&parsed)) check(*bundle);
  return 0;
}
