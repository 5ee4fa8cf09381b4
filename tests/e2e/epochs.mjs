// Real nodes whose validators change under a load that never stops: a fifth joins and leaves while another is down, a lost
// home comes back under new keys, keys rotate, and what must be refused is refused. Shows that no record with a final receipt
// is lost, that all nodes hold the same blocks and roots, and how long clients ever waited for the next final block.
// Usage: node tests/e2e/epochs.mjs [--dir D] [--base-port P] [--epoch-blocks N] [--long] [--kills N] [--seed S]; exit status 0
// only if everything held. --long adds the rotation of all keys, kills around the changes of keys, who was away at
// them, and who comes after all that.
import { cpSync, existsSync, mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { check, option } from './broken_network.mjs';
import { EpochNetwork } from './epoch_network.mjs';
import { until } from './network.mjs';

const dir = option('dir', mkdtempSync(join(tmpdir(), 'jingchu-epochs-')));
const network = new EpochNetwork(join(dir, 'net'), Number(option('base-port', 18000)));
const epochBlocks = Number(option('epoch-blocks', 30));
const long = process.argv.includes('--long');
const kills = Number(option('kills', 8));
const kPauseMax_ms = 2_000;
const [wuhan, xiangyang, yichang, jingzhou] = [0, 1, 2, 3];

const epochOf = async (node) => (await network.status(node)).epoch;
async function someEpochs(count, node = wuhan) {
  const epoch = await epochOf(node);
  await network.inEpoch([node], epoch + count);
}
async function part(name, body) {
  network.phase = name;
  const from = network.acknowledged.size;
  const start = performance.now();
  await body();
  await network.moreRecords(20);
  console.log(`${name}: ${Math.round((performance.now() - start) / 100) / 10} s, ${network.acknowledged.size - from} records`);
}
async function observes(node) {
  const status = await network.status(node);
  check(status.role !== 'validator' && !status.votes, `${network.names[node]} does not vote: ${status.role} ${status.votes}`);
}
// Who has no lane says so, and the command line does not try again.
async function takesNothing(node) {
  const { status, document } = await network.post(node);
  check(status === 421 && document.type.endsWith(':no-lane'), `${network.names[node]} answers ${status} ${document.type}`);
  const began = performance.now();
  const ran = await network.cli('deposit', network.operatorKey('wuhan'), '--key', network.clientKey(), '--node', network.url(node), '--wait');
  check(ran.status === 1 && ran.text.includes('no-lane') && performance.now() - began < 10_000, `the command line is told so at once: ${ran.status} ${ran.text}`);
}

async function fifthJoins() {
  const hefei = await network.join('hefei', 'wuhan');
  const file = join(network.home(hefei), 'validator.json');
  const unseen = await network.cli('governance', 'check', '--add', file, '--node', network.url(wuhan));
  check(unseen.status === 0 && unseen.out.includes('hefei  joins  not seen'), `one of five may be unseen: ${unseen.out}`);
  const proposal = await network.accept('--add', file);
  // From here on until it is in force jingzhou is down.
  check(await network.terminate(jingzhou) === 0, 'jingzhou stops as asked');
  network.live = [wuhan, xiangyang, yichang, network.follower, hefei];
  await network.start(hefei);
  await network.caughtUp(hefei);
  await observes(hefei);
  await takesNothing(hefei);
  await network.attest([wuhan, xiangyang, yichang, hefei]);
  const epoch = await network.inForce(proposal);
  await network.votes(hefei);
  check((await network.post(hefei)).document.status === 'final', 'a record gets into the chain through the fifth');
  await network.inEpoch(network.live, epoch + 1);
  await network.start(jingzhou);
  network.live.push(jingzhou);
  await network.votes(jingzhou);
  await network.inEpoch([jingzhou], epoch + 1);
  const { header } = await network.get(jingzhou, '/v1/blocks/latest');
  check(header.epoch >= epoch && header.cut.length === 5, 'who was down has caught up across the change, and five validate');
  return hefei;
}

async function fifthLeaves(hefei) {
  const proposal = await network.accept('--remove', 'hefei');
  await network.attest([wuhan, xiangyang, yichang]);
  const epoch = await network.inForce(proposal);
  await observes(hefei);
  await takesNothing(hefei);
  await network.get(hefei, `/v1/blocks/${epoch * epochBlocks}`);
  // Two epochs on nobody lists it any more: it keeps what it has.
  network.live = network.live.filter((node) => node !== hefei);
  await network.inEpoch(network.live, epoch + 2);
  const { height, failure, stopped } = await network.status(hefei);
  check(height >= epoch * epochBlocks && failure === null && stopped === null, 'who left serves what it has');
  check((await network.get(hefei, '/v1/governance/validators')).latest.validators.length === 4, 'and its queries');
  await network.votes(jingzhou);
}

async function followerFollows() {
  const follower = network.follower;
  const status = await network.status(follower);
  check(status.role === 'follower' && !status.votes && status.name === 'archive', 'the follower follows');
  await takesNothing(follower);
  await network.caughtUp(follower);
  const [id, { sha256 }] = [...network.acknowledged].at(-1);
  await until(10_000, async () => (await network.get(follower, `/v1/transactions/${id}`)).status === 'final', 'the follower has the record');
  check(JSON.stringify(await network.get(follower, `/v1/evidence/by-hash/${sha256}`)).includes(id), 'and answers queries');
}

// The home and all that it has are gone.
async function lostHome() {
  network.kill(yichang);
  await network.ended(yichang, 10_000);
  network.lose(yichang);
  await network.join('yichang', 'yichang');
  const keys = network.keysOf(yichang);
  network.voters = ['wuhan', 'xiangyang', 'jingzhou'];
  const proposal = await network.accept('--replace', 'yichang', '--consensus-key', keys.consensus, '--transport-key', keys.transport);
  await network.start(yichang);
  await network.caughtUp(yichang);
  await observes(yichang);
  await network.attest([wuhan, xiangyang, yichang]);
  await network.inForce(proposal);
  await network.votes(yichang);
}

// Only the new keys are left, in the configured place, and only their log.
function checkRotated(node, keys) {
  const home = network.home(node);
  const now = network.keysOf(node);
  check(now.consensus === keys.consensus && now.transport === keys.transport, `${network.names[node]} has its new keys in place`);
  check(readdirSync(join(home, 'keys')).sort().join() === 'consensus.json,transport.json', 'the former keys are gone');
  check(!existsSync(join(home, 'data', 'next-log')), 'the log has moved');
  const log = join(home, 'data', 'log');
  const first = readFileSync(join(log, readdirSync(log).sort().at(-1))).subarray(0, 4096);
  check(first.includes(Buffer.from(keys.consensus.split(':')[1], 'hex')), 'the former log is gone');
}
async function rotate(node, atChange = async () => {}) {
  const name = network.names[node];
  await network.must('network', 'rotate', '--home', network.home(node));
  const keys = network.keysOf(node, 'keys/next');
  const proposal = await network.accept('--replace', name, '--consensus-key', keys.consensus, '--transport-key', keys.transport);
  check(await network.terminate(node) === 0, `${name} stops as asked`);
  await network.start(node);
  await network.votes(node);
  await network.attest([...new Set([node, wuhan, xiangyang, yichang])].slice(0, 3), [node]);
  const epoch = await network.taken(proposal);
  await atChange(node, epoch);
  await network.inEpoch([wuhan], epoch);
  await network.votes(node);
  await network.inEpoch([node], epoch);
  checkRotated(node, keys);
}

// With its former keys and their log, from a copy, a validator of today only observes.
async function formerKeys(node) {
  const parts = ['keys', 'data/log'];
  const save = (name) => parts.forEach((path) => cpSync(join(network.home(node), path), join(dir, name, path), { recursive: true }));
  const put = (name) => parts.forEach((path) => {
    rmSync(join(network.home(node), path), { recursive: true });
    cpSync(join(dir, name, path), join(network.home(node), path), { recursive: true });
  });
  await network.terminate(node);
  save('former');
  await network.start(node);
  await network.votes(node);
  await rotate(node);
  await network.terminate(node);
  save('present');
  put('former');
  await network.start(node);
  await until(10_000, () => network.status(node), 'it starts');
  await observes(node);
  await someEpochs(1);
  await observes(node);
  await network.terminate(node);
  put('present');
  await network.start(node);
  await network.votes(node);
}

async function refusals() {
  const tooMany = await network.cli('governance', 'check', '--remove', 'jingzhou', '--node', network.url(wuhan));
  check(tooMany.status === 1 && tooMany.text.includes('too-few-validators'), `three validators: ${tooMany.status} ${tooMany.out} ${tooMany.text}`);
  const homes = await Promise.all(['a', 'b', 'c', 'd'].map(async (name) => {
    const node = await network.join(`absent-${name}`, 'wuhan');
    return join(network.home(node), 'validator.json');
  }));
  const absent = homes.slice(0, 3).flatMap((file) => ['--add', file]);
  const lost = await network.cli('governance', 'check', ...absent, '--node', network.url(wuhan));
  check(lost.status === 1 && /quorum is 5: no block would become final/.test(lost.out), `three that are absent: ${lost.status} ${lost.out}`);
  // Accepted, and nobody of a quorum is ready: it never counts.
  const proposal = await network.accept('--add', homes[3]);
  await network.attest([wuhan, xiangyang, yichang]);
  await someEpochs(3);
  check((await network.proposal(proposal)).state === 'accepted', 'without a quorum that is ready nothing comes into force');
  check((await network.status(wuhan)).validators.length === 4, 'four validate');
  const cancel = await network.accept('--cancel');
  check((await network.proposal(cancel)).state !== 'open' && (await network.proposal(proposal)).state === 'cancelled', 'it is taken back');
}

// The log remembers votes on blocks that the database has lost.
async function lostDatabase(node) {
  await network.terminate(node);
  rmSync(join(network.home(node), 'data', 'db'), { recursive: true });
  await network.start(node);
  let first;
  await until(10_000, async () => (first = await network.status(node)), 'it starts');
  check(!first.votes, `behind its log it does not vote (height ${first.height})`);
  await network.votes(node);
}

// ---- only with --long

function random(state) {
  return () => {
    state = (Math.imul(state, 1103515245) + 12345) & 0x7fffffff;
    return state / 0x7fffffff;
  };
}

async function killsAtTheChange() {
  const seed = Number(option('seed', Date.now() % 1_000_000));
  const next = random(seed);
  let promoting = 0;
  for (let kill = 0; kill < kills; ++kill) {
    const victim = [xiangyang, yichang, jingzhou][kill % 3];
    await rotate(victim, async (node, epoch) => {
      await until(60_000, async () => (await network.status(wuhan)).height >= epoch * epochBlocks - 5, 'the change is near');
      await pause(next() * 600); // the random moment itself
      if (existsSync(join(network.home(node), 'keys', 'promoted'))) promoting += 1;
      network.kill(node);
      await network.ended(node, 10_000);
      await network.start(node);
    });
  }
  console.log(`${kills} kills around a change of keys, seed ${seed}, ${promoting} of them while files moved`);
}

// Who was away for more than an epoch while its keys changed is let in no more, until its next keys are put in place; which
// is refused as long as the set in force lists the present ones.
async function awayAtItsChange(node) {
  const promote = ['network', 'promote', '--home', network.home(node), '--node', network.url(wuhan)];
  await network.must('network', 'rotate', '--home', network.home(node));
  const keys = network.keysOf(node, 'keys/next');
  await network.terminate(node);
  const proposal = await network.accept('--replace', network.names[node], '--consensus-key', keys.consensus, '--transport-key', keys.transport);
  const early = await network.cli(...promote);
  check(early.status === 1 && early.text.includes('not-in-force'), `keys that nobody lists yet: ${early.status} ${early.text}`);
  await network.attest([wuhan, xiangyang, yichang]);
  await network.inEpoch([wuhan], await network.taken(proposal) + 2);
  const from = network.logText(node).length;
  await network.start(node);
  await until(30_000, () => network.logText(node).slice(from).includes("has the peer this node's transport key?"), 'it is refused under its former keys');
  check(!(await network.status(node)).caught_up, 'it learns nothing');
  await network.terminate(node);
  await network.must(...promote);
  await network.start(node);
  await network.votes(node);
  checkRotated(node, keys);
}

// A home that knows genesis alone, none of whose validators has its keys any more.
async function oldView() {
  const node = await network.join('suizhou', 'wuhan');
  await network.accept('--add', join(network.home(node), 'validator.json')).then(async (proposal) => {
    await network.start(node);
    await until(10_000, () => network.status(node), 'it starts');
    await pause(2_000);
    check((await network.status(node)).height === 0, 'without a peer that it knows it learns nothing');
    await network.terminate(node);
    const known = [wuhan, xiangyang].map((peer) => `{ name = "known-${network.names[peer]}", transport_key = "${network.keysOf(peer).transport}", `
      + `address = "127.0.0.1:${network.basePort + peer}" }`);
    network.configure(node, 'peers', `known = [${known}]`);
    await network.start(node);
    await network.caughtUp(node);
    await network.attest([wuhan, xiangyang, yichang, node]);
    await network.inForce(proposal);
    await network.votes(node);
    network.live.push(node);
  });
}

await network.test(async () => {
  network.create(['--epoch-blocks', String(epochBlocks)]);
  network.follower = await network.addFollower('archive');
  network.live.push(network.follower);
  await network.startAll(network.live);
  network.load([wuhan, xiangyang, yichang, jingzhou], 2);
  await network.moreRecords(20);
  let hefei;
  await part('4 to 5, one of the four down meanwhile', async () => { hefei = await fifthJoins(); });
  await part('5 to 4', () => fifthLeaves(hefei));
  await part('a home lost and replaced', lostHome);
  await part('keys rotated, and the former ones put back', () => formerKeys(jingzhou));
  await part('a database lost', () => lostDatabase(jingzhou));
  await part('refusals', refusals);
  if (long) {
    for (const node of [wuhan, xiangyang, yichang, jingzhou]) await part(`${network.names[node]} rotated`, () => rotate(node));
    await part('kills', killsAtTheChange);
    await part('away while its keys changed', () => awayAtItsChange(jingzhou));
    await part('an old view of the validators', oldView);
  }
  await part('the follower', followerFollows);
  network.checkLogs();
  const { ms, height, phase } = network.longest;
  console.log(`longest time without a new final block: ${Math.round(ms)} ms (before height ${height}, ${phase})`);
  check(ms < kPauseMax_ms, `clients waited ${ms} ms for a block`);
}, () => {
  if (!network.failed) rmSync(dir, { recursive: true, force: true });
  else console.error(`the network's directory is kept: ${dir}`);
});
