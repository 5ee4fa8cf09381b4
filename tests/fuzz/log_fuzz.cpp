// The durable log's recovery from any bytes on the disk: an error, or records that are found again, with what
// is appended behind them, after opening, and after a crash. A log that was only cut off is never refused.
//
// The input is a list of commands that build segments; groups get the checksums that random bytes would never
// have.
#include "ledger/durable_log.h"
#include "tests/fuzz/input.h"
#include "tests/support/faulty_file_system.h"

namespace jingchu::ledger {
namespace {

using consensus::Record;

const std::string kDirectory = "log";
constexpr Hash kChain = {1};
constexpr int kCommandsMax = 40;
constexpr std::size_t kSegmentBytesMax = 64 << 10;

// A segment under construction.
class Segment {
 public:
  // Of the index `segment`: the log's groups are numbered over all segments.
  explicit Segment(std::uint8_t segment) : salt_{segment} {}

  bool command(fuzz::Input& input) {
    switch (input.byte() % 8) {
      case 0:
        return false;
      case 1:
        append_group(input, ++number_, {key_record()});
        return true;
      case 2:
        append_group(input, ++number_, {vote_record(input)});
        return true;
      case 3:
        append_group(input, ++number_, {batch_record(input), vote_record(input)});
        return true;
      case 4:
        append_group(input, number_ += input.byte(), {to_bytes(input.bytes(input.byte()))});
        return true;
      case 5:
        append(to_bytes(input.bytes(input.byte())));
        return true;
      case 6:
        append(Bytes(512u * (input.byte() % 32u)));
        return true;
      default:
        damage(input);
        return true;
    }
  }
  const Bytes& bytes() const { return bytes_; }

 private:
  static Bytes key_record() {
    return consensus::encode_record(consensus::KeyRecord{kChain, {Algorithm::kEd25519, Bytes(32, 7)}});
  }
  static Bytes vote_record(fuzz::Input& input) {
    consensus::VoteRecord record;
    record.vote.ballot.view = View(input.byte());
    if (input.byte() % 2 != 0) record.reason = consensus::Certificate{Epoch(), record.vote.ballot, {}};
    return consensus::encode_record(record);
  }
  static Bytes batch_record(fuzz::Input& input) {
    consensus::Batch batch;
    batch.sequence = Sequence(input.byte());
    batch.transactions.emplace_back(to_bytes(input.bytes(input.byte())));
    return consensus::encode_record(consensus::BatchRecord{consensus::seal(kChain, std::move(batch))});
  }
  void append_group(fuzz::Input& input, std::uint64_t number, const std::vector<Bytes>& records) {
    append(log_format::encode_group(salt_, number, input.byte(), records));
  }
  void append(const Bytes& bytes) {
    if (bytes_.size() + bytes.size() <= kSegmentBytesMax)
      bytes_.insert(bytes_.end(), bytes.begin(), bytes.end());
  }
  void damage(fuzz::Input& input) {
    const std::size_t place = input.two_bytes() * std::size_t{4} + input.byte() % 4;
    const std::uint8_t how = input.byte();
    if (place >= bytes_.size()) return;
    if (how == 0) {
      bytes_.resize(place);
    } else {
      bytes_[place] ^= how;
    }
  }

  log_format::Salt salt_;
  std::uint64_t number_ = 0;
  Bytes bytes_;
};

std::vector<Bytes> encoded(const std::vector<Record>& records) {
  std::vector<Bytes> list;
  for (const Record& record : records) list.push_back(consensus::encode_record(record));
  return list;
}

// Finds what `files` hold once more: `expected`, whole.
void check_found(test::FaultyFileSystem& files, const std::vector<Bytes>& expected) {
  const auto found = DurableLog::find(files, kDirectory, kChain);
  CHECK(found.ok() && found->torn_bytes == 0 && found->superfluous.empty());
  CHECK(encoded(found->records) == expected);
}

void check_recovery(test::FaultyFileSystem& files) {
  const auto found = DurableLog::find(files, kDirectory, kChain);
  if (!found.ok()) {
    CHECK(found.error().fault == Fault::kEnvironment && !found.error().what.empty());
    return;
  }
  std::vector<Bytes> records = encoded(found->records);
  auto log = DurableLog::open(files, kDirectory, *found);
  CHECK(log.ok());
  check_found(files, records);
  const std::vector<Record> more(2, consensus::VoteRecord{});
  (*log)->append(1, more);
  CHECK((*log)->flush().ok());
  log->reset();
  files.crash();
  for (const Bytes& record : encoded(more)) records.push_back(record);
  check_found(files, records);
}

// A crash tears the last group only: whatever the place, the groups before it are found.
void check_cut_off(const Bytes& segment, std::size_t place) {
  const auto whole = log_format::scan_segment(segment);
  if (!whole.ok() || whole->torn() || whole->groups.empty()) return;
  const std::size_t last_begin = [&] {
    std::size_t begin = 0;
    for (std::size_t at = 0; at < segment.size(); at += log_format::kBlockBytes) {
      const auto before = log_format::scan_segment(ByteView(segment).first(at));
      if (before.ok() && !before->torn() && before->groups.size() + 1 == whole->groups.size()) begin = at;
    }
    return begin;
  }();
  const std::size_t size = last_begin + place % (segment.size() - last_begin);
  const auto cut = log_format::scan_segment(ByteView(segment).first(size));
  CHECK(cut.ok() && cut->groups.size() + 1 == whole->groups.size() && cut->valid_bytes == last_begin);
}

void run(fuzz::Input input) {
  test::FaultyFileSystem files;
  const std::size_t cut = input.two_bytes();
  int commands = kCommandsMax;
  for (std::uint8_t number = 1; number <= 3 && !input.empty(); ++number) {
    Segment segment(number);
    while (--commands > 0 && !input.empty() && segment.command(input)) {
    }
    files.put(kDirectory + "/log-0000000" + std::to_string(number), segment.bytes());
    if (number == 1) check_cut_off(segment.bytes(), cut);
  }
  check_recovery(files);
}

}  // namespace
}  // namespace jingchu::ledger

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  jingchu::ledger::run({data, size});
  return 0;
}
