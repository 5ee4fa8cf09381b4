// The families of routes, one file each. What they are given outlives the table.
#pragma once

#include "node/api/api.h"

namespace jingchu::node {

void add_transaction_routes(OperationTable& table, ApiBackend& backend, Metrics& metrics,
                            const ApiOptions& options);
void add_block_routes(OperationTable& table, const ApiBackend& backend);
void add_proof_routes(OperationTable& table, const ApiBackend& backend);
void add_snapshot_routes(OperationTable& table, ApiBackend& backend);
void add_archive_routes(OperationTable& table, ApiBackend& backend);
void add_query_routes(OperationTable& table, const ApiBackend& backend, const ApiOptions& options);
void add_misbehaviour_routes(OperationTable& table, const ApiBackend& backend);
void add_status_routes(OperationTable& table, const ApiBackend& backend, const ApiOptions& options);

}  // namespace jingchu::node
