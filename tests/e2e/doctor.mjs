// jingchu doctor against four real validators, each thing that it names caused in earnest: processes that are killed or
// stopped, a slow disk, wrong clocks, a network that is cut, a lost database, a full disk, a state that was meddled with,
// another genesis file, a wrong key, another version. Only what was caused is found, with who it concerns.
// Needs root: small disks are tmpfs, and the relay between the nodes looks into their descriptors.
// Usage: node tests/e2e/doctor.mjs [--dir D] [--base-port P]; exit status 0 only if everything held.
import { execFileSync } from 'node:child_process';
import { closeSync, cpSync, mkdirSync, mkdtempSync, openSync, readFileSync, renameSync, rmSync, writeFileSync, writeSync } from 'node:fs';
import { createHash, randomBytes } from 'node:crypto';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { setTimeout as pause } from 'node:timers/promises';
import { check, option } from './broken_network.mjs';
import { EpochNetwork } from './epoch_network.mjs';
import { HostilePeer, stolenIdentity } from './hostile_peer.mjs';
import { moveLog, until, fetchWhole } from './network.mjs';
import { Relay } from './relay.mjs';
import { buildEnvelope } from './submit.mjs';
import * as wire from './wire.mjs';

const dir = option('dir', mkdtempSync(join(tmpdir(), 'jingchu-doctor-')));
const all = [0, 1, 2, 3], [wuhan, xiangyang, yichang, jingzhou] = all;
const names = ['wuhan', 'xiangyang', 'yichang', 'jingzhou'];
const kEpochBlocks = 200;
const preloads = ['wrong_clock', 'failing_disk'];
const mounts = [];

function mount(at, size) {
  mkdirSync(at, { recursive: true });
  execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${size},mode=700`, 'jingchu-test', at]);
  mounts.push(at);
}

class DoctorNetwork extends EpochNetwork {
  constructor(...words) {
    super(...words);
    this.relay = new Relay(all, (node) => this.basePort + node, (node) => this.peerPort(node), (node) => this.processes[node]?.pid);
  }
  peerPort(node) { return this.basePort + 50 + node; }
  logFile(node) { return join(dir, `${node}.log`); }
  edit(node, from, to) {
    const file = join(this.home(node), 'jingchud.toml');
    const text = readFileSync(file, 'utf8');
    check(text.includes(from), `${file} has no ${from}`);
    writeFileSync(file, text.replace(from, to));
  }
  listenBehindTheRelay(node) { this.edit(node, `:${this.basePort + node}"`, `:${this.peerPort(node)}"`); }
  disk(node, lines = []) { writeFileSync(join(dir, `disk-${node}`), `${lines.join('\n')}\n`); }
  clock(node, ahead_ms) {
    const file = openSync(join(dir, `clock-${node}`), 'w');
    const bytes = Buffer.alloc(8);
    bytes.writeBigInt64LE(BigInt(ahead_ms));
    writeSync(file, bytes);
    closeSync(file);
  }
  start(node) {
    return super.start(node, { LD_PRELOAD: preloads.map((name) => join(dir, `${name}.so`)).join(':'),
      WRONG_CLOCK: join(dir, `clock-${node}`), FAILING_DISK: join(dir, `disk-${node}`) });
  }
  async down(node) {
    this.kill(node);
    await this.ended(node, 10_000);
  }
  // Its API answers, ready or not.
  async up(node) {
    await this.start(node);
    await until(30_000, () => this.status(node), `${this.names[node]} answers`);
  }

  // ---- the doctor
  async doctor(what, nodes = all) {
    const urls = nodes.map((node) => this.url(node)).join(',');
    const { status, out, text } = await this.cli('doctor', '--node', urls, '--seconds', '2', '--request-timeout', '1', '--json');
    check(out.startsWith('{'), `${what}: the doctor says ${status} ${out} ${text}`);
    const answer = JSON.parse(out);
    const of = (kind, ...of_names) => {
      const found = answer.findings.filter((finding) => finding.kind === kind
        && (of_names.length === 0 || finding.nodes.join() === [...of_names].sort().join()));
      check(found.length === 1, `${what}: not one ${kind} of ${of_names}: ${JSON.stringify(answer, null, 1)}`);
      return found[0];
    };
    const only = (...kinds) => {
      // A machine that does other work at the same time can make any of the four slow, and the doctor is right to say so.
      const found = [...new Set(answer.findings.map((finding) => finding.kind))].filter((kind) => kind !== 'slow-validator').sort();
      check(found.join() === [...kinds].sort().join(), `${what}: expected ${kinds}: ${JSON.stringify(answer, null, 1)}`);
    };
    return { status, ...answer, of, only, whole: JSON.stringify(answer, null, 1) };
  }
  says(finding, ...words) {
    const text = [finding.text, finding.remedy, ...finding.evidence].join('\n');
    for (const word of words) check(text.includes(word), `${finding.kind} does not say "${word}": ${text}`);
  }
}
const network = new DoctorNetwork(join(dir, 'net'), Number(option('base-port', 23000)));

// ---- what is caused, and what the doctor says of it

async function wellAndUnreachable() {
  const well = await network.doctor('all is well');
  well.only();
  check(well.status === 0 && well.well && well.summary.startsWith('all is well: '), well.summary);
  check(well.figures.taking_part === 4 && well.figures.quorum === 3 && well.figures.blocks > 0 && well.figures.clocks_apart_ms < 500, well.whole);
  const none = await network.cli('doctor', '--node', 'http://127.0.0.1:9');
  check(none.status === 3 && none.out.includes('nothing-reachable'), `nobody there: ${none.status} ${none.out}`);
  console.log(`well: ${well.summary}; and nothing reachable is exit status 3`);
}

async function slowDiskAndAChangeThatWaits() {
  const hefei = await network.join('hefei', 'wuhan');
  await network.accept('--add', join(network.home(hefei), 'validator.json'));
  network.disk(yichang, ['sync 400ms - /data/']);
  const before = await network.status(wuhan);
  await until(30_000, async () => (await network.status(wuhan)).nullified_by_leader[yichang] >= before.nullified_by_leader[yichang] + 2,
    'views that the slow validator leads fail');
  const seen = await network.doctor('a slow disk');
  network.says(seen.of('slow-validator', 'yichang'), 'syncs of its disk took 200 ms or more');
  network.says(seen.of('change-not-ready'), '0 of its set have attested', 'hefei');
  check(!seen.stands_still && seen.status === 1, seen.whole);
  network.disk(yichang);
  console.log('a slow disk, and an accepted change without readiness: both said, the network goes on');
}

async function killed() {
  await network.down(yichang);
  const one = await network.doctor('one killed');
  one.only('validator-down', 'change-not-ready');
  network.says(one.of('validator-down', 'yichang'), 'bears no more fault', 'Connection refused');
  check(!one.stands_still && one.status === 1, one.whole);
  await network.down(jingzhou);
  const two = await network.doctor('two killed');
  two.only('too-few-validators', 'validator-down', 'change-not-ready');
  network.says(two.of('too-few-validators', 'jingzhou', 'yichang'), '2 of 4 validators can take part and 3 are needed', 'bring back 1 of');
  check(two.stands_still && two.of('validator-down', 'jingzhou', 'yichang').explains_standstill, two.whole);
  check(two.findings[0].kind === 'too-few-validators', two.whole);
  for (const node of [yichang, jingzhou]) await network.start(node);
  for (const node of all) await network.ready(node);
  console.log('one killed: no more fault is borne; two killed: too few, which are missing and that this explains the standstill');
}

async function stoppedAndAWrongClock() {
  network.processes[jingzhou].kill('SIGSTOP');
  network.clock(yichang, 3_630_000);
  await pause(2_100); // what "silent" means; the doctor watches for as long again
  const seen = await network.doctor('stopped, and an hour ahead');
  network.processes[jingzhou].kill('SIGCONT');
  network.clock(yichang, 0);
  seen.only('too-few-validators', 'validator-silent', 'clocks-apart', 'change-not-ready');
  network.says(seen.of('validator-silent', 'jingzhou'), 'has said nothing for');
  network.says(seen.of('clocks-apart', 'yichang'), '60 min ahead of', '500 ms are allowed');
  check(seen.stands_still && seen.of('clocks-apart').explains_standstill && seen.of('validator-silent').explains_standstill, seen.whole);
  for (const node of all) await network.ready(node);
  console.log('a process that is stopped and a clock an hour ahead: both said, and that together they explain the standstill');
}

async function partition() {
  network.relay.cut([wuhan, xiangyang], [yichang, jingzhou]);
  const seen = await network.doctor('cut in two');
  seen.only('too-few-validators', 'partition', 'change-not-ready');
  network.says(seen.of('partition', ...names), 'wuhan and xiangyang', 'jingzhou and yichang', 'wuhan and yichang do not hear each other');
  check(seen.stands_still && seen.of('partition').explains_standstill, seen.whole);
  network.relay.heal();
  for (const node of all) await network.ready(node);
  console.log('a partition: told from validators that are down, with who does not hear whom');
}

async function lostDatabase() {
  await until(60_000, async () => (await network.status(jingzhou)).height > kEpochBlocks + 100, 'the log has a floor, and there is much to fetch');
  check(await network.terminate(jingzhou) === 0, 'jingzhou did not stop cleanly');
  await Promise.all(network.loads.map((load) => load.stop()));
  rmSync(join(network.home(jingzhou), 'data', 'db'), { recursive: true });
  network.relay.cut([jingzhou], all);
  await network.up(jingzhou);
  await Promise.all(Array.from({ length: 100 }, () => network.offer(jingzhou)));
  const cutOff = await network.doctor('a lost database, cut off, and clients');
  cutOff.only('not-voting', 'partition', 'mempool-full', 'change-not-ready');
  network.says(cutOff.of('not-voting', 'jingzhou'), 'its database is older than its log');
  network.says(cutOff.of('mempool-full', 'jingzhou'), '100 of 100 transactions');
  network.disk(jingzhou, ['sync 500ms - /data/']);
  network.relay.heal();
  await until(30_000, async () => (await network.status(jingzhou)).height > 0, 'jingzhou fetches the chain');
  const back = await network.doctor('behind');
  network.says(back.of('catching-up', 'jingzhou'), 'blocks behind and catches up, about');
  network.disk(jingzhou);
  for (const node of all) await network.ready(node);
  console.log(`a lost database: not voting, its mempool full; then ${back.of('catching-up').text}`);
}

async function anotherRootAndFullDisk() {
  const evidenceId = `doctor-${randomBytes(8).toString('hex')}`;
  check(await network.deposit(wuhan, evidenceId) === 'ok', 'a deposit');
  await until(30_000, async () => (await network.get(yichang, `/v1/evidence/${evidenceId}`)).evidenceId, 'the deposit is everywhere');
  for (const node of [yichang, jingzhou]) check(await network.terminate(node) === 0, 'a node did not stop cleanly');
  const database = join(network.home(yichang), 'data', 'db');
  execFileSync(fileURLToPath(new URL('../../build/bin/jingchu-erase-state', import.meta.url)), [database, `evidence/`]);
  const data = join(network.home(jingzhou), 'data');
  renameSync(data, `${data}.before`);
  mount(data, '128m');
  cpSync(`${data}.before`, data, { recursive: true });
  network.configure(jingzhou, 'limits', 'failure_grace_ms = 60000');
  for (const node of [yichang, jingzhou]) await network.start(node);
  for (const node of all) await network.ready(node);
  check(await network.deposit(wuhan, evidenceId) === 'duplicate-evidence', 'the deposit again is refused by those who know it');
  await until(30_000, async () => (await network.status(yichang)).stopped, 'yichang is stopped by its alarm');
  const { height } = await network.status(yichang);
  const seen = await network.doctor('another root');
  seen.only('root-differs', 'disk-low', 'change-not-ready');
  network.says(seen.of('root-differs', 'yichang'), 'computed another root than jingzhou, wuhan and xiangyang', 'do not restart, and keep the data',
    'yichang says: root-conflict');
  const [, first] = seen.of('root-differs').text.match(/^at height (\d+) /);
  const roots = async (at) => new Set((await Promise.all(all.map((node) => network.get(node, `/v1/blocks/${at}`)))).map((block) => block.executed_root)).size;
  check(Number(first) <= height && await roots(first) === 2 && await roots(first - 1) === 1, `${first} is not the first height that differs`);
  network.says(seen.of('disk-low', 'jingzhou'), 'disk of the database');

  execFileSync('sh', ['-c', 'dd if=/dev/zero of="$0" bs=1M status=none || true', join(data, 'ballast')], { stdio: 'ignore' });
  await until(30_000, async () => (await network.readiness(jingzhou)).text.includes('disk-full'), 'jingzhou has failed');
  const full = await network.doctor('a full disk');
  full.only('too-few-validators', 'root-differs', 'disk-full', 'change-not-ready');
  network.says(full.of('disk-full', 'jingzhou'), 'its disk is full', 'free space on that disk', 'the reserve is 64 MiB');
  check(full.stands_still && full.of('disk-full').explains_standstill, full.whole);
  for (const node of [yichang, jingzhou]) await network.down(node);
  console.log('a state that was meddled with: the first height that differs, the minority; a disk nearly full, then full');
}

async function strangersAmongUs() {
  // The home of another chain has xiangyang's keys, and a log that begins with that chain.
  await network.down(xiangyang);
  const home = network.home(xiangyang);
  renameSync(home, `${home}.before`);
  renameSync(`${home}.other`, home);
  await network.up(xiangyang);
  const genesis = await network.doctor('another genesis file', [wuhan, xiangyang]);
  network.says(genesis.of('wrong-genesis', 'xiangyang'), network.url(xiangyang), `chain id of wuhan: ${network.chainId.slice(0, 16)}`);

  await network.must('keys', 'new', '--algorithm', 'ed25519', '--plain', '--out', join(network.home(jingzhou), 'keys', 'other.json'));
  renameSync(join(network.home(jingzhou), 'keys', 'other.json'), join(network.home(jingzhou), 'keys', 'transport.json'));
  rmSync(join(network.home(jingzhou), 'data', 'ballast'));
  await network.up(jingzhou);
  await network.down(wuhan);
  await network.up(wuhan); // it remembers which root yichang had last
  const identity = stolenIdentity(network, yichang);
  const knocking = setInterval(() => new HostilePeer(identity, network.peerPort(wuhan), { hello: wire.hello(identity.chainId, 2) }), 500);
  const refused = await network.doctor('a wrong key, another chain, another version', [wuhan, jingzhou]);
  clearInterval(knocking);
  network.says(refused.of('refused-at-handshake', 'jingzhou'), 'its transport key is not the one that is listed', 'wuhan to jingzhou: unknown-key');
  network.says(refused.of('refused-at-handshake', 'xiangyang'), 'different chains', 'wuhan to xiangyang: another-chain');
  network.says(refused.of('refused-at-handshake', 'yichang'), 'different versions of the protocol', 'theirs 2, ours 1');
  check(refused.of('too-few-validators').explains_standstill, refused.whole);
  console.log('another genesis file; refused at the handshake: an unknown key, another chain, another version, with both names');
}

// ---- records

DoctorNetwork.prototype.envelope = async function envelope(payload) {
  const validUntil = (await this.status(wuhan)).height + 500;
  return buildEnvelope({ chainId: this.chainId, key: this.key, validUntil, calls: [{ contract: 'evidence', method: 'deposit', payload }] }).body;
};
DoctorNetwork.prototype.call = async function call(node, body, wait) {
  const answer = await fetchWhole(`${this.url(node)}/v1/transactions${wait}`, { method: 'POST', headers: { 'content-type': 'application/json' }, body }, 15_000);
  return { status: answer.status, document: await answer.json() };
};
const payloadOf = (more) => JSON.stringify({ sha256: randomBytes(32).toString('hex'), sm3: randomBytes(32).toString('hex'), mediaType: 'text/plain',
  size: 1, subject: randomBytes(32).toString('hex'), fileName: 'x', ...more });
// A deposit by its own id: the code of its receipt.
DoctorNetwork.prototype.deposit = async function deposit(node, evidenceId) {
  const { document } = await this.call(node, await this.envelope(payloadOf({ evidenceId })), '?wait=final&timeout_ms=10000');
  check(document.status === 'final', `a deposit: ${JSON.stringify(document)}`);
  return document.receipts[0].code;
};
DoctorNetwork.prototype.offer = async function offer(node) {
  const { status, document } = await this.call(node, await this.envelope(payloadOf()), '');
  check(status === 202, `an offer: ${status} ${JSON.stringify(document)}`);
};

function prepare() {
  mount(dir, '4g');
  for (const name of preloads) {
    execFileSync('cc', ['-O2', '-shared', '-fPIC', '-o', join(dir, `${name}.so`), fileURLToPath(new URL(`preload/${name}.c`, import.meta.url)), '-ldl']);
  }
  network.create(['--epoch-blocks', String(kEpochBlocks)]);
  for (const node of all) {
    network.listenBehindTheRelay(node);
    network.disk(node);
    network.clock(node, 0);
  }
  network.configure(jingzhou, 'limits', 'mempool_transactions_max = 100\nmempool_sender_share_percent = 100');
  const home = network.home(xiangyang);
  cpSync(home, `${home}.other`, { recursive: true });
  const file = join(`${home}.other`, 'genesis.json');
  writeFileSync(file, readFileSync(file, 'utf8').replace(/"name": ?"[^"]*"/, '"name": "another"'));
  const chainId = createHash('sha256').update(readFileSync(file)).digest();
  moveLog(join(`${home}.other`, 'data', 'log', 'log-00000001'), Buffer.from(network.chainId, 'hex'), chainId);
}

function cleanUp() {
  network.relay.stop();
  for (const child of network.processes) child?.kill('SIGKILL');
  for (const at of mounts.reverse()) execFileSync('umount', ['-l', at]);
  rmSync(dir, { recursive: true, force: true });
}
for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP']) process.on(signal, () => { cleanUp(); process.exit(1); });

let failed = false;
try {
  prepare();
  await network.relay.start();
  await network.startAll();
  await wellAndUnreachable();
  network.load([wuhan, xiangyang], 2);
  for (const act of [slowDiskAndAChangeThatWaits, killed, stoppedAndAWrongClock, partition, lostDatabase, anotherRootAndFullDisk, strangersAmongUs]) await act();
} catch (error) {
  console.error(error.stack);
  for (const node of all) console.error(network.logText(node).split('\n').slice(-8).join('\n'));
  failed = true;
}
cleanUp();
process.exit(failed ? 1 : 0);
