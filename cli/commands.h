// The command families of jingchu, one file for each.
#pragma once

#include "cli/session.h"

namespace jingchu::cli {

void add_network_commands(CLI::App& app, Session& session);
void add_join_commands(CLI::App& network, Session& session);  // network join, network rotate
void add_keys_commands(CLI::App& app, Session& session);
void add_submit_command(CLI::App& app, Session& session);
void add_deposit_command(CLI::App& app, Session& session);
void add_query_commands(CLI::App& app, Session& session);  // query, transaction, block
void add_status_command(CLI::App& app, Session& session);
void add_doctor_command(CLI::App& app, Session& session);
void add_verify_command(CLI::App& app, Session& session);
void add_verify_misbehaviour_command(CLI::App& app, Session& session);
void add_governance_commands(CLI::App& app, Session& session);
void add_archive_commands(CLI::App& app, Session& session);
void add_check_command(CLI::App& app, Session& session);
void add_snapshot_commands(CLI::App& app, Session& session);
void add_bench_command(CLI::App& app, Session& session);

inline void add_all_commands(CLI::App& app, Session& session) {
  add_network_commands(app, session);
  add_keys_commands(app, session);
  add_submit_command(app, session);
  add_deposit_command(app, session);
  add_query_commands(app, session);
  add_status_command(app, session);
  add_doctor_command(app, session);
  add_verify_command(app, session);
  add_verify_misbehaviour_command(app, session);
  add_governance_commands(app, session);
  add_archive_commands(app, session);
  add_check_command(app, session);
  add_snapshot_commands(app, session);
  add_bench_command(app, session);
}

}  // namespace jingchu::cli
