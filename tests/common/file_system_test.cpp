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

TEST_CASE("a directory can be used by one holder at a time") {
  TemporaryDirectory directory;
  FileSystem& files = system_files();
  CHECK(files.make_directories(directory.path + "/x/y").ok());
  auto first = files.lock(directory.path + "/x/y/lock");
  REQUIRE(first.ok());
  const auto second = files.lock(directory.path + "/x/y/lock");
  REQUIRE_FALSE(second.ok());
  CHECK(second.error().type == "in-use");
  first->reset();
  CHECK(files.lock(directory.path + "/x/y/lock").ok());
}

}  // namespace
}  // namespace jingchu
