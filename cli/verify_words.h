// The words for what verifying a proof bundle finds, in English and Chinese; for people who have to rely on
// it and have not built it.
#pragma once

#include <string>

#include "ledger/proof_verify.h"

namespace jingchu::cli {

enum class Language { kEnglish, kChinese };

std::string_view step_title(ledger::ProofStep step, Language language);
std::string_view verdict_words(ledger::ProofVerdict verdict, Language language);
// What a step that holds has shown.
std::string_view step_shows(ledger::ProofStep step, Language language);
// Why a step does not hold, with what was expected and found, and where. Escaped for a terminal.
std::string failure_words(const ledger::ProofFailure& failure, Language language);

// The last lines: what is proven, or that nothing is.
std::string result_words(const ledger::ProofReport& report, Language language);
std::string facts_words(const ledger::ProofFacts& facts, Language language);

}  // namespace jingchu::cli
