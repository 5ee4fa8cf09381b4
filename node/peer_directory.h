// Whom this node speaks with in an epoch, in which role, and who of the two dials. It relates the numbers of
// the network's places to those of the validators, which change from epoch to epoch. Pure.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "network/peer_set.h"
#include "node/config.h"
#include "node/epoch.h"

namespace jingchu::node {

class PeerDirectory {
 public:
  struct Self {
    std::string name;
    PublicKey transport_key;
  };
  // The validators of this epoch, of its neighbours and of the pending set, the followers of genesis, and the
  // peers of the configuration. Error: an address that cannot be read.
  static Result<PeerDirectory> make(const EpochPlan& plan, const ledger::Genesis& genesis,
                                    const std::vector<ConfiguredPeer>& configured, const Self& self);

  // For PeerSet, whose numbers for them are then to be told here.
  const std::vector<network::Peer>& peers() const { return peers_; }
  void assign(const std::vector<network::PeerNumber>& numbers);

  // A validator's index in the set of the epoch; for anyone else an index beyond the set. Nothing: not
  // listed.
  std::optional<NodeIndex> index_of(network::PeerNumber number) const;
  std::optional<network::PeerNumber> number_of(NodeIndex index) const;
  // Whether the place holds the same node there; a place that is freed is given to another.
  bool has_same(network::PeerNumber number, const PeerDirectory& other) const;
  // Whether it is, was or will be a validator, or is trusted by configuration to say what it has.
  bool may_serve(NodeIndex index) const;
  // Of all but this node.
  const std::vector<network::PeerNumber>& others() const { return others_; }
  std::string name_of(NodeIndex index) const;

 private:
  struct Entry {
    bool may_serve = false;
    std::optional<NodeIndex> validator;
  };
  Status add_members(const Members& members, std::string_view role, bool is_epoch);
  Status add(network::Peer peer, const std::string& address, Entry entry, bool dials);

  Self self_;
  std::size_t validators_ = 0;
  bool is_validator_ = false;  // of this epoch or of its neighbours, at an address that others know
  std::vector<network::Peer> peers_;
  std::vector<Entry> entries_;  // of peers_
  std::map<network::PeerNumber, std::size_t> by_number_;
  std::map<NodeIndex, network::PeerNumber> numbers_;
  std::vector<network::PeerNumber> others_;
};

}  // namespace jingchu::node
