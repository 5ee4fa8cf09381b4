#include "sim/payloads.h"

namespace jingchu::sim {
namespace {

std::string member_json(const KeyRing& keys, std::size_t client, const std::string& roles) {
  return R"({"key":")" + to_string(keys.client(client).key) + R"(","name":"client )" +
         std::to_string(client) + R"(","roles":[)" + roles + "]}";
}

// Few ids, so that many a deposit finds its own taken.
std::string deposit(Random& random) {
  const std::string content = std::to_string(random.below(1'000'000));
  std::string json = R"({"sha256":")" + to_hex(sha256(as_bytes(content))) + R"(","sm3":")" +
                     to_hex(sha256(as_bytes("sm3 " + content))) + R"(","mediaType":"text/plain","size":)" +
                     std::to_string(content.size()) + R"(,"subject":")" + std::string(64, 'a') + "\"";
  if (random.chance(1, 3)) json += R"(,"evidenceId":"E-)" + std::to_string(random.below(40)) + "\"";
  return json + "}";
}

std::string capture(Random& random) {
  const std::string number = std::to_string(random.below(30));
  const char* action = random.coin() ? "ADD" : "OBSERVE";
  return R"({"@context":["https://ref.gs1.org/standards/epcis/epcis-context.jsonld"],"type":"EPCISDocument",)"
         R"("schemaVersion":"2.0","creationDate":"2026-05-10T07:00:00+08:00","epcisBody":{"eventList":[{)"
         R"("type":"ObjectEvent","eventID":"urn:uuid:)" +
         std::to_string(random.below(100'000)) +
         R"(","eventTime":"2026-05-10T05:30:00+08:00","eventTimeZoneOffset":"+08:00","action":")" + action +
         R"(","epcList":["urn:epc:id:sgtin:9520123.045678.A)" + number + R"("]}]}})";
}

ledger::Call member_change(Random& random, const KeyRing& keys) {
  const std::size_t client = 1 + random.below(kClients - 1);
  const std::string key = R"({"key":")" + to_string(keys.client(client).key) + "\"}";
  switch (random.below(4)) {
    case 0:
      return {"identity", "add-member", to_bytes(member_json(keys, client, R"("submitter")"))};
    case 1:
      return {"identity", "deactivate-member", to_bytes(key)};
    default:
      return {"identity", "activate-member", to_bytes(key)};
  }
}

ledger::Call some_call(Random& random, const KeyRing& keys, std::size_t client) {
  if (client == 0 && random.coin()) return member_change(random, keys);
  if (random.chance(1, 20)) return member_change(random, keys);  // of no admin: refused in execution
  if (random.chance(1, 3)) return {"provenance", "capture", to_bytes(capture(random))};
  return {"evidence", "deposit", to_bytes(deposit(random))};
}

}  // namespace

std::string identity_genesis(const KeyRing& keys, std::size_t nodes) {
  std::string members;
  for (std::size_t client = 0; client < kMembersAtGenesis; ++client) {
    members += (client == 0 ? "" : ",") +
               member_json(keys, client, client == 0 ? R"("admin","submitter")" : R"("submitter")");
  }
  std::string json = R"({"organizations":[{"id":"hubei-aquatic","name":"one","members":[)" + members + "]}";
  for (std::size_t i = 0; i < nodes; ++i) {
    const NodeIndex node(static_cast<std::uint16_t>(i));
    json += R"(,{"id":")" + keys.validator(node, 0).name + R"(","name":"operator","members":[)" +
            member_json(keys, operator_of(node), R"("admin")") + "]}";
  }
  return json + "]}";
}

void fill_calls(Random& random, const KeyRing& keys, std::size_t client, ledger::Transaction& transaction) {
  const std::uint64_t count = random.chance(1, 5) ? random.between(2, 4) : 1;
  for (std::uint64_t i = 0; i < count; ++i) transaction.calls.push_back(some_call(random, keys, client));
  transaction.on_error = random.coin() ? ledger::OnError::kRollback : ledger::OnError::kProceed;
}

}  // namespace jingchu::sim
