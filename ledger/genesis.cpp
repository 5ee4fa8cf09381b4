#include "ledger/genesis.h"

#include <algorithm>
#include <set>

#include "contracts/json_writer.h"
#include "ledger/genesis_parameters.h"
#include "ledger/json_fields.h"
#include "ledger/state.h"

namespace jingchu::ledger {
namespace {

using contracts::JsonValue;

constexpr std::uint64_t kTimeMsMost = 253'402'300'799'999;  // the end of the year 9999

const JsonFields& genesis_fields() {
  static const JsonFields kFields(Fault::kEnvironment, "bad-genesis");
  return kFields;
}

bool is_name(std::string_view name, std::string_view extra) {
  const auto allowed = [&](char c) {
    return (c >= 'a' && c <= 'z') || extra.find(c) != std::string_view::npos;
  };
  return !name.empty() && name.size() <= kNameLengthMax && std::all_of(name.begin(), name.end(), allowed);
}

std::string below(const JsonValue& object, std::string_view name) {
  return object.pointer() + "/" + std::string(name);
}

Result<std::string> node_name(const JsonValue& object) {
  ASSIGN_OR_RETURN(auto name, genesis_fields().text(object, "name"));
  if (is_name(name, "0123456789-")) return name;
  return genesis_fields().error("a name is 1 to 64 characters of a-z, 0-9 and -", below(object, "name"));
}

Result<std::string> division(const JsonValue& object) {
  ASSIGN_OR_RETURN(auto code, genesis_fields().text(object, "division"));
  const bool digits = std::all_of(code.begin(), code.end(), [](char c) { return c >= '0' && c <= '9'; });
  if (digits && (code.empty() || code.size() == 6)) return code;
  return genesis_fields().error("a division is a code of GB/T 2260, six digits, or empty",
                                below(object, "division"));
}

Result<PublicKey> key(const JsonValue& object, std::string_view name) {
  ASSIGN_OR_RETURN(const auto text, genesis_fields().text(object, name));
  auto key = public_key_from_text(text);
  if (!key.ok()) return genesis_fields().error(key.error().what, below(object, name));
  if (const auto valid = validate(*key); !valid.ok())
    return genesis_fields().error(valid.error().what, below(object, name));
  return key;
}

Result<PublicKey> transport_key(const JsonValue& object) {
  ASSIGN_OR_RETURN(auto transport, key(object, "transport_key"));
  if (transport.algorithm == Algorithm::kEd25519) return transport;
  return genesis_fields().error("a transport key is an Ed25519 key", below(object, "transport_key"));
}

Status check_address(const std::string& address, const std::string& where) {
  const auto colon = address.rfind(':');
  const std::string port = colon == std::string::npos ? "" : address.substr(colon + 1);
  const bool digits =
      !port.empty() && port.size() <= 5 && port.find_first_not_of("0123456789") == std::string::npos;
  const int number = digits ? std::stoi(port) : 0;
  if (colon != 0 && number >= 1 && number <= 65'535 && address.size() <= 260) return ok_status();
  return genesis_fields().error("an address is host:port", where);
}

Result<GenesisValidator> read_validator(const JsonValue& value) {
  RETURN_IF_ERROR(
      genesis_fields().object(value, {"name", "division", "consensus_key", "transport_key", "address"}));
  GenesisValidator validator;
  ASSIGN_OR_RETURN(validator.name, node_name(value));
  ASSIGN_OR_RETURN(validator.division, division(value));
  ASSIGN_OR_RETURN(validator.consensus_key, key(value, "consensus_key"));
  ASSIGN_OR_RETURN(validator.transport_key, transport_key(value));
  ASSIGN_OR_RETURN(validator.address, genesis_fields().text(value, "address"));
  RETURN_IF_ERROR(check_address(validator.address, below(value, "address")));
  return validator;
}

Result<GenesisFollower> read_follower(const JsonValue& value) {
  RETURN_IF_ERROR(genesis_fields().object(value, {"name", "transport_key", "address"}));
  GenesisFollower follower;
  ASSIGN_OR_RETURN(follower.name, node_name(value));
  ASSIGN_OR_RETURN(follower.transport_key, transport_key(value));
  if (!value.find("address")) return follower;
  ASSIGN_OR_RETURN(follower.address, genesis_fields().text(value, "address"));
  RETURN_IF_ERROR(check_address(follower.address, below(value, "address")));
  return follower;
}

template <class Node>
Result<std::vector<Node>> read_nodes(const JsonValue& root, std::string_view name, std::size_t least,
                                     Result<Node> (*read)(const JsonValue&)) {
  ASSIGN_OR_RETURN(const auto list, genesis_fields().array(root, name));
  if (list.size() < least || list.size() > kValidatorsMax) {
    return genesis_fields().error(
        std::to_string(least) + " to " + std::to_string(kValidatorsMax) + " entries are expected here",
        list.pointer());
  }
  std::vector<Node> nodes;
  for (const auto value : list) {
    ASSIGN_OR_RETURN(auto node, read(value));
    nodes.push_back(std::move(node));
  }
  return nodes;
}

// Names and keys are each one node's alone: a key on two nodes would sign twice.
Status check_unique(const Genesis& genesis) {
  std::set<std::string> names;
  std::set<PublicKey> keys;
  const auto add = [&](const std::string& name, const PublicKey* consensus, const PublicKey& transport,
                       const std::string& where) -> Status {
    if (!names.insert(name).second)
      return genesis_fields().error("the name is taken already", where + "/name");
    if (consensus != nullptr && !keys.insert(*consensus).second) {
      return genesis_fields().error("the key is used already", where + "/consensus_key");
    }
    if (!keys.insert(transport).second)
      return genesis_fields().error("the key is used already", where + "/transport_key");
    return ok_status();
  };
  for (std::size_t i = 0; i < genesis.validators.size(); ++i) {
    const auto& validator = genesis.validators[i];
    RETURN_IF_ERROR(add(validator.name, &validator.consensus_key, validator.transport_key,
                        "/validators/" + std::to_string(i)));
  }
  for (std::size_t i = 0; i < genesis.followers.size(); ++i) {
    const auto& follower = genesis.followers[i];
    RETURN_IF_ERROR(add(follower.name, nullptr, follower.transport_key, "/followers/" + std::to_string(i)));
  }
  return ok_status();
}

Status read_numbers(const JsonValue& root, Genesis& genesis) {
  ASSIGN_OR_RETURN(const auto object, genesis_fields().member(root, "parameters"));
  if (!object.is_object()) return genesis_fields().error("an object is expected here", "/parameters");
  const auto table = genesis_parameters();
  for (const auto value : object) {
    const auto known = [&](const GenesisParameter& parameter) { return parameter.name == value.key(); };
    if (std::none_of(table.begin(), table.end(), known)) {
      return genesis_fields().error("this field is not known", value.pointer());
    }
  }
  GenesisNumbers numbers;
  for (const auto& parameter : table) {
    ASSIGN_OR_RETURN(const auto number,
                     genesis_fields().number(object, parameter.name, parameter.least, parameter.most));
    parameter.write(numbers, number);
  }
  RETURN_IF_ERROR(check_together(numbers, genesis.validators.size()));
  genesis.parameters = numbers.parameters;
  genesis.rules = numbers.rules;
  return ok_status();
}

Status read_contracts(const JsonValue& root, Genesis& genesis) {
  ASSIGN_OR_RETURN(const auto object, genesis_fields().member(root, "contracts"));
  if (!object.is_object()) return genesis_fields().error("an object is expected here", "/contracts");
  for (const auto value : object) {
    if (!is_name(value.key(), "-") || value.key() == kLedgerKeys) {
      return genesis_fields().error("a contract is named by 1 to 64 characters of a-z and -",
                                    value.pointer());
    }
    if (!value.is_object()) return genesis_fields().error("an object is expected here", value.pointer());
    genesis.contracts.emplace(value.key(), value.source());
  }
  return ok_status();
}

}  // namespace

consensus::ValidatorSet Genesis::validator_set() const {
  std::vector<consensus::Validator> set;
  for (const auto& validator : validators) {
    set.push_back({validator.name, validator.consensus_key, validator.transport_key});
  }
  return consensus::ValidatorSet(std::move(set));
}

consensus::Header Genesis::header(const Hash& executed_root) const {
  consensus::Header header;
  header.cut.resize(validators.size());
  header.time_ms = time_ms;
  header.executed_root = executed_root;
  header.validators_hash = validator_set().hash();
  return header;
}

Result<Genesis> parse_genesis(ByteView file) {
  const auto document = contracts::JsonDocument::parse(as_text(file), {.bytes_max = kGenesisBytesMax});
  if (!document.ok()) return genesis_fields().error(document.error().what, {});  // it says the byte
  const auto root = document->root();
  RETURN_IF_ERROR(genesis_fields().object(
      root, {"name", "time_ms", "validators", "followers", "parameters", "contracts"}));
  Genesis genesis;
  genesis.chain_id = sha256(file);
  ASSIGN_OR_RETURN(genesis.name, genesis_fields().text(root, "name"));
  if (genesis.name.empty() || genesis.name.size() > kNameLengthMax) {
    return genesis_fields().error("a name has 1 to 64 bytes", "/name");
  }
  ASSIGN_OR_RETURN(genesis.time_ms, genesis_fields().number(root, "time_ms", 1, kTimeMsMost));
  ASSIGN_OR_RETURN(genesis.validators, read_nodes<GenesisValidator>(root, "validators", 1, read_validator));
  ASSIGN_OR_RETURN(genesis.followers, read_nodes<GenesisFollower>(root, "followers", 0, read_follower));
  RETURN_IF_ERROR(check_unique(genesis));
  RETURN_IF_ERROR(read_numbers(root, genesis));
  RETURN_IF_ERROR(read_contracts(root, genesis));
  return genesis;
}

std::string write_genesis(const Genesis& genesis) {
  contracts::JsonWriter json;
  json.begin_object().member("name", genesis.name).member("time_ms", genesis.time_ms);
  json.key("validators").begin_array();
  for (const auto& validator : genesis.validators) {
    json.begin_object()
        .member("name", validator.name)
        .member("division", validator.division)
        .member("consensus_key", to_string(validator.consensus_key))
        .member("transport_key", to_string(validator.transport_key))
        .member("address", validator.address)
        .end_object();
  }
  json.end_array().key("followers").begin_array();
  for (const auto& follower : genesis.followers) {
    json.begin_object()
        .member("name", follower.name)
        .member("transport_key", to_string(follower.transport_key));
    if (!follower.address.empty()) json.member("address", follower.address);
    json.end_object();
  }
  json.end_array().key("parameters").begin_object();
  const GenesisNumbers numbers{genesis.parameters, genesis.rules};
  for (const auto& parameter : genesis_parameters()) json.member(parameter.name, parameter.read(numbers));
  json.end_object().key("contracts").begin_object();
  for (const auto& [name, text] : genesis.contracts) json.key(name).raw(text);
  json.end_object().end_object();
  return json.take() + "\n";
}

}  // namespace jingchu::ledger
