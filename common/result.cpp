#include "common/result.h"

namespace jingchu {

std::string_view to_string(Fault fault) {
  switch (fault) {
    case Fault::kCaller:
      return "caller";
    case Fault::kPeer:
      return "peer";
    case Fault::kOurs:
      return "ours";
    case Fault::kEnvironment:
      return "environment";
  }
  return "unknown";
}

std::string Error::to_string() const {
  std::string text = type + ": " + what;
  if (!where.empty()) text += " (at " + where + ")";
  if (!remedy.empty()) text += "; " + remedy;
  return text;
}

}  // namespace jingchu
