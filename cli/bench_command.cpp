// jingchu bench
#include <CLI/CLI.hpp>

#include "cli/bench_load.h"
#include "cli/bench_signers.h"
#include "cli/commands.h"

namespace jingchu::cli {
namespace {

struct Options {
  std::vector<std::string> urls;
  std::vector<std::string> keys;
  std::string passphrase_file;
  std::uint32_t signers = 0;  // 0: the keys as they are
  NodeOptions node;
  LoadOptions load;
};

Result<std::vector<NodeClient>> find_nodes(const Options& options) {
  std::vector<NodeClient> nodes;
  for (const std::string& url : options.urls) {
    NodeOptions one = options.node;
    one.url = url;
    ASSIGN_OR_RETURN(NodeClient node, NodeClient::make(one));
    nodes.push_back(std::move(node));
  }
  return nodes;
}

// All nodes must be on one chain before anything is sent.
Result<Chain> find_common_chain(const Session& session, const std::vector<NodeClient>& nodes) {
  ASSIGN_OR_RETURN(Chain chain, find_chain(session, nodes.front(), {}));
  for (const NodeClient& node : nodes) {
    ASSIGN_OR_RETURN(const Chain other, find_chain(session, node, {}));
    if (other.genesis.chain_id != chain.genesis.chain_id) {
      return caller_error("wrong-network",
                          node.url() + " and " + nodes.front().url() + " are on different chains",
                          "name nodes of one network in --nodes");
    }
    chain.height = std::max(chain.height, other.height);
  }
  return chain;
}

Status check_bundle(const Options& options, const Chain& chain) {
  const auto& limits = chain.genesis.rules.transaction;
  if (options.load.bundle > limits.calls_max ||
      options.load.bundle * options.load.payload_bytes > limits.bytes_max) {
    return usage_error("this network takes " + std::to_string(limits.calls_max) + " calls and " +
                       std::to_string(limits.bytes_max) + " bytes in a transaction");
  }
  return ok_status();
}

std::uint64_t p50_since(const BenchTally& tally, std::size_t first) {
  return summarize(
             {tally.latencies_us.begin() + static_cast<std::ptrdiff_t>(first), tally.latencies_us.end()})
      .p50_us;
}

BenchTally run_load(const Session& session, const LoadOptions& options,
                    const std::vector<PrivateKey>& signers) {
  std::size_t seen = 0;
  std::uint64_t second = 0;
  return Load(options, signers, session.clock).run([&](const BenchTally& tally, std::uint64_t under_way) {
    const std::size_t committed = tally.latencies_us.size();
    session.note(std::to_string(++second) + " s  committed " + std::to_string(committed - seen) + "/s, " +
                 std::to_string(committed) + " in all, p50 " + duration_text(p50_since(tally, seen)) +
                 ", under way " + std::to_string(under_way) + ", errors " +
                 std::to_string(tally.error_count()));
    seen = committed;
  });
}

void print_report(const Session& session, const Options& options, std::size_t signers,
                  const BenchReport& report) {
  if (!session.json) {
    session.console.out << "load          " << options.urls.size() << " nodes, " << signers
                        << " signers, bundles of " << options.load.bundle << ", payloads of "
                        << options.load.payload_bytes << " bytes, at most " << options.load.outstanding
                        << " under way\n"
                        << report_text(report);
    return;
  }
  nlohmann::ordered_json answer = {{"nodes", options.urls},
                                   {"signers", signers},
                                   {"bundle", options.load.bundle},
                                   {"payload_bytes", options.load.payload_bytes},
                                   {"outstanding", options.load.outstanding},
                                   {"rate", options.load.rate}};
  answer.update(report_json(report));
  session.print_json(answer);
}

Result<ExitStatus> bench(const Session& session, Options options) {
  ASSIGN_OR_RETURN(const auto nodes, find_nodes(options));
  ASSIGN_OR_RETURN(BenchKeys keys, load_bench_keys(session, options.keys, options.passphrase_file));
  ASSIGN_OR_RETURN(const Chain chain, find_common_chain(session, nodes));
  RETURN_IF_ERROR(check_bundle(options, chain));
  if (options.signers != 0) RETURN_IF_ERROR(add_bench_signers(session, nodes, chain, keys, options.signers));
  for (const NodeClient& node : nodes) {
    ASSIGN_OR_RETURN(const auto url, network::parse_url(node.url()));
    options.load.nodes.push_back(url);
  }
  ASSIGN_OR_RETURN(options.load.tls, tls_options(options.node));
  options.load.chain_id = chain.genesis.chain_id;
  options.load.height = chain.height;
  // Half of the window: the height is that of the furthest node, and one that is behind refuses what is valid
  // for longer than the window by its own.
  options.load.valid_for = chain.genesis.rules.validity_window / 2;
  const BenchReport report = make_report(run_load(session, options.load, keys.signers));
  print_report(session, options, keys.signers.size(), report);
  return report.errors.empty() && report.transactions > 0 ? kOk : kRefused;
}

void add_load_options(CLI::App* command, LoadOptions& load) {
  command->add_option("--seconds", load.seconds, "How long transactions are sent")
      ->check(CLI::Range(1, 86400))
      ->capture_default_str();
  command->add_option("--bundle", load.bundle, "Records in a transaction, one call each")
      ->check(CLI::Range(1, 10000))
      ->capture_default_str();
  command->add_option("--size", load.payload_bytes, "Bytes of a record's payload")
      ->check(CLI::Range(kBenchPayloadBytesMin, kBenchPayloadBytesMax))
      ->capture_default_str();
  command->add_option("--outstanding", load.outstanding, "Transactions under way at most, over all nodes")
      ->check(CLI::Range(1, 20000))
      ->capture_default_str();
  command
      ->add_option("--rate", load.rate,
                   "Transactions due in a second; without: each follows when one is final")
      ->check(CLI::Range(0.1, 1e6));
}

}  // namespace

void add_bench_command(CLI::App& app, Session& session) {
  auto options = std::make_shared<Options>();
  CLI::App* command = add_command(
      app, "bench",
      "Put a load on nodes and measure it: evidence deposits of many signers. Only transactions whose final\n"
      "receipts are ok count. Exit status 1 when there was any error",
      "  jingchu bench --nodes http://127.0.0.1:7100,http://127.0.0.1:7101 --keys net/clients --seconds 30\n"
      "  jingchu bench --nodes http://127.0.0.1:7100 --keys net/clients --signers 100 --bundle 32 --size 400 "
      "--json\n"
      "  jingchu bench --nodes http://127.0.0.1:7100 --keys net/clients --rate 50     (latency at light "
      "load)");
  command->add_option("--nodes", options->urls, "URLs of the nodes' APIs, separated by commas")
      ->required()
      ->delimiter(',');
  command->add_option("--keys,--key", options->keys, "Key files of members, or directories of them")
      ->required()
      ->delimiter(',');
  command->add_option("--passphrase-file", options->passphrase_file, "The passphrase of these keys");
  command
      ->add_option(
          "--signers", options->signers,
          "How many keys sign; beyond those of --keys new members are added by an ...-admin.json among them")
      ->check(CLI::Range(1, 10000));
  add_load_options(command, options->load);
  add_tls_options(command, options->node);
  add_json_flag(command, session);
  on_run(command, session, [&session, options] { return bench(session, *options); });
}

}  // namespace jingchu::cli
