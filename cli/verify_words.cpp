#include "cli/verify_words.h"

#include <algorithm>

#include "cli/visible_text.h"

namespace jingchu::cli {
namespace {

using ledger::ProofReason;
using ledger::ProofStep;
using ledger::ProofVerdict;

struct Words {
  std::string_view english;
  std::string_view chinese;

  std::string_view in(Language language) const { return language == Language::kChinese ? chinese : english; }
};

// In the order of ProofStep.
constexpr Words kTitles[] = {
    {"bundle", "证明文件"}, {"genesis", "创世文件"}, {"sets", "验证节点变更"}, {"finality", "最终确认"},
    {"roots", "状态摘要"},  {"history", "所在区块"}, {"receipt", "执行回执"},  {"transaction", "提交者签名"},
    {"call", "记录内容"},   {"state", "链上状态"},   {"records", "全部记录"},  {"file", "原始文件"}};
constexpr Words kShows[] = {
    {"The bundle is complete and well-formed.", "证明文件完整，格式正确。"},
    {"The bundle is of the network that this genesis file defines.", "证明属于该创世文件所定义的链。"},
    {"Every change of the validators since genesis was signed by the validators before it.",
     "自创世文件起，验证节点的每次变更均由变更前的节点签名。"},
    {"A quorum of the validators has signed that the chain is final up to the anchor.",
     "法定数量的验证节点已签名确认：截至锚定区块的链为最终结果。"},
    {"Everything below is of the state that they have signed.", "以下内容均属于上述节点已签名的状态。"},
    {"The block that holds the record is a block of this chain.", "记录所在的区块属于这条链。"},
    {"The receipt is of that block.", "执行回执属于该区块。"},
    {"The transaction is that of the receipt, and its sender has signed it.",
     "交易与回执一致，并由提交者签名。"},
    {"The content is what the sender has signed.", "记录内容就是提交者签名的内容。"},
    {"This is what the state of the chain says of the entity.", "链上状态中关于该对象的内容确实如此。"},
    {"The records shown, if any, are all there are, in their order, unchanged.",
     "所列记录（如有）就是全部记录，顺序一致，未被修改或遗漏。"},
    {"The file is the one on record: its hashes are the same.", "文件与链上记录一致：摘要值相同。"}};
constexpr Words kVerdicts[] = {{"holds", "成立"}, {"FAILS", "不成立"}, {"not reached", "未检查"}};

struct ReasonWords {
  ProofReason reason;
  Words words;
};
// {w} where, {e} expected, {f} found.
constexpr ReasonWords kReasons[] = {
    {ProofReason::kNotJson, {"It is not JSON ({w}): expected {f}.", "不是有效的 JSON（{w}）。"}},
    {ProofReason::kUnknownField, {"The field {w} is not known.", "字段 {w} 无法识别。"}},
    {ProofReason::kMissingField, {"The field {w} is missing.", "缺少字段 {w}。"}},
    {ProofReason::kNotObject, {"An object is expected at {w}.", "{w} 处应为对象。"}},
    {ProofReason::kNotList, {"A list is expected at {w}.", "{w} 处应为列表。"}},
    {ProofReason::kNotText, {"A text is expected at {w}.", "{w} 处应为文本。"}},
    {ProofReason::kNotHex,
     {"Lower-case hexadecimal is expected at {w} (digits: {e}).", "{w} 处应为小写十六进制（位数：{e}）。"}},
    {ProofReason::kNotInteger,
     {"A whole number from 0 to 2^53 - 1 is expected at {w}.", "{w} 处应为 0 至 2^53 - 1 的整数。"}},
    {ProofReason::kNotKey, {"A public key is expected at {w}.", "{w} 处应为公钥。"}},
    {ProofReason::kNotEncoding,
     {"The bytes at {w} cannot be decoded: {f}.", "{w} 处的字节无法解码（{f}）。"}},
    {ProofReason::kFormat, {"This is no proof bundle of Jingchu.", "这不是荆楚链的证明文件。"}},
    {ProofReason::kVersion,
     {"Version {f} of proof bundles is not known here.", "无法识别第 {f} 版证明文件。"}},
    {ProofReason::kOneClaim,
     {"It must have exactly one of \"record\" and \"entity\".", "“record”与“entity”必须有且只有一个。"}},
    {ProofReason::kOtherChain,
     {"The bundle is of the chain {f}, this genesis file is of the chain {e}.",
      "证明属于链 {f}，而该创世文件属于链 {e}。"}},
    {ProofReason::kBadGenesis,
     {"The genesis file is not as it should be at {w} ({f}).", "创世文件 {w} 处的内容不符合要求（{f}）。"}},
    {ProofReason::kOtherSet,
     {"The header at {w} is of other validators ({f}) than those that the proof leads to ({e}).",
      "{w} 处的区块头属于其他验证节点（{f}），而证明所指向的节点为 {e}。"}},
    {ProofReason::kHeight, {"The header at {w} is of height 0.", "{w} 处的区块头高度为 0。"}},
    {ProofReason::kEpoch,
     {"The header at {w} is of epoch {f}; by its height it is of epoch {e}.",
      "{w} 处的区块头纪元为 {f}，按其高度应为 {e}。"}},
    {ProofReason::kProtocolVersion,
     {"The header at {w} is of protocol version {f}, which is not known here.",
      "无法识别 {w} 处的协议版本 {f}。"}},
    {ProofReason::kPathEpoch,
     {"The header at {w} is of epoch {f}, the one before it of {e}.",
      "{w} 处的区块头纪元为 {f}，前一个为 {e}。"}},
    {ProofReason::kPathHeight,
     {"The header at {w} has height {f} instead of {e}.", "{w} 处的区块头高度为 {f}，应为 {e}。"}},
    {ProofReason::kPathParent,
     {"The header at {w} follows the block {f}, not the one before it ({e}).",
      "{w} 处的区块头接在区块 {f} 之后，而非前一个区块（{e}）。"}},
    {ProofReason::kCertificateKind,
     {"The signatures at {w} are of kind {f} and do not make a block final (3 would).",
      "{w} 处的签名种类为 {f}，不能使区块成为最终结果（应为 3）。"}},
    {ProofReason::kCertificateBlock,
     {"The signatures at {w} are about another block ({f}), not about {e}.",
      "{w} 处的签名针对另一区块（{f}），而非 {e}。"}},
    {ProofReason::kQuorum,
     {"{e} signatures are needed at {w}; {f} are there.", "{w} 处需要 {e} 个签名，实有 {f} 个。"}},
    {ProofReason::kSigners,
     {"The signers at {w} are not different validators in ascending order.",
      "{w} 处的签名者不是按升序排列的不同节点。"}},
    {ProofReason::kSignature,
     {"The signature of the validator \"{f}\" at {w} is not valid (its key: {e}).",
      "{w} 处验证节点“{f}”的签名无效（其公钥：{e}）。"}},
    {ProofReason::kTooEarly,
     {"The header at {w} is of epoch {f}; its validators count from epoch {e} on.",
      "{w} 处的区块头纪元为 {f}，而其验证节点自纪元 {e} 起才有效。"}},
    {ProofReason::kSetSize,
     {"A set has {e} validators; the one at {w} has {f}.", "验证节点应为 {e} 个，{w} 处有 {f} 个。"}},
    {ProofReason::kSetNames, {"The name \"{f}\" at {w} is there twice.", "{w} 处的名称“{f}”重复。"}},
    {ProofReason::kSetKeys, {"The key {f} at {w} is there twice.", "{w} 处的密钥 {f} 重复。"}},
    {ProofReason::kSetHash,
     {"The validators at {w} ({f}) are not those that the block announces ({e}).",
      "{w} 处的验证节点（{f}）不是区块所公布的节点（{e}）。"}},
    {ProofReason::kSetSame, {"The set at {w} is no change.", "{w} 处的节点没有变更。"}},
    {ProofReason::kExecutedRoot,
     {"The roots make {f}; the validators have signed {e}.", "状态摘要为 {f}，而验证节点签名的摘要为 {e}。"}},
    {ProofReason::kHistoryHeight,
     {"The block has height {f}, which is not among those proven ({e}).",
      "区块高度为 {f}，不在已证明的范围（{e}）内。"}},
    {ProofReason::kHistoryPath,
     {"The block shown for height {f} is not the one of this chain.",
      "所示高度 {f} 的区块不是这条链的区块。"}},
    {ProofReason::kReceiptPath, {"The receipt is not one of the block.", "回执不在该区块中。"}},
    {ProofReason::kReceiptHeight,
     {"The receipt is of height {f}, the block of height {e}.", "回执的高度为 {f}，区块的高度为 {e}。"}},
    {ProofReason::kOtherTransactionVersion,
     {"Version {f} of transactions is not known here.", "无法识别交易版本 {f}。"}},
    {ProofReason::kTransactionChain,
     {"The transaction is of another chain ({f}).", "交易属于另一条链（{f}）。"}},
    {ProofReason::kTransactionId,
     {"The transaction ({f}) is not that of the receipt ({e}).", "交易（{f}）与回执中的交易（{e}）不一致。"}},
    {ProofReason::kSenderSignature,
     {"The signature of the sender {e} is not valid.", "提交者 {e} 的签名无效。"}},
    {ProofReason::kCallPath,
     {"The content is not what the sender has signed.", "内容不是提交者所签名的内容。"}},
    {ProofReason::kNoHistories,
     {"No module \"{f}\" that keeps histories is known here.", "没有保存历史记录的模块“{f}”。"}},
    {ProofReason::kEntityName, {"\"{f}\" names no entity: {e}.", "“{f}”不是该模块中对象的名称。"}},
    {ProofReason::kNotCanonical,
     {"\"{f}\" is not the name under which records are kept; that is \"{e}\". Ask for a proof about it.",
      "“{f}”不是保存记录所用的名称，应为“{e}”。请索取关于该名称的证明。"}},
    {ProofReason::kOtherBesides,
     {"It shows the entity, and another one in its place.", "证明同时列出了该对象和占据其位置的另一对象。"}},
    {ProofReason::kNoCount,
     {"An entity that is there has at least one record.", "存在的对象至少应有一条记录。"}},
    {ProofReason::kAbsentWithRecords,
     {"It says that the entity is absent, and shows {f} records of it.",
      "证明称该对象不存在，却列出了 {f} 条记录。"}},
    {ProofReason::kOtherIsEntity,
     {"What should stand in the place of the entity is the entity itself.",
      "应占据该对象位置的正是该对象本身。"}},
    {ProofReason::kPathProof, {"The path in the state is not right: {f}.", "状态路径不正确。"}},
    {ProofReason::kStatePath,
     {"This is not what the state says of the entity (it leads to {f} instead of {e}).",
      "链上状态中关于该对象的内容并非如此（得出 {f}，应为 {e}）。"}},
    {ProofReason::kRecordCount,
     {"There are {e} records; {f} are shown.", "应有 {e} 条记录，列出了 {f} 条。"}},
    {ProofReason::kRecordChain,
     {"The records are not those of the entity: one was changed, left out, added or moved.",
      "列出的记录不是该对象的记录：有记录被修改、遗漏、增加或移动。"}},
    {ProofReason::kNotDeposit,
     {"The record is no deposit of evidence but \"{f}\"; no file can be compared with it.",
      "该记录不是存证，而是“{f}”，无法与文件比对。"}},
    {ProofReason::kNotOk,
     {"The deposit was refused (\"{f}\"): nothing is on record.", "存证未被接受（“{f}”），链上没有存证。"}},
    {ProofReason::kPayload, {"The content of the deposit cannot be read.", "存证内容无法读取。"}},
    {ProofReason::kOtherFile,
     {"The file is another one: it has {f}; on record is {e}.",
      "文件与链上记录不一致：文件为 {f}，链上为 {e}。"}},
    {ProofReason::kAbsentFile,
     {"The bundle proves that there is no record; no file can be compared with it.",
      "证明表明没有记录，无法与文件比对。"}},
    {ProofReason::kNotEvidence,
     {"The entity is of \"{f}\" and not of \"evidence\"; no file can be compared with it.",
      "该对象属于“{f}”而非“evidence”，无法与文件比对。"}},
    {ProofReason::kOtherEntity,
     {"The file is another one: it is {f}; on record is {e}.",
      "文件与链上记录不一致：文件为 {f}，链上为 {e}。"}},
};
static_assert(std::size(kReasons) == ledger::kProofReasons);

// In one pass, so that nothing put in is taken for a place.
std::string fill(std::string_view pattern, const ledger::ProofFailure& failure) {
  std::string out;
  for (std::size_t at = 0; at < pattern.size(); ++at) {
    const auto mark = pattern.substr(at, 3);
    if (mark != "{w}" && mark != "{e}" && mark != "{f}") {
      out += pattern[at];
      continue;
    }
    const auto& value = mark == "{w}" ? failure.where : mark == "{e}" ? failure.expected : failure.found;
    out += value.empty() ? "-" : visible(value);
    at += 2;
  }
  return out;
}

}  // namespace

std::string_view step_title(ProofStep step, Language language) {
  return kTitles[static_cast<std::size_t>(step)].in(language);
}

std::string_view verdict_words(ProofVerdict verdict, Language language) {
  return kVerdicts[static_cast<std::size_t>(verdict)].in(language);
}

std::string_view step_shows(ProofStep step, Language language) {
  return kShows[static_cast<std::size_t>(step)].in(language);
}

std::string failure_words(const ledger::ProofFailure& failure, Language language) {
  const auto found = std::find_if(std::begin(kReasons), std::end(kReasons),
                                  [&](const ReasonWords& entry) { return entry.reason == failure.reason; });
  CHECK(found != std::end(kReasons));
  return fill(found->words.in(language), failure);
}

std::string result_words(const ledger::ProofReport& report, Language language) {
  const bool chinese = language == Language::kChinese;
  if (report.holds())
    return chinese ? "结论：全部步骤成立，证明有效。" : "RESULT: every step holds; the proof is valid.";
  const auto title = std::string(step_title(report.failed()->step, language));
  if (chinese) return "结论：步骤“" + title + "”不成立，证明无效，不能作为依据。";
  return "RESULT: the step \"" + title + "\" does not hold; this bundle proves NOTHING.";
}

}  // namespace jingchu::cli
