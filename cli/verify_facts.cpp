// What a valid bundle proves, line by line.
#include "cli/verify_words.h"
#include "cli/visible_text.h"
#include "contracts/civil_time.h"

namespace jingchu::cli {
namespace {

constexpr std::uint64_t kBeijingMs = 8 * 3'600'000;
constexpr std::uint64_t kTimeMsMost = 253'370'000'000'000;  // within the year 9998

class Lines {
 public:
  explicit Lines(Language language) : chinese_(language == Language::kChinese) {}

  Lines& add(std::string_view english, std::string_view chinese, std::string_view value) {
    out_ += "  ";
    out_ += chinese_ ? std::string(chinese) + "：" : std::string(english) + ": ";
    out_ += visible(value) + "\n";
    return *this;
  }
  Lines& add(std::string_view english, std::string_view chinese, std::uint64_t value) {
    return add(english, chinese, std::to_string(value));
  }
  Lines& add_time(std::uint64_t ms) {
    if (ms > kTimeMsMost) return add("time (ms since 1970)", "时间（1970 年以来的毫秒数）", ms);
    if (!chinese_) return add("time", "", contracts::timestamp_of_ms(ms));
    auto text = contracts::timestamp_of_ms(ms + kBeijingMs);
    text.pop_back();  // the Z of UTC
    text[10] = ' ';
    return add("", "时间（北京时间）", text);
  }
  Lines& heading(std::string_view english, std::string_view chinese) {
    out_ += chinese_ ? chinese : english;
    out_ += "\n";
    return *this;
  }
  bool is_chinese() const { return chinese_; }
  std::string take() { return std::move(out_); }

 private:
  const bool chinese_;
  std::string out_;
};

std::string joined(const std::vector<std::string>& names) {
  std::string out;
  for (const auto& name : names) out += (out.empty() ? "" : ", ") + name;
  return out;
}

// A call that failed is proven as well, and must not be taken for one that did something.
std::string outcome(const ledger::RecordFacts& record, bool chinese) {
  if (record.code == ledger::kOk) return chinese ? "ok（成功）" : "ok";
  const std::string message = record.message.empty() ? "" : ": " + record.message;
  return record.code + (chinese ? "（未成功，未产生任何记录）" : " (REFUSED: it had no effect)") + message;
}

void add_claim(Lines& lines, const ledger::RecordFacts& record) {
  lines.heading("The record:", "记录：")
      .add("contract", "模块", record.contract)
      .add("method", "方法", record.method)
      .add("content", "内容", as_text(record.payload))
      .add("outcome", "执行结果", outcome(record, lines.is_chinese()));
  lines.add("sender", "提交者公钥", to_string(record.sender))
      .add("transaction", "交易编号", to_hex(record.transaction_id))
      .add("call", "第几个调用",
           std::to_string(std::uint64_t{record.call_index} + 1) + "/" + std::to_string(record.call_count))
      .add("block", "区块高度", record.height.value())
      .add_time(record.time_ms);
}

void add_record(Lines& lines, std::size_t number, const ledger::EntityRecord& shown) {
  const auto& recorded = shown.recorded;
  lines.heading("Record " + std::to_string(number) + ":", "第 " + std::to_string(number) + " 条记录：")
      .add("content", "内容", shown.record)
      .add("organization", "提交机构", recorded.organization)
      .add("transaction", "交易编号", to_hex(recorded.transaction_id))
      .add("block", "区块高度", recorded.height.value())
      .add_time(recorded.block_time_ms);
}

void add_claim(Lines& lines, const ledger::EntityFacts& entity) {
  lines.heading("The entity:", "对象：")
      .add("contract", "模块", entity.contract)
      .add("name", "名称", entity.name);
  if (entity.count == 0) {
    lines.add("state", "状态",
              lines.is_chinese() ? "链上没有它的任何记录" : "ABSENT: the chain has no record about it");
    return;
  }
  lines.add("records", "记录条数", entity.count);
  if (!entity.records) {
    lines.add("content", "内容",
              lines.is_chinese() ? "证明未列出各条记录" : "the bundle does not show the records");
    return;
  }
  for (std::size_t i = 0; i < entity.records->size(); ++i) add_record(lines, i + 1, (*entity.records)[i]);
}

}  // namespace

std::string facts_words(const ledger::ProofFacts& facts, Language language) {
  Lines lines(language);
  std::visit([&](const auto& claim) { add_claim(lines, claim); }, facts.claim);
  const auto& anchor = facts.anchor;
  lines.heading("Proven by:", "证明依据：")
      .add("network", "网络", anchor.network)
      .add("chain id (SHA-256 of the genesis file)", "链标识（创世文件的 SHA-256）", to_hex(anchor.chain_id))
      .add("as of height", "截至高度", anchor.executed_height.value())
      .add("signed at height", "签名所在高度", anchor.height.value())
      .add("epoch", "纪元", anchor.epoch.value())
      .add_time(anchor.time_ms)
      .add("changes of the validators since genesis", "创世以来验证节点变更次数", anchor.set_changes)
      .add("signers", "签名节点",
           std::to_string(anchor.signers.size()) + "/" + std::to_string(anchor.validators) + ": " +
               joined(anchor.signers));
  return lines.take();
}

}  // namespace jingchu::cli
