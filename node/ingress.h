// The door to admission for the API's coroutines: the costly checks run in the pool of signatures.
// Thread-safe.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/thread_pool.hpp>
#include <functional>

#include "node/admission.h"

namespace jingchu::node {

class Ingress {
 public:
  struct Parts {
    Admission* admission;
    boost::asio::thread_pool* signature_pool;
    std::function<void()> on_waiting;  // something new waits in the mempool; called on any thread
  };
  explicit Ingress(Parts parts) : parts_(std::move(parts)) {}

  // Errors as in ApiBackend::submit. The id of a transaction that is here or final already is given again.
  boost::asio::awaitable<Result<Hash>> submit(ledger::Transaction transaction);

 private:
  // For the pool; nothing: it passes.
  boost::asio::awaitable<std::optional<Error>> check(ledger::PreparedPointer transaction) const;

  Parts parts_;
};

}  // namespace jingchu::node
