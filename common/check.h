// CHECK: an assertion about our own bugs. Always on, in every build. No input from outside may reach a
// failing CHECK: what comes from callers, peers or the environment gets a typed Error (common/result.h)
// instead.
#pragma once

#ifdef DOCTEST_LIBRARY_INCLUDED
#error "include the project's headers before doctest: both define CHECK"
#endif

namespace jingchu {

[[noreturn]] void check_failed(const char* condition, const char* file, int line);

}  // namespace jingchu

#define CHECK(condition) \
  ((condition) ? static_cast<void>(0) : ::jingchu::check_failed(#condition, __FILE__, __LINE__))
