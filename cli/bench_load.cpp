#include "cli/bench_load.h"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "cli/node_client.h"
#include "cli/submission.h"
#include "ledger/transaction_json.h"

namespace jingchu::cli {
namespace {

using std::chrono::microseconds;
using std::chrono::milliseconds;

constexpr std::uint64_t kSecondUs = 1'000'000;
constexpr milliseconds kRequestTimeout{20'000};
constexpr milliseconds kRetryPause{200};
constexpr milliseconds kPendingPause{50};  // the node has held the request open already

void rethrow(std::exception_ptr exception) {
  if (exception) std::rethrow_exception(exception);
}

std::string first_bad_code(const Submitted& submitted) {
  for (const CallReceipt& receipt : submitted.receipts) {
    if (receipt.code != "ok" && receipt.code != "rolled-back" && receipt.code != "not-executed")
      return receipt.code;
  }
  return "no-receipt";
}

}  // namespace

Load::Load(LoadOptions options, const std::vector<PrivateKey>& signers, const Clock& clock)
    : options_(std::move(options)), signers_(signers), clock_(clock), height_(options_.height.value()) {
  CHECK(!signers_.empty() && !options_.nodes.empty());
  random_bytes(run_nonce_);
}

BenchTally Load::run(std::function<void(const BenchTally&, std::uint64_t under_way)> every_second) {
  tally_.started_us = clock_.monotonic_us();
  end_us_ = tally_.started_us + options_.seconds * kSecondUs;
  working_ = options_.outstanding;
  for (std::size_t i = 0; i < options_.outstanding; ++i) boost::asio::co_spawn(io_, work(i), rethrow);
  boost::asio::co_spawn(io_, report_every_second(std::move(every_second)), rethrow);
  io_.run();
  return std::move(tally_);
}

boost::asio::awaitable<void> Load::sleep(microseconds time) {
  boost::asio::steady_timer timer(io_, time);
  co_await timer.async_wait(boost::asio::use_awaitable);
}

boost::asio::awaitable<void> Load::report_every_second(
    std::function<void(const BenchTally&, std::uint64_t under_way)> every_second) {
  std::uint64_t next_us = tally_.started_us + kSecondUs;
  while (working_ > 0) {
    // Short naps, so that the end of the work is noticed soon.
    co_await sleep(milliseconds(50));
    if (clock_.monotonic_us() < next_us) continue;
    next_us += kSecondUs;
    every_second(tally_, under_way_);
  }
}

std::optional<std::uint64_t> Load::next_due_us() {
  const std::uint64_t number = started_count_++;
  std::uint64_t due_us = clock_.monotonic_us();
  if (options_.rate > 0) {
    due_us = tally_.started_us + static_cast<std::uint64_t>(static_cast<double>(number) *
                                                            static_cast<double>(kSecondUs) / options_.rate);
  }
  if (due_us >= end_us_) return std::nullopt;
  return due_us;
}

std::unique_ptr<network::HttpClient> Load::connect(std::size_t node) {
  return std::make_unique<network::HttpClient>(io_.get_executor(),
                                               options_.nodes[node % options_.nodes.size()], options_.tls);
}

boost::asio::awaitable<void> Load::work(std::size_t worker) {
  std::size_t node = worker;
  auto client = connect(node);
  while (const auto due_us = next_due_us()) {
    // At a given rate the latency counts from when the transaction was due, not from when a worker was free.
    const std::uint64_t now_us = clock_.monotonic_us();
    if (*due_us > now_us) co_await sleep(microseconds(*due_us - now_us));
    Sending sending;
    sending.envelope = next_envelope();
    sending.due_us = *due_us;
    ++under_way_;
    co_await send(client, node, sending);
    --under_way_;
  }
  --working_;
}

std::string Load::next_envelope() {
  ledger::Transaction transaction;
  transaction.chain_id = options_.chain_id;
  random_bytes(transaction.nonce);
  transaction.valid_until = Height(height_ + options_.valid_for);
  for (std::uint32_t i = 0; i < options_.bundle; ++i) {
    transaction.calls.push_back(
        {"evidence", "deposit",
         to_bytes(bench_payload(run_nonce_, payload_count_++, options_.payload_bytes))});
  }
  ledger::sign(transaction, signers_[payload_count_ / options_.bundle % signers_.size()]);
  return ledger::transaction_to_json(transaction);
}

boost::asio::awaitable<void> Load::send(std::unique_ptr<network::HttpClient>& client, std::size_t& node,
                                        Sending& sending) {
  while (!sending.done) {
    const auto answer = co_await client->request("POST", "/v1/transactions?wait=final&timeout_ms=10000",
                                                 sending.envelope, "application/json", kRequestTimeout);
    look_at(answer, sending);
    if (sending.lost) client = connect(++node);
    if (!sending.done && sending.pause.count() > 0) co_await sleep(sending.pause);
  }
}

void Load::look_at(const Result<network::HttpResponse>& answer, Sending& sending) {
  sending.pause = milliseconds(0);
  sending.lost = !answer.ok();
  if (!answer.ok()) return retry(sending, answer.error().type, kRetryPause);
  if (answer->status == 200) return look_at_final(answer->body, sending);
  if (answer->status == 202) return retry(sending, "pending", kPendingPause);
  const Error problem = problem_error(*answer);
  if (answer->status == 503 || answer->status == 429) {
    return retry(sending, problem.type, milliseconds(retry_after_ms(*answer)));
  }
  fail(sending, problem.type);
}

void Load::look_at_final(const std::string& body, Sending& sending) {
  const auto submitted = parse_submitted(body);
  if (!submitted.ok()) return fail(sending, submitted.error().type);
  height_ = std::max(height_, submitted->height);
  if (submitted->receipts.size() != options_.bundle || !submitted->all_ok()) {
    return fail(sending, first_bad_code(*submitted));
  }
  sending.done = true;
  tally_.commit(sending.due_us, clock_.monotonic_us(), options_.bundle);
}

void Load::retry(Sending& sending, const std::string& why, milliseconds pause) {
  if (clock_.monotonic_us() > sending.due_us + options_.give_up_us)
    return fail(sending, "outcome-unknown: " + why);
  ++tally_.retries[why];
  sending.pause = pause;
}

void Load::fail(Sending& sending, const std::string& type) {
  sending.done = true;
  ++tally_.errors[type];
}

}  // namespace jingchu::cli
