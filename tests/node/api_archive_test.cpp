#include "tests/node/api_fixture.h"

#include <doctest/doctest.h>

using namespace jingchu;
using namespace jingchu::node;

TEST_CASE("the archive's epochs, a segment and its pieces") {
  ApiFixture fixture;
  CHECK(json_of(fixture.get("/v1/archive")).at("epochs").empty());
  fixture.backend.epochs = {{Epoch(0), Epoch(4)}, {Epoch(6), Epoch(6)}};
  const auto listed = json_of(fixture.get("/v1/archive")).at("epochs");
  CHECK(listed == nlohmann::json::parse(R"([{"first":0,"last":4},{"first":6,"last":6}])"));
  fixture.backend.on_segment = [](Epoch epoch) -> Result<SegmentView> {
    if (epoch != Epoch(6)) return caller_error("not-found", "no such segment");
    return SegmentView{epoch, Height(61), Height(70), 12, {sha256(as_bytes("piece"))}};
  };
  const auto one = json_of(fixture.get("/v1/archive/6"));
  CHECK(one.at("first_height") == 61);
  CHECK(one.at("last_height") == 70);
  CHECK(one.at("bytes") == 12);
  CHECK(one.at("piece_bytes") == ledger::kSegmentPieceBytes);
  CHECK(one.at("pieces") == nlohmann::json{to_hex(sha256(as_bytes("piece")))});
  CHECK(problem_type(fixture.get("/v1/archive/5")) == "not-found");
  CHECK(problem_type(fixture.get("/v1/archive/last")) == "invalid-parameter");
  fixture.backend.on_snapshot = [](const std::string& asked) -> Result<Bytes> {
    if (asked != "piece 6 0") return caller_error("not-found", asked);
    return Bytes{0, 255};
  };
  const auto piece = fixture.get("/v1/archive/6/pieces/0");
  CHECK(piece.status == 200);
  CHECK(piece.content_type == "application/octet-stream");
  CHECK(piece.body == std::string("\0\xff", 2));
  CHECK(problem_type(fixture.get("/v1/archive/6/pieces/1")) == "not-found");
  CHECK(problem_type(fixture.get("/v1/archive/6/pieces/-1")) == "invalid-parameter");
}
