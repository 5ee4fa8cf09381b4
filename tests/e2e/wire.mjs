// The messages between peers as bytes, written from docs/formats.md ("Messages between peers") alone. Everything that
// is encoded here may be wrong on purpose: the fields are taken as they are given.
import { sign } from 'node:crypto';
import { byteString, integer, merkleRoot, publicKey, sha256 } from './submit.mjs';

export const kZero = Buffer.alloc(32);
export const kSigned = { notarize: 1, nullify: 2, finalize: 3, proposal: 4, batch: 5 };
export const kKinds = { keepAlive: 0, proposal: 16, vote: 17, certificate: 18, laneStatus: 19, batch: 20, fetchCertificates: 21,
  fetchProposal: 22, fetchBatches: 23, fetchChain: 24, chain: 25, unavailable: 26, evidence: 64, hello: 255 };
export const kFetch = { certificates: 1, proposal: 2, batches: 3, chain: 4 };

const u8 = (value) => integer(value, 1);
const u16 = (value) => integer(value, 2);
const u32 = (value) => integer(value, 4);
const u64 = (value) => integer(value, 8);
const list = (elements, encode) => Buffer.concat([u32(elements.length), ...elements.map(encode)]);

// "Frames" and "Hello"
export const frame = (kind, payload = Buffer.alloc(0), length = payload.length) => Buffer.concat([u32(length), u8(kind), payload]);
export const hello = (chainId, version = 1) => frame(kKinds.hello, Buffer.concat([u16(version), chainId]));

// "Consensus signatures"
export const signingBytes = ({ chainId, epoch, kind, view, height, hash }) =>
  Buffer.concat([byteString('jingchu/consensus'), chainId, u64(epoch), u8(kind), u64(view), u64(height), hash]);
export const signed = (key, fields) => sign(null, signingBytes(fields), key);

const encodeBallot = ({ epoch, kind, view, height, hash }) =>
  Buffer.concat([u64(epoch), u8(kind), u64(view), u64(height), hash]);
export const encodeVote = (vote) => Buffer.concat([encodeBallot(vote), u16(vote.signer), vote.signature]);
export const encodeCertificate = (certificate) => Buffer.concat([encodeBallot(certificate),
  list(certificate.signatures, ({ signer, signature }) => Buffer.concat([u16(signer), signature]))]);

const encodeCut = (cut) => list(cut, ({ sequence, tip }) => Buffer.concat([u64(sequence), tip]));
export const encodeHeader = (header) => Buffer.concat([u16(header.protocolVersion), u64(header.epoch), u64(header.view),
  u64(header.height), u64(header.parentView), header.parentHash, encodeCut(header.cut), u64(header.timeMs),
  u64(header.executedHeight), header.executedRoot, header.validatorsHash, header.nextValidatorsHash]);
export const blockHash = (chainId, header) => sha256(byteString('jingchu/header'), chainId, encodeHeader(header));

export const encodeProposal = ({ header, proposer, signature, justification }) =>
  Buffer.concat([encodeHeader(header), u16(proposer), signature, list(justification, encodeCertificate)]);
export const encodeChain = ({ headers, finalization }) => Buffer.concat([list(headers, encodeHeader), encodeCertificate(finalization)]);
export const encodeLaneStatus = (status) => Buffer.concat([u64(status.epoch), u64(status.view), encodeCut(status.watermarks),
  u64(status.executedHeight), status.executedRoot, u64(status.finalView), u64(status.finalHeight), u64(status.idleView)]);

// "Batch"
export const batchTipOf = (chainId, head, root) => sha256(byteString('jingchu/batch'), chainId, u64(head.epoch), u16(head.lane),
  u64(head.sequence), head.prev, root);
export const batchTip = (chainId, batch) => batchTipOf(chainId, batch, merkleRoot(batch.transactions));
export const encodeBatch = (batch) => Buffer.concat([u64(batch.epoch), u16(batch.lane), u64(batch.sequence), batch.prev,
  list(batch.transactions, byteString), batch.signature]);

export const encodeFetchCertificates = ({ first, last }) => Buffer.concat([u64(first), u64(last)]);
export const encodeFetchProposal = ({ view, hash }) => Buffer.concat([u64(view), hash]);
export const encodeFetchBatches = ({ lane, first, last, tip }) => Buffer.concat([u16(lane), u64(first), u64(last), tip]);
export const encodeFetchChain = ({ above }) => u64(above);
export const encodeUnavailable = ({ kind, number, hash }) => Buffer.concat([u8(kind), u64(number), hash]);

// "Evidence", of two contents; an invalid batch is only read
export const encodeContradiction = ({ epoch, culprit, kind, number, first, second }) => Buffer.concat([u64(epoch), u16(culprit), u8(kind),
  u64(number), u8(0), ...[first, second].map(({ height, hash, signature }) => Buffer.concat([u64(height), hash, signature]))]);

export const validatorsHash = (validators) => sha256(byteString('jingchu/validators'), list(validators, (validator) =>
  Buffer.concat([byteString(validator.name), publicKey(validator.consensus_key), publicKey(validator.transport_key)])));

// What the attacker reads of the others' messages.
class Reader {
  constructor(bytes) { Object.assign(this, { bytes, at: 0 }); }
  take(size) { return this.bytes.subarray(this.at, this.at += size); }
  u8() { return this.take(1)[0]; }
  u16() { return this.take(2).readUInt16LE(); }
  big() { return this.take(8).readBigUInt64LE(); }
  byteString() { return this.take(this.take(4).readUInt32LE()); }
  u64() { return Number(this.take(8).readBigUInt64LE()); }
  list(read) { return Array.from({ length: this.take(4).readUInt32LE() }, read); }
  cut() { return this.list(() => ({ sequence: this.u64(), tip: this.take(32) })); }
  header() {
    return { protocolVersion: this.u16(), epoch: this.u64(), view: this.u64(), height: this.u64(), parentView: this.u64(),
      parentHash: this.take(32), cut: this.cut(), timeMs: this.u64(), executedHeight: this.u64(), executedRoot: this.take(32),
      validatorsHash: this.take(32), nextValidatorsHash: this.take(32) };
  }
  certificate() {
    return { epoch: this.u64(), kind: this.take(1)[0], view: this.u64(), height: this.u64(), hash: this.take(32),
      signatures: this.list(() => ({ signer: this.u16(), signature: this.take(64) })) };
  }
}
// The whole of the bytes, and nothing after it.
const whole = (bytes, read) => {
  const reader = new Reader(bytes);
  const value = read(reader);
  if (reader.at !== bytes.length) throw new Error(`read ${reader.at} of ${bytes.length} bytes`);
  return value;
};
export const decodeEvidence = (bytes) => whole(bytes, (reader) => {
  const evidence = { epoch: reader.big(), culprit: reader.u16(), kind: reader.u8(), number: reader.big() };
  const content = () => ({ height: reader.big(), hash: reader.take(32), signature: reader.take(64) });
  switch (reader.u8()) {
    case 0: return { ...evidence, first: content(), second: content() };
    case 1: Object.assign(evidence, { prev: reader.take(32), root: reader.take(32), signature: reader.take(64) }); break;
    default: throw new Error('a proof of an unknown kind');
  }
  if (reader.u8() === 1) {
    evidence.transaction = { bytes: reader.byteString(), index: reader.big(), count: reader.big(), path: reader.list(() => reader.take(32)) };
  }
  return evidence;
});
const kAlgorithms = { 1: 'ed25519', 2: 'sm2' };
export const decodeTransaction = (bytes) => whole(bytes, (reader) => ({
  version: reader.u16(), chain_id: reader.take(32).toString('hex'), sender: `${kAlgorithms[reader.u8()]}:${reader.byteString().toString('hex')}`,
  nonce: reader.take(16).toString('hex'), valid_until: reader.big(), on_error: ['rollback', 'proceed'][reader.u8()],
  calls: reader.list(() => ({ contract: reader.byteString().toString(), method: reader.byteString().toString(), payload: reader.byteString().toString() })),
  signature: reader.take(64).toString('hex') }));
export const decodeCertificate = (bytes) => new Reader(bytes).certificate();
export const decodeHeader = (bytes) => new Reader(bytes).header(); // also of a proposal, which begins with it
export function decodeChain(bytes) {
  const reader = new Reader(bytes);
  return { headers: reader.list(() => reader.header()), finalization: reader.certificate() };
}
export function decodeLaneStatus(bytes) {
  const reader = new Reader(bytes);
  return { epoch: reader.u64(), view: reader.u64(), watermarks: reader.cut(), executedHeight: reader.u64(), executedRoot: reader.take(32),
    finalView: reader.u64(), finalHeight: reader.u64(), idleView: reader.u64() };
}

// Puts frames together from bytes cut anywhere.
export class FrameReader {
  constructor() { this.rest = Buffer.alloc(0); }
  *frames(bytes) {
    this.rest = this.rest.length === 0 ? bytes : Buffer.concat([this.rest, bytes]);
    while (this.rest.length >= 5 && this.rest.length >= 5 + this.rest.readUInt32LE()) {
      const end = 5 + this.rest.readUInt32LE();
      yield { kind: this.rest[4], payload: this.rest.subarray(5, end) };
      this.rest = this.rest.subarray(end);
    }
  }
}
