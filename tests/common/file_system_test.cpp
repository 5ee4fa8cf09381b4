#include "common/file_system.h"

#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>

// After the project's headers:
#include <doctest/doctest.h>

namespace jingchu {
namespace {

struct TemporaryDirectory {
  std::string path;
  TemporaryDirectory() {
    char name[] = "/tmp/jingchu-test-XXXXXX";
    path = ::mkdtemp(name);
  }
  ~TemporaryDirectory() { std::filesystem::remove_all(path); }
};

TEST_CASE("what was appended and written is read back, with the modes asked for") {
  TemporaryDirectory directory;
  FileSystem& files = system_files();
  const std::string path = directory.path + "/a";
  {
    auto file = files.open_append(path);
    REQUIRE(file.ok());
    CHECK((*file)->append(as_bytes("one")).ok());
    CHECK((*file)->sync().ok());
  }
  auto again = files.open_append(path);
  REQUIRE(again.ok());
  CHECK((*again)->size() == 3);
  CHECK((*again)->append(as_bytes("two")).ok());
  CHECK(to_string(*files.read(path, 100)) == "onetwo");
  CHECK(*files.mode(path) == 0600);
  CHECK(files.truncate(path, 4).ok());
  CHECK(to_string(*files.read(path, 100)) == "onet");
  CHECK(files.write_atomically(path, as_bytes("new"), 0644).ok());
  CHECK(to_string(*files.read(path, 100)) == "new");
  CHECK(*files.mode(path) == 0644);
  CHECK(*files.list(directory.path) == std::vector<std::string>{"a"});
  CHECK(files.remove(path).ok());
  CHECK_FALSE(files.exists(path));
}

TEST_CASE("errors name the path, the fault and the type") {
  TemporaryDirectory directory;
  FileSystem& files = system_files();
  const auto missing = files.read(directory.path + "/none", 10);
  REQUIRE_FALSE(missing.ok());
  CHECK(missing.error().type == "no-such-file");
  CHECK(missing.error().fault == Fault::kEnvironment);
  CHECK(missing.error().where == directory.path + "/none");
  CHECK(files.write_atomically(directory.path + "/big", as_bytes("0123456789"), 0600).ok());
  CHECK(files.read(directory.path + "/big", 9).error().type == "file-too-large");
  CHECK_FALSE(files.read(directory.path, 10).ok());
}

TEST_CASE("a directory can be used by one holder at a time, and holding it leaves no trace") {
  TemporaryDirectory directory;
  FileSystem& files = system_files();
  const std::string held = directory.path + "/x/y";
  CHECK(files.make_directories(held).ok());
  auto first = files.lock(held);
  REQUIRE(first.ok());
  const auto second = files.lock(held);
  REQUIRE_FALSE(second.ok());
  CHECK(second.error().type == "in-use");
  CHECK(files.list(held)->empty());
  first->reset();
  CHECK(files.lock(held).ok());
  CHECK(files.lock(held + "/none").error().type == "no-such-file");
}

TEST_CASE("size, owner and free space of a path") {
  TemporaryDirectory directory;
  FileSystem& files = system_files();
  const std::string path = directory.path + "/a";
  CHECK(files.write_atomically(path, as_bytes("12345"), 0600).ok());
  CHECK(*files.size(path) == 5);
  CHECK(*files.is_ours(path));
  if (::geteuid() == 0) {
    REQUIRE(::chown(path.c_str(), 12345, 12345) == 0);
    CHECK_FALSE(*files.is_ours(path));
  }
  const auto space = files.space(path);
  REQUIRE(space.ok());
  CHECK(space->total_bytes > 0);
  CHECK(space->free_bytes <= space->total_bytes);
  CHECK(files.size(directory.path + "/none").error().type == "no-such-file");
}

TEST_CASE("a full disk and a failing one are told from a wrong path") {
  const FileSystem& files = system_files();
  const auto full = system_files().open_append("/dev/full");
  REQUIRE(full.ok());
  const Status written = (*full)->append(as_bytes("x"));
  REQUIRE_FALSE(written.ok());
  CHECK(written.error().type == "disk-full");
  CHECK(is_disk_error(written.error()));
  CHECK_FALSE(is_disk_error(files.read("/no/such/file", 1).error()));
}

}  // namespace
}  // namespace jingchu
