// Steps 6 to the last: the claim of a bundle, under roots that are final. docs/formats.md, "Verifying".
import { equal, toHex, toText } from './bytes.js';
import {
  blockHash, entityPath, headValueHash, historyLeaf, kNoHash, nextChain, sha256,
} from './hashes.js';
import { JsonError, parseJson } from './json.js';
import { entityLeaf, isIncluded, sharesBits, stateRoot } from './merkle.js';
import { require } from './refusal.js';
import { verifySignature } from './signatures.js';
import { sm3 } from './sm3.js';

const kSiblingsMax = 256;
const kDigest = /^[0-9a-fA-F]{64}$/;
const kPayloadBytesMax = 64 * 1024 * 1024;

export function checkHistory({ bundle, chainId }) {
  const { record, anchor, roots } = bundle;
  const { height } = record.block;
  const { executedHeight } = anchor.header;
  require(height >= 1n && height <= executedHeight, 'history-height', { height, executedHeight });
  const leaf = historyLeaf(height, blockHash(chainId, record.block), record.receipts_root);
  require(isIncluded(leaf, height - 1n, executedHeight, record.history_path, roots.history), 'history-path', { height });
}

export function checkReceipt({ bundle: { record } }) {
  const included = isIncluded(
    record.receipt.bytes, record.receipt_index, record.receipt_count, record.receipt_path, record.receipts_root);
  require(included, 'receipt-path');
  require(record.receipt.height === record.block.height, 'receipt-height',
    { receipt: record.receipt.height, block: record.block.height });
}

export function checkTransaction({ bundle: { record }, chainId }) {
  const head = record.transaction;
  require(head.version === 1, 'transaction-version', { version: head.version });
  require(equal(head.chainId, chainId), 'transaction-chain');
  require(equal(sha256(head.bytes), record.receipt.transactionId), 'transaction-id');
  require(verifySignature(head.sender, head.bytes, record.signature), 'transaction-signature');
}

export function checkCall({ bundle: { record } }) {
  const head = record.transaction;
  const index = BigInt(record.receipt.callIndex);
  const included = isIncluded(record.call.bytes, index, BigInt(head.callCount), record.call_path, head.callsRoot);
  require(included, 'call-path');
}

function checkAbsence({ other, records, siblings }, path) {
  require(records === null || records.length === 0, 'absent-with-records');
  if (other === null) return undefined;
  require(!equal(other.path, path), 'other-is-entity');
  require(sharesBits(other.path, path, siblings.length), 'other-elsewhere');
  return entityLeaf(other.path, other.value_hash);
}

function checkPresence({ name, head, other }, path) {
  require(other === null, 'present-with-other');
  require(head.count >= 1n, 'no-count');
  return entityLeaf(path, headValueHash(name, head.count, head.chain));
}

// docs/formats.md, "Histories": the modules that keep them, and the one form of a name where it can be told without
// the rules of GS1.
const kModules = ['agriculture', 'evidence', 'provenance'];
const kNameBytesMax = 4096;
const isCanonical = ({ contract, name }) => {
  const bytes = new TextEncoder().encode(name).length;
  if (bytes < 1 || bytes > kNameBytesMax) return false;
  return contract !== 'evidence' || /^(sha256|sm3):[0-9a-f]{64}$/.test(name);
};

export function checkState({ bundle: { entity, roots } }) {
  require(kModules.includes(entity.contract), 'no-histories');
  require(isCanonical(entity), 'not-canonical');
  require(entity.siblings.length <= kSiblingsMax, 'siblings');
  const path = entityPath(entity.contract, entity.name);
  const leaf = entity.head === null ? checkAbsence(entity, path) : checkPresence(entity, path);
  require(equal(stateRoot(path, leaf, entity.siblings), roots.entities), 'state-path');
}

export function checkRecords({ bundle: { entity } }) {
  if (entity.records === null || entity.head === null) return;
  const count = entity.records.length;
  require(BigInt(count) === entity.head.count, 'records-count', { count, expected: entity.head.count });
  let chain = kNoHash;
  for (const { record, recorded } of entity.records) {
    chain = nextChain(chain, new TextEncoder().encode(record), recorded.bytes);
  }
  require(equal(chain, entity.head.chain), 'records-chain');
}

function depositOf({ contract, method, payload }) {
  require(contract === 'evidence' && method === 'deposit', 'not-deposit', { contract, method });
  try {
    const deposit = parseJson(payload, kPayloadBytesMax);
    require(deposit instanceof Map, 'payload');
    return deposit;
  } catch (error) {
    require(!(error instanceof JsonError), 'payload');
    throw error;
  }
}

function checkRecordOfFile({ receipt, call }, hashes) {
  const deposit = depositOf(call);
  require(receipt.code === 'ok', 'deposit-failed', { code: receipt.code });
  for (const [name, hash] of Object.entries(hashes)) {
    const recorded = deposit.get(name);
    // A digest is a number: upper-case digits, which the deposit may have, mean the same.
    const same = typeof recorded === 'string' && kDigest.test(recorded) && recorded.toLowerCase() === hash;
    require(same, 'other-file', { algorithm: name, recorded, hash });
  }
}

function checkEntityOfFile({ contract, name, head }, hashes) {
  require(head !== null, 'absent-file');
  require(contract === 'evidence', 'not-evidence', { contract });
  const names = Object.entries(hashes).map(([algorithm, hash]) => `${algorithm}:${hash}`);
  require(names.includes(name), 'other-entity', { name, hash: names[0] });
}

export const hashesOf = (file) => ({ sha256: toHex(sha256(file)), sm3: toHex(sm3(file)) });

export function checkFile({ bundle, hashes }) {
  if (bundle.record) checkRecordOfFile(bundle.record, hashes);
  else checkEntityOfFile(bundle.entity, hashes);
}

export const payloadText = (payload) => toText(payload) ?? toHex(payload);
