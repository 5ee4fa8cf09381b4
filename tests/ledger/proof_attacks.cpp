#include "tests/ledger/proof_attacks.h"

#include <algorithm>

#include "common/codec.h"
#include "contracts/entity_history.h"

namespace jingchu::ledger::test {
namespace {

using Reason = ProofReason;
using Step = ProofStep;

class Attacker {
 public:
  explicit Attacker(const ProofChain& chain) : chain_(chain) {}

  std::vector<Attack> all() {
    certificates();
    finality();
    sets();
    roots();
    records();
    transactions();
    states();
    names();
    histories();
    return std::move(made_);
  }

 private:
  template <class Change>
  void attack(const std::string& name, Step step, Reason reason, ProofBundle bundle, Change change) {
    change(bundle);
    made_.push_back({name, step, reason, std::move(bundle)});
  }
  template <class Change>
  void anchor(const std::string& name, Reason reason, Change change, std::uint64_t height = 22) {
    attack(name, Step::kFinality, reason, chain_.record(height, 3, 1),
           [&](ProofBundle& bundle) { change(bundle.anchor); });
  }
  template <class Change>
  void set(const std::string& name, Reason reason, Change change) {
    attack(name, Step::kSets, reason, chain_.record(22, 3, 1), change);
  }
  template <class Change>
  void record(const std::string& name, Step step, Reason reason, Change change) {
    attack(name, step, reason, chain_.record(22, 3, 1),
           [&](ProofBundle& bundle) { change(std::get<RecordClaim>(bundle.claim)); });
  }
  template <class Change>
  void entity(const std::string& name, Step step, Reason reason, const std::string& of, Change change) {
    attack(name, step, reason, chain_.entity(22, "evidence", of),
           [&](ProofBundle& bundle) { change(std::get<EntityClaim>(bundle.claim)); });
  }
  void certify(FinalHeader& proof) const { chain_.certify(proof, Epoch(5)); }

  void certificates() {
    anchor("below-quorum", Reason::kQuorum, [](FinalHeader& f) { f.finalization.signatures.pop_back(); });
    anchor("below-quorum-by-two", Reason::kQuorum,
           [](FinalHeader& f) { f.finalization.signatures.resize(2); });
    anchor("no-signatures", Reason::kQuorum, [](FinalHeader& f) { f.finalization.signatures.clear(); });
    anchor("all-signers", Reason::kQuorum, [&](FinalHeader& f) {
      chain_.certify(f, Epoch(5), {0, 1, 2, 3, 4});
    });
    anchor("quorum-of-three-of-four", Reason::kQuorum, [&](FinalHeader& f) {
      chain_.certify(f, Epoch(5), {0, 1, 2});
    });
    anchor("doubled-signer", Reason::kSigners, [&](FinalHeader& f) {
      chain_.certify(f, Epoch(5), {0, 1, 1, 2});
    });
    anchor("signers-not-ascending", Reason::kSigners, [&](FinalHeader& f) {
      chain_.certify(f, Epoch(5), {0, 2, 1, 3});
    });
    anchor("signer-no-member", Reason::kSigners, [&](FinalHeader& f) {
      chain_.certify(f, Epoch(5), {0, 1, 2, 5});
    });
    anchor("signer-far-beyond", Reason::kSigners,
           [](FinalHeader& f) { f.finalization.signatures.back().signer = NodeIndex(0xffff); });
    anchor("signature-of-another", Reason::kSignature, [](FinalHeader& f) {
      auto& list = f.finalization.signatures;
      std::swap(list[0].signature, list[1].signature);
    });
    anchor("last-signature-zero", Reason::kSignature,
           [](FinalHeader& f) { f.finalization.signatures.back().signature = {}; });
    anchor("first-signature-changed", Reason::kSignature,
           [](FinalHeader& f) { f.finalization.signatures.front().signature[40] ^= 1; });
    for (const auto kind : {consensus::VoteKind::kNotarize, consensus::VoteKind::kNullify}) {
      anchor("certificate-of-kind-" + std::to_string(static_cast<int>(kind)), Reason::kCertificateKind,
             [&](FinalHeader& f) { f.finalization.ballot.kind = kind; });
    }
    anchor("certificate-of-another-block", Reason::kCertificateBlock,
           [&](FinalHeader& f) { f.finalization = chain_.final(21).finalization; });
    anchor("certificate-of-another-view", Reason::kCertificateBlock,
           [](FinalHeader& f) { f.finalization.ballot.view = View(1); });
    anchor("certificate-of-another-height", Reason::kCertificateBlock,
           [](FinalHeader& f) { f.finalization.ballot.height = Height(1); });
    anchor("certificate-of-another-epoch", Reason::kCertificateBlock,
           [](FinalHeader& f) { f.finalization.epoch = Epoch(4); });
    anchor("certificate-of-another-hash", Reason::kCertificateBlock,
           [](FinalHeader& f) { f.finalization.ballot.hash[0] ^= 1; });
  }

  void finality() {
    anchor("header-not-signed", Reason::kCertificateBlock, [](FinalHeader& f) { f.header.time_ms += 1; });
    anchor("wrong-epoch", Reason::kEpoch, [&](FinalHeader& f) {
      f.header.epoch = Epoch(4);
      certify(f);
    });
    anchor("tail-of-the-epoch-before", Reason::kEpoch, [&](FinalHeader& f) {
      f.header.height = Height(20);
      certify(f);
    });
    anchor("height-zero", Reason::kHeight, [&](FinalHeader& f) {
      f.header.height = Height(0);
      certify(f);
    });
    anchor("protocol-version", Reason::kProtocolVersion, [&](FinalHeader& f) {
      f.header.protocol_version = 2;
      certify(f);
    });
    anchor("set-of-genesis", Reason::kOtherSet, [&](FinalHeader& f) { f = chain_.final(3); });
    anchor("set-before", Reason::kOtherSet, [&](FinalHeader& f) { f = chain_.final(12); });
    anchor("path-without-its-middle", Reason::kPathHeight, [&](FinalHeader& f) {
      f = chain_.final(21, 2);
      f.path.erase(f.path.begin());
    });
    anchor("path-over-the-border", Reason::kPathEpoch, [&](FinalHeader& f) { f = chain_.final(20, 1); });
    anchor("path-of-other-parents", Reason::kPathParent, [&](FinalHeader& f) {
      f.path = {chain_.header(23)};
      f.header.time_ms += 1;
      certify(f);
    });
    anchor("path-not-certified", Reason::kCertificateBlock,
           [&](FinalHeader& f) { f.path = {chain_.header(23)}; });
    anchor("path-without-its-end", Reason::kCertificateBlock, [&](FinalHeader& f) {
      f = chain_.final(21, 2);
      f.path.pop_back();
    });
    attack("older-than-its-set", Step::kFinality, Reason::kTooEarly, chain_.record(22, 3, 1),
           [&](ProofBundle& b) {
             b.anchor.header.height = Height(11);
             b.anchor.header.epoch = Epoch(2);
             certify(b.anchor);
           });
  }

  void sets() {
    set("without-the-changes", Reason::kOtherSet, [](ProofBundle& b) { b.sets.erase(b.sets.begin()); });
    set("changes-in-another-order", Reason::kOtherSet,
        [](ProofBundle& b) { std::swap(b.sets[0], b.sets[1]); });
    set("change-twice", Reason::kOtherSet, [](ProofBundle& b) { b.sets.insert(b.sets.begin(), b.sets[0]); });
    set("other-validator", Reason::kSetHash,
        [](ProofBundle& b) { b.sets[1].validators[0].name = "mallory"; });
    set("validators-moved", Reason::kSetHash,
        [](ProofBundle& b) { std::swap(b.sets[1].validators[0], b.sets[1].validators[1]); });
    set("own-key-for-a-validator", Reason::kSetHash,
        [](ProofBundle& b) { b.sets[0].validators[2].consensus_key = fixed_key(66).public_key(); });
    set("three-validators", Reason::kSetSize, [](ProofBundle& b) { b.sets[0].validators.resize(3); });
    set("too-many-validators", Reason::kSetSize,
        [](ProofBundle& b) { b.sets[0].validators.resize(101, b.sets[0].validators[0]); });
    set("one-name-twice", Reason::kSetNames,
        [](ProofBundle& b) { b.sets[0].validators[1].name = b.sets[0].validators[0].name; });
    set("one-key-twice", Reason::kSetKeys, [](ProofBundle& b) {
      b.sets[0].validators[1].consensus_key = b.sets[0].validators[0].consensus_key;
    });
    set("transport-key-as-consensus-key", Reason::kSetKeys, [](ProofBundle& b) {
      b.sets[0].validators[1].transport_key = b.sets[0].validators[0].consensus_key;
    });
    set("transport-key-twice", Reason::kSetKeys, [](ProofBundle& b) {
      b.sets[0].validators[1].transport_key = b.sets[0].validators[0].transport_key;
    });
    set("no-change", Reason::kSetSame, [&](ProofBundle& b) {
      b.sets[0] = {chain_.set(Epoch(0)), chain_.final(3)};
    });
    set("change-that-is-not-decided-yet", Reason::kSetHash,
        [&](ProofBundle& b) { b.sets[0].proof = chain_.final(3); });
    set("change-below-quorum", Reason::kQuorum,
        [](ProofBundle& b) { b.sets[1].proof.finalization.signatures.pop_back(); });
    set("change-by-the-new-set", Reason::kSignature, [&](ProofBundle& b) {
      chain_.certify(b.sets[0].proof, Epoch(2), {0, 1, 2});
    });
    // The set of epoch 2 signs once more for epoch 1, in which it did not count.
    set("change-older-than-its-set", Reason::kTooEarly, [&](ProofBundle& b) {
      auto& proof = b.sets[1].proof;
      proof.header.epoch = Epoch(1);
      proof.header.height = Height(8);
      chain_.certify(proof, Epoch(2));
    });
  }

  void roots() {
    const auto root = [&](const std::string& name, Hash ProofRoots::*member) {
      attack("root-of-" + name, Step::kRoots, Reason::kExecutedRoot, chain_.record(22, 3, 1),
             [&](ProofBundle& b) { (b.roots.*member)[7] ^= 0x80; });
    };
    root("entities", &ProofRoots::entities);
    root("checksum", &ProofRoots::checksum);
    root("receipts", &ProofRoots::receipts);
    root("history", &ProofRoots::history);
    attack("roots-of-another-height", Step::kRoots, Reason::kExecutedRoot, chain_.record(22, 3, 1),
           [&](ProofBundle& b) { b.roots = chain_.base(21).roots; });
    attack("other-chain", Step::kGenesis, Reason::kOtherChain, chain_.record(22, 3, 1),
           [](ProofBundle& b) { b.chain_id[31] ^= 1; });
  }

  void records() {
    const auto other = [&](std::uint64_t height, std::size_t receipt) {
      return std::get<RecordClaim>(chain_.record(22, height, receipt).claim);
    };
    record("block-after-the-anchor", Step::kHistory, Reason::kHistoryHeight,
           [&](RecordClaim& r) { r.block = chain_.header(22); });
    record("block-of-height-zero", Step::kHistory, Reason::kHistoryHeight,
           [](RecordClaim& r) { r.block.height = Height(0); });
    record("another-block", Step::kHistory, Reason::kHistoryPath,
           [&](RecordClaim& r) { r.block = chain_.header(4); });
    record("block-changed", Step::kHistory, Reason::kHistoryPath,
           [](RecordClaim& r) { r.block.time_ms -= 1; });
    record("receipts-of-another-block", Step::kHistory, Reason::kHistoryPath,
           [&](RecordClaim& r) { r.receipts_root = other(6, 1).receipts_root; });
    record("history-path-shorter", Step::kHistory, Reason::kHistoryPath,
           [](RecordClaim& r) { r.history_path.pop_back(); });
    record("history-path-swapped", Step::kHistory, Reason::kHistoryPath,
           [](RecordClaim& r) { std::swap(r.history_path[0], r.history_path[1]); });
    record("receipt-of-another-block", Step::kReceipt, Reason::kReceiptPath, [&](RecordClaim& r) {
      r.receipt = other(6, 1).receipt;
      r.receipt_path = other(6, 1).receipt_path;
    });
    record("receipt-that-says-ok", Step::kReceipt, Reason::kReceiptPath,
           [](RecordClaim& r) { r.receipt.code = "fine"; });
    record("receipt-of-another-call", Step::kReceipt, Reason::kReceiptPath,
           [&](RecordClaim& r) { r.receipt = other(3, 3).receipt; });
    record("receipt-at-another-place", Step::kReceipt, Reason::kReceiptPath,
           [](RecordClaim& r) { r.receipt_index = 2; });
    record("receipt-path-longer", Step::kReceipt, Reason::kReceiptPath,
           [](RecordClaim& r) { r.receipt_path.push_back({}); });
    record("receipt-beyond-the-count", Step::kReceipt, Reason::kReceiptPath,
           [](RecordClaim& r) { r.receipt_index = r.receipt_count; });
    record("receipts-none", Step::kReceipt, Reason::kReceiptPath, [](RecordClaim& r) {
      r.receipt_index = 0;
      r.receipt_count = 0;
    });
  }

  void transactions() {
    const auto other = [&](std::size_t receipt) {
      return std::get<RecordClaim>(chain_.record(22, 3, receipt).claim);
    };
    record("transaction-of-another-version", Step::kTransaction, Reason::kOtherTransactionVersion,
           [](RecordClaim& r) { r.transaction.version = 2; });
    record("transaction-of-another-chain", Step::kTransaction, Reason::kTransactionChain,
           [](RecordClaim& r) { r.transaction.chain_id[0] ^= 1; });
    record("another-transaction", Step::kTransaction, Reason::kTransactionId,
           [&](RecordClaim& r) { r.transaction = other(3).transaction; });
    record("another-sender", Step::kTransaction, Reason::kTransactionId,
           [](RecordClaim& r) { r.transaction.sender = fixed_key(66).public_key(); });
    record("signature-of-another-transaction", Step::kTransaction, Reason::kSenderSignature,
           [&](RecordClaim& r) { r.signature = other(3).signature; });
    record("signature-zero", Step::kTransaction, Reason::kSenderSignature,
           [](RecordClaim& r) { r.signature = {}; });
    record("another-call", Step::kCall, Reason::kCallPath, [&](RecordClaim& r) { r.call = other(0).call; });
    record("another-payload", Step::kCall, Reason::kCallPath,
           [](RecordClaim& r) { r.call.payload.push_back(' '); });
    record("another-method", Step::kCall, Reason::kCallPath,
           [](RecordClaim& r) { r.call.method = "record-operation"; });
    record("call-path-shorter", Step::kCall, Reason::kCallPath,
           [](RecordClaim& r) { r.call_path.pop_back(); });
    record("call-path-of-another-call", Step::kCall, Reason::kCallPath,
           [&](RecordClaim& r) { r.call_path = other(0).call_path; });
  }

  void states() {
    const std::string here = sha256_name("a");
    const std::string away = sha256_name("nothing");
    const auto fill = [&](const std::string& name) {
      return std::get<EntityClaim>(chain_.entity(22, "evidence", name).claim);
    };
    const auto refuse = [&](const std::string& name, Reason reason, const std::string& of, auto change) {
      entity(name, Step::kState, reason, of, change);
    };
    refuse("count-zero", Reason::kNoCount, here, [](EntityClaim& e) { e.head->count = 0; });
    refuse("count-one-less", Reason::kStatePath, here, [](EntityClaim& e) { --e.head->count; });
    refuse("other-chain-of-records", Reason::kStatePath, here, [](EntityClaim& e) { e.head->chain[0] ^= 1; });
    refuse("said-to-be-absent", Reason::kStatePath, here, [](EntityClaim& e) {
      e.head.reset();
      e.records.reset();
    });
    refuse("absent-by-the-other-below", Reason::kOtherIsEntity, here, [&](EntityClaim& e) {
      const contracts::HistoryHead head{e.name, e.head->count, e.head->chain};
      e.other = EntityLeaf{entity_path(e.contract, e.name), sha256(encode(head))};
      e.head.reset();
      e.records.reset();
    });
    refuse("other-besides", Reason::kOtherBesides, here, [](EntityClaim& e) { e.other.emplace(); });
    refuse("sibling-left-out", Reason::kStatePath, here, [](EntityClaim& e) { e.siblings.pop_back(); });
    refuse("siblings-swapped", Reason::kStatePath, here,
           [](EntityClaim& e) { std::swap(e.siblings[0], e.siblings[1]); });
    refuse("one-sibling-more", Reason::kStatePath, here, [](EntityClaim& e) { e.siblings.emplace_back(); });
    refuse("too-many-siblings", Reason::kPathProof, here, [](EntityClaim& e) { e.siblings.resize(257); });
    refuse("siblings-of-another", Reason::kStatePath, here,
           [&](EntityClaim& e) { e.siblings = fill(sha256_name("file 3")).siblings; });
    refuse("name-of-another", Reason::kStatePath, here, [&](EntityClaim& e) { e.name = sm3_name("a"); });
    refuse("module-of-another", Reason::kStatePath, here,
           [&](EntityClaim& e) { e.contract = "agriculture"; });
    refuse("present-where-absent", Reason::kOtherBesides, away, [](EntityClaim& e) {
      e.head = EntityHead{1, {}};
    });
    refuse("absent-with-records", Reason::kAbsentWithRecords, away,
           [&](EntityClaim& e) { e.records = fill(here).records; });
    refuse("absent-with-one-record", Reason::kAbsentWithRecords, away,
           [&](EntityClaim& e) { e.records->push_back(fill(here).records->front()); });
    for (int i = 0; i < 6; ++i) {  // a name whose path ends in another's leaf, and that leaf moved elsewhere
      const auto name = sha256_name("absent " + std::to_string(i));
      if (!fill(name).other) continue;
      refuse("other-of-elsewhere-" + std::to_string(i), Reason::kPathProof, name,
             [](EntityClaim& e) { e.other->path[0] ^= 0x80; });
      refuse("other-changed-" + std::to_string(i), Reason::kStatePath, name,
             [](EntityClaim& e) { e.other->value_hash[0] ^= 0x80; });
      refuse("other-left-out-" + std::to_string(i), Reason::kStatePath, name,
             [](EntityClaim& e) { e.other.reset(); });
    }
  }

  // Their paths lead to the root: what is there under its one name would be absent under another.
  void names() {
    const auto refuse = [&](const std::string& name, Reason reason, const std::string& contract,
                            const std::string& of) {
      attack(name, Step::kState, reason, chain_.entity(22, contract, of), [](ProofBundle&) {});
    };
    const std::string here = sha256_name("a");
    std::string upper = here;
    for (auto& c : upper) c = static_cast<char>(c >= 'a' && c <= 'f' ? c - 32 : c);
    upper.replace(0, 6, "sha256");
    refuse("absent-in-upper-case", Reason::kNotCanonical, "evidence", upper);
    refuse("absent-with-a-digit-more", Reason::kEntityName, "evidence", here + "0");
    refuse("absent-with-a-line-more", Reason::kEntityName, "evidence", here + "\n");
    refuse("absent-with-more-before", Reason::kEntityName, "evidence", "x" + here);
    refuse("absent-in-no-history", Reason::kNoHistories, "identity", here);
  }

  void histories() {
    const std::string here = sha256_name("a");
    const auto refuse = [&](const std::string& name, Reason reason, auto change) {
      entity(name, Step::kRecords, reason, here, [&](EntityClaim& e) { change(*e.records); });
    };
    using Records = std::vector<EntityRecord>;
    refuse("first-record-left-out", Reason::kRecordCount, [](Records& r) { r.erase(r.begin()); });
    refuse("last-record-left-out", Reason::kRecordCount, [](Records& r) { r.pop_back(); });
    refuse("no-records", Reason::kRecordCount, [](Records& r) { r.clear(); });
    refuse("record-doubled", Reason::kRecordCount,
           [](Records& r) { r.push_back(Records::value_type(r.back())); });
    refuse("records-reordered", Reason::kRecordChain, [](Records& r) { std::swap(r[3], r[4]); });
    refuse("records-reversed", Reason::kRecordChain, [](Records& r) { std::reverse(r.begin(), r.end()); });
    refuse("record-replaced", Reason::kRecordChain, [](Records& r) { r[1].record = deposit_of("b"); });
    refuse("record-of-another-time", Reason::kRecordChain,
           [](Records& r) { r[1].recorded.block_time_ms += 1; });
    refuse("record-of-another-height", Reason::kRecordChain,
           [](Records& r) { r[1].recorded.height = Height(9); });
    refuse("record-of-another-organization", Reason::kRecordChain,
           [](Records& r) { r[0].recorded.organization = "x"; });
    refuse("record-of-another-transaction", Reason::kRecordChain,
           [](Records& r) { r[0].recorded.transaction_id = {}; });
    refuse("record-of-another-call", Reason::kRecordChain, [](Records& r) { r[0].recorded.call_index = 1; });
  }

  const ProofChain& chain_;
  std::vector<Attack> made_;
};

}  // namespace

std::vector<Attack> attacks(const ProofChain& chain) {
  return Attacker(chain).all();
}

std::vector<Honest> honest_bundles(const ProofChain& chain) {
  struct Anchor {
    std::uint64_t height;
    std::size_t path;
  };
  std::vector<Honest> all;
  for (const auto& [height, path] :
       {Anchor{4, 0}, {5, 3}, {8, 0}, {10, 1}, {13, 0}, {18, 0}, {21, 3}, {24, 0}}) {
    const auto prefix = std::to_string(height) + "-" + std::to_string(path) + "-";
    all.push_back({prefix + "record-ok", chain.record(height, 3, 0, path)});
    all.push_back({prefix + "record-failed", chain.record(height, 3, 3, path)});
    all.push_back({prefix + "record-last", chain.record(height, height - 1, 1, path)});
    all.push_back({prefix + "entity", chain.entity(height, "evidence", sha256_name("a"), true, path)});
    all.push_back({prefix + "entity-head", chain.entity(height, "evidence", sm3_name("a"), false, path)});
    all.push_back({prefix + "absent", chain.entity(height, "evidence", sha256_name("nothing"), false, path)});
    all.push_back({prefix + "absent-lot", chain.entity(height, "agriculture", "lot-99", true, path)});
  }
  all.push_back({"lot", chain.entity(20, "agriculture", "\u6d2a\u6e56-6")});
  all.push_back({"epc", chain.entity(20, "provenance", "urn:example:epc")});
  all.push_back({"empty-tree", chain.entity(1, "agriculture", "lot-1")});
  return all;
}

}  // namespace jingchu::ledger::test
