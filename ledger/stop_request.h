// Work that takes long, and can be asked to end before it is done.
#pragma once

#include <functional>

#include "common/result.h"

namespace jingchu::ledger {

// Asked again and again: whether to end now, with stopped().
using StopRequest = std::function<bool()>;

inline Error stopped() {
  return our_error("stopped", "this was ended before it was done, as asked",
                   "it begins again at the next start");
}

}  // namespace jingchu::ledger
