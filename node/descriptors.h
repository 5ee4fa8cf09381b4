// File descriptors: whoever can open connections must not be able to use up those that the database and the
// log need, for a file that can not be opened ends the node.
#pragma once

#include <cstdint>

#include "common/result.h"

namespace jingchu::node {

// Allows this process at least so many open files; more are left as they are. Error (kEnvironment):
// "too-few-descriptors", if the system does not allow it.
Status reserve_descriptors(std::uint64_t count);

}  // namespace jingchu::node
