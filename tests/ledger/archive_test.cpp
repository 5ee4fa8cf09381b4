#include "ledger/archive.h"

#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "common/codec.h"
#include "tests/ledger/signed_chain.h"
#include "tests/support/effort.h"
#include "tests/support/faulty_file_system.h"
#include "tests/support/forwarding_files.h"

#include <doctest/doctest.h>

namespace jingchu::ledger::test {
namespace {

struct Archive {
  Archive() {
    std::filesystem::create_directories(directory);
    chain.run_some(2 * kEpochBlocks + 1);
  }
  ~Archive() { std::filesystem::remove_all(directory); }

  std::string path(std::uint64_t epoch) const { return directory + "/" + segment_name(Epoch(epoch)); }
  void export_epoch(std::uint64_t epoch) {
    REQUIRE(export_segment(chain.source(), Epoch(epoch), system_files(), directory).ok());
  }
  Status verify(std::uint64_t epochs) const {
    auto verifier = chain.verifier();
    for (std::uint64_t epoch = 0; epoch < epochs; ++epoch) {
      ASSIGN_OR_RETURN(const auto segment, Segment::open(path(epoch), chain.genesis()));
      RETURN_IF_ERROR(verify_segment(*segment, verifier));
    }
    return ok_status();
  }
  // That of one epoch, from its beginning.
  void write(std::uint64_t epoch, const Bytes& bytes) const {
    std::ofstream file(path(epoch), std::ios::binary | std::ios::trunc);
    file.write(reinterpret_cast<const char*>(bytes.data()), static_cast<std::streamsize>(bytes.size()));
  }
  Bytes read(std::uint64_t epoch) const { return system_files().read(path(epoch), 1 << 24).value(); }

  const std::string directory =
      (std::filesystem::temp_directory_path() / ("jingchu-archive-" + std::to_string(::getpid()))).string();
  SignedChain chain;
};

// Where a process is killed in the end of an export.
class DyingFiles final : public jingchu::test::ForwardingFiles {
 public:
  struct Killed {};
  enum At { kBeforeSync, kAfterSync, kBeforeRename };

  DyingFiles(FileSystem& real, At at) : ForwardingFiles(real), at_(at) {}
  Result<std::unique_ptr<AppendFile>> open_append(const std::string& path) override {
    ASSIGN_OR_RETURN(auto file, ForwardingFiles::open_append(path));
    return std::unique_ptr<AppendFile>(std::make_unique<File>(*this, std::move(file)));
  }
  Status rename(const std::string& from, const std::string& to) override {
    die(kBeforeRename);
    return ForwardingFiles::rename(from, to);
  }

 private:
  class File final : public AppendFile {
   public:
    File(const DyingFiles& files, std::unique_ptr<AppendFile> real) : files_(files), real_(std::move(real)) {}
    Status append(ByteView bytes) override { return real_->append(bytes); }
    Status sync() override {
      files_.die(kBeforeSync);
      RETURN_IF_ERROR(real_->sync());
      files_.die(kAfterSync);
      return ok_status();
    }
    std::uint64_t size() const override { return real_->size(); }

   private:
    const DyingFiles& files_;
    std::unique_ptr<AppendFile> real_;
  };
  void die(At here) const {
    if (here == at_) throw Killed();
  }

  const At at_;
};

// What verify_segment says of the chain's blocks after `change`.
std::string verdict(SignedChain& chain, const std::function<void(ArchivedBlock&)>& change,
                    std::uint64_t at = 2) {
  auto verifier = chain.verifier();
  for (std::uint64_t height = 1; height <= kEpochBlocks; ++height) {
    auto block = read_archived(chain.store(), Height(height)).value();
    if (height == at) change(block);
    const Status status = verifier.block(block);
    if (!status.ok()) return status.error().what;
  }
  return "ok";
}

bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

}  // namespace

TEST_CASE("archive: the segments of a chain verify from genesis") {
  Archive archive;
  archive.export_epoch(0);
  archive.export_epoch(1);
  const Status status = archive.verify(2);
  CHECK_MESSAGE(status.ok(), (status.ok() ? "" : status.error().to_string()));
  const auto segment = Segment::open(archive.path(1), archive.chain.genesis()).value();
  CHECK(segment->head().first == Height(kEpochBlocks + 1));
  CHECK(segment->block(Height(5))->receipts.size() == 1);
  CHECK(compare_segment(*segment, archive.chain.source()).ok());
  CHECK_FALSE(archive.verify(3).ok());  // there is no third
}

TEST_CASE("archive: an epoch of which the block behind is not there is not exported") {
  Archive archive;
  const auto range = exportable_epochs(archive.chain.source()).value();
  CHECK(range->last == Epoch(1));
  const auto refused = export_segment(archive.chain.source(), Epoch(2), system_files(), archive.directory);
  CHECK_FALSE(refused.ok());
  CHECK(std::filesystem::is_empty(archive.directory));
}

TEST_CASE("archive: a segment that is there stays, what broke off is replaced") {
  Archive archive;
  std::ofstream(archive.path(0) + ".partial") << "half of a segment";
  archive.export_epoch(0);
  CHECK_FALSE(std::filesystem::exists(archive.path(0) + ".partial"));
  CHECK(archive.verify(1).ok());
  archive.write(0, Bytes(10));
  archive.export_epoch(0);
  CHECK(archive.read(0).size() == 10);
}

TEST_CASE("archive: an export that is asked to stop leaves nothing behind") {
  Archive archive;
  for (int after = 0; after < static_cast<int>(kEpochBlocks); ++after) {
    int asked = 0;
    const auto ended = export_segment(archive.chain.source(), Epoch(0), system_files(), archive.directory, {},
                                      [&] { return asked++ == after; });
    REQUIRE_FALSE(ended.ok());
    CHECK(ended.error().type == "stopped");
    CHECK(std::filesystem::is_empty(archive.directory));
  }
  archive.export_epoch(0);
  const auto segment = Segment::open(archive.path(0), archive.chain.genesis()).value();
  CHECK(compare_segment(*segment, archive.chain.source(), [] { return true; }).error().type == "stopped");
}

TEST_CASE("archive: killed at any block, with any part on the disk, an export leaves no segment") {
  struct Killed {};
  Archive archive;
  archive.export_epoch(0);
  const Bytes expected = archive.read(0);
  const std::string name = segment_name(Epoch(0));
  const std::size_t parts = 4;
  for (std::uint64_t at = 1; at <= kEpochBlocks; ++at) {
    for (std::size_t part = 0; part <= parts; ++part) {
      CAPTURE(at);
      CAPTURE(part);
      jingchu::test::FaultyFileSystem files;
      const auto kill = [&](std::uint64_t done, std::uint64_t) {
        if (done == at) throw Killed();
      };
      CHECK_THROWS_AS((void)export_segment(archive.chain.source(), Epoch(0), files, "a", kill), Killed);
      files.crash([&](const std::string&, std::size_t unsynced) { return unsynced * part / parts; });
      CHECK_FALSE(files.exists("a/" + name));
      CHECK(files.exists("a/" + name + ".partial"));
      if (part % 2 == 0) REQUIRE(remove_partial_segments(files, "a").ok());
      CHECK(files.exists("a/" + name + ".partial") == (part % 2 != 0));
      CHECK(export_segment(archive.chain.source(), Epoch(0), files, "a").value() == expected.size());
      CHECK(files.content("a/" + name) == expected);
      CHECK_FALSE(files.exists("a/" + name + ".partial"));
    }
  }
}

TEST_CASE("archive: killed between the last append and the name, an export leaves no segment") {
  Archive archive;
  archive.export_epoch(0);
  const Bytes expected = archive.read(0);
  const std::string path = "a/" + segment_name(Epoch(0));
  for (const DyingFiles::At at :
       {DyingFiles::kBeforeSync, DyingFiles::kAfterSync, DyingFiles::kBeforeRename}) {
    for (const bool keeps : {false, true}) {
      CAPTURE(static_cast<int>(at));
      CAPTURE(keeps);
      jingchu::test::FaultyFileSystem files;
      DyingFiles dying(files, at);
      CHECK_THROWS_AS((void)export_segment(archive.chain.source(), Epoch(0), dying, "a"), DyingFiles::Killed);
      files.crash([&](const std::string&, std::size_t unsynced) { return keeps ? unsynced : 0; });
      CHECK_FALSE(files.exists(path));
      // What is synced is all there, and still no segment.
      if (at != DyingFiles::kBeforeSync) CHECK(files.content(path + ".partial") == expected);
      if (keeps) REQUIRE(remove_partial_segments(files, "a").ok());
      CHECK(export_segment(archive.chain.source(), Epoch(0), files, "a").value() == expected.size());
      files.crash();
      CHECK(files.content(path) == expected);
      CHECK_FALSE(files.exists(path + ".partial"));
    }
  }
}

TEST_CASE("archive: every byte that is flipped is found, and every end that is missing") {
  Archive archive;
  archive.export_epoch(0);
  const Bytes bytes = archive.read(0);
  std::size_t unseen = 0;
  for (std::size_t i = 0; i < bytes.size(); i += jingchu::test::effort(1, 11)) {
    Bytes flipped = bytes;
    flipped[i] ^= 0x10;
    archive.write(0, flipped);
    if (archive.verify(1).ok()) ++unseen;
  }
  CHECK(unseen == 0);
  for (std::size_t size = 0; size < bytes.size(); size += 7) {
    archive.write(0, Bytes(bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(size)));
    if (archive.verify(1).ok()) ++unseen;
  }
  CHECK(unseen == 0);
  Bytes longer = bytes;
  longer.push_back(0);
  archive.write(0, longer);
  CHECK_FALSE(archive.verify(1).ok());
}

TEST_CASE("archive: damage is named with file and block") {
  Archive archive;
  archive.export_epoch(0);
  Bytes bytes = archive.read(0);
  const auto offsets = Segment::open(archive.path(0), archive.chain.genesis()).value()->tail().offsets;
  bytes[offsets[1] + 40] ^= 1;
  archive.write(0, bytes);
  const auto status = archive.verify(1);
  REQUIRE_FALSE(status.ok());
  CHECK(status.error().type == "segment-damaged");
  CHECK(contains(status.error().what, "block 2:"));
  CHECK(status.error().where == archive.path(0));
  Genesis other = archive.chain.genesis();
  other.chain_id[0] ^= 1;
  // Damaged, it is not called another network's.
  CHECK(Segment::open(archive.path(0), other).error().type == "segment-damaged");
  bytes[offsets[1] + 40] ^= 1;
  archive.write(0, bytes);
  CHECK(Segment::open(archive.path(0), other).error().type == "wrong-chain");
  bytes[20] ^= 1;
  archive.write(0, bytes);
  CHECK(Segment::open(archive.path(0), archive.chain.genesis()).error().type == "segment-damaged");
}

TEST_CASE("chain verifier: what is forged is found, although the file's checksums hold") {
  SignedChain chain;
  chain.run_some(kEpochBlocks + 1);
  CHECK(verdict(chain, [](ArchivedBlock&) {}) == "ok");
  CHECK(contains(verdict(chain, [](auto& b) { b.header.time_ms += 1; }), "finalization is of another block"));
  CHECK(contains(verdict(chain, [](auto& b) { b.header.parent_hash[0] ^= 1; }), "parent_hash"));
  CHECK(contains(verdict(chain, [](auto& b) { b.header.executed_root[0] ^= 1; }), "executed_root"));
  CHECK(contains(verdict(chain, [](auto& b) { b.header.epoch = Epoch(1); }), "epoch 1"));
  CHECK(contains(verdict(chain, [](auto& b) { b.header.validators_hash[0] ^= 1; }), "validators_hash"));
  CHECK(contains(verdict(chain, [](auto& b) { b.finalization.reset(); }), "no finalization"));
  CHECK(contains(verdict(chain, [](auto& b) { b.finalization->signatures[0].signature[0] ^= 1; }),
                 "signature"));
  CHECK(contains(verdict(chain, [](auto& b) { b.finalization->signatures.pop_back(); }), "2 signatures"));
  CHECK(contains(verdict(chain, [](auto& b) { b.batches[0].signature[0] ^= 1; }), "signature"));
  CHECK(contains(verdict(chain, [](auto& b) { b.batches[0].transactions[0].back() ^= 1; }),
                 "batch 2 of lane 0"));
  CHECK(contains(verdict(chain, [](auto& b) { b.batches[0].prev[0] ^= 1; }), "does not follow"));
  CHECK(contains(verdict(chain, [](auto& b) { b.batches.clear(); }), "is missing"));
  CHECK(contains(verdict(chain, [](auto& b) { b.batches.push_back(b.batches[0]); }), "beyond its cut"));
  CHECK(contains(verdict(chain, [](auto& b) { b.receipts[0][1].cost += 1; }), "root of its receipts"));
  CHECK(contains(verdict(chain, [](auto& b) { b.receipts[0].pop_back(); }), "another number of receipts"));
  CHECK(contains(verdict(chain, [](auto& b) { b.receipts[0][0].height = Height(1); }), "another place"));
  CHECK(contains(verdict(chain, [](auto& b) { b.receipts.push_back(b.receipts[0]); }), "executed before"));
  CHECK(contains(verdict(chain, [](auto& b) { b.receipts.clear(); }), "root of its receipts"));
  CHECK(contains(verdict(chain, [](auto& b) { b.roots.history[0] ^= 1; }), "root of its history"));
  // A state root is proven by the header that names it.
  CHECK(contains(verdict(chain,
                         [](auto& b) {
                           auto bytes = encode(b.roots);
                           bytes[0] ^= 1;
                           b.roots = decode<Roots>(bytes).value();
                         }),
                 "block 3: its executed_root of block 2"));
}

TEST_CASE("chain verifier: the block behind an epoch commits to its end") {
  SignedChain chain;
  chain.run_some(kEpochBlocks + 1);
  auto verifier = chain.verifier();
  for (std::uint64_t height = 1; height <= kEpochBlocks; ++height) {
    REQUIRE(verifier.block(read_archived(chain.store(), Height(height)).value()).ok());
  }
  auto other = chain.genesis().validator_set().all();
  std::swap(other[0], other[1]);
  CHECK_FALSE(ChainVerifier(verifier).enter_epoch(consensus::ValidatorSet(other)).ok());
  REQUIRE(verifier.enter_epoch(std::nullopt).ok());
  const auto next = read_archived(chain.store(), Height(kEpochBlocks + 1)).value();
  CHECK(verifier.following(next.header, next.path, next.finalization).ok());
  auto forged = next.header;
  forged.executed_root[0] ^= 1;
  CHECK_FALSE(verifier.following(forged, next.path, next.finalization).ok());
}

}  // namespace jingchu::ledger::test
