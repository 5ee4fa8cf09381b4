// A StateReader over the Context of a call, so that one lookup function serves queries, admission and
// execution.
#pragma once

#include "contracts/context.h"

namespace jingchu::contracts {

class ContextReader final : public StateReader {
 public:
  explicit ContextReader(Context& context) : context_(context) {}

  Result<std::optional<Bytes>> get(std::string_view key) const override { return context_.get(key); }
  Status scan(std::string_view, std::string_view,
              const std::function<bool(std::string_view, ByteView)>&) const override {
    return our_error("scan-in-call",
                     "a call may not scan the state: its cost would depend on how much there is");
  }

 private:
  Context& context_;
};

}  // namespace jingchu::contracts
