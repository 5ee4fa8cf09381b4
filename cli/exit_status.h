// The exit statuses of jingchu, for scripts that must tell a refusal from a node that is away and from an
// outcome that is not known. docs/operations.md repeats this table.
#pragma once

#include "common/result.h"

namespace jingchu::cli {

enum ExitStatus : int {
  kOk = 0,              // done, and what was asked for holds
  kRefused = 1,         // refused, not found, or what was asked for did not hold
  kUsage = 2,           // the command line is wrong; nothing was done
  kUnreachable = 3,     // the node cannot be reached or does not serve at the moment
  kUnknownOutcome = 4,  // time ran out: NOT a failure, it may still happen; `jingchu transaction ID` tells
  kLocal = 5,           // a file, key or passphrase of this machine
  kInternal = 6,        // a bug of this program or of the node
};

inline constexpr const char* kExitStatusHelp =
    "Exit status: 0 done; 1 refused, not found or did not hold; 2 wrong usage; 3 the node cannot be\n"
    "reached or does not serve; 4 time ran out, which is NOT a failure: ask with `jingchu transaction ID`;\n"
    "5 a file, key or passphrase here; 6 a bug.";

// By the error's type where it says more than its fault: "bad-usage", "outcome-unknown" and those of
// HttpClient.
ExitStatus exit_status(const Error& error);

}  // namespace jingchu::cli
