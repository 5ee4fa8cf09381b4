#include "contracts/civil_time.h"

#include <ctime>
#include <random>

#include "contracts/uri.h"

#include <doctest/doctest.h>

using namespace jingchu::contracts;

TEST_CASE("civil time: instants are compared in UTC") {
  const auto at = [](std::string_view text) {
    const auto instant = parse_timestamp(text);
    REQUIRE(instant);
    return *instant;
  };
  CHECK(at("2026-05-01T08:30:00+08:00") == at("2026-05-01T00:30:00Z"));
  CHECK(at("2026-05-01T00:30:00.000z") == at("2026-04-30t19:30:00-05:00"));
  CHECK(at("2026-05-01T00:00:00+08:00") < at("2026-04-30T23:00:00Z"));
  CHECK(at("2026-05-01T00:00:00.1Z") > at("2026-05-01T00:00:00.0999999999Z"));
  CHECK(at("0000-01-01T00:00:00+14:00") < at("0000-01-01T00:00:00Z"));
  CHECK(at("2016-12-31T23:59:60Z") == at("2016-12-31T23:59:59Z"));
  CHECK(at("2017-01-01T07:59:60+08:00") == at("2016-12-31T23:59:59Z"));
  CHECK(to_string(at("2026-05-01T08:30:00.50+08:00")) == "2026-05-01T00:30:00.5Z");
  CHECK(to_string(at("0000-01-01T00:00:00Z")) == "0000-01-01T00:00:00Z");
  CHECK(timestamp_of_ms(0) == "1970-01-01T00:00:00.000Z");
  CHECK(timestamp_of_ms(1'777'595'400'007) == "2026-05-01T00:30:00.007Z");
  CHECK(timestamp_of_ms(~std::uint64_t{0}) == "9999-12-31T23:59:59.999Z");
}

TEST_CASE("civil time: texts that are no times") {
  for (const std::string_view text : {"",
                                      "22-07-2026",
                                      "2026-05-01",
                                      "2026-05-01T08:30:00",
                                      "2026-05-01T08:30Z",
                                      "2026-05-01 08:30:00Z",
                                      "2026-13-01T00:00:00Z",
                                      "2026-00-01T00:00:00Z",
                                      "2026-02-29T00:00:00Z",
                                      "1900-02-29T00:00:00Z",
                                      "2026-04-31T00:00:00Z",
                                      "2026-05-00T00:00:00Z",
                                      "2026-05-01T24:00:00Z",
                                      "2026-05-01T08:60:00Z",
                                      "2026-05-01T08:30:61Z",
                                      "2026-05-01T08:30:60Z",
                                      "2026-05-01T08:30:00.Z",
                                      "2026-05-01T08:30:00+8:00",
                                      "2026-05-01T08:30:00+0800",
                                      "2026-05-01T08:30:00+24:00",
                                      "2026-05-01T08:30:00Z ",
                                      "+026-05-01T08:30:00Z"}) {
    CAPTURE(text);
    CHECK(!parse_timestamp(text));
  }
  CHECK(is_date("2000-02-29"));
  CHECK(!is_date("2100-02-29"));
  CHECK(!is_date("2026-5-1"));
  CHECK(!is_date("2026-05-01T"));
}

TEST_CASE("civil time: zone offsets as EPCIS 2.0 has them") {
  for (const std::string_view text : {"+08:00", "-06:00", "+00:00", "+14:00", "-14:00", "+13:59"}) {
    CHECK(is_zone_offset(text));
  }
  for (const std::string_view text : {"", "Z", "08:00", "+8:00", "+14:01", "-15:00", "+08:60", "+08:00 "}) {
    CAPTURE(text);
    CHECK(!is_zone_offset(text));
  }
}

TEST_CASE("civil time: random instants agree with the C library") {
  std::mt19937_64 random(7);
  for (int round = 0; round < 20'000; ++round) {
    const auto seconds = static_cast<std::time_t>(random() % 253'402'300'800);
    std::tm parts{};
    gmtime_r(&seconds, &parts);
    char text[32];
    std::strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%SZ", &parts);
    REQUIRE(timestamp_of_ms(static_cast<std::uint64_t>(seconds) * 1000).substr(0, 19) ==
            std::string(text, 19));
    const auto instant = parse_timestamp(text);
    REQUIRE(instant);
    REQUIRE(instant->biased_seconds == static_cast<std::uint64_t>(seconds) + (std::uint64_t{1} << 62));
    REQUIRE(to_string(*instant) == text);
  }
}

TEST_CASE("uri: form") {
  for (const std::string_view text :
       {"urn:epc:id:sgtin:0614141.107346.2017", "https://id.gs1.org/01/09521141012345/21/2017?x=1#f",
        "ext1:float", "urn:epc:idpat:sgtin:4012345.098765.*", "http://[2001:db8::1]/x",
        "ni:///sha-256;ab?ver=CBV2.0", "a:%2F"}) {
    CAPTURE(text);
    CHECK(is_uri(text));
  }
  for (const std::string_view text :
       {"", "shipping", ":x", "a:", "1a:b", "a b:c", "a:b c", "a:%2", "a:%zz", "a:<b>", "urn:潜江", "a:b#c#d",
        "a:[b]", "http://a/[b]", "//example.com/x"}) {
    CAPTURE(text);
    CHECK(!is_uri(text));
  }
  CHECK(percent_decode("a%2Fb") == "a/b");
  CHECK(!percent_decode("a%2"));
  CHECK(percent_encode("a/b %") == "a%2Fb%20%25");
}
