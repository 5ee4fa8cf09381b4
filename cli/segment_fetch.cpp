#include "cli/segment_fetch.h"

#include <algorithm>

#include "cli/stopped_home.h"
#include "common/hash.h"

namespace jingchu::cli {
namespace {

using ledger::kSegmentPieceBytes;

constexpr std::uint64_t kMegabyte = 1'000'000;

Error bad_offer(const std::string& what) {
  return peer_error("bad-segment", "what it says of this segment: " + what);
}

// Of each whole or last piece of a file.
Result<std::vector<Hash>> hashes_of(const std::string& path) {
  ASSIGN_OR_RETURN(const auto file, FileReader::open(path));
  std::vector<Hash> hashes;
  for (std::uint64_t at = 0; at < file->size(); at += kSegmentPieceBytes) {
    ASSIGN_OR_RETURN(const auto piece, file->read(at, std::min(kSegmentPieceBytes, file->size() - at)));
    hashes.push_back(sha256(piece));
  }
  return hashes;
}

std::uint64_t size_of_piece(std::uint64_t bytes, std::size_t index) {
  return std::min(kSegmentPieceBytes, bytes - index * kSegmentPieceBytes);
}

}  // namespace

std::string SegmentFetch::rest_of(Epoch epoch) const {
  return directory_ + "/" + ledger::segment_name(epoch) + ".fetched";
}

Status SegmentFetch::remove_rest(Epoch epoch) {
  const std::string path = rest_of(epoch);
  return session_.files.exists(path) ? session_.files.remove(path) : ok_status();
}

std::map<std::string, std::string> SegmentFetch::left() const {
  std::map<std::string, std::string> left;
  for (const auto& [node, why] : left_) left[nodes_[node].url()] = why;
  return left;
}

Result<FetchedSegment> SegmentFetch::run(Epoch epoch, const Judge& judge) {
  Work work{epoch, rest_of(epoch), {}, {}};
  work.done.path = work.path;
  // Killed between the last piece and its place.
  if (session_.files.exists(work.path) && judge(work.path).ok()) return work.done;
  ASSIGN_OR_RETURN(const auto offers, ask_all(work));
  for (const Offer& offer : offers) {
    ASSIGN_OR_RETURN(const bool taken, take(offer, work));
    if (!taken) continue;
    const Status holds = judge(work.path);
    if (holds.ok()) {
      work.done.from = nodes_[offer.node].url();
      return work.done;
    }
    if (!is_damage(holds.error())) return holds.error();
    RETURN_IF_ERROR(remove_rest(epoch));
    refuse(offer.node, peer_error("bad-segment", "its segment does not hold: " + holds.error().what), work);
  }
  return none(work);
}

// Those first of whose pieces most are here.
Result<std::vector<SegmentFetch::Offer>> SegmentFetch::ask_all(Work& work) {
  std::vector<Hash> here;
  if (session_.files.exists(work.path)) {
    ASSIGN_OR_RETURN(here, hashes_of(work.path));
  }
  std::vector<Offer> offers;
  for (std::size_t node = 0; node < nodes_.size(); ++node) {
    if (left_.contains(node)) continue;
    auto offer = ask(node, work);
    if (!offer.ok()) {
      refuse(node, offer.error(), work);
      continue;
    }
    const auto differs = std::mismatch(here.begin(), here.end(), offer->pieces.begin(), offer->pieces.end());
    offer->here = static_cast<std::size_t>(differs.first - here.begin());
    offers.push_back(std::move(*offer));
  }
  std::stable_sort(offers.begin(), offers.end(),
                   [](const Offer& a, const Offer& b) { return a.here > b.here; });
  return offers;
}

// A dishonest node may write anything.
Result<SegmentFetch::Offer> SegmentFetch::ask(std::size_t node, const Work& work) const {
  ASSIGN_OR_RETURN(const auto answer, nodes_[node].get_json("/v1/archive/" + to_string(work.epoch)));
  if (!answer.is_object()) return bad_offer("it is no object");
  const auto bytes = answer.find("bytes");
  const auto pieces = answer.find("pieces");
  if (bytes == answer.end() || !bytes->is_number_unsigned()) return bad_offer("it has no size");
  if (pieces == answer.end() || !pieces->is_array()) return bad_offer("it has no pieces");
  Offer offer{node, bytes->get<std::uint64_t>(), {}, 0};
  ASSIGN_OR_RETURN(const auto space, session_.files.space(directory_));
  if (offer.bytes == 0 || offer.bytes > space.free_bytes) {
    return bad_offer("it has " + std::to_string(offer.bytes) + " bytes, and this disk has room for " +
                     std::to_string(space.free_bytes));
  }
  if (pieces->size() != (offer.bytes - 1) / kSegmentPieceBytes + 1) {
    return bad_offer("its pieces do not make up its size");
  }
  for (const auto& piece : *pieces) {
    const auto hash = piece.is_string() ? array_from_hex<32>(piece.get<std::string>()) : std::nullopt;
    if (!hash) return bad_offer("a piece is not 64 hexadecimal digits");
    offer.pieces.push_back(*hash);
  }
  return offer;
}

Result<bool> SegmentFetch::take(const Offer& offer, Work& work) {
  // What another node has given meanwhile may be here, too.
  std::size_t kept = 0;
  if (session_.files.exists(work.path)) {
    ASSIGN_OR_RETURN(const auto here, hashes_of(work.path));
    while (kept < std::min(here.size(), offer.pieces.size()) && here[kept] == offer.pieces[kept]) ++kept;
  }
  const std::string node = nodes_[offer.node].url();
  std::unique_ptr<AppendFile> file;
  Progress progress(session_);
  for (std::size_t index = kept; index < offer.pieces.size(); ++index) {
    const auto piece = ask_piece(offer, index, work);
    if (!piece.ok()) {
      refuse(offer.node, piece.error(), work);
      return false;
    }
    if (!file) {  // only now: a node that gives nothing does not take away what is here
      if (session_.files.exists(work.path)) {
        RETURN_IF_ERROR(session_.files.truncate(work.path, kept * kSegmentPieceBytes));
      }
      ASSIGN_OR_RETURN(file, session_.files.open_append(work.path));
    }
    RETURN_IF_ERROR(file->append(*piece));
    progress.show("fetching " + ledger::segment_name(work.epoch) + " from " + node + ": " +
                  std::to_string(file->size() / kMegabyte) + " of " +
                  std::to_string(offer.bytes / kMegabyte) + " MB");
  }
  if (file) RETURN_IF_ERROR(file->sync());
  if (!file) RETURN_IF_ERROR(session_.files.truncate(work.path, offer.bytes));
  work.done.pieces_kept = kept;
  work.done.pieces_fetched = offer.pieces.size() - kept;
  return true;
}

Result<Bytes> SegmentFetch::ask_piece(const Offer& offer, std::size_t index, const Work& work) const {
  const std::string name = "piece " + std::to_string(index);
  ASSIGN_OR_RETURN(const auto body, nodes_[offer.node].get_patiently("/v1/archive/" + to_string(work.epoch) +
                                                                     "/pieces/" + std::to_string(index)));
  const bool is_named =
      body.size() == size_of_piece(offer.bytes, index) && sha256(as_bytes(body)) == offer.pieces[index];
  if (!is_named) return peer_error("bad-segment", name + " is not the one that it has named");
  return to_bytes(body);
}

// Who has no such segment may have another; everybody else is given up.
void SegmentFetch::refuse(std::size_t node, const Error& why, Work& work) {
  const std::string& url = nodes_[node].url();
  const std::string name = ledger::segment_name(work.epoch);
  work.said[node] = why.to_string();
  if (why.type == "not-found") return session_.note(url + " does not have " + name);
  left_.emplace(node, name + ": " + why.to_string());
  session_.note(url + " is not asked any more: " + name + ": " + why.to_string());
}

Error SegmentFetch::none(const Work& work) const {
  std::string what = "none of these nodes gives " + ledger::segment_name(work.epoch);
  for (const auto& [node, why] : left_) what += "; " + nodes_[node].url() + ": " + why;
  for (const auto& [node, why] : work.said) {
    if (!left_.contains(node)) what += "; " + nodes_[node].url() + ": " + why;
  }
  return environment_error("segment-not-given", what,
                           "a node gives the segments of its history.archive_dir: ask others with --from, or "
                           "export this one from a home that keeps its epoch; what is repaired stays",
                           directory_ + "/" + ledger::segment_name(work.epoch));
}

}  // namespace jingchu::cli
