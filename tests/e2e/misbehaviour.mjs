// A validator breaks the protocol in every way, before the eyes of one honest node only: all of them show what proves it,
// also one that was down and one whose process was killed; whoever has the genesis file can check it, with this file's
// own verifier or with jingchu. A peer that brings forged evidence loses its session, and nobody honest is ever named.
// Usage: node tests/e2e/misbehaviour.mjs [--dir D] [--base-port P]; exit status 0 only if everything held.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { check, option } from './broken_network.mjs';
import { Judge, kKinds } from './evidence.mjs';
import { makeTransaction, nextHeader } from './hostile_attacks.mjs';
import { HostileNetwork, kAttacker, kHonest } from './hostile_network.mjs';
import { Forger, HostilePeer, stolenIdentity } from './hostile_peer.mjs';
import { jingchu, until } from './network.mjs';
import { encodeTransaction } from './submit.mjs';
import * as wire from './wire.mjs';

const { kSigned } = wire;
const kEpochBlocks = 100; // an idle network makes about one a second
const kDeadline_ms = 30_000;
const dir = option('dir', mkdtempSync(join(tmpdir(), 'jingchu-misbehaviour-')));
const network = new HostileNetwork(join(dir, 'net'), Number(option('base-port', 19600)));
const [witness, absent, killed] = kHonest;
let judge, forger, identity, found;

const shown = async (node) => (await network.get(node, '/v1/misbehaviour?limit=200')).evidence;
const kindsOf = (pieces) => new Set(pieces.map(({ kind }) => kind));
const sorted = (pieces) => pieces.map(({ bytes }) => bytes).sort().join();

// The golden vectors of docs/formats.md, by this verifier.
function vectors() {
  const read = (name) => JSON.parse(readFileSync(new URL(`../vectors/${name}.json`, import.meta.url), 'utf8'));
  const { evidence, refused } = read('evidence');
  const of = new Judge(Buffer.from(read('genesis').file));
  for (const piece of evidence) check(of.holds(piece), `the vector of ${piece.kind} is not proven`);
  for (const { why, bytes } of refused) check(!of.holds({ bytes }), `the vector "${why}" is proven`);
  check(kindsOf(evidence).size === kKinds.length && refused.length > 10, 'there are vectors of every kind');
  console.log(`golden vectors: ${evidence.length} proven, ${refused.length} refused by an independent verifier`);
}

async function session(node, heard = ({ status }) => status) {
  let peer;
  await until(kDeadline_ms, async () => {
    if (peer && !peer.closed) return peer.isSession && heard(peer.observed);
    if (peer) await pause(200);
    peer = new HostilePeer(identity, network.peerPort(node));
    return false;
  }, 'the attacker gets a session and hears what it needs');
  return peer;
}

const knowsEnough = ({ status, proposals }) => status && proposals.length > 0;

// Every contradiction, and a batch with a transaction that nobody has signed.
function misbehave(peer, ahead = 20) {
  const view = peer.observed.view + ahead;
  const led = view + 3 - view % 4;
  const vote = (fields) => peer.send(wire.kKinds.vote, forger.vote(fields));
  for (const kind of [kSigned.notarize, kSigned.notarize, kSigned.finalize, kSigned.finalize]) vote({ view, kind });
  for (const kind of [kSigned.nullify, kSigned.finalize]) vote({ view: view + 1, kind });
  const header = nextHeader({ observed: peer.observed, identity }, led);
  for (const timeMs of [1, 2]) peer.send(wire.kKinds.proposal, forger.proposal({ ...header, timeMs }));
  const good = encodeTransaction(makeTransaction(network));
  for (let i = 0; i < 2; ++i) peer.send(wire.kKinds.batch, forger.batch({ sequence: 7, transactions: [encodeTransaction(makeTransaction(network))] }));
  const forged = Buffer.from(good);
  forged[forged.length - 1] ^= 1;
  peer.send(wire.kKinds.batch, forger.batch({ sequence: 9, transactions: [good, forged, good] }));
}

async function allShowIt() {
  const peer = await session(witness, knowsEnough);
  misbehave(peer);
  for (const node of kHonest) {
    await until(kDeadline_ms, async () => kindsOf(await shown(node)).size === kKinds.length, `${network.names[node]} shows every kind`);
  }
  found = await shown(witness);
  for (const node of kHonest) {
    const pieces = await shown(node);
    for (const piece of pieces) {
      check(piece.validator === network.names[kAttacker] && piece.index === kAttacker, `${piece.validator} is accused`);
      check(judge.holds(piece), `${network.names[node]} shows ${piece.kind}, which is not proven`);
      const lines = network.logText(node).split('\n').filter((line) => line.includes('broke the protocol') && line.includes(` kind=${piece.kind} `));
      check(lines.length === 1, `${lines.length} lines of ${network.names[node]}'s log tell of ${piece.kind}`);
    }
    const counted = await network.metric(node, `jingchu_misbehaviour_total\\{kind="two-batches",validator="${network.names[kAttacker]}"\\}`);
    check(counted === 1, `${network.names[node]} counts ${counted} of two-batches`);
  }
  check(sorted(found) === sorted(await shown(killed)), 'all hold the same');
  console.log(`${found.length} pieces of evidence, shown by ${kHonest.length} nodes, of which one was there; proven by an independent verifier`);
}

function damaged(piece) {
  const bytes = Buffer.from(piece.bytes, 'hex');
  const at = Math.floor(Math.random() * bytes.length);
  bytes[at] ^= 1 << Math.floor(Math.random() * 8);
  return { ...piece, bytes: bytes.toString('hex') };
}
function outsider(page, name) {
  const file = join(dir, name);
  writeFileSync(file, JSON.stringify(page));
  return spawnSync(jingchu, ['verify-misbehaviour', file, '--genesis', join(network.dir, 'genesis.json')], { encoding: 'utf8' });
}
async function outsidersCheck() {
  const page = await network.get(absent, '/v1/misbehaviour');
  const ran = outsider(page, 'found.json');
  check(ran.status === 0 && ran.stdout.includes(`${found.length} of ${found.length} proven`), `jingchu says ${ran.status} ${ran.stdout}${ran.stderr}`);
  for (let round = 0; round < 100; ++round) {
    // How many transactions a batch has is known to nobody who has its root alone (formats.md).
    const piece = damaged(found[round % (found.length - 1)]);
    check(!judge.holds(piece), `a damaged piece is proven: ${JSON.stringify(piece)}`);
  }
  const lied = { ...page, evidence: [...page.evidence, damaged(found[0])] };
  check(outsider(lied, 'lied.json').status === 1, 'jingchu takes a damaged piece');
  console.log('jingchu verify-misbehaviour: all proven with the genesis file alone; damaged pieces are not');
}

// In the name of an honest validator, with what the attacker can make.
async function forgedIsRefused() {
  const content = (kind, view) => {
    const made = { height: 5, hash: randomBytes(32) };
    return { ...made, signature: forger.sign({ kind, view, ...made }) };
  };
  const ascending = (...contents) => contents.sort((a, b) => Buffer.compare(a.hash, b.hash));
  const [first, second] = ascending(content(kSigned.notarize, 7), content(kSigned.notarize, 7));
  const accusation = { epoch: 0, culprit: 0, kind: 2, number: 7, first, second };
  const one = content(kSigned.finalize, 8);
  const cases = [['bad-signature', wire.encodeContradiction(accusation)],
    ['unknown-signer', wire.encodeContradiction({ ...accusation, culprit: 4 })],
    ['unfounded-evidence', wire.encodeContradiction({ epoch: 0, culprit: kAttacker, kind: 3, number: 8, first: one, second: one })],
    ['malformed-encoding', wire.encodeContradiction(accusation).subarray(0, -1)]];
  for (const [type, bytes] of cases) {
    const before = await network.counted(witness, type);
    const peer = await session(witness);
    peer.send(wire.kKinds.evidence, bytes);
    await until(kDeadline_ms, () => peer.closed, `the session ends for ${type}`);
    await until(kDeadline_ms, async () => await network.counted(witness, type) > before, `${type} is counted`);
  }
  // What all know already ends nothing, and neither does evidence against oneself.
  const peer = await session(witness);
  for (const { bytes } of found) peer.send(wire.kKinds.evidence, Buffer.from(bytes, 'hex'));
  peer.send(wire.kKinds.fetchChain, wire.encodeFetchChain({ above: 2n ** 63n }));
  await until(kDeadline_ms, () => peer.closed || peer.answers.length > 0, 'the node answers what came after it');
  check(!peer.closed, 'the relayer of good evidence loses its session');
  peer.end();
  for (const node of kHonest) {
    check((await shown(node)).every(({ index }) => index === kAttacker), `${network.names[node]} accuses somebody honest`);
    for (const other of kHonest) {
      check(!network.logText(node).includes(`disconnected peer=${network.names[other]}`), `${network.names[node]} disconnected ${network.names[other]}`);
    }
  }
  console.log('forged evidence ends the session of who brings it; honest sessions stay, and nobody honest is named');
}

async function comeBack() {
  const peer = await session(witness, knowsEnough);
  network.kill(killed);
  check(await network.terminate(absent) === 0, 'a node stops as asked');
  const before = (await shown(witness)).length;
  misbehave(peer, 40);
  await until(kDeadline_ms, async () => (await shown(witness)).length > before, 'the witness sees more');
  peer.end();
  found = await shown(witness);
  for (const node of [absent, killed]) await network.start(node);
  for (const node of [absent, killed]) {
    await network.ready(node);
    await until(kDeadline_ms, async () => sorted(await shown(node)) === sorted(await shown(witness)), `${network.names[node]} shows what it missed`);
    for (const piece of await shown(node)) check(judge.holds(piece), `${network.names[node]} shows what is not proven`);
  }
  console.log(`${found.length} pieces are shown by one that was killed and by one that was down meanwhile`);
}

// For the epoch after its own, too, and then no more.
async function forgotten() {
  const load = network.load(kHonest);
  const epoch = async () => (await network.status(witness)).epoch;
  await until(kDeadline_ms, async () => await epoch() >= 1, 'the next epoch');
  const kept = sorted(await shown(witness));
  check(await epoch() !== 1 || kept === sorted(found), 'evidence of the epoch before is gone');
  for (const node of kHonest) {
    await until(kDeadline_ms, async () => (await network.status(node)).epoch >= 2 && (await shown(node)).length === 0, `${network.names[node]} forgets`);
  }
  await load.stop();
  console.log('evidence is kept for one more epoch, and then forgotten');
}

const began = performance.now();
try {
  vectors();
  network.create(['--epoch-blocks', String(kEpochBlocks)]);
  judge = new Judge(readFileSync(join(network.dir, 'genesis.json')));
  identity = stolenIdentity(network, kAttacker);
  forger = new Forger(identity);
  await network.startAll(kHonest);
  await allShowIt();
  await outsidersCheck();
  await forgedIsRefused();
  await comeBack();
  await forgotten();
  for (const node of kHonest) check(network.processes[node].exitCode === null, `${network.names[node]} ended`);
  const height = await network.checkAgreement(kHonest);
  console.log(`${height} blocks and roots equal; ${((performance.now() - began) / 1000).toFixed(1)} s`);
} catch (error) {
  console.error(error.stack);
  network.failed = true;
}
await Promise.all(network.loads.map((load) => load.stop()));
await network.stop();
if (network.failed) for (const node of kHonest.filter((at) => network.processes[at])) console.error(network.logText(node).split('\n').slice(-8).join('\n'));
if (!option('dir')) rmSync(dir, { recursive: true, force: true });
process.exit(network.failed ? 1 : 0);
