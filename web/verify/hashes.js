// Encodings that are hashed or signed, and their hashes; docs/formats.md.
import { sha256 } from '@noble/hashes/sha2';
import { concat, fromText } from './bytes.js';

export { sha256 };

export const kNoHash = new Uint8Array(32);

function integer(value, bytes) {
  const encoded = new Uint8Array(8);
  new DataView(encoded.buffer).setBigUint64(0, BigInt(value), true);
  return encoded.subarray(0, bytes);
}

export const u16 = (value) => integer(value, 2);
export const u32 = (value) => integer(value, 4);
export const u64 = (value) => integer(value, 8);

export function byteString(bytes) {
  return concat(u32(bytes.length), bytes);
}

export const text = (value) => byteString(fromText(value));

// H(tag, parts...): the parts are encodings already.
export function tagged(tag, ...parts) {
  return sha256(concat(text(tag), ...parts));
}

const publicKey = (key) => concat(Uint8Array.of(key.algorithm), byteString(key.bytes));

// validators: list of {name, consensusKey, transportKey}
export function validatorsHash(validators) {
  const each = validators.map((v) => concat(text(v.name), publicKey(v.consensusKey), publicKey(v.transportKey)));
  return tagged('jingchu/validators', u32(validators.length), ...each);
}

export const blockHash = (chainId, header) => tagged('jingchu/header', chainId, header.bytes);

// What a certificate's signatures are over.
export function consensusBytes(chainId, certificate) {
  return concat(text('jingchu/consensus'), chainId, u64(certificate.epoch), Uint8Array.of(certificate.kind),
    u64(certificate.view), u64(certificate.height), certificate.hash);
}

export function executedRoot({ entities, checksum, receipts, history }) {
  return tagged('jingchu/executed', tagged('jingchu/state', entities, checksum), receipts, history);
}

export const historyLeaf = (height, hash, receiptsRoot) => concat(u64(height), hash, receiptsRoot);

export const entityPath = (contract, name) => tagged('jingchu/entity', text(contract), text(name));

export const headValueHash = (name, count, chain) => sha256(concat(text(name), u64(count), chain));

export const nextChain = (chain, record, recorded) => tagged('jingchu/history', chain, sha256(record), recorded);
