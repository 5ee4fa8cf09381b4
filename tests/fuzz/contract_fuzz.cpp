// Calls and queries of every contract, one after another on one state (contract_chain.h says what is
// checked). The input is texts that end with kEndOfText: a letter for the method or query, a digit for the
// caller's roles, then the payload or the query string.
#include "network/http.h"
#include "tests/fuzz/contract_chain.h"
#include "tests/fuzz/input.h"

namespace jingchu::fuzz {
namespace {

constexpr int kCallsMax = 24;

struct Entry {
  const contracts::Contract* contract;
  std::string_view name;
  bool is_query;
};

// In the order of the registry, from the letter 'a' on; the corpus depends on it.
std::vector<Entry> entries() {
  std::vector<Entry> list;
  for (const contracts::Contract* contract : contracts::registry()) {
    for (const auto& method : contract->methods()) list.push_back({contract, method.name, false});
    list.push_back({contract, "no-such-method", false});
  }
  for (const contracts::Contract* contract : contracts::registry()) {
    for (const auto& query : contract->queries()) list.push_back({contract, query.name, true});
    list.push_back({contract, "no-such-query", true});
  }
  return list;
}

std::vector<std::string> roles_of(std::uint8_t digit) {
  switch (digit % 4) {
    case 0:
      return {"admin", "submitter"};
    case 1:
      return {"submitter"};
    case 2:
      return {"admin"};
    default:
      return {};
  }
}

void run(Input input) {
  static const std::vector<Entry> kEntries = entries();
  ContractChain chain;
  for (int i = 0; i < kCallsMax && !input.empty(); ++i) {
    Input text(input.until(kEndOfText));
    const Entry& entry = kEntries[static_cast<std::uint8_t>(text.byte() - 'a') % kEntries.size()];
    const std::uint8_t roles = text.byte();
    if (!entry.is_query) {
      chain.call(*entry.contract, entry.name, text.rest(), roles_of(roles));
      continue;
    }
    const auto target = network::parse_target("/?" + to_string(text.rest()));
    if (!target.ok()) continue;
    chain.query(*entry.contract, entry.name, {target->query.begin(), target->query.end()});
  }
}

}  // namespace
}  // namespace jingchu::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  jingchu::fuzz::run({data, size});
  return 0;
}
