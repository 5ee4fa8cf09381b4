// An attacker with a node's place in the network: its transport key opens sessions, its consensus key signs whatever
// it likes. It speaks the protocol between peers as docs/formats.md has it.
import { createPublicKey, generateKeyPairSync, randomBytes, sign } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { connect as connectTls } from 'node:tls';
import { privateKeyOf } from './submit.mjs';
import * as wire from './wire.mjs';

// A certificate carries the key (RFC 5280, RFC 8410); names and dates say nothing.
export function certificateOf(key) {
  const der = (tag, ...parts) => {
    const content = Buffer.concat(parts);
    const length = content.length < 128 ? Buffer.of(content.length) : Buffer.of(0x82, content.length >> 8, content.length & 0xff);
    return Buffer.concat([Buffer.of(tag), length, content]);
  };
  const kSequence = 0x30, kTime = 0x17, kBits = 0x03;
  const ed25519 = der(kSequence, Buffer.of(0x06, 3, 0x2b, 0x65, 0x70));
  const nobody = der(kSequence);
  const validity = der(kSequence, der(kTime, Buffer.from('700101000000Z')), der(kTime, Buffer.from('491231235959Z')));
  const version3 = Buffer.of(0xa0, 3, 2, 1, 2), serial = Buffer.of(2, 1, 1);
  const content = der(kSequence, version3, serial, ed25519, nobody, validity, nobody, createPublicKey(key).export({ format: 'der', type: 'spki' }));
  const certificate = der(kSequence, content, ed25519, der(kBits, Buffer.of(0), sign(null, content, key)));
  return { key: key.export({ format: 'pem', type: 'pkcs8' }), cert: `-----BEGIN CERTIFICATE-----\n${certificate.toString('base64')}\n-----END CERTIFICATE-----\n` };
}
export const rawPublicKey = (key) => key.export({ format: 'der', type: 'spki' }).subarray(-32);
export const strangerTls = () => certificateOf(generateKeyPairSync('ed25519').privateKey);
const plainKey = (file) => privateKeyOf(Buffer.from(JSON.parse(readFileSync(file, 'utf8')).secret, 'hex'));

// The home of a validator, in the attacker's hands.
export function stolenIdentity(network, node) {
  const keys = join(network.dir, network.names[node], 'keys');
  return { name: network.names[node], index: node, chainId: Buffer.from(network.chainId, 'hex'), validators: network.names.length,
    tls: certificateOf(plainKey(join(keys, 'transport.json'))), consensusKey: plainKey(join(keys, 'consensus.json')) };
}

// Not the address of the honest nodes: what one address may do is limited.
export const kAttackersAddress = '127.0.0.9';

// One connection, from the TLS handshake on.
export class HostilePeer {
  constructor(identity, port, options = {}) {
    const { tls = identity.tls, localAddress = kAttackersAddress, observed = new Observed(), hello = wire.hello(identity.chainId), ...rest } = options;
    Object.assign(this, { identity, port, observed, answers: [], closed: false });
    this.socket = connectTls({ host: '127.0.0.1', port, localAddress, ...tls, rejectUnauthorized: false, minVersion: 'TLSv1.3',
      ...rest });
    this.socket.setNoDelay(true);
    this.socket.on('error', (error) => { this.error = error.message; });
    this.socket.on('close', () => { this.closed = true; });
    if (hello) this.socket.write(hello);
    const reader = new wire.FrameReader();
    this.socket.on('data', (bytes) => {
      for (const { kind, payload } of reader.frames(bytes)) this.receive(kind, payload);
    });
  }
  receive(kind, payload) {
    if (kind === wire.kKinds.hello || kind === wire.kKinds.keepAlive) return;
    this.isSession = true; // the node sends messages only to a peer that it has let in
    this.observed.note(kind, payload);
    if (kind === wire.kKinds.unavailable) this.answers.push(payload);
  }
  send(kind, payload) { this.sendRaw(wire.frame(kind, payload)); }
  sendRaw(bytes) { if (!this.closed) this.socket.write(bytes); }
  end() { this.socket.destroy(); }
}

// What a peer learns by listening: enough to say things that could be true.
const kKept = 256;
export class Observed {
  constructor() { Object.assign(this, { view: 0, finalView: 0, finalHeight: 0, certificates: [], proposals: [], chains: [], batches: [] }); }
  note(kind, payload) {
    const keep = (where, value) => {
      where.push(value);
      if (where.length > kKept) where.shift();
    };
    if (kind === wire.kKinds.laneStatus) {
      this.status = wire.decodeLaneStatus(payload);
      for (const field of ['view', 'finalView', 'finalHeight']) this[field] = Math.max(this[field], this.status[field]);
    } else if (kind === wire.kKinds.certificate) {
      keep(this.certificates, Buffer.from(payload));
    } else if (kind === wire.kKinds.proposal) {
      keep(this.proposals, Buffer.from(payload));
    } else if (kind === wire.kKinds.chain) {
      keep(this.chains, Buffer.from(payload));
    } else if (kind === wire.kKinds.batch && this.batches.length < kKept) {
      this.batches.push(payload.length);
    }
  }
  header() { return wire.decodeHeader(this.proposals.at(-1)); }
}

// Messages with the stolen keys' valid signatures; `fields` overrides anything, the signature among it.
export class Forger {
  constructor(identity) { Object.assign(this, { identity }); }
  sign(fields) { return wire.signed(this.identity.consensusKey, { chainId: this.identity.chainId, epoch: 0, ...fields }); }
  vote(fields) {
    const vote = { epoch: 0, kind: wire.kSigned.notarize, height: 1, hash: randomBytes(32), signer: this.identity.index, ...fields };
    if (vote.kind === wire.kSigned.nullify) Object.assign(vote, { height: 0, hash: wire.kZero }, fields);
    return wire.encodeVote({ ...vote, signature: fields.signature ?? this.sign({ ...vote, ...fields.signedAs }) });
  }
  // Of a quorum of signers, all of whose signatures are the attacker's.
  certificate(fields, signers = [0, 1, 2]) {
    const ballot = { epoch: 0, kind: wire.kSigned.notarize, height: 1, hash: randomBytes(32), ...fields };
    const signature = this.sign(ballot);
    return { ...ballot, signatures: signers.map((signer) => ({ signer, signature })) };
  }
  proposal(header, fields = {}) {
    const hash = wire.blockHash(this.identity.chainId, header);
    const signature = this.sign({ kind: wire.kSigned.proposal, epoch: header.epoch, view: header.view, height: header.height, hash });
    return wire.encodeProposal({ header, proposer: this.identity.index, justification: [], signature, ...fields });
  }
  batch(fields) {
    const batch = { epoch: 0, lane: this.identity.index, sequence: 2, prev: randomBytes(32), ...fields };
    const hash = wire.batchTip(this.identity.chainId, batch);
    const signature = this.sign({ epoch: batch.epoch, kind: wire.kSigned.batch, view: 0, height: batch.sequence, hash });
    return wire.encodeBatch({ ...batch, signature: fields.signature ?? signature });
  }
}
