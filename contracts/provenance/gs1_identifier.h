// One name for one thing: EPC URNs (GS1 EPC Tag Data Standard 2.0, section 6) and GS1 Digital Links (URI
// Syntax 1.2) of the same object meet in the canonical Digital Link on https://id.gs1.org, cut to the finest
// level of identity.
#pragma once

#include <string>
#include <string_view>

namespace jingchu::contracts::provenance {

// "urn:epc:id:sgtin:9521141.001234.2017" and "https://shop.example/01/09521141012345/21/2017?x=1" both become
// "https://id.gs1.org/01/09521141012345/21/2017". What is no well-formed GS1 identifier stays as it is.
std::string canonical_identifier(std::string_view identifier);

}  // namespace jingchu::contracts::provenance
