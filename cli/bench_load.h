// The load itself: many coroutines on one thread, each with one keep-alive connection and at most one
// transaction under way, until the time is over and the last answer is in. Who loses its node sends the same
// bytes to the next one.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <memory>
#include <vector>

#include "cli/bench_payload.h"
#include "cli/bench_statistics.h"
#include "common/clock.h"
#include "ledger/transaction.h"
#include "network/http_client.h"

namespace jingchu::cli {

struct LoadOptions {
  std::vector<network::Url> nodes;
  network::ClientTlsOptions tls;
  std::uint64_t seconds = 10;
  std::uint32_t outstanding = 256;  // transactions under way at most, and connections
  std::uint32_t bundle = 1;         // calls of a transaction
  std::size_t payload_bytes = 512;
  double rate = 0;                        // transactions due in a second; 0: as soon as one before is final
  std::uint64_t give_up_us = 30'000'000;  // after which an outcome counts as unknown
  Hash chain_id{};
  Height height;                  // of the chain at the start
  std::uint64_t valid_for = 900;  // blocks
};

class Load {
 public:
  Load(LoadOptions options, const std::vector<PrivateKey>& signers, const Clock& clock);

  // Runs to the end. `every_second` hears the tally and how many transactions are under way.
  BenchTally run(std::function<void(const BenchTally&, std::uint64_t under_way)> every_second);

 private:
  struct Sending {
    std::string envelope;
    std::uint64_t due_us = 0;
    bool done = false;
    bool lost = false;                   // its node
    std::chrono::milliseconds pause{0};  // before sending the same bytes again
  };

  boost::asio::awaitable<void> work(std::size_t worker);
  boost::asio::awaitable<void> report_every_second(
      std::function<void(const BenchTally&, std::uint64_t under_way)> every_second);
  std::unique_ptr<network::HttpClient> connect(std::size_t node);
  // `node` counts on when a node is lost.
  boost::asio::awaitable<void> send(std::unique_ptr<network::HttpClient>& client, std::size_t& node,
                                    Sending& sending);
  boost::asio::awaitable<void> sleep(std::chrono::microseconds time);
  // When the next transaction is due; nothing once that is after the end.
  std::optional<std::uint64_t> next_due_us();
  std::string next_envelope();
  void look_at(const Result<network::HttpResponse>& answer, Sending& sending);
  void look_at_final(const std::string& body, Sending& sending);
  void retry(Sending& sending, const std::string& why, std::chrono::milliseconds pause);
  void fail(Sending& sending, const std::string& type);

  const LoadOptions options_;
  const std::vector<PrivateKey>& signers_;
  const Clock& clock_;
  RunNonce run_nonce_{};
  boost::asio::io_context io_{1};
  BenchTally tally_;
  std::uint64_t end_us_ = 0;
  std::uint64_t started_count_ = 0;
  std::uint64_t payload_count_ = 0;
  std::uint64_t under_way_ = 0;
  std::uint32_t working_ = 0;
  std::uint64_t height_;
};

}  // namespace jingchu::cli
