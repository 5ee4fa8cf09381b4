#include "cli/doctor_picture.h"

#include <algorithm>

#include "common/quorum.h"

namespace jingchu::cli::doctor {
namespace {

// The chain of most of them; of equally many the one that was named first.
std::string chain_of_most(const Facts& facts) {
  std::string best;
  std::ptrdiff_t most = 0;
  for (const NodeFacts& node : facts.nodes) {
    if (!node.last) continue;
    const auto count = std::count_if(facts.nodes.begin(), facts.nodes.end(), [&](const NodeFacts& other) {
      return other.last && other.last->chain_id == node.last->chain_id;
    });
    if (count > most) best = node.last->chain_id;
    most = std::max(most, count);
  }
  return best;
}

Member member_of(const Picture& picture, const std::string& name) {
  Member member{name, nullptr, {}, {}};
  for (const NodeFacts* node : picture.nodes) {
    if (node->last->name == name) {
      member.node = node;
      continue;
    }
    const PeerFacts* peer = peer_of(*node->last, name);
    if (peer == nullptr || !peer->connected) continue;
    member.connected_to.insert(node->last->name);
    if (hears(*node->last, name)) member.heard_by.insert(node->last->name);
  }
  return member;
}

}  // namespace

Picture::Picture(const Facts& seen)
    : facts(seen), rules(seen.rules.value_or(ChainRules())), chain_id(chain_of_most(seen)) {
  const Sample* newest_epoch = nullptr;
  for (const NodeFacts& node : facts.nodes) {
    if (!node.last) {
      away.push_back(node.url);
    } else if (node.last->chain_id != chain_id) {
      strange.push_back(&node);
    } else {
      nodes.push_back(&node);
      if (newest_epoch == nullptr || node.last->epoch > newest_epoch->epoch) newest_epoch = &*node.last;
    }
  }
  for (const NodeFacts* node : nodes) {
    height = std::max(height, node->last->final_height);
    if (node->first) height_before = std::max(height_before, node->first->final_height);
  }
  height_before = std::min(height, height_before);
  stands_still = !nodes.empty() && height == height_before;
  if (newest_epoch == nullptr) return;
  epoch = newest_epoch->epoch;
  for (const std::string& name : newest_epoch->validators) members.push_back(member_of(*this, name));
  quorum = jingchu::quorum(members.size());
}

bool Picture::is_member(const std::string& name) const {
  return std::any_of(members.begin(), members.end(), [&](const Member& one) { return one.name == name; });
}

const PeerFacts* peer_of(const Sample& sample, const std::string& name) {
  const auto found = std::find_if(sample.peers.begin(), sample.peers.end(),
                                  [&](const PeerFacts& peer) { return peer.name == name; });
  return found == sample.peers.end() ? nullptr : &*found;
}

bool hears(const Sample& sample, const std::string& name) {
  const PeerFacts* peer = peer_of(sample, name);
  return peer != nullptr && peer->connected && (!peer->report || peer->report->age_ms <= kSilentMs);
}

const Sample* newest(const NodeFacts& node) {
  if (node.last) return &*node.last;
  return node.first ? &*node.first : nullptr;
}

std::string label(const NodeFacts& node) {
  const Sample* sample = newest(node);
  return sample != nullptr && !sample->name.empty() ? sample->name : node.url;
}

std::string listed(const std::vector<std::string>& names) {
  std::string text;
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (i > 0) text += i + 1 == names.size() ? " and " : ", ";
    text += names[i];
  }
  return text;
}

std::string listed(const Names& names) {
  return listed(std::vector<std::string>(names.begin(), names.end()));
}

std::string_view by_number(std::size_t count, std::string_view one, std::string_view many) {
  return count == 1 ? one : many;
}

std::string duration(std::uint64_t ms) {
  constexpr std::uint64_t kMinute = 60'000, kHour = 60 * kMinute, kDay = 24 * kHour;
  if (ms < 2 * kMinute) return std::to_string(ms / 1'000) + "." + std::to_string(ms % 1'000 / 100) + " s";
  if (ms < 2 * kHour) return std::to_string(ms / kMinute) + " min";
  if (ms < 2 * kDay) return std::to_string(ms / kHour) + " h";
  return std::to_string(ms / kDay) + " days";
}

std::string mebibytes(std::uint64_t bytes) {
  return std::to_string(bytes >> 20) + " MiB";
}

}  // namespace jingchu::cli::doctor
