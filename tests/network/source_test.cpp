#include "network/source.h"

// After the project's headers:
#include <doctest/doctest.h>

namespace jingchu::network {
namespace {

Source source(const char* address) {
  return source_of(boost::asio::ip::make_address(address));
}

TEST_CASE("a source is an IPv4 address in any form, or the /64 of an IPv6 address") {
  CHECK(source("192.0.2.7") == Source{false, 0xc0000207});
  CHECK(source("192.0.2.7") != source("192.0.2.8"));
  CHECK(source("192.0.2.7") == source("::ffff:192.0.2.7"));
  CHECK(source("2001:db8:1:2::1") == source("2001:db8:1:2:ffff:ffff:ffff:ffff"));
  CHECK(source("2001:db8:1:2::1") != source("2001:db8:1:3::1"));
  CHECK(source("0:0:7f00:1::") != source("127.0.0.1"));
  CHECK(source("0:0:0:1::") != source("0.0.0.1"));
}

}  // namespace
}  // namespace jingchu::network
