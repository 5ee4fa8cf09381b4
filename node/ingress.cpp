#include "node/ingress.h"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace jingchu::node {

boost::asio::awaitable<Result<Hash>> Ingress::submit(ledger::Transaction transaction) {
  auto begun = parts_.admission->begin(std::move(transaction));
  if (!begun.ok()) co_return begun.error();
  if (const auto* known = std::get_if<Hash>(&*begun)) co_return *known;
  const auto prepared = std::get<ledger::PreparedPointer>(*begun);
  const auto refusal =
      co_await boost::asio::co_spawn(*parts_.signature_pool, check(prepared), boost::asio::use_awaitable);
  if (refusal) co_return *refusal;
  auto admitted = parts_.admission->admit(prepared);
  if (admitted.ok()) parts_.on_waiting();
  co_return admitted;
}

boost::asio::awaitable<std::optional<Error>> Ingress::check(ledger::PreparedPointer transaction) const {
  const Status checked = parts_.admission->check(transaction);
  co_return checked.ok() ? std::nullopt : std::optional(checked.error());
}

}  // namespace jingchu::node
