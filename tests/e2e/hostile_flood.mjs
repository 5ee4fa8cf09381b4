// One flood, as a process of its own that ends by itself. Prints as JSON what it did.
// Usage: node hostile_flood.mjs --dir NETWORK --base-port P --kind KIND --seconds S
import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { connect as connectTcp } from 'node:net';
import { Duplex } from 'node:stream';
import { connect as connectTls } from 'node:tls';
import { setTimeout as pause } from 'node:timers/promises';
import { option } from './broken_network.mjs';
import { HostileNetwork, kAttacker, kHonest } from './hostile_network.mjs';
import { Forger, HostilePeer, Observed, rawPublicKey, stolenIdentity, strangerTls } from './hostile_peer.mjs';
import { kExamples, looseSequence, makeTransaction, nextHeader } from './hostile_attacks.mjs';
import { encodeTransaction } from './submit.mjs';
import * as wire from './wire.mjs';

const { kKinds, kSigned, frame } = wire;
const network = HostileNetwork.existing(option('dir'), Number(option('base-port')));
let end = Infinity;
const identity = stolenIdentity(network, kAttacker);
const forger = new Forger(identity);
const observed = new Observed();
const c = { identity, forger, observed, transaction: () => encodeTransaction(makeTransaction(network)) };
const done = { sessions: 0, megabytes: 0, ended: 0 };
// What measures us begins now.
function begin() {
  end = performance.now() + 1000 * Number(option('seconds', 4));
  console.log('begin');
}
const running = () => performance.now() < end;
const many = (count, make) => Array.from({ length: count }, (_, i) => make(i));

// ---- what is said, again and again: built anew every half second, for votes grow old
const views = () => many(60, (i) => observed.view + 1 + i);
const of = (kind, count, make) => many(count, (i) => frame(kKinds[kind], make(i)));
const kPools = {
  // Those that count, each another; and of views far ahead.
  votes: () => [...views().flatMap((view) => [kSigned.notarize, kSigned.nullify, kSigned.finalize].flatMap((kind) =>
    of('vote', 2, () => forger.vote({ view, kind })))), ...of('vote', 120, (i) => forger.vote({ view: observed.view + 1000 + i }))],
  certificates: () => observed.certificates.map((bytes) => frame(kKinds.certificate, bytes)),
  // Each with 33 true certificates, to be checked; of views that the attacker leads, and of those that it does not.
  proposals: () => views().map((view) => frame(kKinds.proposal, forger.proposal(nextHeader(c, view), {
    justification: many(33, (i) => wire.decodeCertificate(observed.certificates[i % observed.certificates.length])) }))),
  'statuses and refusals': () => [...of('laneStatus', 200, (i) => wire.encodeLaneStatus({ ...observed.status, executedRoot: randomBytes(32),
    view: observed.view + i, watermarks: observed.status.watermarks.map(() => ({ sequence: i * 7, tip: randomBytes(32) })) })),
  ...of('unavailable', 200, (i) => wire.encodeUnavailable({ kind: 1 + i % 4, number: i, hash: randomBytes(32) }))],
  'loose batches': () => of('batch', 100, () => kExamples.batch(c)),
  // As many signatures of clients to check as a batch can hold; many of them, for each is checked once only.
  'full batches': () => of('batch', 16, () => forger.batch({ sequence: looseSequence(), transactions: fullBatch() })),
  // As many bytes to keep for as little work.
  'large batches': () => of('batch', 4, () => forger.batch({ sequence: looseSequence(), transactions: largeBatch() })),
  // The full ones again, and each follows the one before: they become part of the chain.
  lane: () => of('batch', 3, followingBatch),
  chains: () => observed.chains.map((bytes) => frame(kKinds.chain, bytes)),
  'keep-alives': () => of('keepAlive', 2000, () => Buffer.alloc(0)),
  'bad frames': () => [frame(99, randomBytes(32))], // each ends a session
  'small fetches': () => [...of('fetchCertificates', 100, () => wire.encodeFetchCertificates({ first: observed.view - 63, last: observed.view })),
    ...observed.proposals.slice(-100).map((bytes) => frame(kKinds.fetchProposal,
      wire.encodeFetchProposal({ view: 1, hash: wire.blockHash(identity.chainId, wire.decodeHeader(bytes)) })))],
  'fetches of batches': () => fetchesOfBatches(),
  'fetches of chains': () => of('fetchChain', 100, (i) => wire.encodeFetchChain({ above: Math.max(0, observed.finalHeight - 64 * (i % 20)) })),
  'all fetches': () => [...kPools['fetches of batches'](), ...kPools['fetches of chains'](), ...kPools['small fetches']()],
};
// From genesis on, as someone who catches up would ask: the cuts of all final blocks name the batches.
function fetchesOfBatches() {
  const headers = observed.chains.flatMap((bytes) => wire.decodeChain(bytes).headers);
  return headers.flatMap((header) => header.cut.flatMap(({ sequence, tip }, lane) => sequence === 0 ? [] : [
    frame(kKinds.fetchBatches, wire.encodeFetchBatches({ lane, first: Math.max(1, sequence - 63), last: sequence, tip }))]));
}
let transactions;
let large;
const largeBatch = () => large ??= many(2, () => encodeTransaction(makeTransaction(network, {
  calls: many(8, () => ({ contract: 'evidence', method: 'deposit', payload: 'x'.repeat(30 << 10) })) })));
const unknownClient = () => {
  const { privateKey, publicKey } = generateKeyPairSync('ed25519');
  return { privateKey, publicKey: `ed25519:${rawPublicKey(publicKey).toString('hex')}` };
};
function fullBatch() {
  const key = unknownClient();
  transactions ??= many(1500, () => encodeTransaction(makeTransaction(network, { key, validUntil: observed.finalHeight + 900 })));
  return transactions;
}
let lane;
function followingBatch() {
  lane ??= { ...observed.status.watermarks[kAttacker] };
  const batch = { epoch: 0, lane: kAttacker, sequence: ++lane.sequence, prev: lane.tip, transactions: fullBatch() };
  lane.tip = wire.batchTip(identity.chainId, batch);
  return forger.batch(batch);
}

async function openSession(node, options = {}) {
  while (running()) {
    const peer = new HostilePeer(identity, network.peerPort(node), { observed, ...options });
    peer.socket.on('data', (bytes) => { done.received = (done.received ?? 0) + bytes.length; });
    while (running() && !peer.closed && !peer.isSession) await pause(10);
    if (peer.isSession) {
      ++done.sessions;
      return peer;
    }
    peer.end();
    await pause(200);
  }
  return undefined;
}
// Two finished chains for the pools, and what the validators say for a moment.
async function listen() {
  const peer = await openSession(0);
  for (let above = 0; above < 2000; above += 64) peer.send(kKinds.fetchChain, wire.encodeFetchChain({ above }));
  const enough = () => observed.chains.length > 0 && observed.certificates.length >= 33 && observed.proposals.length > 8 && observed.status;
  while (running() && !enough()) await pause(20);
  peer.end();
}

async function flood(kind, readsAnswers = true) {
  await listen();
  let pool;
  const rebuild = () => { pool = Buffer.concat(kPools[kind]()); };
  rebuild();
  begin();
  const timer = setInterval(rebuild, kind === 'lane' ? 100 : 500);
  await Promise.all(kHonest.map(async (node) => {
    while (running()) {
      const peer = await openSession(node);
      if (!peer) break;
      if (!readsAnswers) peer.socket.pause();
      while (running() && !peer.closed) {
        // Round and round, so that small pools make large writes too.
        const writes = pool.length >= 64 << 10 ? pool : Buffer.concat(Array(Math.ceil((64 << 10) / Math.max(pool.length, 1))).fill(pool));
        peer.sendRaw(writes);
        done.megabytes += writes.length / 2 ** 20;
        do await pause(0); while (running() && !peer.closed && peer.socket.writableNeedDrain);
      }
      if (peer.closed) ++done.ended;
      peer.end();
    }
  }));
  clearInterval(timer);
}

// ---- connections
async function recordClientHello() {
  let first;
  const pipe = new Duplex({ read() {}, write(bytes, _, next) { first ??= Buffer.from(bytes); next(); } });
  connectTls({ socket: pipe, rejectUnauthorized: false, minVersion: 'TLSv1.3' }).on('error', () => {});
  while (!first) await pause(1);
  return first;
}
// Silent, with half a ClientHello, with a whole one and then nothing; opened again when the node closes them.
async function halfOpen(perNode) {
  const hello = await recordClientHello();
  begin();
  const says = [Buffer.alloc(0), hello.subarray(0, hello.length / 2), hello];
  await Promise.all(kHonest.flatMap((node) => many(perNode, async (i) => {
    while (running()) {
      await new Promise((resolve) => {
        const socket = connectTcp({ port: network.peerPort(node), host: '127.0.0.1', localAddress: `127.0.0.${2 + i % 8}` });
        const timer = setTimeout(() => socket.destroy(), Math.max(1, end - performance.now()));
        socket.on('connect', () => {
          done.opened = (done.opened ?? 0) + 1;
          socket.write(says[i % 3]);
        });
        socket.on('error', (error) => { done.error = error.message; }).on('data', () => {});
        socket.on('close', () => { clearTimeout(timer); resolve(); });
      });
      await pause(20);
    }
  })));
}
async function handshakes(perNode, options) {
  begin();
  await Promise.all(kHonest.flatMap((node) => many(perNode, async () => {
    while (running()) {
      const peer = new HostilePeer(identity, network.peerPort(node), options);
      const until = performance.now() + 2000;
      while (running() && !peer.closed && !peer.isSession && performance.now() < until) await pause(2);
      if (peer.isSession) ++done.sessions;
      peer.end();
      done.opened = (done.opened ?? 0) + 1;
    }
  })));
}
const kConnections = {
  'half-open handshakes': () => halfOpen(700),
  strangers: () => handshakes(8, { tls: strangerTls() }),
  'reconnects': () => handshakes(4),
  'reads nothing': () => flood('all fetches', false),
};

const kind = option('kind');
await (kConnections[kind] ?? (() => flood(kind)))();
done.megabytes = Math.round(done.megabytes);
console.log(JSON.stringify(done));
process.exit(0);
