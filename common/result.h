// Outcomes that cannot be ignored. An Error says whose fault it is, where, what happened and what to do;
// whoever returns one has changed nothing.
#pragma once

#include <string>
#include <utility>
#include <variant>

#include "common/check.h"

namespace jingchu {

enum class Fault {
  kCaller,       // the request is wrong: sending it again unchanged will not help
  kPeer,         // another node broke the protocol
  kOurs,         // a bug or a limit of this program
  kEnvironment,  // disk, network, configuration, operating system
};

std::string_view to_string(Fault fault);

struct Error {
  Fault fault = Fault::kOurs;
  std::string type;    // stable and machine-readable, in kebab-case: "bad-signature"
  std::string what;    // what happened, in plain words, with the values that matter
  std::string remedy;  // what to do about it; may be empty
  std::string where;   // file and line, JSON Pointer, or field; may be empty

  // One line for a log or a terminal.
  std::string to_string() const;
};

inline Error caller_error(std::string type, std::string what, std::string remedy = {},
                          std::string where = {}) {
  return {Fault::kCaller, std::move(type), std::move(what), std::move(remedy), std::move(where)};
}
inline Error peer_error(std::string type, std::string what) {
  return {Fault::kPeer, std::move(type), std::move(what), {}, {}};
}
inline Error our_error(std::string type, std::string what, std::string remedy = {}) {
  return {Fault::kOurs, std::move(type), std::move(what), std::move(remedy), {}};
}
inline Error environment_error(std::string type, std::string what, std::string remedy = {},
                               std::string where = {}) {
  return {Fault::kEnvironment, std::move(type), std::move(what), std::move(remedy), std::move(where)};
}

// A value or an Error.
template <class T>
class [[nodiscard]] Result {
 public:
  Result(T value) : content_(std::in_place_index<0>, std::move(value)) {}      // NOLINT: implicit by design
  Result(Error error) : content_(std::in_place_index<1>, std::move(error)) {}  // NOLINT: implicit by design

  bool ok() const { return content_.index() == 0; }
  explicit operator bool() const { return ok(); }

  // The value; asking an error for its value is a bug of ours.
  T& value() & {
    CHECK(ok());
    return std::get<0>(content_);
  }
  const T& value() const& {
    CHECK(ok());
    return std::get<0>(content_);
  }
  T&& value() && {
    CHECK(ok());
    return std::get<0>(std::move(content_));
  }
  T& operator*() & { return value(); }
  const T& operator*() const& { return value(); }
  T&& operator*() && { return std::move(*this).value(); }
  T* operator->() { return &value(); }
  const T* operator->() const { return &value(); }

  const Error& error() const {
    CHECK(!ok());
    return std::get<1>(content_);
  }

 private:
  std::variant<T, Error> content_;
};

// Success without a value, or an Error.
struct Done {};
using Status = Result<Done>;
inline Status ok_status() {
  return Done{};
}

}  // namespace jingchu

#define JINGCHU_CONCAT_INNER(a, b) a##b
#define JINGCHU_CONCAT(a, b) JINGCHU_CONCAT_INNER(a, b)

// RETURN_IF_ERROR(expression): leaves the function with the Error of a Result.
#define RETURN_IF_ERROR(expression)                                                              \
  do {                                                                                           \
    if (auto jingchu_status = (expression); !jingchu_status.ok()) return jingchu_status.error(); \
  } while (false)

// ASSIGN_OR_RETURN(auto x, expression): x takes the value, or the function is left with the Error.
#define ASSIGN_OR_RETURN(target, expression) \
  ASSIGN_OR_RETURN_INNER(JINGCHU_CONCAT(jingchu_result_, __LINE__), target, expression)
#define ASSIGN_OR_RETURN_INNER(name, target, expression) \
  auto name = (expression);                              \
  if (!name.ok()) return name.error();                   \
  target = std::move(name).value()
