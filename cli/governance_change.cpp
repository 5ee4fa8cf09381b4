#include "cli/governance_change.h"

#include <CLI/CLI.hpp>

#include "cli/payload.h"
#include "contracts/governance/changes.h"

namespace jingchu::cli {
namespace {

using nlohmann::ordered_json;

// Of the state the rules ask only who once had a key, which nobody here knows.
class NoHistory final : public contracts::StateReader {
 public:
  Result<std::optional<Bytes>> get(std::string_view) const override { return std::optional<Bytes>(); }
  Status scan(std::string_view, std::string_view,
              const std::function<bool(std::string_view, ByteView)>&) const override {
    return ok_status();
  }
};

Status add_replacement(const ChangeOptions& options, ordered_json& changes) {
  ordered_json fields = ordered_json::object();
  for (const auto& [name, value] : {std::pair("operator_id", &options.operator_id),
                                    {"consensus_key", &options.consensus_key},
                                    {"transport_key", &options.transport_key},
                                    {"address", &options.address}}) {
    if (!value->empty()) fields[name] = *value;
  }
  if (options.replace.empty()) {
    if (fields.empty()) return ok_status();
    return usage_error("--consensus-key, --transport-key, --address and --operator belong to --replace NAME");
  }
  if (fields.empty()) {
    return usage_error(
        "--replace needs what is new: --consensus-key, --transport-key, --address or --operator");
  }
  if (options.consensus_key.empty() != options.transport_key.empty()) {
    return usage_error(
        "--consensus-key and --transport-key go together: a node has its keys in pairs, and would stop "
        "when only one of them is changed",
        "`jingchu network rotate` makes both and prints them");
  }
  fields["name"] = options.replace;
  changes.push_back({{"replace", std::move(fields)}});
  return ok_status();
}

}  // namespace

void add_change_options(CLI::App* command, ChangeOptions& options) {
  command
      ->add_option("--add", options.add_files,
                   "A file that describes a new validator: name, division, operator_id, consensus_key, "
                   "transport_key, address. May be given again")
      ->allow_extra_args(false);
  command->add_option("--remove", options.remove, "Name of a validator that is to leave. May be given again")
      ->allow_extra_args(false);
  command->add_option("--replace", options.replace,
                      "Name of a validator of which something changes: with one or more of the next four");
  command->add_option("--consensus-key", options.consensus_key,
                      "Its new consensus key, ed25519:... or sm2:...");
  command->add_option("--transport-key", options.transport_key, "Its new transport key, ed25519:...");
  command->add_option("--address", options.address, "Where peers are to reach it, host:port");
  command->add_option("--operator", options.operator_id, "The organization whose admins are to vote for it");
}

Result<ordered_json> change_payload(const Session& session, const ChangeOptions& options) {
  ordered_json changes = ordered_json::array();
  for (const std::string& file : options.add_files) {
    ASSIGN_OR_RETURN(const Bytes bytes, read_payload(session, file));
    changes.push_back({{"add", ordered_json::parse(as_text(bytes), nullptr, false)}});
  }
  for (const std::string& name : options.remove) changes.push_back({{"remove", name}});
  RETURN_IF_ERROR(add_replacement(options, changes));
  ordered_json payload = {{"changes", std::move(changes)}};
  const std::string text = payload.dump();
  const auto parsed = contracts::governance::parse_proposal(text);
  if (!parsed.ok()) return parsed.error();
  return payload;
}

Result<contracts::governance::Members> changed_set(const contracts::governance::Members& latest,
                                                   const std::string& payload) {
  ASSIGN_OR_RETURN(const auto document, contracts::governance::parse_proposal(payload));
  if (!document.root().find("changes")) {
    return caller_error("nothing-to-check", "the proposal cancels a change, and changes no set by itself");
  }
  ASSIGN_OR_RETURN(auto applied, contracts::governance::apply_changes(NoHistory(), latest, document.root()));
  if (applied.refusal) return *applied.refusal;
  return std::move(applied.members);
}

}  // namespace jingchu::cli
