// What the verifier says, in English. `holds` is told of a step that holds, `reasons` of one that does not.

const kProblems = {
  'too-long': 'it is longer than 64 MiB',
  utf8: 'it is not UTF-8',
  syntax: 'it breaks the grammar of JSON',
  depth: 'it nests deeper than 32',
  duplicate: 'an object has one name twice',
  surrogate: 'an escape is half of a character',
  trailing: 'something follows its end',
};

const kDigests = { sha256: 'SHA-256', sm3: 'SM3' };

const count = (number, one, many) => `${number} ${number === 1 || number === 1n ? one : many}`;

function recordsHold({ bundle: { entity } }) {
  if (entity.head === null) return 'The entity has no records, and none are shown.';
  if (entity.records === null) return 'The bundle does not show the records; how many there are is proven.';
  return `${count(entity.head.count, 'record is', 'records are')} shown: all that there are, in their order, none changed or left out.`;
}

export const english = {
  notReached: 'Not checked, because a step before it does not hold.',
  steps: {
    bundle: 'Proof bundle',
    genesis: 'Genesis file',
    sets: 'Changes of the validators',
    finality: 'Finality',
    roots: 'Summary of the state',
    history: 'Block',
    receipt: 'Receipt',
    transaction: 'Signature of the sender',
    call: 'Content',
    state: 'State',
    records: 'Records',
    file: 'Original file',
  },
  holds: {
    bundle: () => 'The bundle is complete and well-formed.',
    genesis: ({ genesis }) => `The bundle belongs to the chain of this genesis file, “${genesis.name}”.`,
    sets: ({ bundle, present }) => (bundle.sets.length === 0
      ? `The ${present.set.members.length} validators are those of the genesis file.`
      : `${count(bundle.sets.length, 'change leads', 'changes lead')} from the validators of the genesis file to the ${present.set.members.length} of today, each signed by those before.`),
    finality: ({ bundle, signers, present }) =>
      `${signers.length} of ${present.set.members.length} validators have signed that the chain up to height ${bundle.anchor.header.height} is final.`,
    roots: ({ bundle }) => `What follows is proven under the state after height ${bundle.anchor.header.executedHeight}, which they signed.`,
    history: ({ bundle }) => `The block of height ${bundle.record.block.height} belongs to that chain.`,
    receipt: ({ bundle }) => `The receipt belongs to that block; its result is “${bundle.record.receipt.code}”.`,
    transaction: () => 'The transaction is the one of the receipt, and its sender has signed it.',
    call: ({ bundle }) => `The content is call ${bundle.record.receipt.callIndex + 1} of ${bundle.record.transaction.callCount} of that transaction.`,
    state: ({ bundle: { entity } }) => (entity.head === null
      ? 'The state has no records of this entity.'
      : `The state has ${count(entity.head.count, 'record', 'records')} of this entity.`),
    records: recordsHold,
    file: () => 'The file is the one on record: its digests are equal.',
  },
  reasons: {
    internal: ({ problem }) => `The check could not be completed (${problem}).`,
    'not-json': ({ problem, where }) => `The bundle is not valid JSON: ${kProblems[problem]} (at ${where}).`,
    'not-text': ({ where }) => `A text is expected at ${where}.`,
    'not-hex': ({ where }) => `Lower-case hexadecimal is expected at ${where}.`,
    'wrong-length': ({ where }) => `The value at ${where} has the wrong length.`,
    'not-integer': ({ where }) => `An integer from 0 to 2^53 - 1 is expected at ${where}.`,
    'not-list': ({ where }) => `A list is expected at ${where}.`,
    'not-object': ({ where }) => `An object is expected at ${where}.`,
    'not-key': ({ where }) => `A public key is expected at ${where}.`,
    'not-encoding': ({ where, problem }) => `The bytes at ${where} cannot be decoded: ${problem}.`,
    'not-format': () => 'This is no proof bundle of Jingchu.',
    'not-version': () => 'This version of proof bundles is not known here.',
    'unknown-field': ({ where }) => `The field ${where} is not known.`,
    'missing-field': ({ where }) => `The field ${where} is missing.`,
    'one-claim': () => 'The bundle must have exactly one of "record" and "entity".',
    'other-chain': ({ theirs, ours }) => `The bundle is of the chain ${theirs}, this genesis file is of the chain ${ours}.`,
    'genesis-json': ({ problem, where }) => `The genesis file is not valid JSON: ${kProblems[problem]} (at ${where}).`,
    'genesis-content': ({ where }) => `The genesis file is not as it should be at ${where}.`,
    'other-set': ({ height }) => `The header of height ${height} is of other validators than the proof leads to.`,
    epoch: ({ height }) => `The header of height ${height} has an epoch that does not fit its height.`,
    'protocol-version': ({ version }) => `Protocol version ${version} is not known here.`,
    'path-broken': ({ height }) => `The header of height ${height} does not follow the one before it.`,
    'certificate-of-another': ({ height }) => `The signatures shown for height ${height} are not about its block.`,
    quorum: ({ quorum, count: shown }) => `${quorum} signatures are needed, ${shown} are shown.`,
    signers: () => 'The signers are not different members in ascending order.',
    signature: ({ name }) => `The signature of validator “${name}” is not valid.`,
    'set-size': ({ count: size }) => `A set has 4 to 100 validators; this one has ${size}.`,
    'set-distinct': () => 'Two validators of a set share a name or a key.',
    'set-too-early': ({ height }) => `The change at height ${height} is older than the set that signed it.`,
    'set-hash': ({ height }) => `The validators shown are not those that the header of height ${height} announces.`,
    'set-same': ({ height }) => `The header of height ${height} announces no change.`,
    'anchor-too-early': ({ height }) => `The header of height ${height} is older than the set that signed it.`,
    'executed-root': () => 'The summary of the state is not the one that the validators signed.',
    'history-height': ({ height, executedHeight }) => `Height ${height} is not among the heights 1 to ${executedHeight} that are proven.`,
    'history-path': ({ height }) => `The block of height ${height} is not the one in the history of the chain.`,
    'receipt-path': () => 'The receipt is not in the block.',
    'receipt-height': ({ receipt, block }) => `The receipt is of height ${receipt}, the block of height ${block}.`,
    'transaction-version': ({ version }) => `Version ${version} of transactions is not known here.`,
    'transaction-chain': () => 'The transaction is of another chain.',
    'transaction-id': () => 'The transaction is not the one of the receipt.',
    'transaction-signature': () => 'The signature of the sender is not valid.',
    'call-path': () => 'The content is not what the sender signed.',
    siblings: () => 'The path in the state is too long.',
    'absent-with-records': () => 'The bundle says that the entity is absent, and shows records of it.',
    'present-with-other': () => 'The bundle shows the entity and another one in its place.',
    'no-count': () => 'An entity that is present has at least one record.',
    'other-is-entity': () => 'What should stand in the place of the entity is the entity itself.',
    'other-elsewhere': () => 'What should stand in the place of the entity stands elsewhere.',
    'no-histories': () => 'There is no module of this name that keeps histories.',
    'not-canonical': () => 'The name is not in the one form under which the chain keeps this entity.',
    'state-path': () => 'This is not what the state says of the entity.',
    'records-count': ({ count: shown, expected }) => `There are ${expected} records, ${shown} are shown.`,
    'records-chain': () => 'The records are not those of the entity: one was changed, left out, added or moved.',
    'not-deposit': ({ contract, method }) => `The record is no deposit of evidence, but “${contract}”, “${method}”; no file can be compared with it.`,
    payload: () => 'The content of the deposit cannot be read.',
    'deposit-failed': ({ code }) => `The deposit was refused (“${code}”): nothing is on record.`,
    'other-file': ({ algorithm, recorded, hash }) => `The file is not the one on record: its ${kDigests[algorithm]} digest is ${hash}, on record is ${typeof recorded === 'string' ? recorded : 'none'}.`,
    'absent-file': () => 'The bundle proves that there is no record; no file can be compared with it.',
    'not-evidence': ({ contract }) => `The entity is of “${contract}” and not of “evidence”; no file can be compared with it.`,
    'other-entity': ({ name, hash }) => `The file is not the one on record: it is ${hash}, on record is ${name}.`,
  },
};
