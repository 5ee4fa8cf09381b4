// A validator in an attacker's hands that a node asks for what it lacks. It says of itself that it has far more than anyone,
// so that it is asked, and answers with lies; what it needs of the truth it fetches from an honest node.
import { randomBytes } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { Forger, HostilePeer, Observed } from './hostile_peer.mjs';
import * as wire from './wire.mjs';

const { kFetch, kKinds, kSigned } = wire;
const kBoasts = 100_000;
const kLate_ms = 90; // just before a node asks another

// What a fetch asks for, by its kind: as much of it as an answer needs.
const kFetched = {
  [kKinds.fetchCertificates]: (bytes) => ({ kind: kFetch.certificates, number: bytes.readBigUInt64LE(0), hash: wire.kZero }),
  [kKinds.fetchProposal]: (bytes) => ({ kind: kFetch.proposal, number: bytes.readBigUInt64LE(0), hash: bytes.subarray(8, 40) }),
  [kKinds.fetchBatches]: (bytes) => ({ kind: kFetch.batches, lane: bytes.readUInt16LE(0), first: bytes.readBigUInt64LE(2),
    number: bytes.readBigUInt64LE(10), hash: bytes.subarray(18, 50) }),
  [kKinds.fetchChain]: (bytes) => ({ kind: kFetch.chain, number: bytes.readBigUInt64LE(0), hash: wire.kZero }),
};

// What it answers to a fetch.
export const kLies = {
  'never answers': () => {},
  'has nothing': (liar, fetch) => liar.victim.send(kKinds.unavailable, wire.encodeUnavailable(fetch)),
  'forges': (liar, { kind, lane, number }) => {
    const hash = randomBytes(32);
    if (kind === kFetch.chain) {
      const header = { ...liar.observed.header(), height: Number(number) + 1 };
      const finalization = liar.forger.certificate({ kind: kSigned.finalize, view: header.view, height: header.height, hash }, liar.quorum());
      liar.victim.send(kKinds.chain, wire.encodeChain({ headers: [header], finalization }));
    } else if (kind === kFetch.batches) {
      liar.victim.send(kKinds.batch, liar.forger.batch({ lane, sequence: number, transactions: [] }));
    }
  },
  // True, and of no use: what the node has long since, and batches of another place.
  'answers beside the point': (liar, { kind }) => {
    if (kind === kFetch.chain && liar.firstChain) liar.victim.send(kKinds.chain, liar.firstChain);
    if (kind === kFetch.batches && liar.lastBatch) liar.victim.send(kKinds.batch, liar.lastBatch);
  },
  // The truth, but of batches never the one that was asked for by its tip.
  'answers in part': (liar, fetch, bytes) => liar.fetchForIt(fetch, bytes, { isKept: (sequence) => sequence < fetch.number }),
  'answers late': (liar, fetch, bytes) => liar.fetchForIt(fetch, bytes, { late_ms: kLate_ms }),
};

export class LyingPeer {
  constructor(identity, victimPort, honestPort, name) {
    Object.assign(this, { identity, victimPort, lie: kLies[name], forger: new Forger(identity), observed: new Observed(), passedOn: [], fetches: 0 });
    const { observed } = this;
    this.honest = new HostilePeer(identity, honestPort, { observed });
    this.listen();
    // A chain that everybody has: to be sent when it is of no use.
    this.honest.send(kKinds.fetchChain, wire.encodeFetchChain({ above: 0 }));
    this.running = this.keepDialing();
  }
  quorum() {
    const { validators } = this.identity;
    return Array.from({ length: validators - Math.floor((validators - 1) / 3) }, (_, signer) => signer);
  }
  async keepDialing() {
    while (!this.ended) {
      if (!this.victim || this.victim.closed) this.dial();
      if (this.observed.status && this.victim.isSession) {
        const { status, finalHeight, finalView } = this.observed;
        this.victim.send(kKinds.laneStatus, wire.encodeLaneStatus({ ...status, finalHeight: finalHeight + kBoasts, finalView: finalView + kBoasts,
          view: finalView + kBoasts + 1 }));
      }
      await pause(50);
    }
  }
  dial() {
    this.victim = new HostilePeer(this.identity, this.victimPort);
    this.sessions = (this.sessions ?? 0) + 1;
    const note = this.victim.receive.bind(this.victim);
    this.victim.receive = (kind, bytes) => {
      note(kind, bytes);
      const fetch = kFetched[kind]?.(bytes);
      if (!fetch) return;
      this.fetches += 1;
      this.lie(this, fetch, bytes);
    };
  }
  // The honest node's answers, as far as they are passed on.
  listen() {
    const note = this.honest.receive.bind(this.honest);
    this.honest.receive = (kind, payload) => {
      note(kind, payload);
      const bytes = Buffer.from(payload);
      if (kind === kKinds.chain) this.firstChain ??= bytes;
      if (kind === kKinds.batch) this.lastBatch = bytes;
      const wanted = this.passedOn.find((one) => one.takes(kind, bytes));
      if (!wanted) return;
      if (isLastOf(wanted, kind, bytes)) this.passedOn.splice(this.passedOn.indexOf(wanted), 1);
      setTimeout(() => this.victim.send(kind, bytes), wanted.late_ms);
    };
  }
  fetchForIt(fetch, bytes, { isKept = () => true, late_ms = 0 }) {
    const takes = (kind, answer) => {
      if (kind === kKinds.chain) return fetch.kind === kFetch.chain;
      if (kind !== kKinds.batch || fetch.kind !== kFetch.batches) return false;
      const sequence = answer.readBigUInt64LE(10);
      return answer.readUInt16LE(8) === fetch.lane && sequence >= fetch.first && sequence <= fetch.number && isKept(sequence);
    };
    this.passedOn.push({ fetch, takes, late_ms });
    if (this.passedOn.length > 64) this.passedOn.shift();
    this.honest.send(kindOf(fetch), bytes);
  }
  async end() {
    this.ended = true;
    await this.running;
    this.victim?.end();
    this.honest.end();
  }
}
const isLastOf = ({ fetch }, kind, bytes) => kind === kKinds.chain || bytes.readBigUInt64LE(10) === fetch.number;
const kindOf = ({ kind }) => ({ [kFetch.certificates]: kKinds.fetchCertificates, [kFetch.proposal]: kKinds.fetchProposal,
  [kFetch.batches]: kKinds.fetchBatches, [kFetch.chain]: kKinds.fetchChain })[kind];
