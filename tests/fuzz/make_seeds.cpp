// Writes the first inputs of every fuzz target into folders of their own: make_seeds DIRECTORY. What mutation
// alone would not find: well-formed encodings, transactions, records of the samples, groups and files.
#include <filesystem>
#include <fstream>
#include <iostream>
#include <nlohmann/json.hpp>

#include "common/codec.h"
#include "consensus/durable.h"
#include "consensus/misbehaviour.h"
#include "ledger/genesis.h"
#include "ledger/transaction_json.h"
#include "node/key_file.h"
#include "node/message_reader.h"
#include "tests/consensus/support.h"
#include "tests/contracts/support/files.h"
#include "tests/fuzz/http_backend.h"
#include "tests/fuzz/input.h"
#include "tests/ledger/fixture.h"
#include "tests/node/snapshot_support.h"
#include "tests/support/faulty_file_system.h"

namespace jingchu::fuzz {
namespace {

namespace fs = std::filesystem;
const fs::path kData = std::string(JINGCHU_TESTS) + "/data";

class Seeds {
 public:
  explicit Seeds(fs::path directory) : directory_(std::move(directory)) {}

  void add(const std::string& target, ByteView bytes) {
    fs::create_directories(directory_ / target);
    const std::string name = to_hex(sha256(bytes)).substr(0, 40);
    std::ofstream(directory_ / target / name, std::ios::binary) << as_text(bytes);
    ++count_;
  }
  void add(const std::string& target, std::string_view text) { add(target, as_bytes(text)); }
  // Behind bytes of the target's own.
  void add(const std::string& target, Bytes head, ByteView bytes) {
    head.insert(head.end(), bytes.begin(), bytes.end());
    add(target, head);
  }
  int count() const { return count_; }

 private:
  fs::path directory_;
  int count_ = 0;
};

// The letters are those of contract_fuzz.cpp's table.
std::string call_text(char letter, std::string_view payload) {
  return std::string(1, letter) + "0" + std::string(payload) + static_cast<char>(kEndOfText);
}

void add_codec(Seeds& seeds) {
  using namespace consensus;
  const consensus::testing::Fixture given(4);
  const Header header = given.header(1, given.genesis);
  const Hash hash = block_hash(given.chain_id, header);
  LaneStatus status;
  status.watermarks = Cut(4);
  const Certificate certificate = given.certificate(VoteKind::kNotarize, 1, 1, hash);
  const Vote vote = given.vote(VoteKind::kNotarize, 1, 1, hash, 1);
  const Message messages[] = {given.proposal(header, {certificate}),
                              vote,
                              certificate,
                              status,
                              given.batch(1, 1, kZeroHash, "transaction", 3),
                              FetchCertificates{View(1), View(2)},
                              FetchProposal{View(1), hash},
                              FetchBatches{NodeIndex(2), Sequence(1), Sequence(2), hash},
                              FetchChain{Height(3)},
                              Chain{{header}, certificate},
                              Unavailable{FetchKind::kChain, 3, {}}};
  std::uint8_t type = 3;  // where messages begin in codec_fuzz.cpp's table
  for (const Message& message : messages) {
    const Bytes bytes = encode_message(message);
    seeds.add("codec", {type++}, bytes);
    const auto size = static_cast<std::uint16_t>(bytes.size());
    seeds.add("message",
              {1, 0, message_kind(message), 2, static_cast<std::uint8_t>(size),
               static_cast<std::uint8_t>(size >> 8)},
              bytes);
    seeds.add("frame",
              {2, 255, 1, 3, static_cast<std::uint8_t>(size), static_cast<std::uint8_t>(size >> 8), 0, 0,
               message_kind(message)},
              bytes);
  }
  seeds.add("codec", {2}, encode(header));
  seeds.add("codec", {14}, encode(given.validators));
  seeds.add("codec", {15}, encode(given.parameters));
  for (const Record& record : {Record(given.key_record(1)), Record(VoteRecord{vote, certificate}),
                               Record(ProposalRecord{given.proposal(header), {}}),
                               Record(BatchRecord{given.batch(1, 1, kZeroHash, "transaction", 3)})}) {
    seeds.add("codec", {20}, encode_record(record));
  }
  const Bytes evidence = encode(evidence_of(EvidenceKind::kTwoNotarizes, vote,
                                            given.vote(VoteKind::kNotarize, 1, 1, given.chain_id, 1)));
  seeds.add("codec", {21}, evidence);
  seeds.add("message", {1, 0, node::kEvidenceKind, 2, static_cast<std::uint8_t>(evidence.size()), 0},
            evidence);
  // Commands of message_fuzz.cpp: proposals with their votes and certificates, syncs, executions, restarts.
  seeds.add("message",
            Bytes{1, 2, 50, 1, 9, 0, 0, 0, 0, 9, 0, 0, 1, 0, 9, 0, 0, 2, 0, 1, 4, 4, 8, 0, 8, 1, 1});
  seeds.add("message",
            Bytes{2, 13, 0, 0,  0, 0, 0, 10, 0, 0, 0, 0,  0, 15, 0, 0, 1,  11, 0, 0, 0, 0, 0, 12, 0, 0, 0,
                  0, 0,  1, 12, 0, 0, 2, 0,  0, 1, 4, 14, 0, 0,  0, 0, 15, 0,  0, 0, 0, 5, 0, 8,  0, 3, 200});
}

void add_transactions(Seeds& seeds) {
  const auto genesis = ledger::test::small_genesis();
  auto transaction =
      ledger::test::transaction(genesis, {ledger::test::call("deposit", R"({"id":"a"})", "evidence"),
                                          ledger::test::call("put", "k=v")})
          ->transaction;
  transaction.chain_id = {};
  for (const Algorithm algorithm : {Algorithm::kEd25519, Algorithm::kSm2}) {
    ledger::sign(transaction, ledger::test::fixed_key(1, algorithm));
    const Bytes bytes = ledger::encode_transaction(transaction);
    seeds.add("codec", {16}, bytes);
    seeds.add("transaction", ledger::transaction_to_json(transaction));
    seeds.add("transaction",
              {9, static_cast<std::uint8_t>(bytes.size()), static_cast<std::uint8_t>(bytes.size() >> 8)},
              bytes);
  }
  ledger::Receipt receipt;
  receipt.code = "ok";
  receipt.events = {{"deposited", "{}"}};
  seeds.add("codec", {17}, encode(receipt));
}

void add_records(Seeds& seeds) {
  for (const auto& file : contracts::files_in(kData / "crayfish", ".json")) {
    const std::string text = contracts::read_payload(file);
    seeds.add("epcis", text);
    seeds.add("json", text);
    seeds.add("contract", call_text('e', text) + call_text('r', "epc=urn:epc:id:sscc:9520123.1000000517"));
  }
  std::string lot;
  for (const auto& file : contracts::files_in(kData / "agriculture", ".json")) {
    const bool registers = file.filename().string().find("register-lot") != std::string::npos;
    const std::string text = contracts::read_payload(file);
    seeds.add("json", text);
    lot += call_text(registers ? 'i' : 'j', text);
    seeds.add("contract", lot);
  }
  lot += call_text('z', "lot=QJ-XIA-2026-0017") + call_text('y', "lot=QJ-XIA-2026-0017&limit=3&after=1");
  seeds.add("contract", lot);
  const std::string deposit = contracts::read_payload(kData / "evidence/deposit.json");
  seeds.add("contract", call_text('g', deposit) + call_text('w', "id=HBSC-2026-0501-contract"));
  const std::string key = to_string(ledger::test::fixed_key(3).public_key());
  seeds.add("contract", call_text('a', R"({"key":")" + key + R"(","name":"two","roles":["submitter"]})") +
                            call_text('b', R"({"key":")" + key + "\"}") +
                            call_text('c', R"({"key":")" + key + "\"}") + call_text('l', "limit=1") +
                            call_text('m', "organization=hubei-aquatic") + call_text('n', "key=" + key));
}

// A change that is proposed, accepted, attested by a quorum and taken, then one that is cancelled.
void add_governance(Seeds& seeds) {
  const std::string key = to_string(ledger::test::fixed_key(3).public_key());
  const std::string transport = to_string(ledger::test::fixed_key(4).public_key());
  const std::string propose = call_text(
      '|', R"({"changes":[{"add":{"name":"e","division":"","operator_id":"other","consensus_key":")" + key +
               R"(","transport_key":")" + transport +
               R"(","address":"10.0.0.9:7000"}},{"replace":{"name":"validator-3","address":"[::1]:1"}}],)" +
               R"("note":"one more","valid_for":1000})");
  const auto vote = [](int proposal) {
    return call_text('}', R"({"proposal":)" + std::to_string(proposal) + R"(,"vote":"yes"})");
  };
  std::string text = propose + vote(1);
  seeds.add("contract", text);
  for (const char number : {'\0', '\1', '\2', '\3'})
    text += std::string("\x84") + number + static_cast<char>(kEndOfText);
  text += call_text('\x85', {});
  seeds.add("contract",
            text + call_text('\x80', {}) + call_text('\x81', "limit=1") + call_text('\x82', "id=1"));
  text += call_text('|', R"({"changes":[{"remove":"e"}]})") + vote(2) + call_text('|', R"({"cancel":true})") +
          vote(3);
  seeds.add("contract", text + call_text('\x85', {}) + call_text('\x80', {}));
}

void add_http(Seeds& seeds) {
  node::Metrics metrics;
  const HttpBackend backend(metrics);
  const std::string body = ledger::transaction_to_json(backend.sample());
  const std::string id = to_hex(ledger::transaction_id(backend.sample()));
  const std::string tail = " HTTP/1.1\r\nHost: a\r\n\r\n";
  for (const std::string& target :
       {std::string("/"), std::string("/openapi.json"), std::string("/healthz"), std::string("/readyz"),
        std::string("/metrics"), std::string("/v1/status"), std::string("/v1/genesis"),
        "/v1/transactions/" + id, std::string("/v1/blocks/latest"), std::string("/v1/blocks/1"),
        "/v1/proofs/" + id, std::string("/v1/evidence/contract-1?x=%41+b"),
        std::string("/v1/identity/organizations?limit=1")}) {
    seeds.add("http", "\x08GET " + target + tail);
  }
  seeds.add("http", "\x08HEAD /v1/status" + tail);
  seeds.add("http", "\x08OPTIONS /v1/transactions" + tail);
  seeds.add("http",
            "\xffPOST /v1/transactions?wait=final&timeout_ms=5 HTTP/1.1\r\nHost: a\r\nContent-Type: "
            "application/json\r\nContent-Length: " +
                std::to_string(body.size()) + "\r\n\r\n" + body);
  seeds.add("http",
            std::string_view("\x03POST /v1/transactions HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: "
                             "chunked\r\nExpect: 100-continue\r\n\r\n2;x=y\r\n{}\r\n0\r\nA: b\r\n\r\n"));
}

void add_files(Seeds& seeds) {
  // Commands of log_fuzz.cpp and leveldb_fuzz.cpp.
  seeds.add("log", Bytes{7, 0, 1, 1, 2, 5, 1, 2, 3, 9, 4, 1, 2, 3, 4, 5, 0, 3});
  seeds.add("log", Bytes{7, 0, 1, 1, 2, 5, 1, 2, 0, 1, 1, 2, 4, 1, 2, 0, 6, 3});
  seeds.add("log", Bytes{7, 0, 1, 1, 2, 5, 1, 2, 7, 9, 0, 0, 4, 2, 1, 1, 1, 0});
  seeds.add("leveldb", Bytes{1, 6, 2, 3, 3, 5,  4, 1, 0, 0, 1, 12, 1, 0, 0, 0, 0, 0, 0, 0,
                             2, 0, 0, 0, 1, 12, 3, 0, 0, 0, 0, 0,  0, 0, 0, 0, 0, 0, 0});
  seeds.add("leveldb", Bytes{1, 8, 2, 3, 3, 5, 4, 1, 7, 0, 1, 5, 9, 9, 9, 9, 9, 0, 3});
  const std::string genesis = ledger::write_genesis(ledger::test::small_genesis());
  seeds.add("genesis", genesis);
  seeds.add("json", genesis);
  node::Metrics metrics;
  seeds.add("genesis", HttpBackend(metrics).genesis_file());
  seeds.add(
      "config",
      std::string_view(
          "[node]\nconsensus_key = \"\"\ndata = \"/var/lib/jingchu\"\n[peers]\nlisten = "
          "\"[::]:7000\"\n[api]\n"
          "listen = \"0.0.0.0:8443\"\ncertificate = \"a.pem\"\nkey = \"b.pem\"\nwait_ms_max = 500\n[limits]\n"
          "mempool_sender_share_percent = 10\nlog_segment_bytes = 0x100000\n[log]\nlevel = 'debug'\nfile = "
          "\"\"\"x\"\"\"\n"));
  for (const auto protection : {node::KeyProtection::kPlain, node::KeyProtection::kInteractive}) {
    test::FaultyFileSystem files;
    const auto key = ledger::test::fixed_key(1);
    CHECK(node::write_key_file(files, "/key", key, protection, "fuzz").ok());
    seeds.add("key_file", files.content("/key"));
  }
}

void add_texts(Seeds& seeds) {
  for (const std::string_view text :
       {"/v1/x%20y?a=1&b=%2f+c", "http://a/b?c", "https://[::1]:8443/", "http://host:80", "[::]:7000",
        "localhost:1", "urn:epc:id:sgtin:9521141.001234.2017", "https://id.gs1.org/01/09521141012345/21/2017",
        "urn:epc:class:lgtin:9520123.045670.QJ260510",
        "https://shop.example/01/09521141012345/22/2A/10/abc/21/2017?x=1", "urn:epc:id:sgln:9521141.00001.0",
        "https://id.gs1.org/00/195201230000005177", "2026-05-01T08:30:00.5+08:00", "2016-12-31T23:59:60Z",
        "-14:00", "2024-02-29", "00ffAB", "\xe8\x8d\x86\xe6\xa5\x9a \" \\ \x01"}) {
    seeds.add("text", text);
  }
  seeds.add("text", to_string(ledger::test::fixed_key(1).public_key()));
  seeds.add("text", to_string(ledger::test::fixed_key(1, Algorithm::kSm2).public_key()));
  for (const std::string_view text :
       {"{\"a\":[1,-2.5e+3,true,null,\"\\u00e9\\ud83d\\ude00\\n\"],\"b\":{}}", "[[[[[[[[]]]]]]]]", "1e999",
        "\"\xe8\x8d\x86\"", "{\"a\":1,\"a\":2}", " [ 0 , -0 ] "}) {
    seeds.add("json", text);
  }
}

void add_proofs(Seeds& seeds) {
  for (const auto& file : contracts::files_in(std::string(JINGCHU_TESTS) + "/vectors/proofs", ".json")) {
    const auto name = file.filename().string();
    // One anchor's and the attacks': the others differ from them in nothing that the fuzzer would not find.
    if (name.starts_with("valid-8-0-") || (name.starts_with("refused-") && name.size() % 4 == 0)) {
      seeds.add("proof", contracts::read_text(file));
    }
  }
}

void add_signatures(Seeds& seeds) {
  const std::string path = std::string(JINGCHU_TESTS) + "/vectors/ed25519_edge.json";
  for (const auto& edge : nlohmann::json::parse(contracts::read_text(path))) {
    Bytes head{0};
    for (const char* const part : {"key", "signature"}) {
      const auto bytes = from_hex(edge[part].get<std::string>());
      head.insert(head.end(), bytes->begin(), bytes->end());
    }
    seeds.add("ed25519", head, *from_hex(edge["message"].get<std::string>()));
  }
  for (std::uint8_t small = 0; small < 64; small += 7) {
    seeds.add("ed25519", Bytes{1, small, 1, 2, 3, 4, 5, 6, 7, 8, 0}, as_bytes("message"));
    seeds.add("ed25519", Bytes{1, small, 1, 2, 3, 4, 5, 6, 7, 8, 1, small, 2}, as_bytes("message"));
  }
}

// The honest ones of snapshot_fuzz.cpp, and some changes of them.
void add_snapshots(Seeds& seeds) {
  node::test::SnapshotChain made;
  made.run_next();
  node::test::GovernedChain chain(node::test::genesis_of_snapshots());
  chain.run({chain.deposit("one")});
  chain.run_through(Epoch());
  const auto state = node::test::cut(chain.store, 4'000);
  chain.run();
  const auto snapshot = ledger::prove_snapshot(chain.store, chain.genesis, state.contents).value().value();
  seeds.add("snapshot", {0}, ledger::encode_snapshot(snapshot));
  seeds.add("snapshot", Bytes{1, 0, 0, 1});
  seeds.add("snapshot", Bytes{1, 60, 1, 9, 7, 0, 0});
  for (const auto& chunk : state.chunks) seeds.add("snapshot", {2}, chunk);
  seeds.add("snapshot", {2}, made.state.chunks.back());  // with a batch
  const std::string key = "sevidence/head/x";
  Bytes entries{3, static_cast<std::uint8_t>(key.size())};
  entries.insert(entries.end(), key.begin(), key.end());
  entries.insert(entries.end(), {2, 0, 1, 2});
  seeds.add("snapshot", entries);
}

}  // namespace
}  // namespace jingchu::fuzz

int main(int argc, char** argv) {
  using namespace jingchu::fuzz;
  if (argc != 2) {
    std::cerr << "usage: make_seeds DIRECTORY\n";
    return 2;
  }
  Seeds seeds(argv[1]);
  add_codec(seeds);
  add_transactions(seeds);
  add_records(seeds);
  add_governance(seeds);
  add_http(seeds);
  add_files(seeds);
  add_texts(seeds);
  add_proofs(seeds);
  add_signatures(seeds);
  add_snapshots(seeds);
  std::cout << seeds.count() << " inputs\n";
  return 0;
}
