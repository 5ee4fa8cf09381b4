// Golden proof bundles, which every verifier has to judge alike: tests/vectors/proofs/, listed by index.json
// as {file, genesis, valid, step: the step that fails, or null}. With JINGCHU_WRITE_VECTORS=1 in the
// environment they are written anew.
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "ledger/proof_writer.h"
#include "tests/ledger/proof_attacks.h"
#include "tests/ledger/proof_mutations.h"

#include <doctest/doctest.h>

namespace jingchu::ledger::test {
namespace {

using Json = nlohmann::ordered_json;

const std::filesystem::path kFolder = std::filesystem::path(JINGCHU_TESTS) / "vectors" / "proofs";
constexpr std::uintmax_t kBytesMax = 3 << 20;

std::string read(const std::string& name) {
  std::ifstream file(kFolder / name, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

std::string file_name(std::string name) {
  for (auto& c : name) {
    if ((c < 'a' || c > 'z') && (c < '0' || c > '9')) c = '-';
  }
  return name + ".json";
}

class Writer {
 public:
  void write_all() {
    std::filesystem::remove_all(kFolder);
    std::filesystem::create_directories(kFolder);
    std::ofstream(kFolder / "genesis.json", std::ios::binary) << chain_.genesis();
    for (const auto& [name, bundle] : honest_bundles(chain_)) add("valid-" + name, write_proof(bundle), "");
    for (const auto& attack : attacks(chain_)) {
      const auto text = write_proof(attack.bundle);
      if (text.size() < 30'000) add("refused-" + attack.name, text, std::string(to_string(attack.step)));
    }
    add_mutations("record", chain_.record(10, 3, 1), 40);
    add_mutations("entity", chain_.entity(6, "agriculture", "lot-3"), 25);
    std::ofstream(kFolder / "index.json") << index_.dump(1) << "\n";
  }

 private:
  void add(const std::string& name, const std::string& text, const std::string& step) {
    const auto file = file_name(name);
    REQUIRE(!std::filesystem::exists(kFolder / file));
    std::ofstream(kFolder / file, std::ios::binary) << text;
    index_.push_back({{"file", file},
                      {"genesis", "genesis.json"},
                      {"valid", step.empty()},
                      {"step", step.empty() ? Json() : Json(step)}});
  }
  // Some of all, evenly.
  void add_mutations(const std::string& name, const ProofBundle& bundle, std::size_t count) {
    const auto all = mutations(Json::parse(write_proof(bundle)));
    for (std::size_t i = 0; i < count; ++i) {
      const auto& mutation = all[i * all.size() / count];
      const auto text = mutation.bundle.dump();
      const auto report = verify_proof(as_bytes(text), as_bytes(chain_.genesis()));
      REQUIRE(report.failed() != nullptr);
      add("refused-" + name + "-" + std::to_string(i), text, std::string(to_string(report.failed()->step)));
    }
  }

  const ProofChain chain_;
  Json index_ = Json::array();
};

TEST_CASE("proof vectors") {
  if (std::getenv("JINGCHU_WRITE_VECTORS") != nullptr) Writer().write_all();
  const auto index = Json::parse(read("index.json"));
  std::size_t valid = 0;
  std::uintmax_t bytes = 0;
  for (const auto& entry : index) {
    const auto file = entry.at("file").get<std::string>();
    CAPTURE(file);
    const auto bundle = read(file);
    bytes += bundle.size();
    const auto genesis = read(entry.at("genesis"));
    const auto report = verify_proof(as_bytes(bundle), as_bytes(genesis));
    CHECK(report.holds() == entry.at("valid").get<bool>());
    if (report.failed() != nullptr)
      CHECK(to_string(report.failed()->step) == entry.at("step").get<std::string>());
    if (report.holds()) CHECK(entry.at("step").is_null());
    valid += report.holds() ? 1 : 0;
  }
  CHECK(valid >= 30);
  CHECK(index.size() - valid >= 120);
  CHECK(bytes < kBytesMax);
}

}  // namespace
}  // namespace jingchu::ledger::test
