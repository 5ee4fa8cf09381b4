#include "contracts/record_store.h"

#include "common/codec.h"
#include "tests/contracts/support/fake_context.h"

#include <doctest/doctest.h>

using namespace jingchu;
using namespace jingchu::contracts;

TEST_CASE("record store: records keep their exact text, their place and the order of arrival") {
  FakeState state;
  FakeContext context(state);
  context.caller_value.organization = "hubei-aquatic";
  const std::string texts[] = {"{}", "", std::string("a\0b", 3), std::string(70'000, 'x'), "{}"};
  CHECK(*last_record(state) == 0);
  std::string last_key;
  for (std::uint64_t i = 0; i < std::size(texts); ++i) {
    context.place_value.call_index = static_cast<std::uint32_t>(i);
    const auto record = append_record(context, texts[i]);
    REQUIRE(record.ok());
    CHECK(record->number == i + 1);
    CHECK(*last_record(state) == i + 1);
    CHECK(record->hash() == sha256(as_bytes(texts[i])));
    const std::string key = "record/" + number_in_key(i + 1);
    CHECK(state.entries.contains(key));
    CHECK(key > last_key);
    last_key = key;
  }
  CHECK(state.entries.size() == std::size(texts) + 1);
  for (std::uint64_t i = 0; i < std::size(texts); ++i) {
    const auto record = read_record(state, i + 1);
    REQUIRE(record.ok());
    CHECK(record->number == i + 1);
    CHECK(record->text == texts[i]);
    CHECK(record->recorded.call_index == i);
    CHECK(record->recorded.height == Height(7));
    CHECK(record->recorded.organization == "hubei-aquatic");
  }
}

TEST_CASE("record store: keys ascend with numbers") {
  CHECK(number_in_key(1) == std::string("\0\0\0\0\0\0\0\1", 8));
  CHECK(number_in_key(255) < number_in_key(256));
  CHECK(number_in_key(0x80) > number_in_key(0x7f));
  CHECK(number_in_key(0x0123456789abcdef) == "\x01\x23\x45\x67\x89\xab\xcd\xef");
  CHECK(number_in_key(~std::uint64_t{0}) == std::string(8, '\xff'));
}

TEST_CASE("record store: a lost record is our fault, the limit of cost comes through") {
  FakeState state;
  FakeContext context(state);
  const auto none = read_record(state, 1);
  REQUIRE(!none.ok());
  CHECK(none.error().fault == Fault::kOurs);
  CHECK(none.error().type == "broken-index");
  context.cost_max = CostTable::kRead + 10;
  const auto record = append_record(context, std::string(1'000, 'x'));
  REQUIRE(!record.ok());
  CHECK(record.error().type == "over-cost");
  CHECK(context.accesses_after_limit == 0);
}
