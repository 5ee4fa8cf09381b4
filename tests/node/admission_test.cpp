#include "node/admission.h"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/use_future.hpp>

#include "node/waiters.h"
#include "tests/ledger/fixture.h"
// After the project's headers:
#include <doctest/doctest.h>

namespace jingchu::node {
namespace {

namespace asio = boost::asio;
using ledger::test::call;
using ledger::test::Draft;

struct Door {
  ledger::test::Chain chain;
  ledger::BlockStore blocks{chain.store};
  int new_count = 0;
  Admission admission{Admission::Parts{.genesis = &chain.genesis,
                                       .store = &chain.store,
                                       .blocks = &blocks,
                                       .contracts = ledger::test::small_contracts(),
                                       .authorize = ledger::test::authorize_members,
                                       .limits = {.count_max = 3, .sender_share_percent = 100}}};

  ledger::PreparedPointer draft(Draft draft = {}) {
    return ledger::test::transaction(chain.genesis, {call("put", "k=v")}, draft);
  }
  Result<Hash> submit(ledger::Transaction transaction) {
    ASSIGN_OR_RETURN(const auto admitted, admission.submit(std::move(transaction)));
    new_count += admitted.is_new ? 1 : 0;
    return admitted.id;
  }
};

TEST_CASE("an admitted transaction waits for a batch, once, and is known until it is executed") {
  Door given;
  const auto transaction = given.draft();
  const auto id = given.submit(transaction->transaction);
  REQUIRE(id.ok());
  CHECK(*id == transaction->id);
  CHECK(*given.submit(transaction->transaction) == transaction->id);
  CHECK(given.new_count == 1);
  CHECK(given.admission.is_pending(*id));
  const auto batch = given.admission.take(1 << 20, 100);
  REQUIRE(batch.size() == 1);
  CHECK(batch[0] == transaction->bytes);
  CHECK(given.admission.waiting_count() == 0);
  CHECK(given.admission.is_pending(*id));
  given.admission.executed(given.chain.run({{transaction}}));
  CHECK_FALSE(given.admission.is_pending(*id));
  CHECK(*given.submit(transaction->transaction) == transaction->id);
  CHECK(given.admission.take(1 << 20, 100).empty());
}

TEST_CASE("what must not come in is refused with its type, and nothing is kept") {
  Door given;
  const auto refused = [&](const ledger::Transaction& transaction, const char* type) {
    const auto result = given.submit(transaction);
    REQUIRE_FALSE(result.ok());
    CHECK(result.error().type == type);
    CHECK(given.admission.waiting_count() == 0);
  };
  auto forged = given.draft()->transaction;
  forged.signature[0] ^= 1;
  refused(forged, "bad-signature");
  auto elsewhere = given.draft()->transaction;
  elsewhere.chain_id[0] ^= 1;
  refused(elsewhere, "wrong-chain");
  refused(given.draft({.seed = 77})->transaction, "unknown-sender");
  refused(given.draft({.valid_until = 1'000'000})->transaction, "not-yet-valid");
}

TEST_CASE("a node that is behind does not blame the client for a height that the network has") {
  Door given;
  const std::uint64_t window = given.chain.genesis.rules.validity_window;
  const auto ahead = given.draft({.valid_until = window + 40})->transaction;
  const auto type_at = [&](std::uint64_t network_height) {
    return given.admission.submit(ahead, Height(network_height)).error().type;
  };
  CHECK_EQ(type_at(0), "not-yet-valid");
  CHECK_EQ(type_at(39), "not-yet-valid");
  CHECK_EQ(type_at(40), "not-ready");
  CHECK_EQ(given.admission.waiting_count(), 0);
}

TEST_CASE("calls that can not succeed are refused at once, and nothing is kept") {
  Door given;
  given.chain.genesis.rules.call_cost_max = 10'000;
  const auto refused = [&](std::vector<ledger::Call> calls, const char* type, const char* where) {
    const auto result =
        given.submit(ledger::test::transaction(given.chain.genesis, std::move(calls))->transaction);
    REQUIRE_FALSE(result.ok());
    CHECK(result.error().type == type);
    CHECK(result.error().where == where);
    CHECK(result.error().fault == Fault::kCaller);
    CHECK(given.admission.waiting_count() == 0);
  };
  const auto good = call("put", "k=v");
  refused({good, call("put", "k=v", "notse")}, "unknown-contract", "/calls/1/contract");
  refused({good, good, call("putt", "k=v")}, "unknown-method", "/calls/2/method");
  refused({call("put", "nothing")}, "invalid-arguments", "/calls/0/payload#/v");
  refused({call("put", "k=" + std::string(9'899, 'v'))}, "over-cost", "/calls/0/payload");
  const auto dear =
      ledger::test::transaction(given.chain.genesis, {call("put", "k=" + std::string(9'898, 'v'))});
  CHECK(given.submit(dear->transaction).ok());
}

TEST_CASE("a transaction that is known answers its id, whatever signature comes with it") {
  Door given;
  const auto transaction = given.draft();
  REQUIRE(given.submit(transaction->transaction).ok());
  auto other = transaction->transaction;
  other.signature[0] ^= 1;
  CHECK(*given.submit(other) == transaction->id);
  CHECK(given.admission.waiting_count() == 1);
  given.admission.executed(given.chain.run({{transaction}}));
  CHECK(*given.submit(other) == transaction->id);
  CHECK(given.admission.waiting_count() == 0);
}

TEST_CASE("a full mempool refuses, and expired transactions are remembered as such") {
  Door given;
  for (std::uint8_t nonce = 0; nonce < 3; ++nonce) {
    CHECK(given.submit(given.draft({.nonce = nonce, .valid_until = 1})->transaction).ok());
  }
  const auto full = given.submit(given.draft({.nonce = 9})->transaction);
  REQUIRE_FALSE(full.ok());
  CHECK(full.error().type == "mempool-full");
  given.admission.executed(given.chain.run({}));
  given.admission.executed(given.chain.run({}));
  CHECK(given.admission.is_expired(given.draft({.nonce = 0, .valid_until = 1})->id));
  CHECK(given.admission.waiting_count() == 0);
}

TEST_CASE("a waiter wakes when told, at its deadline, or at once when there is nothing to wait for") {
  Waiters waiters;
  const Hash id = sha256(as_bytes("id"));
  const auto wait = [&](std::chrono::milliseconds timeout, bool pending, bool notify) {
    asio::io_context context;
    auto done = asio::co_spawn(
        context,
        waiters.wait(id, timeout,
                     [&] {
                       if (notify) waiters.notify(id);  // between the look and the wait: must not be missed
                       return pending;
                     }),
        asio::use_future);
    context.run_for(std::chrono::seconds(20));
    return done.wait_for(std::chrono::seconds(0)) == std::future_status::ready;
  };
  CHECK(wait(std::chrono::hours(1), true, true));
  CHECK(wait(std::chrono::hours(1), false, false));
  CHECK(wait(std::chrono::milliseconds(1), true, false));
  waiters.close();
  CHECK(wait(std::chrono::hours(1), true, false));  // nobody waits any more
}

TEST_CASE("all that wait for a transaction are told its receipts") {
  Waiters waiters;
  asio::io_context context;
  const Hash id = sha256(as_bytes("id"));
  const auto begin = [&](const Hash& of, std::function<void()> once_in_place) {
    const auto is_pending = [once_in_place] {
      if (once_in_place) once_in_place();
      return true;
    };
    return asio::co_spawn(context, waiters.wait(of, std::chrono::milliseconds(20), is_pending),
                          asio::use_future);
  };
  ledger::Receipt receipt;
  receipt.code = "ok";
  const std::vector receipts = {receipt};
  auto other = begin(sha256(as_bytes("other")), {});
  auto first = begin(id, {});
  auto second = begin(id, [&] { waiters.notify(id, receipts); });
  context.run();
  CHECK(other.get() == nullptr);
  for (auto* waiter : {&first, &second}) {
    const auto told = waiter->get();
    REQUIRE(told != nullptr);
    CHECK(*told == receipts);
  }
}

}  // namespace
}  // namespace jingchu::node
