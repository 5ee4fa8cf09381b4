// Every problem type that the API may answer with: its status, when it may be tried again, and what to do.
// The API description and docs/api.md list exactly these.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "common/result.h"
#include "network/http.h"

namespace jingchu::node {

struct ProblemType {
  std::string_view type;  // the last part of "urn:jingchu:problem:<type>"
  unsigned status;
  std::uint32_t retry_after_s;  // 0: sending the same again will not help, or nobody knows when
  std::string_view remedy;
};

// In the order of their statuses.
std::span<const ProblemType> problem_types();

// Nullptr for a type that is not listed.
const ProblemType* find_problem_type(std::string_view type);

// The problem document of an error. A listed type brings its status, its Retry-After and, where the error
// says nothing, its remedy; the status of another follows the error's fault.
network::HttpResponse problem_of(Error error);

}  // namespace jingchu::node
