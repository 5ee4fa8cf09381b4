#include "sim/checkers/set_checker.h"

#include <algorithm>
#include <nlohmann/json.hpp>

namespace jingchu::sim {

using nlohmann::json;

SetChecker::SetChecker(const Setting& setting, const node::Members& genesis, IsReplacement is_replacement)
    : setting_(setting), is_replacement_(std::move(is_replacement)) {
  for (const auto& member : genesis) {
    sets_[Epoch(0)].push_back(
        {member.name, {to_string(member.consensus_key), to_string(member.transport_key)}});
  }
  sets_[Epoch(1)] = sets_[Epoch(0)];
}

void SetChecker::on_executed(const ledger::ExecutedBlock& result) {
  for (const auto& executed : result.transactions) {
    for (const auto& receipt : executed.receipts) {
      const auto& call = executed.transaction->transaction.calls[receipt.call_index];
      if (call.contract != "governance" || receipt.code != ledger::kOk) continue;
      for (const auto& event : receipt.events) on_call(call, event);
    }
  }
  const std::uint64_t blocks = setting_.parameters.epoch_blocks;
  if (result.height.value() % blocks == 0) close(Epoch(result.height.value() / blocks - 1));
}

void SetChecker::on_call(const ledger::Call& call, const contracts::Event& event) {
  const json said = json::parse(event.json);
  if (event.name == "proposed") {
    proposals_[said["proposal"]] = jingchu::to_string(call.payload);
  } else if (event.name == "voted" && said["state"] == "accepted") {
    setting_.count("proposals accepted", 1);
    if (pending_) setting_.fail("two-pending-sets", event.json);
    pending_ = Pending{changed(proposals_[said["proposal"]]), {}};
  } else if (event.name == "ready" && pending_) {
    pending_->ready.insert(said["validator"].get<std::string>());
  }
}

SetChecker::Named SetChecker::changed(const std::string& payload) const {
  Named members = sets_.rbegin()->second;
  const json proposal = json::parse(payload);
  for (const auto& change : proposal["changes"]) {
    const std::string kind = change.begin().key();
    const json& body = change.begin().value();
    const auto name = (body.is_string() ? body : body["name"]).get<std::string>();
    if (kind == "remove") {
      std::erase_if(members, [&](const auto& member) { return member.first == name; });
      continue;
    }
    if (kind == "add") members.emplace_back();
    auto& member = kind == "add" ? members.back()
                                 : *std::find_if(members.begin(), members.end(),
                                                 [&](const auto& m) { return m.first == name; });
    member.first = name;
    member.second = {body["consensus_key"].get<std::string>(), body["transport_key"].get<std::string>()};
  }
  return members;
}

void SetChecker::close(Epoch epoch) {
  Named next = sets_.at(epoch.next());
  if (pending_) {
    std::size_t ready = 0;
    for (const auto& [name, member] : pending_->members) ready += pending_->ready.count(name);
    const std::size_t n = pending_->members.size();
    if (ready >= n - (n - 1) / 3) {
      next = pending_->members;
      pending_.reset();
    }
  }
  sets_[epoch.next().next()] = std::move(next);
  check(epoch.next().next());
}

void SetChecker::on_epoch(const node::EpochPlan& plan) {
  Named& derived = derived_[plan.epoch];
  for (const auto& validator : plan.validators.all()) {
    derived.push_back(
        {validator.name, {to_string(validator.consensus_key), to_string(validator.transport_key)}});
  }
  check(plan.epoch);
}

// As soon as both are known.
void SetChecker::check(Epoch epoch) {
  const auto expected = sets_.find(epoch);
  const auto derived = derived_.find(epoch);
  if (expected == sets_.end() || derived == derived_.end()) return;
  if (expected->second != derived->second) {
    return setting_.fail("wrong-set", "a node begins epoch " + to_string(epoch) + " with " +
                                          std::to_string(derived->second.size()) +
                                          " validators that are not those that were decided");
  }
  if (epoch != Epoch()) count_changes(sets_.at(epoch.previous()), expected->second);
}

void SetChecker::count_changes(const Named& before, const Named& after) {
  if (before == after) return;
  setting_.count("sets changed", 1);
  const auto shared = std::min(before.size(), after.size());
  for (std::size_t i = 0; i < shared; ++i) {
    if (before[i] == after[i]) continue;
    const auto key = public_key_from_text(after[i].second.consensus_key);
    const bool replaces = is_replacement_(NodeIndex(static_cast<std::uint16_t>(i)), *key);
    setting_.count(replaces ? "homes replaced" : "keys changed", 1);
  }
  if (after.size() > before.size()) setting_.count("validators joined", after.size() - before.size());
  if (after.size() < before.size()) setting_.count("validators left", before.size() - after.size());
}

}  // namespace jingchu::sim
