// The hash chain of an entity (a product, a lot, a file hash): every record that concerns it, in order, so
// that the head in the state commits to the whole history, to who brought each record and where it stands,
// and a reader can prove it complete (docs/formats.md, "Histories").
//
// Keys: head/<E> and, E being the 32 bytes of the SHA-256 of the entity's name, history/<E><sequence as in
// keys> (names come from outside and are of any length; the head keeps the name). Sequences begin at 1.
// The head is kept as HistoryHead and, behind it, the number of the last record (record_store.h): the last
// entry stands there alone, and gets a key of its own when the next one follows. Most entities have one
// record, and what stands under hashes is to be little. Such an entry's value is the number of its record and
// chain[n].
//   chain[0] = 32 zero bytes
//   chain[n] = SHA-256(encode("jingchu/history", chain[n-1], record_hash[n], recorded[n]))
#pragma once

#include "contracts/context.h"
#include "contracts/paging.h"
#include "contracts/record_store.h"

namespace jingchu::contracts {

// Begins the keys of heads, and no others, in the state of every module.
inline constexpr std::string_view kHeadPrefix = "head/";

// What the state tree commits to, by the SHA-256 of its encoding.
struct HistoryHead {
  std::string entity;
  std::uint64_t count = 0;
  Hash chain{};

  friend bool operator==(const HistoryHead&, const HistoryHead&) = default;
  template <class Archive>
  void serialize(Archive& archive) {
    archive(entity, count, chain);
  }
};

// What follows `previous` in the chain when a record of that hash is appended.
Hash next_in_chain(const Hash& previous, const Hash& record_hash, const Recorded& recorded);

inline constexpr std::size_t kEntityNameBytesMax = 4096;  // of a name that somebody asks for

// What every name of an entity has to be: UTF-8, neither empty nor beyond kEntityNameBytesMax. Error of fault
// kCaller, type "bad-entity-name".
Status check_entity_name(std::string_view name);
Error bad_entity_name(std::string what, std::string remedy);

// The name of an entity as it stands in keys: the 32 bytes of its SHA-256.
std::string key_of_name(std::string_view name);

// The head out of the value that stands under its key.
Result<HistoryHead> decode_head(ByteView value);

// Appends a record, whose text has this hash, to the entity's history: one read, one write for the first one
// and two for each that follows. Answers the new head.
Result<HistoryHead> append_history(Context& context, std::string_view entity, const Record& record,
                                   const Hash& record_hash);

// The head of an entity; nothing if no record concerns it.
Result<std::optional<HistoryHead>> history_head(const StateReader& state, std::string_view entity);

struct HistoryEntry {
  std::uint64_t sequence = 0;
  std::uint64_t record = 0;  // its number
};

// The head, as it is or as it was after an earlier record, whose encoding has this SHA-256; nothing if there
// was none.
Result<std::optional<HistoryHead>> history_head_of(const StateReader& state, std::string_view entity,
                                                   const Hash& value_hash);

// The entries that follow `page.after`, at most `page.limit`, oldest first. The head may be an earlier one,
// and the state move on from one read to the next.
Result<std::vector<HistoryEntry>> read_history(const StateReader& state, const HistoryHead& head,
                                               const Page& page);

}  // namespace jingchu::contracts
