#include "node/peer_directory.h"

#include <algorithm>

namespace jingchu::node {
namespace {

network::Peer make_peer(const std::string& name, const PublicKey& key) {
  network::Peer peer;
  peer.name = name;
  std::copy(key.bytes.begin(), key.bytes.end(), peer.transport_key.begin());
  return peer;
}

bool holds(const Members& members, const PublicKey& transport_key) {
  return std::any_of(members.begin(), members.end(),
                     [&](const auto& member) { return member.transport_key == transport_key; });
}

}  // namespace

Result<PeerDirectory> PeerDirectory::make(const EpochPlan& plan, const ledger::Genesis& genesis,
                                          const std::vector<ConfiguredPeer>& configured, const Self& self) {
  PeerDirectory directory;
  directory.self_ = self;
  directory.validators_ = plan.members.size();
  directory.is_validator_ = holds(plan.members, self.transport_key) || holds(plan.next, self.transport_key) ||
                            (plan.before && holds(*plan.before, self.transport_key));
  RETURN_IF_ERROR(directory.add_members(plan.members, "", true));
  RETURN_IF_ERROR(directory.add_members(plan.next, " (next)", false));
  if (plan.before) RETURN_IF_ERROR(directory.add_members(*plan.before, " (former)", false));
  if (plan.pending) RETURN_IF_ERROR(directory.add_members(*plan.pending, " (pending)", false));
  // Before the followers: one of those may have become a validator that the sets known here do not list yet.
  for (const auto& peer : configured) {
    RETURN_IF_ERROR(directory.add(make_peer(peer.name, peer.transport_key), peer.address, {true, {}}, true));
  }
  for (const auto& follower : genesis.followers) {
    RETURN_IF_ERROR(directory.add(make_peer(follower.name, follower.transport_key), {}, {}, false));
  }
  return directory;
}

// Of two validators the one with the later name dials, whatever the epoch; who is none dials all validators,
// so that nobody needs its address.
Status PeerDirectory::add_members(const Members& members, std::string_view role, bool is_epoch) {
  for (std::size_t i = 0; i < members.size(); ++i) {
    const auto& member = members[i];
    Entry entry{.may_serve = true, .validator = {}};
    if (is_epoch) entry.validator = NodeIndex(static_cast<std::uint16_t>(i));
    const bool is_known = std::any_of(peers_.begin(), peers_.end(),
                                      [&](const network::Peer& peer) { return peer.name == member.name; });
    // Under its other key the same node answers at the same address.
    const bool dials = !is_known && self_.name != member.name && (!is_validator_ || self_.name > member.name);
    RETURN_IF_ERROR(add(make_peer(member.name + (is_known ? std::string(role) : ""), member.transport_key),
                        member.address, entry, dials));
  }
  return ok_status();
}

Status PeerDirectory::add(network::Peer peer, const std::string& address, Entry entry, bool dials) {
  const auto same = [&](const network::Peer& other) { return other.transport_key == peer.transport_key; };
  if (std::any_of(peers_.begin(), peers_.end(), same)) return ok_status();
  if (!address.empty()) {
    ASSIGN_OR_RETURN(const Endpoint endpoint, parse_endpoint(address));
    peer.host = endpoint.host;
    peer.port = endpoint.port;
    peer.dial = dials;
  }
  peers_.push_back(std::move(peer));
  entries_.push_back(entry);
  return ok_status();
}

void PeerDirectory::assign(const std::vector<network::PeerNumber>& numbers) {
  CHECK(numbers.size() == peers_.size());
  for (std::size_t i = 0; i < numbers.size(); ++i) {
    by_number_[numbers[i]] = i;
    numbers_[*index_of(numbers[i])] = numbers[i];
    const auto& key = peers_[i].transport_key;
    if (!std::equal(key.begin(), key.end(), self_.transport_key.bytes.begin(),
                    self_.transport_key.bytes.end())) {
      others_.push_back(numbers[i]);
    }
  }
}

std::optional<NodeIndex> PeerDirectory::index_of(network::PeerNumber number) const {
  const auto found = by_number_.find(number);
  if (found == by_number_.end()) return std::nullopt;
  const auto& validator = entries_[found->second].validator;
  return validator ? *validator : NodeIndex(static_cast<std::uint16_t>(validators_ + number));
}

std::optional<network::PeerNumber> PeerDirectory::number_of(NodeIndex index) const {
  const auto found = numbers_.find(index);
  return found == numbers_.end() ? std::nullopt : std::optional(found->second);
}

bool PeerDirectory::has_same(network::PeerNumber number, const PeerDirectory& other) const {
  const auto here = by_number_.find(number);
  const auto there = other.by_number_.find(number);
  return here != by_number_.end() && there != other.by_number_.end() &&
         peers_[here->second].transport_key == other.peers_[there->second].transport_key;
}

bool PeerDirectory::may_serve(NodeIndex index) const {
  const auto number = number_of(index);
  return number && entries_[by_number_.at(*number)].may_serve;
}

std::string PeerDirectory::name_of(NodeIndex index) const {
  const auto number = number_of(index);
  return number ? peers_[by_number_.at(*number)].name : to_string(index);
}

}  // namespace jingchu::node
