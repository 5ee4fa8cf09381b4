// What a deposit says about a file: its hashes, size and media type, and a commitment to the subject.
#pragma once

#include <array>
#include <functional>
#include <string>

#include "common/file_system.h"
#include "common/hash.h"

namespace jingchu::cli {

struct EvidenceFile {
  std::string name;  // without directories
  Hash sha256{};
  Hash sm3{};
  std::uint64_t size = 0;
  std::string media_type;
};

// Reads the file piece by piece; it may be larger than the memory. `progress` hears how much was read.
Result<EvidenceFile> examine_file(const std::string& path,
                                  const std::function<void(std::uint64_t)>& progress);

// By the extension, in any case; "application/octet-stream" for any other.
std::string media_type_of(std::string_view file_name);

// SHA-256 of the salt, then the text: whoever keeps both can show the subject, nobody else can guess it.
using Salt = std::array<std::uint8_t, 32>;
Hash commit_to_subject(const Salt& salt, std::string_view subject);

struct DepositFields {
  EvidenceFile file;
  Hash subject{};
  std::string evidence_id;  // these may be empty
  std::string matter;
  std::string phase;
  std::string captured_at;
  std::string note;
};

// The payload of evidence/deposit.
std::string deposit_payload(const DepositFields& fields);

}  // namespace jingchu::cli
