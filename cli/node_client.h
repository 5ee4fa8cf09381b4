// One node's HTTP API as the command line sees it: blocking requests, and problem documents (RFC 9457) turned
// into Errors.
#pragma once

#include <CLI/App.hpp>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "network/http.h"
#include "network/tls.h"

namespace jingchu::cli {

struct NodeOptions {
  std::string url = "http://127.0.0.1:7100";
  std::string ca_file;
  std::string pinned_key;  // 64 hexadecimal digits
  std::uint32_t request_timeout_s = 15;
};

// --ca-file, --pin-key and --request-timeout; and --node, unless the command takes its nodes in another way.
void add_tls_options(CLI::App* command, NodeOptions& options);
void add_node_options(CLI::App* command, NodeOptions& options);

// Several nodes by --from, which need not be trusted, and the options above for all of them.
struct NodesOptions {
  std::vector<std::string> from;
  NodeOptions node;
};
CLI::Option* add_from_options(CLI::App* command, NodesOptions& options);

Result<network::ClientTlsOptions> tls_options(const NodeOptions& options);

class NodeClient {
 public:
  static Result<NodeClient> make(const NodeOptions& options);

  // Any answer of the node is a value; errors as HttpClient has them.
  Result<network::HttpResponse> send(const std::string& method, const std::string& target,
                                     const std::string& body, std::uint64_t timeout_ms) const;
  // The body of an answer with status 200; anything else is an Error.
  Result<std::string> get(const std::string& target) const;
  // The same, tried again where what went wrong may pass.
  Result<std::string> get_patiently(const std::string& target) const;
  Result<nlohmann::json> get_json(const std::string& target) const;
  const std::string& url() const { return options_.url; }
  std::uint64_t request_timeout_ms() const { return options_.request_timeout_s * 1000ull; }

 private:
  NodeClient(NodeOptions options, network::ClientTlsOptions tls)
      : options_(std::move(options)), tls_(std::move(tls)) {}

  NodeOptions options_;
  network::ClientTlsOptions tls_;
};

Result<std::vector<NodeClient>> make_clients(const NodesOptions& options);

// What the node says in a problem document, by its status: 4xx is the caller's fault, 429 and 503 the
// peer's ("not-serving" unless the document has a type of its own), the rest a bug of the node. The type is
// without "urn:jingchu:problem:".
Error problem_error(const network::HttpResponse& response);

// JSON text with line breaks and indentation; nothing else is touched, so numbers stay as they were written.
std::string indent_json(std::string_view json);

}  // namespace jingchu::cli
