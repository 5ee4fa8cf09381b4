// jingchu check
#include <CLI/CLI.hpp>

#include "cli/commands.h"
#include "cli/offline_command.h"
#include "cli/stopped_home.h"
#include "ledger/durable_log.h"
#include "ledger/horizon.h"
#include "ledger/store_check.h"
#include "ledger/table_check.h"

namespace jingchu::cli {
namespace {

using nlohmann::ordered_json;

constexpr const char* kRemedy =
    "move data/db away and start the node: it fetches the chain from its peers, one of which must keep all "
    "of "
    "it (`history` in /v1/status), or restore a snapshot; keep keys and data/log as they are";
constexpr const char* kLogRemedy =
    "the node must not vote with this log: give it a new key (`jingchu network rotate`), or remove it from "
    "the "
    "validators";

struct Options {
  std::string home;
  std::string archive;
};

// What was looked at, and what was found.
class Check {
 public:
  Check(const Session& session, const Options& options)
      : session_(session), options_(options), progress_(session) {}

  Result<ExitStatus> run() {
    ASSIGN_OR_RETURN(home_, lock_stopped_home(session_, options_.home));
    RETURN_IF_ERROR(note("log", check_logs(), kLogRemedy));
    RETURN_IF_ERROR(note("tables", check_tables(), kRemedy));
    // LevelDB would rewrite what it cannot read.
    if (damage_.empty()) RETURN_IF_ERROR(note("database", check_database(), kRemedy));
    RETURN_IF_ERROR(check_archive());
    print();
    return damage_.empty() ? kOk : kRefused;
  }

 private:
  void show(const std::string& what, std::uint64_t done, std::uint64_t of) {
    progress_.show(what + ": " + std::to_string(of == 0 ? 100 : done * 100 / of) + " %");
  }

  // Damage is a finding; anything else ends the check.
  Status note(const char* part, const Status& status, const std::string& remedy) {
    if (status.ok()) return ok_status();
    Error error = status.error();
    if (!is_damage(error)) return error;
    if (!remedy.empty()) error.remedy = remedy;
    add(part, error);
    return ok_status();
  }

  void add(const char* part, const Error& error) {
    damage_.push_back(
        {{"part", part}, {"where", error.where}, {"what", error.what}, {"remedy", error.remedy}});
  }

  // Those of former and of next keys, too.
  Status check_logs() {
    ASSIGN_OR_RETURN(const auto names, session_.files.list(home_.config.path(home_.config.data)));
    std::uint64_t logs = 0;
    for (const auto& name : names) {
      if (!name.starts_with("log")) continue;
      ASSIGN_OR_RETURN(const bool is_log, ledger::DurableLog::exists(session_.files, home_.data(name)));
      if (!is_log) continue;
      logs += 1;
      ASSIGN_OR_RETURN([[maybe_unused]] const auto found,
                       ledger::DurableLog::find(session_.files, home_.data(name), home_.genesis.chain_id));
    }
    facts_["logs"] = logs;
    return ok_status();
  }

  Status check_tables() {
    ASSIGN_OR_RETURN(const auto found, ledger::check_tables(session_.files, home_.data("db"),
                                                            [&](std::uint64_t done, std::uint64_t of) {
                                                              show("the database's tables", done, of);
                                                            }));
    facts_["tables"] = found.tables;
    facts_["value_files"] = found.value_files;
    facts_["table_bytes"] = found.bytes;
    for (Error error : found.damaged) {
      error.remedy = kRemedy;
      add("tables", error);
    }
    return ok_status();
  }

  // Each part, whatever is found in the one before: together they say how much is damaged.
  Status check_database() {
    RETURN_IF_ERROR(in_database(open_store(home_)));
    progress_.show("the database's values");
    const auto scanned = ledger::scan_store(*home_.store);
    if (!scanned.ok()) return in_database(scanned.error());
    facts_["values"] = scanned->values;
    progress_.show("the closing proofs of pruned epochs");
    const auto closings = ledger::check_closings(home_.source());
    RETURN_IF_ERROR(
        note("closings", in_database(closings.ok() ? ok_status() : Status(closings.error())), kRemedy));
    if (closings.ok()) facts_["closing_proofs"] = *closings;
    RETURN_IF_ERROR(note("chain", in_database(check_chain()), kRemedy));
    progress_.show("the state");
    return note("state", in_database(check_state()), kRemedy);
  }

  // Up to the first block that does not hold: what follows it has nothing to be verified from.
  Status check_chain() {
    ASSIGN_OR_RETURN(auto begin, begin_chain(home_.genesis));
    ASSIGN_OR_RETURN(auto first, ledger::first_position(home_.source(), std::move(begin)));
    facts_["from_height"] = first.header.height.value() + 1;
    ledger::ChainVerifier verifier(home_.genesis, std::move(first));
    const Status status =
        ledger::check_chain(home_.source(), verifier, [&](std::uint64_t done, std::uint64_t of) {
          show("the chain, block " + std::to_string(done) + " of " + std::to_string(of), done, of);
        });
    facts_["to_height"] = verifier.position().header.height.value();
    facts_["records"] = verifier.records();
    return status;
  }

  Status check_state() {
    ASSIGN_OR_RETURN(const auto head, ledger::BlockStore(*home_.store).head());
    return head ? ledger::check_state(*home_.store, *head) : ok_status();  // that it is missing is said
  }

  Status in_database(Status status) const {
    if (status.ok() || !status.error().where.empty()) return status;
    Error error = status.error();
    error.where = home_.data("db");
    return error;
  }

  // The one that was asked for, or that of the home. What follows a segment that is missing or damaged is
  // only read; so is the home's own where it begins later than the chain.
  Status check_archive() {
    const auto& configured = home_.config.archive_directory;
    const bool asked = !options_.archive.empty();
    if (!asked && configured.empty()) return ok_status();
    const std::string directory = asked ? options_.archive : home_.config.path(configured);
    if (!asked && !session_.files.exists(directory)) return ok_status();  // nothing was pruned yet
    ASSIGN_OR_RETURN(const auto epochs, list_segments(session_, directory));
    ASSIGN_OR_RETURN(auto begin, begin_chain(home_.genesis));
    ledger::ChainVerifier verifier(home_.genesis, std::move(begin));
    Epoch next = asked || epochs.empty() ? Epoch() : epochs.front();
    bool verified = next == Epoch();
    std::uint64_t only_read = 0;
    if (asked && epochs.empty()) add("archive", missing_segment(directory, next, next));
    for (const Epoch epoch : epochs) {
      if (epoch != next) add("archive", missing_segment(directory, next, epoch.previous()));
      verified = verified && epoch == next;
      only_read += verified ? 0 : 1;
      const Status status =
          check_segment(directory + "/" + ledger::segment_name(epoch), verified ? &verifier : nullptr);
      RETURN_IF_ERROR(note("archive", status, {}));
      verified = verified && status.ok();
      next = epoch.next();
    }
    if (!asked && !epochs.empty()) RETURN_IF_ERROR(check_end(directory, epochs.back()));
    facts_["segments"] = epochs.size();
    if (only_read != 0) facts_["segments_only_read"] = only_read;
    return ok_status();
  }

  // What this node itself has pruned is in its archive, once that has begun.
  Status check_end(const std::string& directory, Epoch last) {
    if (!home_.store) return ok_status();  // its damage is said
    ASSIGN_OR_RETURN(const auto horizon, ledger::read_horizon(*home_.store));
    if (horizon.target <= horizon.began) return ok_status();
    const Epoch pruned = home_.genesis.epochs().after(horizon.target).previous();
    if (last >= pruned) return ok_status();
    Error error = missing_segment(directory, last.next(), pruned);
    error.remedy = "jingchu archive repair --through " + to_string(pruned) +
                   " fetches it from other nodes and verifies it";
    add("archive", error);
    return ok_status();
  }

  Status check_segment(const std::string& path, ledger::ChainVerifier* verifier) {
    ASSIGN_OR_RETURN(const auto segment, ledger::Segment::open(path, home_.genesis));
    const auto progress = [&](std::uint64_t done, std::uint64_t of) { show(path, done, of); };
    if (verifier != nullptr) return ledger::verify_segment(*segment, *verifier, progress);
    return ledger::read_segment(*segment, progress);
  }

  void print() const {
    if (session_.json) {
      ordered_json answer = {{"whole", damage_.empty()}};
      answer.update(facts_);
      answer["damage"] = damage_;
      session_.print_json(answer);
      return;
    }
    for (const auto& one : damage_) {
      session_.console.out << "damaged: " << one["where"].get<std::string>() << ": "
                           << one["what"].get<std::string>()
                           << "\n  what to do: " << one["remedy"].get<std::string>() << "\n";
    }
    for (const auto& [name, count] : facts_.items())
      session_.console.out << name << ": " << count.dump() << "\n";
    if (facts_.contains("segments_only_read")) {
      session_.console.out
          << "segments that were only read have their own checksums; they are verified once an "
             "archive leads up to them from genesis without a gap\n";
    }
    session_.console.out << (damage_.empty() ? "all of it is whole\n" : "this home is damaged\n");
  }

  const Session& session_;
  const Options& options_;
  Progress progress_;
  StoppedHome home_;
  ordered_json facts_ = ordered_json::object();
  ordered_json damage_ = ordered_json::array();
};

}  // namespace

void add_check_command(CLI::App& app, Session& session) {
  auto options = std::make_shared<Options>();
  CLI::App* command = add_command(
      app, "check",
      "Read and verify all of a stopped node's home: its log, its database, the chain in it, and an archive",
      "  jingchu check --home net/wuhan --archive archive", kOfflineStatuses);
  add_stopped_home_option(command, options->home);
  command->add_option("--archive", options->archive,
                      "Archive segments to verify, too; that of the home's configuration if it is left out");
  run_offline<Options>(command, session, options,
                       [](const Session& own, const Options& given) { return Check(own, given).run(); });
}

}  // namespace jingchu::cli
