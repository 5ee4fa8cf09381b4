// Who this node is in an epoch, by its keys. A home may hold a second pair of keys, keys/next/, with a log of
// its own: the node signs with whichever pair the epoch's set lists, so that keys change without a hand at
// the moment of the change. The next pair then takes the place of the configured one, step by step; while it
// does, it is in keys/promoted/, and the configured files count no more.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "node/config.h"
#include "node/epoch.h"

namespace jingchu::node {

struct NodeKeys {
  std::optional<PrivateKey> consensus;  // nothing: a follower
  std::shared_ptr<const PrivateKey> transport;
  std::string log = "log";  // the directory in the data directory
  bool is_next = false;     // not yet in the configured place
};

inline constexpr const char* kNextKeysDirectory = "keys/next";
inline constexpr const char* kPromotedKeysDirectory = "keys/promoted";
inline constexpr const char* kNextLogDirectory = "next-log";

// The pairs of a home: the configured one, and the next one if there is one; of a promotion that a crash
// broke off only that one. Reads only. Errors: those of the key files, "wrong-key".
Result<std::vector<NodeKeys>> read_keys(FileSystem& files, const Config& config);

// The next pair and its log take the place of the configured ones, which are gone then (R17). Each step is
// durable before the next; after a crash between two of them read_keys() finds the pair with its log, and
// this goes on where it was.
Status promote_next_keys(FileSystem& files, const Config& config);

struct Identity {
  std::string name;
  std::string role;                    // "validator", "next", "follower" or "observer"
  std::optional<NodeIndex> validator;  // of this epoch
  bool has_left = false;               // it validated the epoch before, and not this one
};

// Index of the pair to use in an epoch.
std::size_t choose_keys(const EpochPlan& plan, const std::vector<NodeKeys>& keys);

// By one pair. `name` is what a node is called that no list holds; empty: it is refused. Error: "wrong-key".
Result<Identity> find_identity(const EpochPlan& plan, const ledger::Genesis& genesis, const NodeKeys& keys,
                               const std::string& name);

}  // namespace jingchu::node
