// The quorum arithmetic of common/quorum.h under the names of consensus.
#pragma once

#include "common/check.h"
#include "common/quorum.h"

namespace jingchu::consensus {

using jingchu::faults_max;
using jingchu::one_honest;
using jingchu::quorum;

}  // namespace jingchu::consensus
