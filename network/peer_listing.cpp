// Who the peers are, and how that changes while sessions go on.
#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/strand.hpp>
#include <set>
#include <utility>

#include "network/peer_sessions.h"

namespace jingchu::network {

namespace asio = boost::asio;

Status PeerSet::Sessions::check_peers(const std::vector<Peer>& peers) const {
  const auto bad = [](std::string what) { return caller_error("peer-config", std::move(what)); };
  if (peers.size() > kPeersMax) return bad("more than " + std::to_string(kPeersMax) + " peers");
  std::set<TransportKey> keys;
  for (const Peer& peer : peers) {
    if (!keys.insert(peer.transport_key).second) {
      return bad("the transport key of " + peer.name + " is listed twice");
    }
    if (peer.dial && (peer.host.empty() || peer.port == 0)) {
      return bad("the address of " + peer.name + " is missing");
    }
  }
  return ok_status();
}

bool PeerSet::Sessions::is_own(const TransportKey& key) const {
  const Bytes& own = config_.transport_key->public_key().bytes;
  return std::equal(key.begin(), key.end(), own.begin(), own.end());
}

bool PeerSet::Sessions::is_allowed(const TransportKey& key) const {
  const std::lock_guard lock(mutex_);
  return numbers_.contains(key) && !is_own(key);
}

std::optional<PeerSet::Sessions::Place> PeerSet::Sessions::place_of(const TransportKey& key) const {
  const std::lock_guard lock(mutex_);
  const auto found = numbers_.find(key);
  if (found == numbers_.end() || is_own(key)) return std::nullopt;
  return Place{found->second, slots_[found->second]->listing};
}

std::optional<Peer> PeerSet::Sessions::peer_to_dial(Place place,
                                                    const std::shared_ptr<asio::steady_timer>& timer) const {
  const std::lock_guard lock(mutex_);
  const Slot& slot = *slots_[place.number];
  const bool is_meant = slot.listing == place.listing && slot.redial == timer && !stopping_;
  return is_meant ? slot.peer : std::nullopt;
}

Result<std::vector<PeerNumber>> PeerSet::Sessions::update(std::vector<Peer> peers) {
  RETURN_IF_ERROR(check_peers(peers));
  std::set<TransportKey> wanted;
  for (const Peer& peer : peers) wanted.insert(peer.transport_key);
  const std::lock_guard lock(mutex_);
  for (std::size_t i = 0; i < slots_.size(); ++i) {
    const auto& peer = slots_[i]->peer;
    if (peer && !wanted.contains(peer->transport_key)) unlist(static_cast<PeerNumber>(i));
  }
  std::vector<PeerNumber> numbers;
  for (Peer& peer : peers) {
    ASSIGN_OR_RETURN(const PeerNumber number, list(std::move(peer)));
    numbers.push_back(number);
    dial_if_wanted(number);
  }
  return numbers;
}

Result<PeerNumber> PeerSet::Sessions::list(Peer peer) {
  const auto known = numbers_.find(peer.transport_key);
  if (known != numbers_.end()) {
    slots_[known->second]->peer = std::move(peer);
    return known->second;
  }
  // The place of one whose session is not over yet is not free: what it still brings would be another's.
  const auto free = std::find_if(slots_.begin(), slots_.end(),
                                 [](const auto& slot) { return !slot->peer && !slot->connection; });
  if (free == slots_.end()) return caller_error("peer-config", "there is no free place for " + peer.name);
  const auto number = static_cast<PeerNumber>(free - slots_.begin());
  Slot& slot = **free;
  slot.listing += 1;
  slot.last_reason.clear();
  slot.last_type.clear();
  slot.last_us = 0;
  slot.connects = 0;
  slot.counters = std::make_shared<ConnectionCounters>();
  numbers_.emplace(peer.transport_key, number);
  slot.peer = std::move(peer);
  return number;
}

void PeerSet::Sessions::unlist(PeerNumber number) {
  Slot& slot = *slots_[number];
  numbers_.erase(slot.peer->transport_key);
  slot.peer.reset();
  slot.listing += 1;
  if (slot.connection) slot.connection->close(our_error("not-listed", "not a peer any more"));
  stop_dialling(slot);
}

void PeerSet::Sessions::stop_dialling(Slot& slot) {
  const auto timer = std::exchange(slot.redial, nullptr);
  if (timer) asio::post(timer->get_executor(), [timer] { timer->cancel(); });
}

void PeerSet::Sessions::dial_if_wanted(PeerNumber number) {
  Slot& slot = *slots_[number];
  if (!slot.peer->dial || is_own(slot.peer->transport_key)) return stop_dialling(slot);
  if (slot.redial || stopping_) return;
  const auto strand = asio::make_strand(executor_);
  slot.redial = std::make_shared<asio::steady_timer>(strand);
  // Not from here: a coroutine may begin at once, and would find `mutex_` taken.
  asio::post(strand, [self = shared_from_this(), place = Place{number, slot.listing}, timer = slot.redial] {
    asio::co_spawn(timer->get_executor(), keep_dialled(self, place, timer), asio::detached);
  });
}

}  // namespace jingchu::network
