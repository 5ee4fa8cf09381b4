#include "cli/doctor_asking.h"

#include <algorithm>
#include <future>

#include "cli/doctor_picture.h"
#include "cli/governance_view.h"
#include "common/quorum.h"
#include "ledger/genesis.h"

namespace jingchu::cli::doctor {
namespace {

using nlohmann::json;

// Beside the idle time of a leader: a view that fails, and the way of the answers.
constexpr std::uint64_t kObservedMs = 1'000;

// A blocking question to every node at once, so that those that are away cost their time together.
template <class Answer, class Question>
std::vector<Answer> ask_all(const std::vector<NodeClient>& nodes, const Question& question) {
  std::vector<std::future<Answer>> asked;
  for (const NodeClient& node : nodes) {
    asked.push_back(std::async(std::launch::async, [&question, &node] { return question(node); }));
  }
  std::vector<Answer> answers;
  for (auto& answer : asked) answers.push_back(answer.get());
  return answers;
}

Result<Sample> ask_status(const NodeClient& node, const Clock& clock) {
  const std::uint64_t asked_us = clock.monotonic_us();
  const auto asked_ms = static_cast<std::int64_t>(clock.wall_ms());
  ASSIGN_OR_RETURN(const json status, node.get_json("/v1/status"));
  const std::uint64_t trip_ms = (clock.monotonic_us() - asked_us) / 1'000;
  auto sample = read_sample(status);
  if (!sample) return peer_error("malformed-answer", "it answers, but not as a node does");
  sample->round_trip_ms = trip_ms;
  const auto time = status.find("time_ms");
  if (time != status.end() && time->is_number_unsigned()) {
    const auto there_ms = static_cast<std::int64_t>(time->get<std::uint64_t>() & (~std::uint64_t{0} >> 11));
    sample->ahead_ms = there_ms - asked_ms - static_cast<std::int64_t>(trip_ms / 2);
  }
  return *std::move(sample);
}

std::vector<std::string> ask_readiness(const NodeClient& node) {
  const auto answer = node.send("GET", "/readyz", {}, node.request_timeout_ms());
  if (!answer.ok() || answer->status == 200) return {};
  const json problem = json::parse(answer->body, nullptr, false);
  if (!problem.is_object() || !problem.contains("reasons")) return {};
  // Read as the texts of a status are.
  const auto sample = read_sample({{"chain_id", "-"}, {"problems", problem.at("reasons")}});
  return sample ? sample->problems : std::vector<std::string>();
}

std::optional<ledger::Genesis> ask_genesis(const NodeClient& node) {
  const auto file = node.get("/v1/genesis");
  if (!file.ok()) return std::nullopt;
  auto genesis = ledger::parse_genesis(as_bytes(*file));
  return genesis.ok() ? std::optional(*std::move(genesis)) : std::nullopt;
}

// Nodes of the picture as clients, in its order.
std::vector<NodeClient> clients_of(const Picture& picture, const std::vector<NodeClient>& nodes) {
  std::vector<NodeClient> clients;
  for (const NodeFacts* node : picture.nodes) {
    for (const NodeClient& client : nodes) {
      if (client.url() == node->url) {
        clients.push_back(client);
        break;
      }
    }
  }
  return clients;
}

std::optional<RootFacts> ask_roots(const std::vector<NodeClient>& nodes, std::uint64_t height) {
  RootFacts facts{height, {}};
  const auto roots = ask_all<std::string>(nodes, [&](const NodeClient& node) -> std::string {
    const auto block = node.get_json("/v1/blocks/" + std::to_string(height));
    if (!block.ok() || !block->is_object()) return {};
    const auto root = block->find("executed_root");
    return root != block->end() && root->is_string() ? root->get<std::string>().substr(0, 64) : std::string();
  });
  for (std::size_t i = 0; i < nodes.size(); ++i) {
    if (!roots[i].empty()) facts.roots[nodes[i].url()] = roots[i];
  }
  return facts.roots.empty() ? std::nullopt : std::optional(facts);
}

bool differs(const std::optional<RootFacts>& facts) {
  if (!facts) return false;
  return std::any_of(facts->roots.begin(), facts->roots.end(),
                     [&](const auto& root) { return root.second != facts->roots.begin()->second; });
}

// At the highest height that all of them have executed; if they differ there, at the first where they do. A
// root covers all that was executed before, so those that differ once differ from then on.
std::optional<RootFacts> compare_roots(const Picture& picture, const std::vector<NodeClient>& nodes) {
  std::uint64_t common = picture.height;
  for (const NodeFacts* node : picture.nodes) common = std::min(common, node->last->height);
  auto found = ask_roots(nodes, common);
  if (!differs(found)) return found;
  for (std::uint64_t equal = 0, other = common; other - equal > 1;) {
    const std::uint64_t middle = equal + (other - equal) / 2;
    auto facts = ask_roots(nodes, middle);
    if (differs(facts)) {
      other = middle;
      found = std::move(facts);
    } else {
      equal = middle;
    }
  }
  return found;
}

std::optional<PendingChange> ask_change(const NodeClient& node) {
  const auto view = read_governance(node);
  if (!view.ok() || !view->pending) return std::nullopt;
  PendingChange change{view->pending->proposal, jingchu::quorum(view->pending->members.size()), {}, {}};
  for (const auto& member : view->pending->members) {
    (view->pending->ready.contains(member.name) ? change.ready : change.waiting).push_back(member.name);
  }
  return change;
}

// Of the newest block of the node that is furthest, by that machine's own clock.
std::optional<std::int64_t> ask_age(const NodeClient& node, const Sample& sample, const Clock& clock) {
  const auto block = node.get_json("/v1/blocks/latest");
  if (!block.ok() || !block->is_object() || !sample.ahead_ms) return std::nullopt;
  const auto header = block->find("header");
  if (header == block->end() || !header->is_object()) return std::nullopt;
  const auto time = header->find("time_ms");
  if (time == header->end() || !time->is_number_unsigned()) return std::nullopt;
  const std::uint64_t there_ms = clock.wall_ms() + static_cast<std::uint64_t>(*sample.ahead_ms);
  const auto made_ms = time->get<std::uint64_t>();
  return there_ms > made_ms ? std::optional(static_cast<std::int64_t>(there_ms - made_ms)) : std::nullopt;
}

void ask_more(Facts& facts, const std::vector<NodeClient>& all, const Clock& clock) {
  const Picture picture(facts);
  const auto nodes = clients_of(picture, all);
  std::size_t furthest = 0;
  for (std::size_t i = 0; i < nodes.size(); ++i) {
    if (picture.nodes[i]->last->height > picture.nodes[furthest]->last->height) furthest = i;
  }
  if (nodes.empty()) return;
  facts.roots = compare_roots(picture, nodes);
  facts.pending = ask_change(nodes[furthest]);
  facts.last_block_age_ms = ask_age(nodes[furthest], *picture.nodes[furthest]->last, clock);
}

}  // namespace

Facts ask_network(const std::vector<NodeClient>& nodes, const Clock& clock,
                  const std::function<void(std::uint64_t least_ms)>& wait) {
  const auto ask = [&](const NodeClient& node) { return ask_status(node, clock); };
  const auto first = ask_all<Result<Sample>>(nodes, ask);
  const std::uint64_t began_us = clock.monotonic_us();
  std::uint64_t idle_ms = 0;
  Facts facts;
  for (std::size_t i = 0; i < nodes.size(); ++i) {
    facts.nodes.push_back({nodes[i].url(), {}, {}, {}, {}});
    if (!first[i].ok()) continue;
    facts.nodes[i].first = *first[i];
    if (facts.rules) continue;
    if (const auto genesis = ask_genesis(nodes[i])) {
      const auto& parameters = genesis->parameters;
      facts.rules =
          ChainRules{parameters.precision_ms, parameters.execution_lag_max, parameters.epoch_blocks};
      idle_ms = parameters.idle_ms;
    }
  }
  // Without anybody to watch there is nothing to wait for.
  if (facts.rules) wait(idle_ms + kObservedMs);
  const auto last = ask_all<Result<Sample>>(nodes, ask);
  facts.interval_ms = (clock.monotonic_us() - began_us) / 1'000;
  const auto readiness = ask_all<std::vector<std::string>>(nodes, ask_readiness);
  for (std::size_t i = 0; i < nodes.size(); ++i) {
    if (last[i].ok()) {
      facts.nodes[i].last = *last[i];
      facts.nodes[i].not_ready = readiness[i];
    } else {
      facts.nodes[i].why_away = last[i].error().what;
    }
  }
  ask_more(facts, nodes, clock);
  return facts;
}

}  // namespace jingchu::cli::doctor
