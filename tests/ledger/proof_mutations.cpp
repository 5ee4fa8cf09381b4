#include "tests/ledger/proof_mutations.h"

#include <functional>

namespace jingchu::ledger::test {
namespace {

using Json = nlohmann::ordered_json;
using Pointer = Json::json_pointer;

class Mutator {
 public:
  explicit Mutator(const Json& bundle) : bundle_(bundle) {}

  void visit(const Pointer& place) {
    const Json& value = bundle_.at(place);
    if (value.is_string()) change_text(place, value.get<std::string>());
    if (value.is_number()) change_number(place, value.get<std::uint64_t>());
    if (value.is_null()) change_null(place);
    if (value.is_object()) change_object(place, value);
    if (value.is_array()) change_array(place, value);
    if (!value.is_structured()) return;
    for (const auto& [key, child] : value.items())
      visit(value.is_array() ? place / std::stoul(key) : place / key);
  }

  std::vector<Mutation> made;

 private:
  void add(const std::string& what, const Pointer& place, const std::function<void(Json&)>& change) {
    Json changed = bundle_;
    change(changed);
    if (changed != bundle_) made.push_back({what + " " + place.to_string(), std::move(changed)});
  }
  void set(const std::string& what, const Pointer& place, Json value) {
    add(what, place, [&](Json& changed) { changed[place] = std::move(value); });
  }

  void change_text(const Pointer& place, const std::string& text) {
    for (std::size_t at = 0; at < text.size(); at += std::max<std::size_t>(text.size() / 24, 1)) {
      std::string other = text;
      other[at] = other[at] == '0' ? '1' : '0';
      set("digit " + std::to_string(at), place, other);
    }
    set("longer", place, text + "00");
    if (!text.empty()) set("shorter", place, text.substr(0, text.size() - 1));
    if (text.size() > 1) set("shorter by two", place, text.substr(0, text.size() - 2));
    set("emptied", place, "");
    std::string upper = text;
    for (auto& c : upper) c = static_cast<char>(c >= 'a' && c <= 'z' ? c - 32 : c);
    set("upper case", place, upper);
    set("as a number", place, 0);
    set("as a list", place, Json::array({text}));
  }
  void change_number(const Pointer& place, std::uint64_t number) {
    set("one more", place, number + 1);
    if (number != 0) set("one less", place, number - 1);
    set("beyond", place, std::uint64_t{1} << 53);
    set("negative", place, -1);
    set("as a text", place, std::to_string(number));
    set("as a fraction", place, static_cast<double>(number) + 0.5);
    set("as null", place, nullptr);
  }
  void change_null(const Pointer& place) {
    set("as an object", place, Json::object());
    set("as a number", place, 0);
    set("as a text", place, "");
    set("as false", place, false);
  }
  void change_object(const Pointer& place, const Json& value) {
    add("unknown field", place, [&](Json& changed) { changed[place]["more"] = 1; });
    for (const auto& [key, child] : value.items()) {
      add("without " + key, place, [&](Json& changed) { changed[place].erase(key); });
      for (const auto& [other, neighbour] : value.items()) {
        if (key >= other || neighbour == child) continue;
        add("swapped " + key + " and " + other, place,
            [&](Json& changed) { std::swap(changed[place][key], changed[place][other]); });
      }
    }
    set("as a list", place, Json::array({value}));
    if (!place.empty() && place.back() != "head") set("as null", place, nullptr);
  }
  void change_array(const Pointer& place, const Json& value) {
    for (std::size_t i = 0; i < value.size(); ++i) {
      add("without " + std::to_string(i), place, [&](Json& changed) { changed[place].erase(i); });
      add("doubled " + std::to_string(i), place, [&](Json& changed) {
        auto& list = changed[place];
        list.insert(list.begin() + static_cast<std::ptrdiff_t>(i), value[i]);
      });
      if (i + 1 < value.size()) {
        add("swapped " + std::to_string(i), place,
            [&](Json& changed) { std::swap(changed[place][i], changed[place][i + 1]); });
      }
    }
    add("one more", place, [&](Json& changed) { changed[place].push_back(std::string(64, '0')); });
    set("as an object", place, Json::object());
  }

  const Json& bundle_;
};

}  // namespace

std::vector<Mutation> mutations(const nlohmann::ordered_json& bundle) {
  Mutator mutator(bundle);
  mutator.visit(Pointer());
  return std::move(mutator.made);
}

}  // namespace jingchu::ledger::test
