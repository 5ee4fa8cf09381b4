// What is wrong with a network, in words that a person on night shift can follow: findings with remedies, in
// the order in which to work on them. Pure: the same facts give the same findings.
#pragma once

#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "cli/doctor_facts.h"

namespace jingchu::cli::doctor {

enum class Severity {
  kCritical,  // a node, or the network, does not do its work
  kWarning,   // it does, with less to spare
  kNote,      // worth knowing, nothing to mend
};
std::string_view to_string(Severity severity);  // "critical"

struct Finding {
  std::string kind;  // stable, for programs: "validator-down"
  Severity severity = Severity::kNote;
  std::string text;
  std::string remedy;
  std::vector<std::string> evidence;  // what it was concluded from, one observation a line
  std::set<std::string> nodes;        // by name
  std::set<std::string> takes_out;    // validators that cannot take part because of it
  bool explains_standstill = false;
};

// "All is well" in figures.
struct Figures {
  std::size_t validators = 0;
  std::size_t quorum = 0;
  std::size_t taking_part = 0;  // validators that nothing takes out
  std::uint64_t epoch = 0;
  std::uint64_t height = 0;
  std::uint64_t blocks = 0;  // that became final while the doctor looked
  std::uint64_t clocks_apart_ms = 0;
  std::uint64_t disk_free_bytes = 0;  // the least of all; 0: none was told
};

struct Diagnosis {
  bool reached = false;       // any node answered; else there is one finding
  bool stands_still = false;  // no block became final while the doctor looked
  std::string summary;
  Figures figures;
  std::vector<Finding> findings;

  // Nothing that matters was found.
  bool is_well() const;
};

Diagnosis diagnose(const Facts& facts);

}  // namespace jingchu::cli::doctor
