#include "cli/segment_fetch.h"

#include "common/hash.h"
#include "tests/cli/fake_node.h"
#include "tests/cli/fixture.h"

#include <doctest/doctest.h>

namespace jingchu::cli {
namespace {

using nlohmann::json;

const std::string kPath = "/v1/archive/7";

std::string piece_of(const std::string& content, std::size_t index) {
  return content.substr(index * ledger::kSegmentPieceBytes, ledger::kSegmentPieceBytes);
}
json index_of(const std::string& content) {
  json pieces = json::array();
  for (std::size_t at = 0; at * ledger::kSegmentPieceBytes < content.size(); ++at) {
    pieces.push_back(to_hex(sha256(as_bytes(piece_of(content, at)))));
  }
  return {{"epoch", 7}, {"bytes", content.size()}, {"pieces", pieces}};
}

// A node that gives the pieces of `content`, so many of them.
struct Giver {
  explicit Giver(const std::string& content, std::size_t pieces = 100) : node("{}") {
    const json index = index_of(content);
    node.serve(kPath, index.dump());
    for (std::size_t i = 0; i < std::min(pieces, index["pieces"].size()); ++i) {
      node.serve(kPath + "/pieces/" + std::to_string(i), piece_of(content, i));
    }
  }
  FakeNode node;
};

// Fetches the segment of epoch 7; `good` is the one that holds.
struct Fetch {
  Result<FetchedSegment> run(std::initializer_list<const FakeNode*> nodes) {
    std::vector<NodeClient> clients;
    for (const auto* node : nodes) clients.push_back(NodeClient::make({.url = node->url()}).value());
    SegmentFetch fetch(session, directory.path(), std::move(clients));
    auto done = fetch.run(Epoch(7), [&](const std::string& path) -> Status {
      if (read_file(path) == good) return ok_status();
      return environment_error("segment-damaged", "it is not the good one");
    });
    left = fetch.left();
    return done;
  }
  std::string rest() const { return directory.path(ledger::segment_name(Epoch(7)) + ".fetched"); }

  const std::string good = std::string(2 * ledger::kSegmentPieceBytes, 'g') + "the end";
  Directory directory;
  std::ostringstream out, error;
  Session session{.console = {.out = out, .error = error}, .files = system_files(), .clock = system_clock()};
  std::map<std::string, std::string> left;
};

std::string changed(std::string content, std::size_t at) {
  content[at] ^= 1;
  return content;
}

}  // namespace

TEST_CASE("segment fetch: whoever lies is refused and named, the next one is asked") {
  Fetch fetch;
  const Giver honest(fetch.good);
  const Giver other(changed(fetch.good, 5));  // consistent in itself
  Giver breaks_word(fetch.good);
  breaks_word.node.serve(kPath + "/pieces/1", changed(piece_of(fetch.good, 1), 3));
  Giver junk(fetch.good);
  junk.node.serve(kPath, "<html>");
  const FakeNode without("{}");
  const auto done = fetch.run({&other.node, &breaks_word.node, &junk.node, &without, &honest.node});
  REQUIRE(done.ok());
  CHECK(done->from == honest.node.url());
  CHECK(done->path.ends_with("/epoch-0000000007.jca.fetched"));
  CHECK(read_file(fetch.rest()) == fetch.good);
  CHECK(fetch.left.size() == 3);
  CHECK(fetch.left[other.node.url()].find("does not hold") != std::string::npos);
  CHECK(fetch.left[breaks_word.node.url()].find("piece 1 is not the one") != std::string::npos);
  CHECK(fetch.left.contains(junk.node.url()));
  CHECK(fetch.error.str().find(without.url() + " does not have epoch-0000000007.jca") != std::string::npos);

  const auto none = Fetch().run({&other.node, &without});
  CHECK(none.error().type == "segment-not-given");
  CHECK(none.error().what.find(other.node.url()) != std::string::npos);
  CHECK(none.error().what.find(without.url()) != std::string::npos);
}

TEST_CASE("segment fetch: an index that lies is refused before anything is written") {
  Fetch fetch;
  const json right = index_of(fetch.good);
  const auto with = [&](const char* name, const json& value) {
    json one = right;
    one[name] = value;
    return one.dump();
  };
  for (const auto& lie : {std::string("[]"), std::string("{}"), with("bytes", 0), with("bytes", -1),
                          with("bytes", 1), with("bytes", UINT64_MAX), with("pieces", {}), with("pieces", 3),
                          with("pieces", {"x", "y", "z"}), with("pieces", {1, 2, 3})}) {
    CAPTURE(lie);
    Giver liar(fetch.good);
    liar.node.serve(kPath, lie);
    CHECK(fetch.run({&liar.node}).error().type == "segment-not-given");
    CHECK(fetch.left.contains(liar.node.url()));
    CHECK_FALSE(system_files().exists(fetch.rest()));
  }
}

TEST_CASE("segment fetch: what came before a break is kept, whoever is asked first next time") {
  Fetch fetch;
  const Giver ends(fetch.good, 2);
  CHECK_FALSE(fetch.run({&ends.node}).ok());
  CHECK(read_file(fetch.rest()).size() == 2 * ledger::kSegmentPieceBytes);
  const Giver liar(changed(fetch.good, 5)), honest(fetch.good);
  const auto done = fetch.run({&liar.node, &honest.node});
  REQUIRE(done.ok());
  CHECK(done->from == honest.node.url());
  CHECK(done->pieces_kept == 2);
  CHECK(done->pieces_fetched == 1);
  CHECK(fetch.left.empty());
  // All of it is here, from a run that was killed before it could put it in its place.
  const auto again = fetch.run({});
  REQUIRE(again.ok());
  CHECK(again->from.empty());
}

TEST_CASE("segment fetch: what is damaged of an earlier run is fetched again") {
  Fetch fetch;
  const Giver honest(fetch.good);
  fetch.directory.write("epoch-0000000007.jca.fetched", changed(fetch.good, ledger::kSegmentPieceBytes + 1));
  const auto done = fetch.run({&honest.node});
  REQUIRE(done.ok());
  CHECK(done->pieces_kept == 1);
  CHECK(read_file(fetch.rest()) == fetch.good);
  // Longer than it may be.
  fetch.directory.write("epoch-0000000007.jca.fetched", fetch.good + "more");
  CHECK(fetch.run({&honest.node}).ok());
  CHECK(read_file(fetch.rest()) == fetch.good);
}

}  // namespace jingchu::cli
