// Sets of validators made by hand, for the tests of epochs.
#pragma once

#include "node/epoch.h"
#include "tests/ledger/fixture.h"

namespace jingchu::node::test {

using ledger::test::fixed_key;

// Keys by number: consensus 2 * number + 1, transport the one after it; port 7000 + number.
inline contracts::governance::Member member(const std::string& name, std::uint8_t number) {
  const auto consensus = static_cast<std::uint8_t>(2 * number + 1);
  return {name,
          "420100",
          name,
          fixed_key(consensus).public_key(),
          fixed_key(static_cast<std::uint8_t>(consensus + 1)).public_key(),
          "127.0.0.1:" + std::to_string(7000 + number)};
}
inline PublicKey transport(std::uint8_t number) {
  return member("", number).transport_key;
}

// An epoch of these validators, and the next one of the same.
inline EpochPlan plan_of(Members members) {
  EpochPlan plan;
  plan.epoch = Epoch(7);
  plan.next = members;
  plan.before = members;
  plan.members = std::move(members);
  return plan;
}

}  // namespace jingchu::node::test
