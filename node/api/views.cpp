#include "node/api/views.h"

#include <algorithm>

#include "common/check.h"

namespace jingchu::node {
namespace {

Json hashes_view(const std::vector<Hash>& hashes) {
  Json list = Json::array();
  for (const auto& hash : hashes) list.push_back(to_hex(hash));
  return list;
}

Json text_or_null(const std::string& text) {
  return text.empty() ? Json() : Json(text);
}

Json leader_view(NodeIndex leader, const std::vector<std::string>& validators) {
  const bool known = leader.value() < validators.size();
  return {{"index", leader.value()}, {"name", known ? validators[leader.value()] : std::string()}};
}

template <class T>
Json value_or_null(const std::optional<T>& value) {
  return value ? Json(*value) : Json();
}

std::uint64_t since_ms(const NodeView& view, std::uint64_t then_us) {
  return view.monotonic_us > then_us ? (view.monotonic_us - then_us) / 1'000 : 0;
}

// What a validator of the epoch said last; null for any other node, and before it has said anything.
Json report_view(const NodeView& view, const std::string& name) {
  const auto place = std::find(view.validators.begin(), view.validators.end(), name);
  const auto index = static_cast<std::size_t>(place - view.validators.begin());
  if (index >= view.validators.size() || index >= view.consensus.reports.size()) return {};
  const consensus::PeerReport& report = view.consensus.reports[index];
  if (!report.heard_us) return {};
  return {{"age_ms", since_ms(view, *report.heard_us)},         {"view", report.view.value()},
          {"final_height", report.final_height.value()},        {"height", report.executed_height.value()},
          {"root_differs", value_or_null(report.root_differs)}, {"batches_lacking", report.batches_lacking}};
}

Json peers_view(const NodeView& view) {
  Json list = Json::array();
  for (const auto& peer : view.peers) {
    if (peer.name == view.name) continue;
    list.push_back({{"name", peer.name},
                    {"connected", peer.connected},
                    {"last_reason", peer.last_reason},
                    {"last_type", peer.last_type},
                    {"last_age_ms", peer.last_us == 0 ? Json() : Json(since_ms(view, peer.last_us))},
                    {"report", report_view(view, peer.name)},
                    {"bytes_in", peer.bytes_in},
                    {"bytes_out", peer.bytes_out},
                    {"frames_in", peer.frames_in},
                    {"frames_out", peer.frames_out},
                    {"dropped_frames", peer.dropped_frames},
                    {"queued_bytes", peer.queued_bytes},
                    {"connects", peer.connects}});
  }
  return list;
}

Json disks_view(const std::vector<DiskView>& disks) {
  Json list = Json::array();
  for (const auto& disk : disks) {
    list.push_back({{"of", disk.name},
                    {"free_bytes", disk.space.free_bytes},
                    {"total_bytes", disk.space.total_bytes},
                    {"reserve_bytes", disk.reserve_bytes},
                    {"slow_syncs", disk.slow_syncs}});
  }
  return list;
}

Json refusals_view(const std::map<std::string, std::uint64_t>& refusals) {
  Json list = Json::array();
  for (const auto& [reason, count] : refusals) list.push_back({{"reason", reason}, {"count", count}});
  return list;
}

Json mempool_view(const MempoolView& mempool) {
  return {{"transactions", mempool.transactions},
          {"bytes", mempool.bytes},
          {"transactions_max", mempool.transactions_max},
          {"bytes_max", mempool.bytes_max}};
}

// What modules wrote goes out exactly as it is: numbers must not pass through a binary floating-point number.
void write_receipt(contracts::JsonWriter& writer, const ledger::Receipt& receipt) {
  writer.begin_object()
      .member("call_index", std::uint64_t{receipt.call_index})
      .member("code", receipt.code)
      .member("message", receipt.message)
      .member("where", receipt.where)
      .member("cost", receipt.cost)
      .key("events")
      .begin_array();
  for (const auto& event : receipt.events) {
    writer.begin_object().member("name", event.name).key("data").raw(event.json).end_object();
  }
  writer.end_array().end_object();
}

}  // namespace

Json header_view(const consensus::Header& header) {
  Json cut = Json::array();
  for (const auto& entry : header.cut) {
    cut.push_back({{"sequence", entry.sequence.value()}, {"tip", to_hex(entry.tip)}});
  }
  return {{"protocol_version", header.protocol_version},
          {"epoch", header.epoch.value()},
          {"view", header.view.value()},
          {"height", header.height.value()},
          {"parent_view", header.parent_view.value()},
          {"parent_hash", to_hex(header.parent_hash)},
          {"cut", std::move(cut)},
          {"time_ms", header.time_ms},
          {"executed_height", header.executed_height.value()},
          {"executed_root", to_hex(header.executed_root)},
          {"validators_hash", to_hex(header.validators_hash)},
          {"next_validators_hash", to_hex(header.next_validators_hash)}};
}

Json certificate_view(const consensus::Certificate& certificate) {
  Json signatures = Json::array();
  for (const auto& [signer, signature] : certificate.signatures) {
    signatures.push_back({{"signer", signer.value()}, {"signature", to_hex(signature)}});
  }
  return {{"epoch", certificate.epoch.value()},      {"kind", to_string(certificate.ballot.kind)},
          {"view", certificate.ballot.view.value()}, {"height", certificate.ballot.height.value()},
          {"hash", to_hex(certificate.ballot.hash)}, {"signatures", std::move(signatures)}};
}

Json block_view(const ledger::StoredBlock& block) {
  Json path = Json::array();
  for (const auto& header : block.path) path.push_back(header_view(header));
  return {{"height", block.header.height.value()},
          {"hash", to_hex(block.hash)},
          {"header", header_view(block.header)},
          {"transactions", hashes_view(block.transactions)},
          {"batches", hashes_view(block.batches)},
          {"finalization", block.finalization ? certificate_view(*block.finalization) : Json()},
          {"path", std::move(path)},
          {"executed_root", to_hex(block.roots.executed())},
          {"state_root", to_hex(block.roots.state())},
          {"entities_root", to_hex(block.roots.entities)},
          {"state_checksum", to_hex(block.roots.checksum)},
          {"receipts_root", to_hex(block.roots.receipts)},
          {"history_root", to_hex(block.roots.history)},
          {"cost", block.cost}};
}

Json status_view(const NodeView& view, const ledger::Genesis& genesis, std::string_view version) {
  const auto& core = view.consensus;
  return {{"name", view.name},
          {"role", view.role},
          {"version", version},
          {"protocol_version", consensus::kProtocolVersion},
          {"chain_id", to_hex(genesis.chain_id)},
          {"network", genesis.name},
          {"epoch", view.epoch.value()},
          {"height", core.executed_height.value()},
          {"root", to_hex(core.executed_root)},
          {"final_height", core.final_height.value()},
          {"view", core.view.value()},
          {"final_view", core.final_view.value()},
          {"leader", leader_view(core.leader, view.validators)},
          {"validators", view.validators},
          {"votes", core.votes},
          {"abstains", text_or_null(core.abstains)},
          {"stopped", text_or_null(core.stopped)},
          {"failure", text_or_null(view.failure)},
          {"caught_up", view.caught_up},
          {"behind_horizon", view.behind_horizon},
          {"problems", view.problems},
          {"nullified_views", core.nullified_views},
          {"nullified_by_leader", core.nullified_by_leader},
          {"peers", peers_view(view)},
          {"refusals", refusals_view(view.refusals)},
          {"mempool", mempool_view(view.mempool)},
          {"disks", disks_view(view.disks)},
          {"history",
           {{"keep", view.keep_blocks == 0 ? Json("all") : Json(view.keep_blocks)},
            {"from_height", view.from_height.value()}}},
          {"clock_offset_ms", value_or_null(view.clock_offset_ms)},
          {"time_ms", view.time_ms},
          {"uptime_ms", view.uptime_ms}};
}

std::string_view to_string(TransactionState state) {
  switch (state) {
    case TransactionState::kUnknown:
      return "unknown";
    case TransactionState::kPending:
      return "pending";
    case TransactionState::kFinal:
      return "final";
    case TransactionState::kExpired:
      return "expired";
  }
  return "unknown";
}

std::string transaction_text(const Hash& id, const TransactionView& view) {
  contracts::JsonWriter writer;
  writer.begin_object().member("id", to_hex(id)).member("status", to_string(view.state));
  if (view.state == TransactionState::kFinal) {
    CHECK(!view.receipts.empty());  // a transaction has at least one call
    writer.member("height", view.receipts.front().height.value()).key("receipts").begin_array();
    for (const auto& receipt : view.receipts) write_receipt(writer, receipt);
    writer.end_array();
  }
  writer.end_object();
  return writer.take();
}

}  // namespace jingchu::node
