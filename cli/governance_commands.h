// The commands of `jingchu governance` that have files of their own.
#pragma once

#include "cli/session.h"

namespace jingchu::cli {

void add_governance_check(CLI::App& governance, Session& session);
void add_governance_ready(CLI::App& governance, Session& session);

}  // namespace jingchu::cli
