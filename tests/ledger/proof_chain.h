// A small chain in memory that proofs are made of: real keys of both algorithms, two changes of the
// validators, headers, certificates, receipts, histories, and a state tree by its recursive definition.
#pragma once

#include <map>

#include "ledger/proof.h"
#include "tests/ledger/fixture.h"

namespace jingchu::ledger::test {

class ProofChain {
 public:
  static constexpr std::uint64_t kEpochBlocks = 4;
  static constexpr std::uint64_t kHeights =
      24;  // epochs 0 to 5; another validator from epoch 2, a fifth from epoch 4

  ProofChain();

  const std::string& genesis() const { return genesis_text_; }
  const Hash& chain_id() const { return chain_id_; }
  const consensus::Header& header(std::uint64_t height) const { return blocks_.at(height).header; }
  const std::vector<Receipt>& receipts(std::uint64_t height) const { return blocks_.at(height).receipts; }

  // Final by `path` more headers and a certificate of the last; signed by a quorum that differs from height
  // to height, or by `signers`.
  FinalHeader final(std::uint64_t height, std::size_t path = 0,
                    std::vector<std::uint16_t> signers = {}) const;
  // A certificate of the last header of `proof`, by the validators of `epoch`.
  void certify(FinalHeader& proof, Epoch epoch, std::vector<std::uint16_t> signers = {}) const;
  std::vector<consensus::Validator> set(Epoch epoch) const;

  // Everything but the claim.
  ProofBundle base(std::uint64_t anchor, std::size_t path = 0) const;
  ProofBundle record(std::uint64_t anchor, std::uint64_t height, std::size_t receipt,
                     std::size_t path = 0) const;
  ProofBundle entity(std::uint64_t anchor, const std::string& contract, const std::string& name,
                     bool with_records = true, std::size_t path = 0) const;

 private:
  struct History {
    EntityHead head;
    std::vector<EntityRecord> records;
  };
  using Name = std::pair<std::string, std::string>;
  using Histories = std::map<Name, History>;

  struct Block {
    consensus::Header header;
    std::vector<Transaction> transactions;  // the one of each receipt
    std::vector<Receipt> receipts;
    ProofRoots roots;
    Histories histories;  // after it
  };

  void make_sets();
  void make_genesis();
  void append_block(std::uint64_t height);
  void execute(Block& block, const Transaction& transaction);
  void add_record(Block& block, const Name& name, const std::string& text, const Receipt& receipt);
  Transaction made(std::uint64_t height, std::uint8_t nonce, std::vector<Call> calls) const;
  std::vector<Transaction> script(std::uint64_t height) const;
  void seal(Block& block);
  const PrivateKey& key_of(const PublicKey& key) const;

  std::string genesis_text_;
  Hash chain_id_{};
  std::map<std::string, PrivateKey> keys_;               // by the text of the public key
  std::vector<std::vector<consensus::Validator>> sets_;  // of genesis, of epoch 2, of epoch 4
  std::map<std::uint64_t, Block> blocks_;
  std::vector<Hash> history_leaves_;
};

// SHA-256 and SM3 of a text, as a deposit of it has them.
std::string deposit_of(const std::string& content);
std::string sha256_name(const std::string& content);
std::string sm3_name(const std::string& content);

}  // namespace jingchu::ledger::test
