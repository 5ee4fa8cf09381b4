#include "node/api/views.h"

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

Json leader_view(NodeIndex leader, const ledger::Genesis& genesis) {
  const bool known = leader.value() < genesis.validators.size();
  return {{"index", leader.value()},
          {"name", known ? genesis.validators[leader.value()].name : std::string()}};
}

Json peers_view(const NodeView& view) {
  Json list = Json::array();
  for (const auto& peer : view.peers) {
    if (peer.name == view.name) continue;
    list.push_back({{"name", peer.name},
                    {"connected", peer.connected},
                    {"last_reason", peer.last_reason},
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

std::string event_text(const contracts::Event& event) {
  return with_member(to_text(Json{{"name", event.name}}), "data", event.json);
}

std::string receipt_text(const ledger::Receipt& receipt) {
  std::string events;
  for (const auto& event : receipt.events) events += (events.empty() ? "" : ",") + event_text(event);
  const Json fields = {{"call_index", receipt.call_index},
                       {"code", receipt.code},
                       {"message", receipt.message},
                       {"where", receipt.where},
                       {"cost", receipt.cost}};
  return with_member(to_text(fields), "events", "[" + events + "]");
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
          {"state_root", to_hex(block.roots.state)},
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
          {"leader", leader_view(core.leader, genesis)},
          {"votes", core.votes},
          {"stopped", text_or_null(core.stopped)},
          {"failure", text_or_null(view.failure)},
          {"caught_up", view.caught_up},
          {"nullified_views", core.nullified_views},
          {"peers", peers_view(view)},
          {"mempool", {{"transactions", view.mempool.transactions}, {"bytes", view.mempool.bytes}}},
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
  Json fields = {{"id", to_hex(id)}, {"status", to_string(view.state)}};
  if (view.state != TransactionState::kFinal) return to_text(fields);
  CHECK(!view.receipts.empty());  // a transaction has at least one call
  fields["height"] = view.receipts.front().height.value();
  std::string receipts;
  for (const auto& receipt : view.receipts) receipts += (receipts.empty() ? "" : ",") + receipt_text(receipt);
  return with_member(to_text(fields), "receipts", "[" + receipts + "]");
}

}  // namespace jingchu::node
