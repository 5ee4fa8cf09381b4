// One EPCIS document: captured the same every time, found again by the identifiers in it, and not taken twice
// under one event id with another content.
#include "contracts/json.h"
#include "tests/fuzz/contract_chain.h"
#include "tests/fuzz/input.h"

namespace jingchu::fuzz {
namespace {

constexpr int kQueriesMax = 16;

// Every text of the document, as the identifier of an event and of a thing.
void query_texts(ContractChain& chain, const contracts::Contract& provenance,
                 const contracts::JsonValue& value, int& budget) {
  if (value.is_string() && --budget >= 0) {
    chain.query(provenance, "event", {{"id", std::string(value.text())}});
    chain.query(provenance, "epc-history", {{"epc", std::string(value.text())}});
  }
  for (const contracts::JsonValue child : value) query_texts(chain, provenance, child, budget);
}

void capture(ByteView payload) {
  const contracts::Contract& provenance = *contracts::find_contract("provenance");
  ContractChain chain;
  if (!chain.call(provenance, "capture", payload, {"submitter"})) return;
  chain.call(provenance, "capture", payload, {"submitter"});
  const auto document = contracts::JsonDocument::parse(as_text(payload));
  CHECK(document.ok());
  int budget = kQueriesMax;
  query_texts(chain, provenance, document->root(), budget);
}

}  // namespace
}  // namespace jingchu::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  jingchu::fuzz::capture({data, size});
  return 0;
}
