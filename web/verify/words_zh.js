// 验证结果的中文文字。`holds` 用于成立的步骤，`reasons` 用于不成立的步骤。

const kProblems = {
  'too-long': '长度超过 64 MiB',
  utf8: '不是 UTF-8 编码',
  syntax: '不符合 JSON 语法',
  depth: '嵌套超过 32 层',
  duplicate: '同一对象中有重复的名称',
  surrogate: '转义序列只有半个字符',
  trailing: '结尾之后还有内容',
};

const kDigests = { sha256: 'SHA-256', sm3: 'SM3' };

function recordsHold({ bundle: { entity } }) {
  if (entity.head === null) return '该对象没有记录，证明中也未列出记录。';
  if (entity.records === null) return '证明未列出各条记录，但记录条数已得到证明。';
  return `列出的 ${entity.head.count} 条记录就是全部记录，顺序一致，未被修改或遗漏。`;
}

export const chinese = {
  notReached: '前面的步骤不成立，未检查。',
  steps: {
    bundle: '证明文件',
    genesis: '创世文件',
    sets: '验证节点的变更',
    finality: '最终确认',
    roots: '状态摘要',
    history: '所在区块',
    receipt: '执行回执',
    transaction: '提交者签名',
    call: '记录内容',
    state: '链上状态',
    records: '全部记录',
    file: '原始文件',
  },
  holds: {
    bundle: () => '证明文件完整，格式正确。',
    genesis: ({ genesis }) => `证明属于该创世文件所定义的链“${genesis.name}”。`,
    sets: ({ bundle, present }) => (bundle.sets.length === 0
      ? `${present.set.members.length} 个验证节点就是创世文件中的节点。`
      : `从创世文件中的验证节点起，经 ${bundle.sets.length} 次变更，成为现在的 ${present.set.members.length} 个节点；每次变更均由变更前的节点签名。`),
    finality: ({ bundle, signers, present }) =>
      `${present.set.members.length} 个验证节点中的 ${signers.length} 个已签名确认：截至高度 ${bundle.anchor.header.height} 的链为最终结果。`,
    roots: ({ bundle }) => `以下内容均以高度 ${bundle.anchor.header.executedHeight} 之后的状态为准，该状态已由上述节点签名。`,
    history: ({ bundle }) => `高度 ${bundle.record.block.height} 的区块属于这条链。`,
    receipt: ({ bundle }) => `回执属于该区块，执行结果为“${bundle.record.receipt.code}”。`,
    transaction: () => '交易与回执一致，并由提交者签名。',
    call: ({ bundle }) => `记录内容是该交易 ${bundle.record.transaction.callCount} 个调用中的第 ${bundle.record.receipt.callIndex + 1} 个。`,
    state: ({ bundle: { entity } }) => (entity.head === null
      ? '链上状态中没有该对象的记录。'
      : `链上状态中有该对象的 ${entity.head.count} 条记录。`),
    records: recordsHold,
    file: () => '文件与链上记录一致：摘要值相同。',
  },
  reasons: {
    internal: ({ problem }) => `检查未能完成（${problem}）。`,
    'not-json': ({ problem, where }) => `证明文件不是有效的 JSON：${kProblems[problem]}（位置 ${where}）。`,
    'not-text': ({ where }) => `${where} 处应为文本。`,
    'not-hex': ({ where }) => `${where} 处应为小写十六进制。`,
    'wrong-length': ({ where }) => `${where} 处的值长度不对。`,
    'not-integer': ({ where }) => `${where} 处应为 0 至 2^53 - 1 的整数。`,
    'not-list': ({ where }) => `${where} 处应为列表。`,
    'not-object': ({ where }) => `${where} 处应为对象。`,
    'not-key': ({ where }) => `${where} 处应为公钥。`,
    'not-encoding': ({ where }) => `${where} 处的字节无法解码。`,
    'not-format': () => '这不是荆楚链的证明文件。',
    'not-version': () => '无法识别该版本的证明文件。',
    'unknown-field': ({ where }) => `字段 ${where} 无法识别。`,
    'missing-field': ({ where }) => `缺少字段 ${where}。`,
    'one-claim': () => '证明文件中“record”与“entity”必须有且只有一个。',
    'other-chain': ({ theirs, ours }) => `证明属于链 ${theirs}，而该创世文件属于链 ${ours}。`,
    'genesis-json': ({ problem, where }) => `创世文件不是有效的 JSON：${kProblems[problem]}（位置 ${where}）。`,
    'genesis-content': ({ where }) => `创世文件 ${where} 处的内容不符合要求。`,
    'other-set': ({ height }) => `高度 ${height} 的区块头不属于证明所指向的验证节点。`,
    epoch: ({ height }) => `高度 ${height} 的区块头的纪元与高度不符。`,
    'protocol-version': ({ version }) => `无法识别协议版本 ${version}。`,
    'path-broken': ({ height }) => `高度 ${height} 的区块头与前一个不相接。`,
    'certificate-of-another': ({ height }) => `为高度 ${height} 出示的签名不是针对该区块的。`,
    quorum: ({ quorum, count }) => `需要 ${quorum} 个签名，出示了 ${count} 个。`,
    signers: () => '签名者不是按升序排列的不同节点。',
    signature: ({ name }) => `验证节点“${name}”的签名无效。`,
    'set-size': ({ count }) => `验证节点应为 4 至 100 个，此处有 ${count} 个。`,
    'set-distinct': () => '有两个验证节点的名称或密钥相同。',
    'set-too-early': ({ height }) => `高度 ${height} 的变更早于为其签名的节点集合。`,
    'set-hash': ({ height }) => `列出的验证节点不是高度 ${height} 的区块头所公布的节点。`,
    'set-same': ({ height }) => `高度 ${height} 的区块头没有公布变更。`,
    'anchor-too-early': ({ height }) => `高度 ${height} 的区块头早于为其签名的节点集合。`,
    'executed-root': () => '状态摘要不是验证节点所签名的摘要。',
    'history-height': ({ height, executedHeight }) => `高度 ${height} 不在已证明的高度 1 至 ${executedHeight} 之内。`,
    'history-path': ({ height }) => `高度 ${height} 的区块不是链的历史中的区块。`,
    'receipt-path': () => '回执不在该区块中。',
    'receipt-height': ({ receipt, block }) => `回执的高度为 ${receipt}，区块的高度为 ${block}。`,
    'transaction-version': ({ version }) => `无法识别交易版本 ${version}。`,
    'transaction-chain': () => '交易属于另一条链。',
    'transaction-id': () => '交易与回执不一致。',
    'transaction-signature': () => '提交者的签名无效。',
    'call-path': () => '内容不是提交者所签名的内容。',
    siblings: () => '状态路径过长。',
    'absent-with-records': () => '证明称该对象不存在，却列出了它的记录。',
    'present-with-other': () => '证明同时列出了该对象和占据其位置的另一对象。',
    'no-count': () => '存在的对象至少应有一条记录。',
    'other-is-entity': () => '应占据该对象位置的正是该对象本身。',
    'other-elsewhere': () => '应占据该对象位置的对象在别处。',
    'no-histories': () => '链上没有以此命名且保存历史记录的模块。',
    'not-canonical': () => '名称不是链上保存该对象所用的唯一写法。',
    'state-path': () => '链上状态中关于该对象的内容并非如此。',
    'records-count': ({ count, expected }) => `应有 ${expected} 条记录，列出了 ${count} 条。`,
    'records-chain': () => '列出的记录不是该对象的记录：有记录被修改、遗漏、增加或移动。',
    'not-deposit': ({ contract, method }) => `该记录不是存证，而是“${contract}”的“${method}”，无法与文件比对。`,
    payload: () => '存证内容无法读取。',
    'deposit-failed': ({ code }) => `存证未被接受（“${code}”），链上没有存证。`,
    'other-file': ({ algorithm, recorded, hash }) => `文件与链上记录不一致：文件的 ${kDigests[algorithm]} 摘要为 ${hash}，链上为 ${typeof recorded === 'string' ? recorded : '（无）'}。`,
    'absent-file': () => '证明表明没有记录，无法与文件比对。',
    'not-evidence': ({ contract }) => `该对象属于“${contract}”而非“evidence”，无法与文件比对。`,
    'other-entity': ({ name, hash }) => `文件与链上记录不一致：文件为 ${hash}，链上为 ${name}。`,
  },
};
