// Calls and queries of every contract, one after another on one state (contract_chain.h says what is
// checked). The input is texts that end with kEndOfText: a letter for the method or query, a digit for the
// caller's roles, then the payload or the query string. The last two letters attest the readiness of a
// validator and close an epoch, which no payload of random bytes does.
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

constexpr std::string_view kAttest = "attest";
constexpr std::string_view kCloseEpoch = "close-epoch";

void append(std::vector<Entry>& list, std::span<const contracts::Contract* const> group) {
  for (const contracts::Contract* contract : group) {
    for (const auto& method : contract->methods()) list.push_back({contract, method.name, false});
    list.push_back({contract, "no-such-method", false});
  }
  for (const contracts::Contract* contract : group) {
    for (const auto& query : contract->queries()) list.push_back({contract, query.name, true});
    list.push_back({contract, "no-such-query", true});
  }
}

// In the order of the registry, from the letter 'a' on; the corpus depends on it, so modules that came later
// follow behind the first four.
std::vector<Entry> entries() {
  std::vector<Entry> list;
  append(list, contracts::registry().first(4));
  append(list, contracts::registry().subspan(4));
  list.push_back({nullptr, kAttest, false});
  list.push_back({nullptr, kCloseEpoch, false});
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
    if (entry.name == kAttest) {
      chain.attest(roles);
      continue;
    }
    if (entry.name == kCloseEpoch) {
      chain.close_epoch();
      continue;
    }
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
