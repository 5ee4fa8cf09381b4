#include "cli/snapshot_fetch.h"

#include <algorithm>

namespace jingchu::cli {
namespace {

constexpr std::size_t kOffersMax = 1'000;  // of one node

Error bad_offer(const std::string& what) {
  return peer_error("bad-snapshot", "its list of snapshots: " + what);
}

// A dishonest node may write anything.
Result<std::pair<Height, Hash>> read_offer(const nlohmann::json& offer) {
  if (!offer.is_object()) return bad_offer("an entry is no object");
  const auto height = offer.find("height");
  const auto id = offer.find("id");
  if (height == offer.end() || !height->is_number_unsigned()) return bad_offer("an entry has no height");
  if (id == offer.end() || !id->is_string()) return bad_offer("an entry has no id");
  const auto hash = array_from_hex<32>(id->get<std::string>());
  if (!hash) return bad_offer("an id is not 64 hexadecimal digits");
  return std::pair(Height(height->get<std::uint64_t>()), *hash);
}

}  // namespace

SnapshotFetch::SnapshotFetch(const Session& session, const SnapshotTrust& trust, ledger::SnapshotFiles& files,
                             std::vector<NodeClient> nodes, ChunkSink* sink)
    : session_(session), trust_(trust), files_(files), sink_(sink), nodes_(std::move(nodes)) {}

Result<FetchedSnapshot> SnapshotFetch::run() {
  for (const auto& offer : ask_all()) {
    auto snapshot = fetch_manifest(offer);
    if (!snapshot) continue;
    if (sink_ != nullptr) RETURN_IF_ERROR(sink_->begin(*snapshot));
    SnapshotTransfer transfer(session_, *snapshot, files_, sink_);
    std::map<std::size_t, const NodeClient*> from;
    for (const std::size_t node : offer.nodes) {
      if (!left_.contains(node)) from[node] = &nodes_[node];
    }
    const Status done = transfer.run(from);
    for (const auto& [node, why] : transfer.given_up()) give_up(node, why);
    if (done.ok()) {
      RETURN_IF_ERROR(files_.put_manifest(*snapshot));
      RETURN_IF_ERROR(files_.remove_broken());  // others that were begun
      FetchedSnapshot fetched{std::move(*snapshot), transfer.fetched(), transfer.kept(), {}};
      for (const auto& [node, why] : left_) fetched.left[nodes_[node].url()] = why;
      return fetched;
    }
    if (done.error().fault != Fault::kPeer) return done.error();
    if (done.error().type != "bad-snapshot") continue;
    // Whoever has the same manifest lies with it; what came by it is of no use.
    for (const auto& [node, client] : from) give_up(node, done.error());
    RETURN_IF_ERROR(files_.remove(snapshot->height()));
  }
  return none();
}

// Newest first; but one that is here in part comes before them all.
std::vector<SnapshotFetch::Offer> SnapshotFetch::ask_all() {
  std::vector<Offer> offers;
  for (std::size_t node = 0; node < nodes_.size(); ++node) {
    const Status asked = ask(node, offers);
    if (!asked.ok()) give_up(node, asked.error());
  }
  const auto is_here = [&](const Offer& offer) { return session_.files.exists(files_.path(offer.height)); };
  std::stable_sort(offers.begin(), offers.end(), [&](const Offer& a, const Offer& b) {
    return std::tuple(is_here(a), a.height, a.nodes.size()) >
           std::tuple(is_here(b), b.height, b.nodes.size());
  });
  return offers;
}

Status SnapshotFetch::ask(std::size_t node, std::vector<Offer>& offers) {
  ASSIGN_OR_RETURN(const auto answer, nodes_[node].get_json("/v1/snapshots"));
  const auto list = answer.is_object() ? answer.find("snapshots") : answer.end();
  if (list == answer.end() || !list->is_array() || list->size() > kOffersMax)
    return bad_offer("there is none");
  for (const auto& entry : *list) {
    ASSIGN_OR_RETURN(const auto offer, read_offer(entry));
    const auto [height, id] = offer;
    const auto same = [&](const Offer& known) { return known.height == height && known.id == id; };
    auto known = std::find_if(offers.begin(), offers.end(), same);
    if (known == offers.end()) known = offers.insert(offers.end(), Offer{height, id, {}});
    if (known->nodes.empty() || known->nodes.back() != node) known->nodes.push_back(node);
  }
  return ok_status();
}

std::optional<ledger::Snapshot> SnapshotFetch::fetch_manifest(const Offer& offer) {
  for (const std::size_t node : offer.nodes) {
    if (left_.contains(node)) continue;
    auto snapshot = judge_manifest(offer, node);
    if (snapshot.ok()) return std::move(*snapshot);
    give_up(node, snapshot.error());
  }
  return std::nullopt;
}

Result<ledger::Snapshot> SnapshotFetch::judge_manifest(const Offer& offer, std::size_t node) {
  ASSIGN_OR_RETURN(const auto body,
                   nodes_[node].get("/v1/snapshots/" + to_string(offer.height) + "/manifest"));
  ASSIGN_OR_RETURN(auto snapshot, ledger::decode_snapshot(as_bytes(body)));
  if (snapshot.contents.id() != offer.id || snapshot.height() != offer.height) {
    return peer_error("bad-snapshot", "its manifest is not the one that it has named");
  }
  ASSIGN_OR_RETURN([[maybe_unused]] const auto facts,
                   ledger::verify_snapshot(snapshot, trust_.genesis_file, trust_.genesis_root));
  return snapshot;
}

void SnapshotFetch::give_up(std::size_t node, const Error& why) {
  if (!left_.emplace(node, why.to_string()).second) return;
  session_.note(nodes_[node].url() + " is not asked any more: " + why.to_string());
}

Error SnapshotFetch::none() const {
  std::string what = "none of these nodes gives a snapshot that holds";
  for (const auto& [node, why] : left_) what += "; " + nodes_[node].url() + ": " + why;
  if (left_.empty()) what = "none of these nodes has a snapshot";
  return environment_error("no-snapshot", what,
                           "a node makes one at the end of an epoch, at most every snapshots.every_blocks "
                           "blocks of its configuration; ask others with --from, or start the node without: "
                           "it fetches the chain from its beginning");
}

}  // namespace jingchu::cli
