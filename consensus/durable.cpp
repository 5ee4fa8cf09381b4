#include "consensus/durable.h"

#include "common/codec.h"

namespace jingchu::consensus {
namespace {

// The first byte of a record. The numbers are part of the log's format.
enum class RecordKind : std::uint8_t { kKey = 1, kVote = 2, kProposal = 3, kBatch = 4, kFloor = 5 };

Bytes with_kind(RecordKind kind, const auto& content) {
  return encode(static_cast<std::uint8_t>(kind), content);
}

template <class Content>
Result<Record> content_of(ByteView bytes) {
  auto content = decode<Content>(bytes);
  if (!content.ok())
    return environment_error("damaged-record", content.error().what, "restore the log from its disk");
  return Record(std::move(content).value());
}

}  // namespace

Bytes encode_record(const Record& record) {
  if (const auto* key = std::get_if<KeyRecord>(&record)) return with_kind(RecordKind::kKey, *key);
  if (const auto* vote = std::get_if<VoteRecord>(&record)) return with_kind(RecordKind::kVote, *vote);
  if (const auto* proposal = std::get_if<ProposalRecord>(&record))
    return with_kind(RecordKind::kProposal, *proposal);
  if (const auto* floor = std::get_if<FloorRecord>(&record)) return with_kind(RecordKind::kFloor, *floor);
  return with_kind(RecordKind::kBatch, std::get<BatchRecord>(record).batch->batch);
}

Result<Record> decode_record(const Hash& chain_id, ByteView bytes) {
  if (bytes.empty())
    return environment_error("damaged-record", "a record is empty", "restore the log from its disk");
  const ByteView content = bytes.subspan(1);
  switch (static_cast<RecordKind>(bytes[0])) {
    case RecordKind::kKey:
      return content_of<KeyRecord>(content);
    case RecordKind::kVote:
      return content_of<VoteRecord>(content);
    case RecordKind::kProposal:
      return content_of<ProposalRecord>(content);
    case RecordKind::kFloor:
      return content_of<FloorRecord>(content);
    case RecordKind::kBatch: {
      auto batch = decode<Batch>(content);
      if (!batch.ok())
        return environment_error("damaged-record", batch.error().what, "restore the log from its disk");
      return Record(BatchRecord{seal(chain_id, std::move(batch).value())});
    }
  }
  return environment_error("damaged-record", "a record has the unknown kind " + std::to_string(bytes[0]),
                           "use a newer version of this program, or restore the log from its disk");
}

}  // namespace jingchu::consensus
