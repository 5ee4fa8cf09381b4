// A network of "network init" whose chain is the real module "governance" behind a node that only seems to be
// one: apply() executes what was sent since, and the node answers the module's queries from then on.
#pragma once

#include "tests/cli/fake_node.h"
#include "tests/cli/fixture.h"
#include "tests/contracts/support/fake_context.h"

namespace jingchu::cli {

class GovernedNetwork {
 public:
  GovernedNetwork();  // validators a, b, c and d

  Ran run(std::vector<std::string> arguments) const;  // with --node
  // `jingchu governance` with these arguments, the operator's key of `validator` and --wait.
  Ran run_as(const std::string& validator, std::vector<std::string> arguments) const;
  std::string operator_key(const std::string& validator) const;
  // A file for --add: a validator with new keys, whose home is path(name).
  std::string describe(const std::string& name, int port) const;
  std::string path(const std::string& name) const { return directory_.path(name); }
  std::string net() const { return net_; }

  // "ok", or the type of the first refusal.
  std::string apply();
  void close_epoch(std::uint64_t closing);
  void show_status(const nlohmann::json& status);
  FakeNode& node() { return *node_; }
  contracts::FakeModule& chain() { return chain_; }

 private:
  void serve_queries();
  contracts::Caller caller_of(const PublicKey& key) const;

  Directory directory_;
  std::string net_ = directory_.path("net");
  std::unique_ptr<FakeNode> node_;
  contracts::FakeModule chain_;
  nlohmann::json organizations_;
  std::size_t applied_ = 0;
};

}  // namespace jingchu::cli
