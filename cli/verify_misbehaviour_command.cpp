// jingchu verify-misbehaviour
#include <CLI/CLI.hpp>
#include <algorithm>

#include "cli/commands.h"
#include "cli/stopped_home.h"
#include "common/codec.h"
#include "consensus/evidence.h"
#include "ledger/batch_check.h"
#include "ledger/genesis.h"

namespace jingchu::cli {
namespace {

using consensus::Evidence;
using nlohmann::json;
using nlohmann::ordered_json;

constexpr std::uint64_t kFileBytesMax = 64 << 20;
constexpr Epoch kLastOfGenesis{1};  // the last epoch that has the validators of genesis, whatever happens

struct Options {
  std::string file;
  std::string genesis_file;
  std::string validators_file;
};

// What evidence is judged by: the files that were given, and nothing that a node says.
struct Court {
  ledger::Genesis genesis;
  consensus::ValidatorSet later;  // empty: not given
};

Result<json> read_json(const Session& session, const std::string& path) {
  ASSIGN_OR_RETURN(const Bytes bytes, session.files.read(path, kFileBytesMax));
  json document = json::parse(bytes, nullptr, false);
  if (document.is_discarded())
    return caller_error("malformed-json", "the file is not JSON", "give the answer of a node as it is", path);
  return document;
}

std::string text_of(const json& object, const char* name) {
  const auto member = object.find(name);
  return member != object.end() && member->is_string() ? member->get<std::string>() : std::string();
}

Result<consensus::ValidatorSet> read_validators(const Session& session, const std::string& path) {
  ASSIGN_OR_RETURN(const json document, read_json(session, path));
  const json list = document.is_object() ? document.value("validators", json()) : json();
  std::vector<consensus::Validator> validators;
  for (const json& member : list) {
    if (!member.is_object()) break;
    const auto consensus_key = public_key_from_text(text_of(member, "consensus_key"));
    const auto transport_key = public_key_from_text(text_of(member, "transport_key"));
    if (!consensus_key.ok() || !transport_key.ok()) break;
    validators.push_back({text_of(member, "name"), *consensus_key, *transport_key});
  }
  if (!validators.empty() && validators.size() == list.size())
    return consensus::ValidatorSet(std::move(validators));
  return caller_error("malformed-set", "the file holds no list \"validators\" with names and keys",
                      "give `latest` or `previous` of GET /v1/governance/validators, for its epochs", path);
}

Result<Court> open_court(const Session& session, const Options& options) {
  Court court;
  ASSIGN_OR_RETURN(court.genesis, read_genesis(session, options.genesis_file));
  if (!options.validators_file.empty()) {
    ASSIGN_OR_RETURN(court.later, read_validators(session, options.validators_file));
  }
  return court;
}

// A page, or a piece of one.
Result<std::vector<json>> read_pieces(const Session& session, const Options& options, const Court& court) {
  ASSIGN_OR_RETURN(const json document, read_json(session, options.file));
  const std::string chain = document.is_object() ? text_of(document, "chain_id") : std::string();
  if (!chain.empty() && chain != to_hex(court.genesis.chain_id)) {
    return caller_error("wrong-network", "the evidence is of chain " + chain,
                        "give the genesis file of that network", options.file);
  }
  if (document.is_object() && document.contains("bytes")) return std::vector<json>{document};
  const json list = document.is_object() ? document.value("evidence", json()) : json();
  if (list.is_array()) return list.get<std::vector<json>>();
  return caller_error("malformed-json", "the file holds no evidence",
                      "give the answer of GET /v1/misbehaviour, or one element of its \"evidence\"",
                      options.file);
}

Result<Evidence> read_evidence(const json& piece) {
  const auto bytes = from_hex(piece.is_object() ? text_of(piece, "bytes") : std::string());
  if (!bytes) return caller_error("malformed-encoding", "its bytes are not hexadecimal");
  return decode<Evidence>(*bytes);
}

Result<consensus::ValidatorSet> set_of(const Court& court, Epoch epoch) {
  if (epoch <= kLastOfGenesis) return court.genesis.validator_set();
  if (court.later.size() != 0) return court.later;
  return caller_error("unknown-set",
                      "epoch " + to_string(epoch) + " has validators that the genesis file does not tell",
                      "give them with --validators");
}

// Nobody should be led by the fields that people read to believe what the bytes do not say.
Status check_shown(const json& piece, const Evidence& evidence, const std::string& name) {
  const ordered_json proven = {{"epoch", evidence.epoch.value()},
                               {"validator", name},
                               {"index", evidence.culprit.value()},
                               {"kind", to_string(evidence.kind)},
                               {"number", evidence.number}};
  for (const auto& [field, value] : proven.items()) {
    if (piece.contains(field) && piece[field] != json(value)) {
      return caller_error("misleading",
                          field + " is " + piece[field].dump() + ", but the bytes prove " + value.dump());
    }
  }
  return ok_status();
}

// The culprit's name.
Result<std::string> judge(const Court& court, const json& piece, const Evidence& evidence) {
  const auto& genesis = court.genesis;
  ASSIGN_OR_RETURN(auto validators, set_of(court, evidence.epoch));
  const consensus::Verifier verifier(genesis.chain_id, evidence.epoch, std::move(validators),
                                     consensus::real_signatures());
  RETURN_IF_ERROR(verify_evidence(verifier, evidence, [&](ByteView bytes) {
    return ledger::check_transaction(bytes, genesis.chain_id, genesis.rules.transaction);
  }));
  const std::string name = verifier.validators()[evidence.culprit].name;
  RETURN_IF_ERROR(check_shown(piece, evidence, name));
  return name;
}

std::string in_words(const Evidence& evidence, const std::string& name) {
  const bool is_batch = evidence.kind == consensus::EvidenceKind::kTwoBatches ||
                        evidence.kind == consensus::EvidenceKind::kInvalidBatch;
  return name + " (validator " + to_string(evidence.culprit) + " of epoch " + to_string(evidence.epoch) +
         ") has signed " + std::string(to_string(evidence.kind)) +
         (is_batch ? " of sequence " : " in view ") + std::to_string(evidence.number);
}

// One piece: a line, or an element of the answer. True if it is proven.
bool report_piece(const Session& session, const Court& court, const json& piece, ordered_json& answer) {
  const auto evidence = read_evidence(piece);
  const auto name = evidence.ok() ? judge(court, piece, *evidence) : Result<std::string>(evidence.error());
  if (name.ok()) {
    answer.push_back({{"proven", true},
                      {"validator", *name},
                      {"epoch", evidence->epoch.value()},
                      {"index", evidence->culprit.value()},
                      {"kind", to_string(evidence->kind)},
                      {"number", evidence->number}});
    if (!session.json) session.console.out << "proven: " << in_words(*evidence, *name) << "\n";
  } else {
    answer.push_back({{"proven", false}, {"why", name.error().to_string()}});
    if (!session.json) session.console.out << "NOT proven: " << name.error().to_string() << "\n";
  }
  return name.ok();
}

Result<ExitStatus> verify(const Session& session, const Options& options) {
  ASSIGN_OR_RETURN(const Court court, open_court(session, options));
  ASSIGN_OR_RETURN(const auto pieces, read_pieces(session, options, court));
  if (court.later.size() != 0) {
    session.note("epochs after the first two are judged by the set " + to_hex(court.later.hash()) +
                 ":\nwhether it is theirs tells validators_hash in the header of a final block of the epoch");
  }
  ordered_json answer = ordered_json::array();
  std::size_t proven = 0;
  for (const json& piece : pieces) proven += report_piece(session, court, piece, answer) ? 1 : 0;
  if (session.json) session.print_json({{"proven", proven}, {"of", pieces.size()}, {"evidence", answer}});
  if (!session.json) session.console.out << proven << " of " << pieces.size() << " proven\n";
  return proven == pieces.size() && proven != 0 ? kOk : kRefused;
}

}  // namespace

void add_verify_misbehaviour_command(CLI::App& app, Session& session) {
  auto options = std::make_shared<Options>();
  CLI::App* command = add_command(app, "verify-misbehaviour",
                                  "Check evidence against validators, without trusting the node that gave "
                                  "it. Exit status 0: all of it is "
                                  "proven; 1: some is not, or there is none",
                                  "  jingchu query misbehaviour --node http://127.0.0.1:7100 > found.json\n"
                                  "  jingchu verify-misbehaviour found.json --genesis genesis.json");
  command->add_option("file", options->file, "An answer of GET /v1/misbehaviour, or one element of it")
      ->required();
  command->add_option("--genesis", options->genesis_file, "The genesis file of the network")->required();
  command->add_option("--validators", options->validators_file,
                      "For epochs after the first two, whose validators may be others than those of genesis: "
                      "`latest` or `previous` of GET /v1/governance/validators");
  add_json_flag(command, session);
  on_run(command, session, [&session, options] { return verify(session, *options); });
}

}  // namespace jingchu::cli
