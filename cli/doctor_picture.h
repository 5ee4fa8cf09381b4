// The facts put together: which chain is meant, which validators it has, who hears whom. Pure.
#pragma once

#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "cli/doctor_facts.h"

namespace jingchu::cli::doctor {

// Validators report every 20 ms: who has said nothing for so long hangs, or its connection is dead.
inline constexpr std::uint64_t kSilentMs = 2'000;

using Names = std::set<std::string>;

// A validator of the epoch.
struct Member {
  std::string name;
  const NodeFacts* node = nullptr;  // that answered on this chain; null: seen through others only, or not
  Names heard_by;                   // nodes that answered and hear it
  Names connected_to;               // those that hold a session with it, heard or not
};

struct Picture {
  explicit Picture(const Facts& seen);

  const Facts& facts;
  ChainRules rules;
  std::string chain_id;                   // that most of the nodes which answered are on
  std::vector<const NodeFacts*> nodes;    // that answered, on this chain
  std::vector<const NodeFacts*> strange;  // that answered, on another
  std::vector<std::string> away;          // URLs of those that did not
  std::uint64_t epoch = 0;                // the highest
  std::vector<Member> members;            // of that epoch
  std::size_t quorum = 0;
  std::uint64_t height_before = 0;  // the highest final height that was seen the first time, and the last
  std::uint64_t height = 0;
  bool stands_still = false;

  bool is_member(const std::string& name) const;
  std::size_t blocks() const { return height - height_before; }
};

const PeerFacts* peer_of(const Sample& sample, const std::string& name);
bool hears(const Sample& sample, const std::string& name);
// The newest that is known of a node; null if it never answered.
const Sample* newest(const NodeFacts& node);
// "wuhan", or the URL of one that never said its name.
std::string label(const NodeFacts& node);

// "a", "a and b", "a, b and c".
std::string listed(const Names& names);
std::string listed(const std::vector<std::string>& names);
// "s" of a verb or none, for so many subjects: "is" and "are" and such.
std::string_view by_number(std::size_t count, std::string_view one, std::string_view many);
// "2.5 s", "3 min", "5 h", "4 days".
std::string duration(std::uint64_t ms);
// "12 MiB"
std::string mebibytes(std::uint64_t bytes);

}  // namespace jingchu::cli::doctor
