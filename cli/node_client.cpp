#include "cli/node_client.h"

#include <CLI/CLI.hpp>
#include <chrono>
#include <thread>

#include "cli/session.h"
#include "network/http_client.h"

namespace jingchu::cli {
namespace {

using nlohmann::json;

constexpr std::string_view kProblemPrefix = "urn:jingchu:problem:";
constexpr int kTries = 4;
constexpr std::chrono::milliseconds kFirstPause{200};

std::string text_field(const json& object, const char* name) {
  const auto field = object.find(name);
  return field != object.end() && field->is_string() ? field->get<std::string>() : std::string();
}

Fault fault_of_status(unsigned status) {
  if (status == 503 || status == 429) return Fault::kPeer;
  return status < 500 ? Fault::kCaller : Fault::kOurs;
}

// Whether JSON text holds nothing between the bracket at `at` and its partner.
bool closes_at_once(std::string_view json_text, std::size_t at) {
  const auto next = json_text.find_first_not_of(" \t\r\n", at + 1);
  return next != json_text.npos && (json_text[next] == '}' || json_text[next] == ']');
}

}  // namespace

void add_tls_options(CLI::App* command, NodeOptions& options) {
  command->add_option("--ca-file", options.ca_file, "For https: trust the authorities in this PEM file");
  command->add_option("--pin-key", options.pinned_key,
                      "For https: trust only this key (SHA-256 of its SubjectPublicKeyInfo, 64 hex digits)");
  command->add_option("--request-timeout", options.request_timeout_s, "Seconds that one request may take")
      ->check(CLI::Range(1, 3600))
      ->capture_default_str();
}

void add_node_options(CLI::App* command, NodeOptions& options) {
  command->add_option("--node", options.url, "URL of the node's API")
      ->envname("JINGCHU_NODE")
      ->capture_default_str();
  add_tls_options(command, options);
}

CLI::Option* add_from_options(CLI::App* command, NodesOptions& options) {
  add_tls_options(command, options.node);
  return command
      ->add_option("--from", options.from,
                   "URLs of nodes' APIs, which need not be trusted; several, with commas")
      ->delimiter(',');
}

Result<network::ClientTlsOptions> tls_options(const NodeOptions& options) {
  network::ClientTlsOptions tls;
  tls.ca_file = options.ca_file;
  if (options.pinned_key.empty()) return tls;
  const auto key = array_from_hex<32>(options.pinned_key);
  if (!key) return usage_error("--pin-key takes 64 hexadecimal digits");
  tls.pinned_key = *key;
  return tls;
}

Result<NodeClient> NodeClient::make(const NodeOptions& options) {
  const auto url = network::parse_url(options.url);
  if (!url.ok()) return usage_error("--node: " + url.error().what, "give a URL like http://127.0.0.1:7100");
  ASSIGN_OR_RETURN(auto tls, tls_options(options));
  return NodeClient(options, std::move(tls));
}

Result<network::HttpResponse> NodeClient::send(const std::string& method, const std::string& target,
                                               const std::string& body, std::uint64_t timeout_ms) const {
  auto response = network::http_request(options_.url, method, target, body, timeout_ms, tls_);
  if (response.ok()) return response;
  Error error = response.error();
  if (error.remedy.empty()) {
    error.remedy =
        "is the node running, and is this the address of its API? --node, or JINGCHU_NODE, says which";
  }
  return error;
}

Result<std::string> NodeClient::get(const std::string& target) const {
  ASSIGN_OR_RETURN(auto response, send("GET", target, {}, request_timeout_ms()));
  if (response.status != 200) return problem_error(response);
  return std::move(response.body);
}

Result<std::string> NodeClient::get_patiently(const std::string& target) const {
  auto pause = kFirstPause;
  for (int left = kTries;; pause *= 2) {
    auto body = get(target);
    if (body.ok()) return body;
    // What it says about the request will not change.
    const bool may_pass = body.error().fault == Fault::kEnvironment || body.error().fault == Fault::kPeer;
    if (--left == 0 || !may_pass) return body.error();
    std::this_thread::sleep_for(pause);
  }
}

Result<std::vector<NodeClient>> make_clients(const NodesOptions& options) {
  std::vector<NodeClient> clients;
  for (const auto& url : options.from) {
    NodeOptions one = options.node;
    one.url = url;
    ASSIGN_OR_RETURN(auto client, NodeClient::make(one));
    clients.push_back(std::move(client));
  }
  return clients;
}

Result<json> NodeClient::get_json(const std::string& target) const {
  ASSIGN_OR_RETURN(const std::string body, get(target));
  json value = json::parse(body, nullptr, false);
  if (value.is_discarded()) {
    return peer_error("malformed-answer", options_.url + target + " answered something that is not JSON");
  }
  return value;
}

Error problem_error(const network::HttpResponse& response) {
  const std::string status = std::to_string(response.status);
  Error error{fault_of_status(response.status),
              "http-status-" + status,
              "the node answered with status " + status,
              {},
              {}};
  if (response.status == 503 || response.status == 429) error.type = "not-serving";
  const json problem = json::parse(response.body, nullptr, false);
  if (!problem.is_object()) return error;
  const std::string type = text_field(problem, "type");
  if (type.starts_with(kProblemPrefix)) error.type = type.substr(kProblemPrefix.size());
  for (const char* name : {"title", "detail"}) {
    if (auto text = text_field(problem, name); !text.empty()) error.what = std::move(text);
  }
  error.remedy = text_field(problem, "remedy");
  error.where = text_field(problem, "where");
  return error;
}

std::string indent_json(std::string_view text) {
  std::string out;
  std::size_t depth = 0;
  bool in_string = false;
  const auto new_line = [&] { out += "\n" + std::string(2 * depth, ' '); };
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (in_string) {
      out += c;
      if (c == '\\' && i + 1 < text.size()) out += text[++i];
      if (c == '"') in_string = false;
    } else if (c == '{' || c == '[') {
      out += c;
      ++depth;
      if (!closes_at_once(text, i)) new_line();
    } else if (c == '}' || c == ']') {
      depth -= depth == 0 ? 0 : 1;
      if (out.empty() || (out.back() != '{' && out.back() != '[')) new_line();
      out += c;
    } else if (c == ',') {
      out += c;
      new_line();
    } else if (c == ':') {
      out += ": ";
    } else if (c != ' ' && c != '\t' && c != '\r' && c != '\n') {
      in_string = c == '"';
      out += c;
    }
  }
  return out;
}

}  // namespace jingchu::cli
