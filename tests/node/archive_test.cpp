#include "node/archive.h"

#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "tests/ledger/signed_chain.h"

#include <doctest/doctest.h>

namespace jingchu::node {
namespace {

using ledger::test::SignedChain;

struct StillClock final : Clock {
  std::uint64_t wall_ms() const override { return 0; }
  std::uint64_t monotonic_us() const override { return now_us; }
  std::uint64_t now_us = 1;
};

// The segments of three epochs.
struct Shelf {
  Shelf() {
    std::filesystem::create_directories(home);
    chain.run_some(3 * ledger::test::kEpochBlocks + 1);
    for (std::uint64_t epoch = 0; epoch < 3; ++epoch) export_epoch(epoch);
  }
  ~Shelf() { std::filesystem::remove_all(home); }

  std::string path(std::uint64_t epoch) const { return directory + "/" + ledger::segment_name(Epoch(epoch)); }
  void export_epoch(std::uint64_t epoch) {
    std::filesystem::create_directories(directory);
    REQUIRE(ledger::export_segment(chain.source(), Epoch(epoch), system_files(), directory).ok());
  }
  void flip(std::uint64_t epoch, std::uint64_t at) const {
    std::fstream file(path(epoch), std::ios::binary | std::ios::in | std::ios::out);
    file.seekg(static_cast<std::streamoff>(at));
    const char byte = static_cast<char>(file.get() ^ 1);
    file.seekp(static_cast<std::streamoff>(at));
    file.put(byte);
  }
  std::unique_ptr<Archive> open() const {
    return std::make_unique<Archive>(Archive::Parts{.genesis = &chain.genesis(),
                                                    .files = &system_files(),
                                                    .directory = directory,
                                                    .log = Log::open(home + "/log", LogLevel::kInfo).value(),
                                                    .clock = &clock});
  }
  std::string log_text() const {
    std::ifstream file(home + "/log");
    return {std::istreambuf_iterator<char>(file), {}};
  }
  bool gives(Archive& archive, std::uint64_t epoch) const {
    const auto bytes = archive.piece(Epoch(epoch), 0);
    if (!bytes.ok()) {
      CHECK(bytes.error().type == "not-found");
      return false;
    }
    return *bytes == system_files().read(path(epoch), 1 << 24).value();
  }

  const std::string home =
      (std::filesystem::temp_directory_path() / ("jingchu-shelf-" + std::to_string(::getpid()))).string();
  const std::string directory = home + "/archive";
  SignedChain chain;
  StillClock clock;
};

}  // namespace

TEST_CASE("archive of a node: gives the segments that it has, in pieces") {
  const Shelf shelf;
  const auto archive = shelf.open();
  const auto epochs = archive->epochs().value();
  REQUIRE(epochs.size() == 1);
  CHECK(epochs[0].first == Epoch(0));
  CHECK(epochs[0].last == Epoch(2));
  const auto view = archive->segment(Epoch(1)).value();
  CHECK(view.first == Height(ledger::test::kEpochBlocks + 1));
  CHECK(view.last == Height(2 * ledger::test::kEpochBlocks));
  CHECK(view.bytes == std::filesystem::file_size(shelf.path(1)));
  CHECK(view.pieces.size() == (view.bytes - 1) / ledger::kSegmentPieceBytes + 1);
  CHECK(view.pieces[0] == sha256(archive->piece(Epoch(1), 0).value()));
  CHECK(shelf.gives(*archive, 2));
  CHECK(archive->piece(Epoch(1), view.pieces.size()).error().type == "not-found");
  CHECK(archive->piece(Epoch(1), UINT64_MAX).error().type == "not-found");
  CHECK(archive->segment(Epoch(3)).error().type == "not-found");
  CHECK(archive->segment(Epoch(UINT64_MAX)).error().type == "not-found");
  CHECK(shelf.log_text().empty());
  Archive none(Archive::Parts{.genesis = &shelf.chain.genesis(), .files = &system_files()});
  CHECK(none.epochs()->empty());
  CHECK(none.segment(Epoch(0)).error().type == "not-found");
  archive->stop();
  CHECK(archive->segment(Epoch(0)).error().type == "not-serving");
}

TEST_CASE(
    "archive of a node: wherever a byte is flipped, the segment is given to nobody and the log says so") {
  const Shelf shelf;
  const auto size = std::filesystem::file_size(shelf.path(1));
  for (const std::uint64_t at :
       {std::uint64_t(0), std::uint64_t(20), std::uint64_t(70), size / 2, size - 60, size - 1}) {
    CAPTURE(at);
    const auto archive = shelf.open();
    shelf.flip(1, at);
    CHECK_FALSE(shelf.gives(*archive, 1));
    CHECK(shelf.gives(*archive, 2));
    CHECK(archive->epochs()->size() == 2);
    CHECK(shelf.log_text().find(shelf.path(1)) != std::string::npos);
    shelf.flip(1, at);
    CHECK(shelf.open()->segment(Epoch(1)).ok());
  }
}

TEST_CASE("archive of a node: what rots after it was looked at is not given either, until it is mended") {
  Shelf shelf;
  const auto archive = shelf.open();
  CHECK(shelf.gives(*archive, 1));
  shelf.flip(1, 100);
  CHECK_FALSE(shelf.gives(*archive, 1));
  CHECK(shelf.log_text().find("jingchu archive repair") != std::string::npos);
  shelf.flip(1, 100);
  CHECK_FALSE(shelf.gives(*archive, 1));  // looked at no more often than once a minute
  shelf.clock.now_us += 61'000'000;
  CHECK(shelf.gives(*archive, 1));
  CHECK(archive->epochs()->size() == 1);
}

TEST_CASE("archive of a node: a segment that was replaced by another that holds is given") {
  const Shelf shelf;
  const auto archive = shelf.open();
  CHECK(shelf.gives(*archive, 1));
  // It stands for one with other signatures: only that the bytes are others matters here.
  std::filesystem::copy_file(shelf.path(1), shelf.directory + "/kept");
  SignedChain other;
  other.run({});
  other.run_some(2 * ledger::test::kEpochBlocks);
  std::filesystem::remove(shelf.path(1));
  REQUIRE(ledger::export_segment(other.source(), Epoch(1), system_files(), shelf.directory).ok());
  CHECK(shelf.gives(*archive, 1));
  std::filesystem::remove(shelf.path(1));
  CHECK_FALSE(shelf.gives(*archive, 1));
  std::filesystem::rename(shelf.directory + "/kept", shelf.path(1));
  CHECK(shelf.gives(*archive, 1));  // one that is gone is not held to be damaged
}

}  // namespace jingchu::node
