// docs/formats.md, "Encoding", and the structs that a proof bundle holds. Integers of 64 bits are BigInt, others Number.
// A value has one encoding only, and what is not an encoding is refused; so whatever decodes encodes to the same bytes.
import { equal, fromText, toText } from './bytes.js';

export class Malformed extends Error {}

class Decoder {
  constructor(bytes) {
    this.bytes = bytes;
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.at = 0;
  }

  raw(length) {
    if (length > this.bytes.length - this.at) throw new Malformed('it ends too early');
    this.at += length;
    return this.bytes.subarray(this.at - length, this.at);
  }

  place(length) {
    this.raw(length);
    return this.at - length;
  }

  u8() {
    return this.view.getUint8(this.place(1));
  }

  u16() {
    return this.view.getUint16(this.place(2), true);
  }

  u32() {
    return this.view.getUint32(this.place(4), true);
  }

  u64() {
    return this.view.getBigUint64(this.place(8), true);
  }

  enumeration(...known) {
    const value = this.u8();
    if (!known.includes(value)) throw new Malformed('an enumeration has an unknown value');
    return value;
  }

  hash() {
    return this.raw(32);
  }

  byteString() {
    return this.raw(this.u32());
  }

  text() {
    const text = toText(this.byteString());
    if (text === undefined) throw new Malformed('a text is not UTF-8');
    return text;
  }

  list(element) {
    const count = this.u32();
    if (count > this.bytes.length - this.at) throw new Malformed('a list is longer than what follows');
    return Array.from({ length: count }, () => element(this));
  }

  publicKey() {
    const algorithm = this.enumeration(1, 2);
    const bytes = this.byteString();
    if (bytes.length !== (algorithm === 1 ? 32 : 65)) throw new Malformed('a public key has the wrong length');
    return { algorithm, bytes };
  }
}

const whole = (read) => (bytes) => {
  const decoder = new Decoder(bytes);
  const value = read(decoder);
  if (decoder.at !== bytes.length) throw new Malformed('bytes follow its end');
  return value;
};

// Fields are read in the order in which they stand: that is the order of the encoding.
export const decodeHeader = whole((d) => ({
  bytes: d.bytes,
  protocolVersion: d.u16(),
  epoch: d.u64(),
  view: d.u64(),
  height: d.u64(),
  parentView: d.u64(),
  parentHash: d.hash(),
  cut: d.list(() => ({ sequence: d.u64(), tip: d.hash() })),
  timeMs: d.u64(),
  executedHeight: d.u64(),
  executedRoot: d.hash(),
  validatorsHash: d.hash(),
  nextValidatorsHash: d.hash(),
}));

export const decodeCertificate = whole((d) => ({
  epoch: d.u64(),
  kind: d.enumeration(1, 2, 3),
  view: d.u64(),
  height: d.u64(),
  hash: d.hash(),
  signatures: d.list(() => ({ signer: d.u16(), signature: d.raw(64) })),
}));

export const decodeReceipt = whole((d) => ({
  bytes: d.bytes,
  transactionId: d.hash(),
  callIndex: d.u32(),
  height: d.u64(),
  code: d.text(),
  message: d.text(),
  where: d.text(),
  cost: d.u64(),
  events: d.list(() => ({ name: d.text(), json: d.text() })),
}));

const kHeadTag = fromText('jingchu/transaction');

export const decodeTransactionHead = whole((d) => {
  if (!equal(d.byteString(), kHeadTag)) throw new Malformed('its tag is not that of a transaction');
  return {
    bytes: d.bytes,
    version: d.u16(),
    chainId: d.hash(),
    sender: d.publicKey(),
    nonce: d.raw(16),
    validUntil: d.u64(),
    onError: d.enumeration(0, 1),
    callCount: d.u32(),
    callsRoot: d.hash(),
  };
});

export const decodeCall = whole((d) => ({
  bytes: d.bytes,
  contract: d.text(),
  method: d.text(),
  payload: d.byteString(),
}));

export const decodeRecorded = whole((d) => ({
  bytes: d.bytes,
  height: d.u64(),
  blockTimeMs: d.u64(),
  transactionId: d.hash(),
  callIndex: d.u32(),
  organization: d.text(),
}));
