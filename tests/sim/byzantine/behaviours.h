// The makers of all misbehaviours; each is one small file of its own.
#pragma once

#include "consensus/durable.h"
#include "sim/byzantine/adversary.h"

namespace jingchu::sim {

std::unique_ptr<Behaviour> make_silent();
std::unique_ptr<Behaviour> make_equivocating_leader();
std::unique_ptr<Behaviour> make_double_voter();
std::unique_ptr<Behaviour> make_equivocating_lane();
std::unique_ptr<Behaviour> make_false_watermarks();
std::unique_ptr<Behaviour> make_selective_delivery();
std::unique_ptr<Behaviour> make_vote_mutator();
std::unique_ptr<Behaviour> make_huge_views();
std::unique_ptr<Behaviour> make_header_falsifier();
std::unique_ptr<Behaviour> make_gap_leader();
std::unique_ptr<Behaviour> make_flooder();
std::unique_ptr<Behaviour> make_withheld_batches();
std::unique_ptr<Behaviour> make_false_answers();
std::unique_ptr<Behaviour> make_forger();
std::unique_ptr<Behaviour> make_invalid_batches();
std::unique_ptr<Behaviour> make_replayer();
std::unique_ptr<Behaviour> make_splitter();

}  // namespace jingchu::sim
