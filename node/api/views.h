// The JSON views of what the chain holds: snake_case keys, hashes in lower-case hexadecimal, 64-bit numbers
// as JSON numbers.
#pragma once

#include <span>
#include <string>

#include "ledger/block_store.h"
#include "node/api/backend.h"
#include "node/api/json.h"

namespace jingchu::node {

Json header_view(const consensus::Header& header);
Json certificate_view(const consensus::Certificate& certificate);
Json block_view(const ledger::StoredBlock& block);
// `version` is the program's.
Json status_view(const NodeView& view, const ledger::Genesis& genesis, std::string_view version);

// Text, because the events' data is taken over exactly as the contracts wrote it.
std::string transaction_text(const Hash& id, const TransactionView& view);
std::string_view to_string(TransactionState state);  // "pending"

}  // namespace jingchu::node
