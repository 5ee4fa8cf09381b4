#include "contracts/provenance/gs1_identifier.h"

#include <random>

#include <doctest/doctest.h>

using jingchu::contracts::provenance::canonical_identifier;

// Pairs out of the GS1 EPC Tag Data Standard 2.0 (section 6.3 and its examples) and EPCIS 2.0 examples.
TEST_CASE("gs1 identifier: URN and Digital Link of one thing have one name") {
  const std::pair<std::string_view, std::string_view> cases[] = {
      {"urn:epc:id:sgtin:9521141.001234.2017", "https://id.gs1.org/01/09521141012345/21/2017"},
      {"urn:epc:id:sgtin:0614141.712345.32a%2Fb", "https://id.gs1.org/01/70614141123451/21/32a%2Fb"},
      {"urn:epc:idpat:sgtin:4012345.098765.*", "https://id.gs1.org/01/04012345987652"},
      {"urn:epc:class:lgtin:4012345.012345.998877", "https://id.gs1.org/01/04012345123456/10/998877"},
      {"urn:epc:id:sscc:0614141.1234567890", "https://id.gs1.org/00/106141412345678908"},
      {"urn:epc:id:sgln:0614141.12345.400", "https://id.gs1.org/414/0614141123452/254/400"},
      {"urn:epc:id:sgln:0614141.12345.0", "https://id.gs1.org/414/0614141123452"},
      {"urn:epc:id:pgln:1234567.89012", "https://id.gs1.org/417/1234567890128"},
      {"urn:epc:id:grai:0614141.12345.400", "https://id.gs1.org/8003/00614141123452400"},
      {"urn:epc:idpat:grai:0614141.12345.*", "https://id.gs1.org/8003/00614141123452"},
      {"urn:epc:id:giai:0614141.12345400", "https://id.gs1.org/8004/061414112345400"},
      {"urn:epc:id:gsrn:0614141.1234567890", "https://id.gs1.org/8018/061414112345678902"},
      {"urn:epc:id:gsrnp:0614141.1234567890", "https://id.gs1.org/8017/061414112345678902"},
      {"urn:epc:id:gdti:0614141.12345.400", "https://id.gs1.org/253/0614141123452400"},
      {"urn:epc:id:cpi:0614141.123ABC.123456789", "https://id.gs1.org/8010/0614141123ABC/8011/123456789"},
      {"urn:epc:id:sgcn:4012345.67890.04711", "https://id.gs1.org/255/401234567890104711"},
      {"urn:epc:id:itip:4012345.012345.01.02.987", "https://id.gs1.org/8006/040123451234560102/21/987"},
      {"urn:epc:id:upui:1234567.098765.51qIgY", "https://id.gs1.org/01/01234567987651/235/51qIgY"},
      {"urn:epc:id:ginc:0614141.xyz47", "https://id.gs1.org/401/0614141xyz47"},
      {"urn:epc:id:gsin:0614141.123456789", "https://id.gs1.org/402/06141411234567890"},
  };
  for (const auto& [urn, link] : cases) {
    CAPTURE(urn);
    CHECK(canonical_identifier(urn) == link);
    CHECK(canonical_identifier(link) == link);
  }
}

TEST_CASE("gs1 identifier: Digital Links on any host, with anything that does not identify") {
  const std::string_view canonical = "https://id.gs1.org/01/09520123456788/21/A1";
  for (const std::string_view link :
       {"https://id.gs1.org/01/09520123456788/21/A1", "http://id.gs1.org/01/09520123456788/21/A1",
        "https://shop.example/products/01/09520123456788/21/A1", "https://id.gs1.de/01/9520123456788/21/A1",
        "https://id.gs1.org/01/09520123456788/10/LOT7/21/A1",
        "https://id.gs1.org/01/09520123456788/22/2A/10/L/21/A1",
        "https://id.gs1.org/01/09520123456788/21/A1?17=261231&linkType=all",
        "https://id.gs1.org/01/09520123456788/21/A1/",
        "https://id.gs1.org/01/09520123456788/21/%41%31#top"}) {
    CAPTURE(link);
    CHECK(canonical_identifier(link) == canonical);
  }
  CHECK(canonical_identifier("https://a.example/414/9520123000110/254/0") ==
        "https://id.gs1.org/414/9520123000110");
}

TEST_CASE("gs1 identifier: what is none stays as it is") {
  for (const std::string_view text :
       {"",
        "https",
        "http:",
        "https://",
        "urn:epc",
        "urn:uuid:6f0d1c2e-0c5b-4d5a-9d0e-2f7a51c00001",
        "https://example.com/lot/7",
        "https://example.com",
        "https://id.gs1.org/01/09520123456789/21/A1",  // wrong check digit
        "https://id.gs1.org/01/09520123456788/21",     // qualifier without value
        "https://id.gs1.org/01/09520123456788/99/x",   // 99 is no qualifier of a GTIN
        "https://example.com/01/x",
        "ftp://id.gs1.org/01/09520123456788",
        "urn:epc:id:sgtin:9520123.045678",
        "urn:epc:id:sgtin:9520123.04567.1",
        "urn:epc:id:sgtin:95201a3.045678.1",
        "urn:epc:id:sgtin:9520123.045678.%zz",
        "urn:epc:id:sgtin:9520123456789..1",
        "urn:epc:idpat:sgtin:9520123.*.*",
        "urn:epc:id:gid:1.2.3",
        "urn:epc:id:",
        "urn:epc:id:itip:4012345.012345.1.02.987"}) {
    CAPTURE(text);
    CHECK(canonical_identifier(text) == text);
  }
}

TEST_CASE("gs1 identifier: naming twice changes nothing, random texts never crash") {
  std::mt19937_64 random(3);
  const std::string alphabet = "urnepcidsgtin:.0123456789/%*https?#&21 10";
  for (int round = 0; round < 50'000; ++round) {
    std::string text =
        round % 2 == 0 ? "urn:epc:id:sgtin:9520123.045678.A" : "https://id.gs1.org/01/09520123456788/21/A";
    for (int i = 0; i < 3; ++i) {
      const auto at = random() % text.size();
      if (random() % 2 == 0) {
        text[at] = alphabet[random() % alphabet.size()];
      } else {
        text.resize(at + 1);
      }
    }
    const auto once = canonical_identifier(text);
    REQUIRE(canonical_identifier(once) == once);
  }
}
