// A node that only seems to be one: it speaks HTTP on loopback, checks what it is sent as a validator would,
// and calls every transaction final. Tests choose how it misbehaves.
#pragma once

#include <atomic>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <thread>
#include <vector>

#include "ledger/genesis.h"
#include "ledger/transaction.h"
#include "network/http_server.h"

namespace jingchu::cli {

class FakeNode {
 public:
  // On the chain of this genesis file.
  explicit FakeNode(std::string genesis);
  ~FakeNode();

  std::string url() const;
  std::vector<ledger::Transaction> submitted() const;  // every accepted POST, copies among them
  // From now on the answer, with status 200, to a GET of that path, whatever its parameters.
  void serve(const std::string& path, const std::string& body);

  std::atomic<int> busy{0};          // so many POSTs are answered 503 first
  std::atomic<int> pending{0};       // then so many 202
  std::atomic<bool> refuses{false};  // receipts say "duplicate-evidence"
  std::atomic<bool> never_final{false};
  std::string root = "aa";  // in /v1/status; set before the first request

 private:
  boost::asio::awaitable<network::HttpResponse> answer(network::HttpRequest request);
  std::optional<std::string> served(const std::string& path) const;
  network::HttpResponse post(const network::HttpRequest& request);
  network::HttpResponse final_receipts(const ledger::Transaction& transaction) const;

  const std::string genesis_;
  const Hash chain_id_;
  mutable std::mutex mutex_;
  std::vector<ledger::Transaction> submitted_;
  std::map<std::string, std::string> served_;
  boost::asio::io_context io_;
  boost::asio::executor_work_guard<boost::asio::io_context::executor_type> work_;
  network::HttpServer server_;
  std::thread thread_;
};

}  // namespace jingchu::cli
