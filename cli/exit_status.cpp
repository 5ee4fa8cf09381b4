#include "cli/exit_status.h"

namespace jingchu::cli {

ExitStatus exit_status(const Error& error) {
  if (error.type == "bad-usage") return kUsage;
  if (error.type == "outcome-unknown" || error.type == "http-timeout") return kUnknownOutcome;
  if (error.type.starts_with("http-")) return kUnreachable;
  switch (error.fault) {
    case Fault::kCaller:
      return kRefused;
    case Fault::kEnvironment:
      return kLocal;
    case Fault::kPeer:
      return kUnreachable;
    case Fault::kOurs:
      return kInternal;
  }
  return kInternal;
}

}  // namespace jingchu::cli
