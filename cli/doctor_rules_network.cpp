#include <algorithm>
#include <array>

#include "cli/doctor_rules.h"
#include "common/quorum.h"

namespace jingchu::cli::doctor {
namespace {

// A dialler tries again every second or so: what is older is history.
constexpr std::uint64_t kRecentMs = 30'000;
constexpr std::size_t kIdShown = 16;  // hexadecimal digits of a chain id

// Not "tls": a session that breaks off meanwhile says nothing about who is wrong.
bool is_handshake(const std::string& type) {
  return type == "unknown-key" || type == "another-chain" || type == "another-version" ||
         type == "bad-hello" || type == "unexpected-key";
}

bool is_refused(const PeerFacts& peer) {
  return !peer.connected && is_handshake(peer.last_type) && peer.last_age_ms &&
         *peer.last_age_ms <= kRecentMs;
}

// Two nodes that answered, and what a session between them last failed by; null unless by a handshake.
const PeerFacts* refusal_between(const NodeFacts& one, const NodeFacts& other) {
  for (const auto& [from, to] : {std::pair(&one, &other), std::pair(&other, &one)}) {
    const PeerFacts* peer = peer_of(*from->last, label(*to));
    if (peer != nullptr && is_refused(*peer)) return peer;
  }
  return nullptr;
}

std::string remedy_of_handshake(const std::string& type, const std::string& name) {
  if (type == "another-chain")
    return "give " + name + " the network's genesis.json and its own home for that chain; start it again";
  if (type == "another-version") return "bring " + name + " and the others to one version of the program";
  return "put the transport key that the validators' set lists for " + name +
         " into node.transport_key, or change the listed key (jingchu network rotate, governance propose "
         "--replace)";
}

std::string in_words(const std::string& type) {
  if (type == "another-chain") return "they are on different chains";
  if (type == "another-version") return "they speak different versions of the protocol";
  if (type == "bad-hello") return "the greeting cannot be read";
  return "its transport key is not the one that is listed for it, or the other's is not";
}

std::uint64_t refused_meanwhile(const NodeFacts& node, const std::string& reason) {
  if (!node.first || !node.last) return 0;
  const auto count = [&](const Sample& sample) {
    const auto found = sample.refusals.find(reason);
    return found == sample.refusals.end() ? 0 : found->second;
  };
  const std::uint64_t before = count(*node.first), after = count(*node.last);
  return after > before ? after - before : 0;
}

// Why it is taken to be down: what everybody who answered says of it.
std::vector<std::string> seen_of(const Picture& picture, const std::string& name) {
  std::vector<std::string> lines;
  for (const NodeFacts* node : picture.nodes) {
    const PeerFacts* peer = peer_of(*node->last, name);
    if (peer == nullptr) continue;
    std::string line = label(*node) + " has no session with " + name;
    if (peer->connected) {
      line = label(*node) + " has a session with " + name;
      if (peer->report) line += ", which has said nothing for " + duration(peer->report->age_ms);
    } else if (!peer->last_reason.empty()) {
      line += ": " + peer->last_reason;
    }
    lines.push_back(std::move(line));
  }
  for (const NodeFacts& node : picture.facts.nodes) {
    if (!node.last) lines.push_back(node.url + " does not answer: " + node.why_away);
  }
  return lines;
}

// Whether a session between two validators is alive, by those of the two that answered.
bool are_linked(const Member& one, const Member& other) {
  if (one.node == nullptr && other.node == nullptr) return false;
  return (one.node == nullptr || hears(*one.node->last, other.name)) &&
         (other.node == nullptr || hears(*other.node->last, one.name));
}

// Who is up and would be let in: nothing but the network can keep the others from hearing it.
bool is_there(const Member& member, const Findings& findings) {
  constexpr std::array<std::string_view, 4> kWithoutSessions = {"wrong-genesis", "disk-full", "node-failed",
                                                                "refused-at-handshake"};
  const bool has_none = std::any_of(findings.begin(), findings.end(), [&](const Finding& finding) {
    return finding.takes_out.contains(member.name) &&
           std::find(kWithoutSessions.begin(), kWithoutSessions.end(), finding.kind) !=
               kWithoutSessions.end();
  });
  return !has_none && (member.node != nullptr || !member.heard_by.empty());
}

// Groups whose members reach each other, perhaps by way of others; the largest first.
std::vector<Names> connected_groups(const std::vector<const Member*>& members) {
  std::vector<Names> groups;
  for (const Member* member : members) {
    Names joined{member->name};
    std::vector<Names> rest;
    for (Names& group : groups) {
      const bool linked = std::any_of(members.begin(), members.end(), [&](const Member* other) {
        return group.contains(other->name) && are_linked(*member, *other);
      });
      if (linked) {
        joined.insert(group.begin(), group.end());
      } else {
        rest.push_back(std::move(group));
      }
    }
    rest.push_back(std::move(joined));
    groups = std::move(rest);
  }
  std::stable_sort(groups.begin(), groups.end(),
                   [](const Names& a, const Names& b) { return a.size() > b.size(); });
  return groups;
}

// Pairs that both answered and have no living session, in words.
std::vector<std::string> broken_links(const std::vector<const Member*>& members) {
  std::vector<std::string> lines;
  for (std::size_t i = 0; i < members.size(); ++i) {
    for (std::size_t j = i + 1; j < members.size(); ++j) {
      const Member &one = *members[i], &other = *members[j];
      if (one.node == nullptr || other.node == nullptr || are_linked(one, other)) continue;
      if (refusal_between(*one.node, *other.node) != nullptr) continue;
      std::string line = one.name + " and " + other.name + " do not hear each other";
      for (const auto& [from, to] : {std::pair(&one, &other), std::pair(&other, &one)}) {
        const PeerFacts* peer = peer_of(*from->node->last, to->name);
        if (peer != nullptr && !peer->connected && !peer->last_reason.empty())
          line += "; " + from->name + ": " + peer->last_reason;
      }
      lines.push_back(std::move(line));
    }
  }
  return lines;
}

}  // namespace

void judge_chains(const Picture& picture, Findings& findings) {
  Names right;
  for (const NodeFacts* node : picture.nodes) right.insert(label(*node));
  for (const NodeFacts* node : picture.strange) {
    const std::string name = label(*node);
    Finding finding{"wrong-genesis", Severity::kCritical, {}, {}, {}, {name}, {}};
    finding.text = name + " (" + node->url + ") runs with another genesis file than " + listed(right);
    finding.remedy =
        "stop it, give it the network's genesis.json (its SHA-256 is the chain id) and the home that "
        "was made for that chain; keys and data of two chains never mix";
    finding.evidence = {"chain id of " + name + ": " + node->last->chain_id.substr(0, kIdShown) + "...",
                        "chain id of " + listed(right) + ": " + picture.chain_id.substr(0, kIdShown) + "..."};
    if (picture.is_member(name)) finding.takes_out = {name};
    findings.push_back(std::move(finding));
  }
}

// One finding for each validator that cannot come in; of a pair it is the one that fewer have sessions with.
void judge_handshakes(const Picture& picture, Findings& findings) {
  std::map<std::string, Finding> by_name;
  const auto note = [&](const std::string& name, const std::string& type, std::string evidence) {
    auto [found, is_new] = by_name.try_emplace(
        name, Finding{"refused-at-handshake", Severity::kCritical, {}, {}, {}, {name}, {name}});
    Finding& finding = found->second;
    if (is_new || type == "another-chain" || type == "another-version") {
      finding.text = name + " is refused at the handshake: " + in_words(type);
      finding.remedy = remedy_of_handshake(type, name);
    }
    finding.evidence.push_back(std::move(evidence));
  };
  for (const NodeFacts* node : picture.nodes) {
    const std::string self = label(*node);
    if (picture.is_member(self) && node->last->role != "validator") {
      note(self, "unknown-key",
           self + " takes itself for no validator (" + node->last->role +
               "): the set lists another transport key for it");
    }
    for (const PeerFacts& peer : node->last->peers) {
      if (!is_refused(peer) || !picture.is_member(peer.name)) continue;
      const auto other = std::find_if(picture.members.begin(), picture.members.end(),
                                      [&](const Member& one) { return one.name == peer.name; });
      const auto mine = std::find_if(picture.members.begin(), picture.members.end(),
                                     [&](const Member& one) { return one.name == self; });
      const bool is_mine = mine != picture.members.end() && mine->heard_by.size() < other->heard_by.size();
      note(is_mine ? self : peer.name, peer.last_type, self + " to " + peer.name + ": " + peer.last_reason);
    }
  }
  for (auto& [name, finding] : by_name) {
    if (is_out(findings, name)) continue;
    for (const NodeFacts* node : picture.nodes) {
      if (label(*node) == name) continue;
      const auto count = refused_meanwhile(*node, "unknown-key");
      if (count == 0) continue;
      finding.evidence.push_back(label(*node) + " refused " + std::to_string(count) +
                                 " connections with an unknown key meanwhile");
    }
    const auto member = std::find_if(picture.members.begin(), picture.members.end(),
                                     [&, known = name](const Member& one) { return one.name == known; });
    if (member != picture.members.end() && !member->heard_by.empty()) finding.takes_out.clear();
    if (finding.takes_out.empty()) finding.severity = Severity::kWarning;
    findings.push_back(std::move(finding));
  }
}

void judge_presence(const Picture& picture, Findings& findings) {
  Names down, silent;
  for (const Member& member : picture.members) {
    if (member.node != nullptr || !member.heard_by.empty() || is_out(findings, member.name)) continue;
    (member.connected_to.empty() ? down : silent).insert(member.name);
  }
  for (const std::string& name : silent) {
    Finding finding{"validator-silent", Severity::kCritical, {}, {}, seen_of(picture, name), {name}, {name}};
    finding.text = name + " holds its sessions open and says nothing: its process hangs, or its machine does";
    finding.remedy =
        "look at its machine (a paused process or virtual machine, a disk that does not answer); "
        "restarting the node is safe";
    findings.push_back(std::move(finding));
  }
  if (down.empty()) return;
  Finding finding{"validator-down", Severity::kWarning, {}, {}, {}, down, down};
  finding.text = listed(down) + std::string(by_number(down.size(), " is", " are")) +
                 " not seen by any node that answered";
  finding.remedy = "start " + listed(down) + ", or bring back the network to " +
                   std::string(by_number(down.size(), "it", "them")) +
                   "; name its API with --node, too, to tell a machine that is down from one that is cut off";
  for (const std::string& name : down) {
    for (std::string& line : seen_of(picture, name)) {
      if (std::find(finding.evidence.begin(), finding.evidence.end(), line) == finding.evidence.end())
        finding.evidence.push_back(std::move(line));
    }
  }
  findings.push_back(std::move(finding));
}

void judge_partition(const Picture& picture, Findings& findings) {
  std::vector<const Member*> present;
  for (const Member& member : picture.members) {
    if (is_there(member, findings)) present.push_back(&member);
  }
  const auto groups = connected_groups(present);
  auto broken = broken_links(present);
  if (broken.empty()) return;
  Finding finding{"partition", Severity::kCritical, {}, {}, std::move(broken), {}, {}};
  if (groups.size() < 2) {
    finding.kind = "connection-missing";
    finding.severity = Severity::kWarning;
    finding.text = "some validators that are up do not hear each other, though others hear both";
    for (const Member* member : present) {
      if (member->node != nullptr && member->heard_by.size() + 1 < present.size())
        finding.nodes.insert(member->name);
    }
  } else {
    finding.text = "the network is cut into groups that do not hear each other, though all of them are up: ";
    for (std::size_t i = 0; i < groups.size(); ++i) {
      finding.text += (i == 0 ? "" : " | ") + listed(groups[i]);
      finding.nodes.insert(groups[i].begin(), groups[i].end());
      if (i > 0) finding.takes_out.insert(groups[i].begin(), groups[i].end());
    }
  }
  finding.remedy =
      "look at the network between them (routes, firewalls, the peers' ports); the nodes need no restart";
  findings.push_back(std::move(finding));
}

void judge_addresses(const Picture& picture, Findings& findings) {
  const auto missing = static_cast<std::size_t>(std::count_if(
      picture.members.begin(), picture.members.end(),
      [&](const Member& member) { return member.node == nullptr && is_out(findings, member.name); }));
  if (picture.away.size() <= missing) return;
  Finding finding{"node-unreachable", Severity::kWarning, {}, {}, {}, {}, {}};
  finding.text = "not every API that was asked answers, though the peers see " +
                 std::string(missing == 0 ? "all validators" : "more validators than that");
  finding.remedy =
      "is the address right (api.listen), does a firewall close it, or is it a node without a vote?";
  for (const NodeFacts& node : picture.facts.nodes) {
    if (!node.last) finding.evidence.push_back(node.url + ": " + node.why_away);
  }
  findings.push_back(std::move(finding));
}

void judge_strangers(const Picture& picture, Findings& findings) {
  const bool known = std::any_of(findings.begin(), findings.end(), [](const Finding& finding) {
    return finding.kind == "refused-at-handshake" || finding.kind == "wrong-genesis";
  });
  if (known) return;
  Finding finding{"stranger-refused", Severity::kNote, {}, {}, {}, {}, {}};
  for (const NodeFacts* node : picture.nodes) {
    for (const char* reason : {"unknown-key", "another-chain", "another-version"}) {
      const auto count = refused_meanwhile(*node, reason);
      if (count == 0) continue;
      finding.evidence.push_back(label(*node) + " refused " + std::to_string(count) +
                                 " connections: " + reason);
      finding.nodes.insert(label(*node));
    }
  }
  if (finding.evidence.empty()) return;
  finding.text = "somebody who is no peer knocks at " + listed(finding.nodes);
  finding.remedy =
      "if a validator is missing, it may have a wrong transport key or genesis file: ask its own API; "
      "otherwise close the peers' port to strangers";
  findings.push_back(std::move(finding));
}

void judge_quorum(const Picture& picture, Findings& findings) {
  const Names out = lost_members(picture, findings);
  const std::size_t left = picture.members.size() - out.size();
  if (picture.members.empty() || left >= picture.quorum || !picture.stands_still) return;
  Finding finding{"too-few-validators", Severity::kCritical, {}, {}, {}, out, out};
  finding.text = std::to_string(left) + " of " + std::to_string(picture.members.size()) +
                 " validators can take part and " + std::to_string(picture.quorum) + " are needed: without " +
                 listed(out) + " no block becomes final";
  const std::size_t lacking = picture.quorum - left;
  finding.remedy = "bring back " + std::to_string(lacking) + " of " + listed(out) +
                   " by what is said of them below; nothing that was acknowledged is lost meanwhile";
  for (const Finding& other : findings) {
    if (!other.takes_out.empty()) finding.evidence.push_back(other.text);
  }
  if (picture.epoch > 0 && picture.height == picture.epoch * picture.rules.epoch_blocks) {
    finding.evidence.push_back("it stands at the first block of epoch " + std::to_string(picture.epoch) +
                               ": a change of the validators may have just come into force");
  }
  findings.push_back(std::move(finding));
}

}  // namespace jingchu::cli::doctor
