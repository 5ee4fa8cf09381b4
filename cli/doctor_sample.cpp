#include "cli/doctor_asking.h"

namespace jingchu::cli::doctor {
namespace {

using nlohmann::json;

constexpr std::size_t kTextMax = 400;
constexpr std::size_t kListMax = 1'000;

const json& member(const json& object, const char* name) {
  static const json none;
  if (!object.is_object()) return none;
  const auto found = object.find(name);
  return found == object.end() ? none : *found;
}

// One line, without anything that moves a cursor.
std::string line_of(const json& value) {
  if (!value.is_string()) return {};
  std::string text = value.get<std::string>().substr(0, kTextMax);
  for (char& c : text) {
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) c = '?';
  }
  return text;
}

std::string text(const json& object, const char* name) {
  return line_of(member(object, name));
}

std::uint64_t number(const json& object, const char* name) {
  const json& value = member(object, name);
  return value.is_number_unsigned() ? value.get<std::uint64_t>() : 0;
}

std::optional<std::uint64_t> known_number(const json& object, const char* name) {
  const json& value = member(object, name);
  return value.is_number_unsigned() ? std::optional(value.get<std::uint64_t>()) : std::nullopt;
}

std::optional<std::int64_t> known_integer(const json& object, const char* name) {
  const json& value = member(object, name);
  // Nothing that is meant in earnest is beyond this, and the arithmetic with it cannot overflow.
  constexpr std::int64_t kMost = std::int64_t{1} << 53;
  if (!value.is_number_integer()) return std::nullopt;
  if (value.is_number_unsigned() && value.get<std::uint64_t>() > std::uint64_t{kMost}) return std::nullopt;
  const auto integer = value.get<std::int64_t>();
  return integer < -kMost ? std::nullopt : std::optional(integer);
}

bool truth(const json& object, const char* name) {
  const json& value = member(object, name);
  return value.is_boolean() && value.get<bool>();
}

std::optional<bool> known_truth(const json& object, const char* name) {
  const json& value = member(object, name);
  return value.is_boolean() ? std::optional(value.get<bool>()) : std::nullopt;
}

// The first of an array; empty for anything else.
std::vector<json> elements(const json& object, const char* name) {
  const json& list = member(object, name);
  if (!list.is_array()) return {};
  return {list.begin(), list.begin() + static_cast<std::ptrdiff_t>(std::min(list.size(), kListMax))};
}

std::vector<std::string> texts(const json& object, const char* name) {
  std::vector<std::string> all;
  for (const json& one : elements(object, name)) all.push_back(line_of(one));
  return all;
}

PeerFacts peer(const json& value) {
  PeerFacts facts;
  facts.name = text(value, "name");
  facts.connected = truth(value, "connected");
  facts.last_reason = text(value, "last_reason");
  facts.last_type = text(value, "last_type");
  facts.last_age_ms = known_number(value, "last_age_ms");
  const json& report = member(value, "report");
  if (report.is_object()) {
    facts.report = Report{number(report, "age_ms"), number(report, "height"), number(report, "final_height"),
                          number(report, "batches_lacking"), known_truth(report, "root_differs")};
  }
  return facts;
}

DiskFacts disk(const json& value) {
  return {text(value, "of"), number(value, "free_bytes"), number(value, "total_bytes"),
          number(value, "reserve_bytes"), number(value, "slow_syncs")};
}

}  // namespace

std::optional<Sample> read_sample(const json& status) {
  Sample sample;
  sample.chain_id = text(status, "chain_id");
  if (sample.chain_id.empty()) return std::nullopt;
  sample.name = text(status, "name");
  sample.role = text(status, "role");
  sample.version = text(status, "version");
  sample.epoch = number(status, "epoch");
  sample.height = number(status, "height");
  sample.final_height = number(status, "final_height");
  sample.view = number(status, "view");
  sample.validators = texts(status, "validators");
  sample.votes = truth(status, "votes");
  sample.caught_up = truth(status, "caught_up");
  sample.behind_horizon = truth(status, "behind_horizon");
  sample.stopped = text(status, "stopped");
  sample.failure = text(status, "failure");
  sample.abstains = text(status, "abstains");
  sample.problems = texts(status, "problems");
  for (const json& views : elements(status, "nullified_by_leader"))
    sample.nullified_by_leader.push_back(views.is_number_unsigned() ? views.get<std::uint64_t>() : 0);
  for (const json& one : elements(status, "peers")) sample.peers.push_back(peer(one));
  for (const json& one : elements(status, "refusals"))
    sample.refusals[text(one, "reason")] = number(one, "count");
  const json& mempool = member(status, "mempool");
  sample.mempool_transactions = number(mempool, "transactions");
  sample.mempool_transactions_max = number(mempool, "transactions_max");
  sample.mempool_bytes = number(mempool, "bytes");
  sample.mempool_bytes_max = number(mempool, "bytes_max");
  for (const json& one : elements(status, "disks")) sample.disks.push_back(disk(one));
  sample.clock_offset_ms = known_integer(status, "clock_offset_ms");
  return sample;
}

}  // namespace jingchu::cli::doctor
