#include "common/check.h"

#include <cstdio>
#include <cstdlib>

namespace jingchu {

void check_failed(const char* condition, const char* file, int line) {
  std::fprintf(stderr, "jingchu: a bug in this program: CHECK(%s) failed at %s:%d\n", condition, file, line);
  std::abort();
}

}  // namespace jingchu
