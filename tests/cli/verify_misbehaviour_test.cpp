// `jingchu verify-misbehaviour` with the golden vectors: a genesis file and a page of evidence are all it
// has.
#include "tests/cli/fixture.h"

#include <doctest/doctest.h>

namespace jingchu::cli {
namespace {

using nlohmann::json;

json vector_file(const std::string& name) {
  return json::parse(read_file(std::string(JINGCHU_TESTS) + "/vectors/" + name + ".json"));
}

struct Files {
  Directory directory;
  std::string genesis = directory.write("genesis.json", vector_file("genesis").at("file").get<std::string>());
  json vectors = vector_file("evidence");

  Ran verify(const json& document, std::vector<std::string> more = {}) const {
    const auto file = directory.write("found.json", document.dump());
    std::vector<std::string> arguments = {"verify-misbehaviour", file, "--genesis", genesis};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return run_command(arguments);
  }
  json page(json pieces) const {
    return {{"chain_id", vectors.at("chain_id")}, {"evidence", std::move(pieces)}, {"next", nullptr}};
  }
};

bool says(const Ran& ran, const std::string& words) {
  return (ran.out + ran.error).find(words) != std::string::npos;
}

TEST_CASE("verify-misbehaviour: all that the vectors prove, as a page and alone, in words and as JSON") {
  const Files files;
  const json pieces = files.vectors.at("evidence");
  const Ran ran = files.verify(files.page(pieces));
  CHECK(ran.status == 0);
  CHECK(says(ran, "has signed two-notarizes in view 7"));
  CHECK(says(ran, "has signed invalid-batch of sequence 4"));
  CHECK(says(ran, "7 of 7 proven"));
  CHECK(files.verify(pieces.at(0)).status == 0);
  const json answer = files.verify(files.page(pieces), {"--json"}).json();
  CHECK(answer.at("proven") == 7);
  CHECK(answer.at("evidence").at(0).at("kind") == "two-proposals");
}

TEST_CASE("verify-misbehaviour: nothing that the vectors refuse, and no page with one such piece") {
  const Files files;
  for (const json& piece : files.vectors.at("refused")) {
    CAPTURE(piece.at("why").get<std::string>());
    const Ran ran = files.verify({{"bytes", piece.at("bytes")}});
    CHECK(ran.status == 1);
    CHECK(says(ran, "NOT proven"));
  }
  json pieces = files.vectors.at("evidence");
  pieces.push_back(files.vectors.at("refused").at(0));
  const Ran mixed = files.verify(files.page(pieces));
  CHECK(mixed.status == 1);
  CHECK(says(mixed, "7 of 8 proven"));
  CHECK(files.verify(files.page(json::array())).status == 1);
  CHECK(files.verify({{"bytes", "00ff"}}).status == 1);
  CHECK(files.verify({{"bytes", "no digits"}}).status == 1);
  CHECK(files.verify(files.page(json::array({"text", 1, nullptr}))).status == 1);
}

TEST_CASE("verify-misbehaviour: fields that say otherwise than the bytes mislead") {
  const Files files;
  const std::pair<const char*, json> lies[] = {
      {"epoch", 1}, {"validator", "wuhan"}, {"index", 0}, {"kind", "two-batches"}, {"number", 70}};
  for (const auto& [field, lie] : lies) {
    CAPTURE(field);
    json piece = files.vectors.at("evidence").at(1);
    piece[field] = lie;
    const Ran ran = files.verify(piece);
    CHECK(ran.status == 1);
    CHECK(says(ran, std::string(field) + " is "));
  }
}

TEST_CASE("verify-misbehaviour: another network, files that are none, and epochs of another set") {
  const Files files;
  json page = files.page(files.vectors.at("evidence"));
  page["chain_id"] = std::string(64, '0');
  const Ran elsewhere = files.verify(page);
  CHECK(elsewhere.status == 1);
  CHECK(says(elsewhere, "wrong-network"));
  CHECK(files.verify(json::array()).status == 1);
  CHECK(run_command({"verify-misbehaviour", files.directory.path("absent"), "--genesis", files.genesis})
            .status == 5);
  CHECK(run_command({"verify-misbehaviour", files.genesis}).status == 2);
  // Epoch 2, as its first byte says, without and with a set.
  std::string bytes = files.vectors.at("evidence").at(1).at("bytes");
  bytes[1] = '2';
  const Ran unknown = files.verify({{"bytes", bytes}});
  CHECK(unknown.status == 1);
  CHECK(says(unknown, "--validators"));
  const json genesis = json::parse(read_file(files.genesis));
  const auto set = files.directory.write("set.json", json{{"validators", genesis.at("validators")}}.dump());
  const Ran judged = files.verify({{"bytes", bytes}}, {"--validators", set});
  CHECK(judged.status == 1);
  CHECK(says(judged, "bad-signature"));
  CHECK(says(judged, vector_file("genesis").at("validators_hash")));
  CHECK(files.verify(page.at("evidence").at(0), {"--validators", set}).status == 0);
  const auto broken = files.directory.write("broken.json", R"({"validators":[{"name":"x"}]})");
  CHECK(says(files.verify(page.at("evidence").at(0), {"--validators", broken}), "malformed-set"));
}

}  // namespace
}  // namespace jingchu::cli
