#include "contracts/entity_history.h"

#include <algorithm>

#include "common/codec.h"
#include "contracts/utf8.h"

namespace jingchu::contracts {
namespace {

Hash hash_of_name(std::string_view name) {
  return sha256(as_bytes(name));
}

std::string head_key(std::string_view entity) {
  return joined({kHeadPrefix, as_text(hash_of_name(entity))});
}

std::string entry_key(std::string_view entity, std::uint64_t sequence) {
  return joined({"history/", as_text(hash_of_name(entity)), number_in_key(sequence)});
}

struct StoredHead {
  HistoryHead head;
  std::uint64_t record = 0;  // of the last entry

  template <class Archive>
  void serialize(Archive& archive) {
    archive(head, record);
  }
};

struct StoredEntry {
  std::uint64_t record = 0;
  Hash chain{};  // that ends with it

  template <class Archive>
  void serialize(Archive& archive) {
    archive(record, chain);
  }
};

template <class T>
Result<std::optional<T>> decode_found(const std::optional<Bytes>& stored) {
  if (!stored) return std::optional<T>();
  ASSIGN_OR_RETURN(T value, decode<T>(*stored));
  return std::optional(std::move(value));
}

template <class T>
Result<std::optional<T>> find(const StateReader& state, const std::string& key) {
  ASSIGN_OR_RETURN(const auto stored, state.get(key));
  return decode_found<T>(stored);
}

// Under its own key, or the last one in the head. A block may come between two reads of the committed state
// and move it from the head to its key: then it is there at the second look.
Result<StoredEntry> read_entry(const StateReader& state, std::string_view entity, std::uint64_t sequence) {
  const std::string key = entry_key(entity, sequence);
  ASSIGN_OR_RETURN(auto entry, find<StoredEntry>(state, key));
  if (entry) return *entry;
  ASSIGN_OR_RETURN(const auto last, find<StoredHead>(state, head_key(entity)));
  if (last && last->head.count == sequence) return StoredEntry{last->record, last->head.chain};
  if (last && last->head.count > sequence) {
    ASSIGN_OR_RETURN(entry, find<StoredEntry>(state, key));
    if (entry) return *entry;
  }
  return our_error(
      "broken-history",
      "entry " + std::to_string(sequence) + " of \"" + std::string(entity) + "\" is not in the state",
      "restore the node from its peers");
}

}  // namespace

Hash next_in_chain(const Hash& previous, const Hash& record_hash, const Recorded& recorded) {
  return sha256(encode(std::string_view("jingchu/history"), previous, record_hash, recorded));
}

Error bad_entity_name(std::string what, std::string remedy) {
  return caller_error("bad-entity-name", std::move(what), std::move(remedy));
}

Status check_entity_name(std::string_view name) {
  if (name.empty() || name.size() > kEntityNameBytesMax) {
    return bad_entity_name("the name of an entity has 1 to " + std::to_string(kEntityNameBytesMax) +
                               " bytes, this one " + std::to_string(name.size()),
                           "give the name as it stands in the records");
  }
  for (std::size_t offset = 0; offset < name.size();) {
    const auto size = utf8_character_size(name, offset);
    if (size == 0) {
      return bad_entity_name("the name of an entity is UTF-8; byte " + std::to_string(offset) + " is not",
                             "give the name as it stands in the records");
    }
    offset += size;
  }
  return ok_status();
}

std::string key_of_name(std::string_view name) {
  return to_string(hash_of_name(name));
}

Result<HistoryHead> decode_head(ByteView value) {
  ASSIGN_OR_RETURN(StoredHead stored, decode<StoredHead>(value));
  return std::move(stored.head);
}

Result<HistoryHead> append_history(Context& context, std::string_view entity, const Record& record,
                                   const Hash& record_hash) {
  const auto key = head_key(entity);
  ASSIGN_OR_RETURN(const auto stored, context.get_head(key, entity));
  ASSIGN_OR_RETURN(auto last, decode_found<StoredHead>(stored));
  if (last) {
    const StoredEntry entry{last->record, last->head.chain};
    RETURN_IF_ERROR(context.create(entry_key(entity, last->head.count), encode(entry)));
  } else {
    last = StoredHead{{std::string(entity), 0, kZeroHash}, 0};
  }
  ++last->head.count;
  last->head.chain = next_in_chain(last->head.chain, record_hash, record.recorded);
  last->record = record.number;
  RETURN_IF_ERROR(context.put(key, encode(*last)));
  return std::move(last->head);
}

Result<std::optional<HistoryHead>> history_head(const StateReader& state, std::string_view entity) {
  ASSIGN_OR_RETURN(auto stored, find<StoredHead>(state, head_key(entity)));
  return stored ? std::optional(std::move(stored->head)) : std::nullopt;
}

Result<std::optional<HistoryHead>> history_head_of(const StateReader& state, std::string_view entity,
                                                   const Hash& value_hash) {
  ASSIGN_OR_RETURN(auto head, history_head(state, entity));
  while (head && sha256(encode(*head)) != value_hash) {
    if (--head->count == 0) return std::optional<HistoryHead>();
    ASSIGN_OR_RETURN(const auto before, read_entry(state, entity, head->count));
    head->chain = before.chain;
  }
  return head;
}

Result<std::vector<HistoryEntry>> read_history(const StateReader& state, const HistoryHead& head,
                                               const Page& page) {
  std::vector<HistoryEntry> entries;
  if (page.after >= head.count) return entries;
  const auto count = std::min<std::uint64_t>(page.limit, head.count - page.after);
  for (auto sequence = page.after + 1; sequence <= page.after + count; ++sequence) {
    ASSIGN_OR_RETURN(const auto stored, read_entry(state, head.entity, sequence));
    entries.push_back({sequence, stored.record});
  }
  return entries;
}

}  // namespace jingchu::contracts
