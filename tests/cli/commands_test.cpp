// The commands that talk to a node, against one that only seems to be one.
#include "cli/evidence_file.h"
#include "cli/exit_status.h"
#include "tests/cli/fake_node.h"
#include "tests/cli/fixture.h"

#include <doctest/doctest.h>

namespace jingchu::cli {
namespace {

struct Network {
  Directory directory;
  std::string net = directory.path("net");
  std::string key = net + "/clients/wuhan-court-submitter.json";
  std::unique_ptr<FakeNode> node;

  Network() {
    const Ran made =
        run_command({"network", "init", "--validators", "a,b,c,d", "--dir", net, "--plain-keys"});
    CHECK_EQ(made.status, kOk);
    node = std::make_unique<FakeNode>(read_file(net + "/genesis.json"));
  }
  Ran run(std::vector<std::string> arguments) const {
    arguments.insert(arguments.end(), {"--node", node->url()});
    return run_command(std::move(arguments));
  }
  Ran submit(std::vector<std::string> more) const {
    std::vector<std::string> arguments = {"submit", "evidence", "deposit", "--key", key};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return run(arguments);
  }
};

TEST_CASE("submit signs what the file holds and says what became of it") {
  const Network network;
  const std::string file = network.directory.write("a.json", "{\"n\": 1.50}\n");
  const Ran ran = network.submit({"--file", file, "--wait"});
  REQUIRE_EQ(ran.status, kOk);
  const auto submitted = network.node->submitted();
  REQUIRE_EQ(submitted.size(), 1u);
  const auto& transaction = submitted.front();
  CHECK(ran.out.starts_with(to_hex(ledger::transaction_id(transaction)) + "\nfinal at height 42\n"));
  CHECK(ran.out.find("evidence/deposit  ok") != std::string::npos);
  CHECK_EQ(to_string(transaction.calls.at(0).payload), "{\"n\": 1.50}\n");
  CHECK_EQ(transaction.valid_until, Height(41 + 900));
  CHECK((transaction.on_error == ledger::OnError::kRollback));
}

TEST_CASE("several payloads make a bundle; --json is an answer, or a payload, or both") {
  const Network network;
  const std::string file = network.directory.write("a.json", "{}");
  const Ran bundle = network.submit({"--file", file, "--file", file, "--json", "[1]", "--on-error", "proceed",
                                     "--valid-for", "10", "--wait", "--json"});
  REQUIRE_EQ(bundle.status, kOk);
  CHECK_EQ(bundle.json().at("status"), "final");
  CHECK_EQ(bundle.json().at("receipts").size(), 3u);
  const auto transaction = network.node->submitted().at(0);
  CHECK_EQ(transaction.calls.size(), 3u);
  CHECK_EQ(to_string(transaction.calls.at(2).payload), "[1]");
  CHECK((transaction.on_error == ledger::OnError::kProceed));
  CHECK_EQ(transaction.valid_until, Height(51));
  const Ran text = network.submit({"--json", "{\"a\":1}"});
  CHECK_EQ(text.status, kOk);
  CHECK(text.out.size() == 65);
  CHECK(text.error.find("not yet durable") != std::string::npos);
  CHECK_EQ(network.submit({"--json"}).status, kUsage);
}

TEST_CASE("a byte-order mark is left out with a note; JSON that the chain would refuse is not sent") {
  const Network network;
  const std::string marked = network.directory.write("bom.json", "\xEF\xBB\xBF{}");
  const Ran ran = network.submit({"--file", marked, "--wait"});
  CHECK_EQ(ran.status, kOk);
  CHECK(ran.error.find("byte-order mark") != std::string::npos);
  CHECK_EQ(to_string(network.node->submitted().at(0).calls.at(0).payload), "{}");
  const Ran duplicate = network.submit({"--json", "{\"a\":1,\"a\":2}"});
  CHECK_EQ(duplicate.status, kRefused);
  CHECK(duplicate.error.find("malformed-json") != std::string::npos);
  CHECK_EQ(network.node->submitted().size(), 1u);
}

TEST_CASE("a refused call is status 1, a busy node is waited for, pending is asked again") {
  const Network network;
  network.node->busy = 2;
  network.node->pending = 1;
  CHECK_EQ(network.submit({"--json", "{}", "--wait"}).status, kOk);
  const auto sent = network.node->submitted();
  REQUIRE_EQ(sent.size(), 2u);
  CHECK((sent[0] == sent[1]));
  network.node->refuses = true;
  const Ran refused = network.submit({"--json", "{}", "--wait"});
  CHECK_EQ(refused.status, kRefused);
  CHECK(refused.out.find("duplicate-evidence at /evidenceId: it exists already") != std::string::npos);
}

TEST_CASE("a time that runs out is status 4 and never called a failure") {
  const Network network;
  network.node->never_final = true;
  const Ran ran = network.submit({"--json", "{}", "--wait", "--timeout", "1"});
  CHECK_EQ(ran.status, kUnknownOutcome);
  CHECK(ran.error.find("not known yet") != std::string::npos);
  CHECK(ran.error.find("jingchu transaction ") != std::string::npos);
}

TEST_CASE("a genesis that is not the node's is refused before anything is sent") {
  const Network network;
  const std::string other = network.directory.write("other.json", "{}");
  const Ran ran = network.submit({"--json", "{}", "--genesis", other});
  CHECK_EQ(ran.status, kRefused);
  CHECK(ran.error.find("wrong-network") != std::string::npos);
  CHECK(network.node->submitted().empty());
  CHECK_EQ(network.submit({"--json", "{}", "--genesis", network.net + "/genesis.json"}).status, kOk);
  CHECK_EQ(network.submit({"--json", "{}", "--valid-for", "1001"}).status, kUsage);
}

TEST_CASE("deposit takes the file's hashes and commits to the subject") {
  const Network network;
  const std::string file = network.directory.write("call.WAV", "abc");
  const Ran ran = network.run({"deposit", file, "--key", network.key, "--subject", "ID 420101", "--matter",
                               "(2026) 1", "--wait", "--json"});
  REQUIRE_EQ(ran.status, kOk);
  const auto call = network.node->submitted().at(0).calls.at(0);
  CHECK_EQ(call.contract + "/" + call.method, "evidence/deposit");
  const auto payload = nlohmann::json::parse(to_string(call.payload));
  CHECK_EQ(payload.at("sha256"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  CHECK_EQ(payload.at("sm3"), "66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0");
  CHECK_EQ(payload.at("size"), 3);
  CHECK_EQ(payload.at("mediaType"), "audio/wav");
  CHECK_EQ(payload.at("fileName"), "call.WAV");
  CHECK_EQ(payload.at("matter"), "(2026) 1");
  const auto salt = array_from_hex<32>(ran.json().at("subject").at("salt").get<std::string>());
  REQUIRE(salt.has_value());
  CHECK_EQ(payload.at("subject"), to_hex(commit_to_subject(*salt, "ID 420101")));
  CHECK_EQ(network.run({"deposit", network.directory.path("none"), "--key", network.key}).status, kLocal);
}

TEST_CASE("transaction, status and query") {
  const Network network;
  const Ran unknown = network.run({"transaction", std::string(64, 'a')});
  CHECK_EQ(unknown.status, kUnknownOutcome);
  CHECK(unknown.error.find("sending the same bytes again is safe") != std::string::npos);
  const Ran status = network.run({"status"});
  CHECK_EQ(status.status, kOk);
  CHECK(status.out.find("fake") != std::string::npos);
  const Ran missing = network.run({"query", "evidence/nothing"});
  CHECK_EQ(missing.status, kRefused);
  CHECK(missing.error.find("look elsewhere") != std::string::npos);
  FakeNode fork(read_file(network.net + "/genesis.json"));
  fork.root = "bb";
  const Ran forked = network.run({"status", "--json", "--node", fork.url()});
  CHECK_EQ(forked.status, kRefused);
  CHECK_EQ(forked.json().at("problems").size(), 1u);
  CHECK_EQ(network.run({"status", "--node", "http://127.0.0.1:9"}).status, kUnreachable);
}

TEST_CASE("bench counts only what is final and ok") {
  const Network network;
  const std::vector<std::string> bench = {"bench",
                                          "--nodes",
                                          network.node->url(),
                                          "--keys",
                                          network.net + "/clients",
                                          "--seconds",
                                          "1",
                                          "--outstanding",
                                          "4",
                                          "--bundle",
                                          "3",
                                          "--rate",
                                          "20",
                                          "--json"};
  network.node->busy = 3;
  const Ran ran = run_command(bench);
  REQUIRE_EQ(ran.status, kOk);
  CHECK_EQ(ran.json().at("transactions"), 20);
  CHECK_EQ(ran.json().at("records"), 60);
  CHECK_EQ(ran.json().at("signers"), 6);
  CHECK_EQ(ran.json().at("retries").at("mempool-full"), 3);
  const auto sent = network.node->submitted();
  REQUIRE_EQ(sent.size(), 20u);
  CHECK((sent[0].calls[0].payload != sent[0].calls[1].payload));
  CHECK((sent[0].sender != sent[1].sender));
  network.node->refuses = true;
  const Ran refused = run_command(bench);
  CHECK_EQ(refused.status, kRefused);
  CHECK_EQ(refused.json().at("transactions"), 0);
  CHECK_EQ(refused.json().at("errors").at("duplicate-evidence"), 20);
}

TEST_CASE("bench sends the same bytes to another node when one is lost") {
  const Network network;
  auto dying = std::make_unique<FakeNode>(read_file(network.net + "/genesis.json"));
  dying->never_final = true;
  const std::vector<std::string> bench = {"bench",  "--nodes",       dying->url() + "," + network.node->url(),
                                          "--keys", network.key,     "--seconds",
                                          "1",      "--outstanding", "2",
                                          "--json"};
  std::thread killer([&dying] {
    while (dying->submitted().empty()) std::this_thread::yield();
    dying.reset();
  });
  const Ran ran = run_command(bench);
  killer.join();
  CHECK_EQ(ran.status, kOk);
  CHECK(ran.json().at("errors").empty());
  CHECK_GE(ran.json().at("retries").size(), 1u);
}

TEST_CASE("bench adds signers by an admin's key") {
  const Network network;
  const Ran ran = run_command({"bench", "--nodes", network.node->url(), "--keys", network.net + "/clients",
                               "--seconds", "1", "--rate", "1", "--signers", "10", "--json"});
  REQUIRE_EQ(ran.status, kOk);
  CHECK_EQ(ran.json().at("signers"), 10);
  const auto added = network.node->submitted().at(0);
  CHECK_EQ(added.calls.size(), 4u);
  CHECK_EQ(added.calls.at(0).contract + "/" + added.calls.at(0).method, "identity/add-member");
  CHECK_EQ(
      run_command({"bench", "--nodes", network.node->url(), "--keys", network.key, "--signers", "2"}).status,
      kUsage);
}

}  // namespace
}  // namespace jingchu::cli
