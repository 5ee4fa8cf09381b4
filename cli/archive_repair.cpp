#include "cli/archive_repair.h"

#include "cli/offline_command.h"
#include "cli/stopped_home.h"

namespace jingchu::cli {
namespace {

constexpr const char* kDamaged = ".damaged";

}  // namespace

Result<ExitStatus> ArchiveRepair::run() {
  RETURN_IF_ERROR(session_.files.make_directories(target_.directory));
  ASSIGN_OR_RETURN(const auto lock, session_.files.lock(target_.directory));
  ASSIGN_OR_RETURN(const auto epochs, list_segments(session_, target_.directory));
  if (epochs.empty() && !target_.through) {
    return usage_error("there is no segment in " + target_.directory,
                       "--through says which epoch is the last one to be fetched");
  }
  Epoch last = epochs.empty() ? Epoch() : epochs.back();
  if (target_.through) last = std::max(last, *target_.through);
  ASSIGN_OR_RETURN(auto begin, begin_chain(target_.genesis));
  verifier_.emplace(target_.genesis, std::move(begin));
  const Status done = repair_all(last);
  if (!done.ok()) return fail(session_, done.error(), facts());
  if (session_.json) session_.print_json(facts());
  if (!session_.json) {
    session_.console.out << "verified from genesis: " << verified_ << " segments, " << repaired_.size()
                         << " of them repaired\n";
  }
  return kOk;
}

Status ArchiveRepair::repair_all(Epoch last) {
  for (Epoch epoch; epoch <= last; epoch = epoch.next()) {
    RETURN_IF_ERROR(repair(epoch));
    verified_ += 1;
  }
  return ok_status();
}

Status ArchiveRepair::repair(Epoch epoch) {
  const std::string path = target_.directory + "/" + ledger::segment_name(epoch);
  std::optional<ledger::ChainVerifier> next = verifier_;
  Status found = missing_segment(target_.directory, epoch, epoch);
  if (session_.files.exists(path)) found = judge(path, *next);
  if (found.ok()) {
    verifier_.emplace(std::move(*next));
    return fetch_.remove_rest(epoch);
  }
  // An archive of another network is not to be replaced by this one's.
  if (!is_damage(found.error()) || found.error().type == "wrong-chain") return found;
  session_.note(path + ": " + found.error().what + "; asking other nodes");
  ASSIGN_OR_RETURN(const auto fetched, fetch_.run(epoch, [&](const std::string& file) {
    next.emplace(*verifier_);
    return judge(file, *next);
  }));
  RETURN_IF_ERROR(put(epoch, fetched, found.error()));
  verifier_.emplace(std::move(*next));
  return ok_status();
}

Status ArchiveRepair::put(Epoch epoch, const FetchedSegment& fetched, const Error& found) {
  const std::string path = target_.directory + "/" + ledger::segment_name(epoch);
  nlohmann::ordered_json one = {{"epoch", epoch.value()},
                                {"file", path},
                                {"was", found.what},
                                {"from", fetched.from},
                                {"pieces_fetched", fetched.pieces_fetched},
                                {"pieces_kept", fetched.pieces_kept}};
  if (session_.files.exists(path)) {
    RETURN_IF_ERROR(session_.files.rename(path, path + kDamaged));
    one["damaged"] = path + kDamaged;
  }
  RETURN_IF_ERROR(session_.files.rename(fetched.path, path));
  repaired_.push_back(one);
  if (session_.json) return ok_status();
  session_.console.out << path << ": repaired and verified, "
                       << (fetched.from.empty() ? "fetched by an earlier run" : "from " + fetched.from)
                       << "\n";
  return ok_status();
}

Status ArchiveRepair::judge(const std::string& path, ledger::ChainVerifier& verifier) const {
  Progress progress(session_);
  ASSIGN_OR_RETURN(const auto segment, ledger::Segment::open(path, target_.genesis));
  return ledger::verify_segment(*segment, verifier, [&](std::uint64_t done, std::uint64_t of) {
    progress.show("verifying " + path + ": block " + std::to_string(done) + " of " + std::to_string(of));
  });
}

nlohmann::ordered_json ArchiveRepair::facts() const {
  return {{"segments_verified", verified_}, {"repaired", repaired_}, {"nodes_given_up", fetch_.left()}};
}

}  // namespace jingchu::cli
