// Restarts: what the log brings back (R1, R4, R8), and what it must not.
#include "support.h"

#include <doctest/doctest.h>

namespace jingchu::consensus::testing {
namespace {

// What a restart finds after `bench` ran and everything that it persisted was synced.
Recovered restarted(const Fixture& given, std::size_t self, const std::vector<Record>& persisted) {
  Recovered recovered = given.fresh(self);
  for (const Record& record : persisted)
    recovered.records.push_back(decode_record(given.chain_id, encode_record(record)).value());
  return recovered;
}

}  // namespace

TEST_CASE("restart (R1): in the view it was in, the identical vote again, no second one, and its own tally") {
  const Fixture given(4);
  Bench before(given, 0);
  before.receive(1, given.certificate(VoteKind::kNullify, 1, 0, kZeroHash, 0));
  const Header header = [&] {
    Header made = given.header(2, given.genesis);
    made.time_ms = before.now.wall_ms;
    return made;
  }();
  const Hash hash = block_hash(given.chain_id, header);
  before.receive(2, given.proposal(header));
  before.sync();
  REQUIRE(before.votes(VoteKind::kNotarize, 2) == 1);

  Bench after(given, 0, restarted(given, 0, before.persisted));
  REQUIRE(after.core != nullptr);
  CHECK(after.core->status().view == View(2));
  CHECK(after.of<Vote>(after.sent) == before.of<Vote>(before.released));
  // The certificate that opened the view is there for the others.
  CHECK(after.of<Certificate>(after.sent).size() == 1);
  after.receive(2, given.proposal(header));
  Header other = header;
  other.time_ms += 1;
  after.receive(2, given.proposal(other));
  after.sync();
  CHECK(after.votes(VoteKind::kNotarize, 2) == 0);
  after.receive(1, given.vote(VoteKind::kNotarize, 2, 1, hash, 1));
  after.receive(2, given.vote(VoteKind::kNotarize, 2, 1, hash, 2));
  CHECK(after.core->status().view == View(3));  // with its own vote the third
}

TEST_CASE("restart: a finalize is not followed by a nullify, and its notarization is known") {
  const Fixture given(4);
  Bench before(given, 0);
  Header header = given.header(1, given.genesis);
  header.time_ms = before.now.wall_ms;
  before.receive(1, given.proposal(header));
  before.receive(1, given.certificate(VoteKind::kNotarize, 1, 1, block_hash(given.chain_id, header), 0));
  before.sync();
  REQUIRE(before.votes(VoteKind::kFinalize, 1) == 1);
  Bench after(given, 0, restarted(given, 0, before.persisted));
  CHECK(after.core->status().view == View(2));
  after.advance_ms(100);
  after.sync();
  CHECK(after.votes(VoteKind::kNullify, 1) == 0);
  CHECK(after.votes(VoteKind::kNullify, 2) == 1);
}

TEST_CASE("restart: an own proposal is sent again, not made again; own batches go on where they ended") {
  const Fixture given(4);
  Bench before(given, 1);
  before.give(SealBatch{{to_bytes("a")}});
  before.give(SealBatch{{to_bytes("b")}});
  before.sync();
  before.advance_ms(40);
  before.sync();
  REQUIRE(before.of<Proposal>(before.released).size() == 1);
  Bench after(given, 1, restarted(given, 1, before.persisted));
  REQUIRE(after.of<Proposal>(after.sent).size() == 1);
  CHECK(encode(after.of<Proposal>(after.sent)[0]) == encode(before.of<Proposal>(before.released)[0]));
  CHECK(after.core->status().watermarks[1].sequence == Sequence(2));
  after.give(SealBatch{{to_bytes("c")}});
  after.advance_ms(40);
  after.sync();
  CHECK(after.of<Proposal>(after.released).empty());
  REQUIRE(after.of<BatchPointer>(after.released).size() == 1);
  CHECK(after.of<BatchPointer>(after.released)[0]->batch.sequence == Sequence(3));
  CHECK(after.of<BatchPointer>(after.released)[0]->batch.prev == before.core->status().watermarks[1].tip);
}

TEST_CASE("restart: final blocks above the executed one are delivered again; the live records are enough") {
  const Fixture given(4);
  Bench before(given, 0);
  const BatchPointer batch = given.batch(2, 1, kZeroHash, "t");
  before.receive(2, batch);
  Header header = given.header(1, given.genesis);
  header.time_ms = before.now.wall_ms;
  header.cut[2] = {Sequence(1), batch->tip};
  const Hash hash = block_hash(given.chain_id, header);
  const Certificate finalization = given.certificate(VoteKind::kFinalize, 1, 1, hash, 0);
  before.receive(1, given.proposal(header));
  before.receive(1, given.certificate(VoteKind::kNotarize, 1, 1, hash, 0));
  before.receive(1, finalization);
  before.sync();
  REQUIRE(before.delivered.size() == 1);

  Recovered recovered = given.fresh(0);
  recovered.records = before.core->live_records();
  Bench after(given, 0, recovered);
  CHECK(after.delivered.empty());  // a finalization needs no sync, and this one was forgotten
  after.receive(3, finalization);
  REQUIRE(after.delivered.size() == 1);
  CHECK(after.delivered[0].batches.size() == 1);
  CHECK(after.delivered[0].batches[0]->tip == batch->tip);

  before.give(Executed{Height(1), hash_of("state 1")});
  const auto records = before.core->live_records();
  CHECK(records.size() == 2);  // the key and the floor: all else is in the executed state
  Recovered executed;
  executed.executed = header;
  executed.finalization = finalization;
  executed.roots = {{Height(), given.genesis.executed_root}, {Height(1), hash_of("state 1")}};
  executed.records = records;
  Bench later(given, 0, executed);
  REQUIRE(later.core != nullptr);
  CHECK(later.core->status().view == View(2));
  CHECK(later.core->status().executed_height == Height(1));
  CHECK(later.core->status().watermarks[2].sequence == Sequence(1));
  CHECK(later.delivered.empty());
}

TEST_CASE("R8: a key without its log only observes") {
  const Fixture given(4);
  Recovered recovered = given.fresh(0);
  recovered.records.clear();
  Bench bench(given, 0, recovered);
  REQUIRE(bench.core != nullptr);
  CHECK(!bench.core->status().votes);
  CHECK(bench.core->own_lane_room() == 0);
  Header header = given.header(1, given.genesis);
  header.time_ms = bench.now.wall_ms;
  const Hash hash = block_hash(given.chain_id, header);
  bench.receive(1, given.proposal(header));
  bench.give(SealBatch{{to_bytes("t")}});
  bench.advance_ms(2'000);
  bench.sync();
  CHECK(bench.released.empty());
  CHECK(bench.of<Vote>(bench.sent).empty());
  // It follows, and its key's earlier votes raise no alarm.
  bench.receive(1, given.certificate(VoteKind::kNotarize, 1, 1, hash));
  bench.receive(1, given.certificate(VoteKind::kFinalize, 1, 1, hash));
  CHECK(bench.core->status().final_height == Height(1));
  CHECK(bench.core->status().stopped.empty());
}

TEST_CASE("R8: a message of our own key that is not in our log stops us") {
  const Fixture given(4);
  const std::vector<Message> foreign{
      given.vote(VoteKind::kNullify, 1, 0, kZeroHash, 0),
      given.certificate(VoteKind::kNullify, 1, 0, kZeroHash),
      given.proposal(given.header(4, given.genesis)),
      given.batch(0, 1, kZeroHash, "t"),
  };
  for (const Message& message : foreign) {
    CAPTURE(message.index());
    Bench bench(given, 0);
    CHECK(bench.receive(3, message));
    CHECK(bench.noticed("foreign-own-message"));
    CHECK(!bench.core->status().votes);
    bench.advance_ms(500);
    bench.sync();
    CHECK(bench.of<Vote>(bench.released).empty());
  }
  // What is in the log comes back without an alarm.
  Bench bench(given, 0);
  bench.give(SealBatch{{to_bytes("t")}});
  bench.advance_ms(100);
  bench.sync();
  CHECK(bench.released.size() == 2);
  for (const Message& own : std::vector<Message>(bench.released)) bench.receive(3, own);
  bench.receive(3, given.certificate(VoteKind::kNullify, 1, 0, kZeroHash));
  CHECK(bench.core->status().votes);
}

TEST_CASE("R8: a log of another key, another chain, or one that contradicts itself is an error") {
  const Fixture given(4);
  const auto error_of = [&](std::vector<Record> records) -> std::string {
    Recovered recovered = given.fresh(0);
    recovered.records = std::move(records);
    const auto created = Core::create(given.config(0), given.signers[0].get(), std::move(recovered));
    return created.ok() ? "" : created.error().type;
  };
  const KeyRecord key = given.key_record(0);
  KeyRecord other_chain = key;
  other_chain.chain_id = hash_of("other chain");
  const auto vote = [&](VoteKind kind, const Hash& hash, std::size_t signer = 0) {
    return VoteRecord{given.vote(kind, 3, kind == VoteKind::kNullify ? 0 : 1, hash, signer), std::nullopt};
  };
  CHECK(error_of({key}) == "");
  CHECK(error_of({given.key_record(1)}) == "log-contradiction");
  CHECK(error_of({other_chain}) == "log-contradiction");
  CHECK(error_of({key, vote(VoteKind::kNotarize, hash_of("a"))}) == "");
  CHECK(error_of({key, vote(VoteKind::kNotarize, hash_of("a")), vote(VoteKind::kNotarize, hash_of("b"))}) ==
        "log-contradiction");
  CHECK(error_of({key, vote(VoteKind::kNotarize, hash_of("a"), 1)}) == "log-contradiction");
  const BatchPointer first = given.batch(0, 1, kZeroHash, "a");
  const BatchPointer third = given.batch(0, 3, given.batch(0, 2, first->tip, "b")->tip, "c");
  CHECK(error_of({key, BatchRecord{first}}) == "");
  CHECK(error_of({key, BatchRecord{first}, BatchRecord{third}}) == "log-contradiction");
}

TEST_CASE("a start that does not fit together is an error") {
  const Fixture given(4);
  const auto fails = [&](auto change) {
    CoreConfig config = given.config(0);
    Recovered recovered = given.fresh(0);
    const Signer* signer = given.signers[0].get();
    change(config, recovered, signer);
    return !Core::create(std::move(config), signer, std::move(recovered)).ok();
  };
  CHECK(!fails([](CoreConfig&, Recovered&, const Signer*&) {}));
  CHECK(fails([](CoreConfig&, Recovered&, const Signer*& s) { s = nullptr; }));
  CHECK(fails([](CoreConfig& c, Recovered&, const Signer*&) { c.self.reset(); }));
  CHECK(fails([](CoreConfig& c, Recovered&, const Signer*&) { c.self = node(4); }));
  CHECK(fails([](CoreConfig& c, Recovered&, const Signer*&) { c.base.cut.pop_back(); }));
  CHECK(fails([](CoreConfig&, Recovered& r, const Signer*&) { r.executed.height = Height(1); }));
  CHECK(!fails(
      [](CoreConfig& c, Recovered& r, const Signer*& s) { c.self.reset(), s = nullptr, r.records.clear(); }));
}

}  // namespace jingchu::consensus::testing
