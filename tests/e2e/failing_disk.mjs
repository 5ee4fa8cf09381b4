// Failing disks under four real nodes with load: full, filling up, read-only, failing and slow. A node whose disk fails
// stops voting at once, says why, exits with status 4, and goes on after the remedy; nothing acknowledged is lost.
// Small disks are tmpfs, so it needs the right to mount; what tmpfs cannot do does a library that is preloaded.
// Usage: node tests/e2e/failing_disk.mjs [--dir D] [--base-port P]; exit status 0 only if everything held.
import { execFileSync } from 'node:child_process';
import { closeSync, mkdirSync, mkdtempSync, openSync, readFileSync, rmSync, statSync, writeFileSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { until, fetchWhole } from './network.mjs';
import { BrokenNetwork, check, differences, listing, option, runToEnd } from './broken_network.mjs';

const dir = option('dir', mkdtempSync(join(tmpdir(), 'jingchu-disk-')));
const library = join(dir, 'failing_disk.so');
const mounts = [];

// ---- disks
function mount(at, megabytes) {
  mkdirSync(at, { recursive: true });
  execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${megabytes}m,mode=700`, 'jingchu-test', at]);
  mounts.push(at);
}
// Moves a directory to a disk of its own.
function ownDisk(directory, megabytes) {
  const before = `${directory}.before`;
  execFileSync('cp', ['-a', directory, before]);
  mount(directory, megabytes);
  execFileSync('sh', ['-c', `cp -a '${before}/.' '${directory}' && rm -r '${before}'`]);
}
function backFromOwnDisk(directory) {
  execFileSync('cp', ['-a', directory, `${directory}.after`]);
  execFileSync('umount', [directory]);
  mounts.splice(mounts.indexOf(directory), 1);
  execFileSync('sh', ['-c', `rm -r '${directory}' && mv '${directory}.after' '${directory}'`]);
}
// Takes all space but `free_bytes` of the disk that holds a directory; give it back with empty().
const ballast = (directory) => join(directory, 'ballast');
function fill(directory, free_bytes = 0) {
  const file = openSync(ballast(directory), 'w');
  const block = Buffer.alloc(64 << 10);
  const [free] = execFileSync('df', ['-B1', '--output=avail', directory], { encoding: 'utf8' }).match(/\d+/);
  try {
    for (let left = Number(free) - free_bytes; left > 0 || free_bytes === 0; left -= block.length) writeSync(file, block);
  } catch (error) {
    check(error.code === 'ENOSPC', `filling the disk: ${error.message}`);
  }
  closeSync(file);
}
const empty = (directory) => rmSync(ballast(directory));

// ---- the network
class DiskNetwork extends BrokenNetwork {
  logFile(node) { return join(dir, `${node}.log`); } // not on the disk that fails
  rules(node, lines) {
    rmSync(`${this.rulesFile(node)}.done`, { force: true });
    writeFileSync(this.rulesFile(node), `${lines.join('\n')}\n`);
  }
  rulesFile(node) { return join(dir, `rules-${node}`); }
  start(node) { return super.start(node, { LD_PRELOAD: library, FAILING_DISK: this.rulesFile(node) }); }
}
const network = new DiskNetwork(join(dir, 'disk', 'net'), Number(option('base-port', 21000)));
const data = (node, part = '') => join(network.home(node), 'data', part);
const nodes = [0, 1, 2, 3];

// The node says why it can not go on, everywhere it can, and ends with the status of disks.
async function endsBecause(node, type, what, how_long_ms = 15_000) {
  let shown = { ready: '', metrics: '' };
  await until(how_long_ms, async () => {
    const ready = await network.readiness(node);
    if (ready.status !== 503 || !ready.text.includes(type)) return false;
    shown = { ready: ready.text, metrics: await network.metrics(node) };
    return true;
  }, `${what}: /readyz of ${network.names[node]} says ${type}`);
  check(shown.ready.includes('it does not vote'), `${what}: ${shown.ready}`);
  for (const line of ['jingchu_failed 1', `jingchu_failures_total{reason="${type}"} 1`, 'jingchu_consensus_votes 0']) {
    check(shown.metrics.includes(line), `${what}: no metric ${line}`);
  }
  check((await fetchWhole(`${network.url(node)}/healthz`)).status === 200, `${what}: /healthz`);
  const answer = await fetchWhole(`${network.url(node)}/v1/transactions`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: '{}' });
  const body = await answer.text();
  check(answer.status === 503 && body.includes(type) && !body.includes(dir), `${what}: a transaction is answered ${answer.status} ${body}`);
  check(await network.ended(node, 15_000) === 4, `${what}: exit status`);
  check(network.logText(node).includes('this node can not go on'), `${what}: the log does not say so`);
}
async function comesBack(...which) {
  await network.startAll(which);
  await network.moreRecords(10);
}
async function refusedByDisk(node, says) {
  const before = listing(network.home(node));
  const { code, text } = await runToEnd(network.home(node));
  const said = text.split('\n').filter((line) => line.startsWith('jingchud: '));
  check(code === 4 && said.length === 1 && says.test(said[0]), `a start: ${code} ${text}; expected ${says}`);
  const changed = differences(before, listing(network.home(node)));
  check(changed.length === 0, `the refused start changed ${changed}`);
}

// ---- what happens to the disks
async function full() {
  fill(data(0, 'log'));
  await endsBecause(0, 'disk-full', 'a full disk under the log');
  await network.moreRecords(10);
  empty(data(0, 'log'));
  await comesBack(0);
  fill(data(1, 'db'));
  await endsBecause(1, 'disk-full', 'a full disk under the database');
  await network.moreRecords(10);
  empty(data(1, 'db'));
  await comesBack(1);
  console.log('full under the log, full under the database: stopped with status 4, came back');
}

async function reserve() {
  check(network.logText(2).includes('the disk is nearly full'), 'no warning before the disk is full');
  fill(data(2), 4 << 20);
  await endsBecause(2, 'disk-full', 'the reserve');
  check(network.logText(2).includes('limits.disk_reserve_bytes'), 'the log does not name the reserve');
  await network.moreRecords(10);
  await refusedByDisk(2, /disk-full.*reserve/);
  empty(data(2));
  execFileSync('mount', ['-o', 'remount,ro', data(2)]);
  await refusedByDisk(2, /Read-only file system/);
  execFileSync('mount', ['-o', 'remount,rw', data(2)]);
  await comesBack(2);
  console.log('down to the reserve: warned, stopped with status 4; no start below it nor on a read-only disk; came back');
}

async function slow() {
  network.rules(3, ['sync 500ms - /data/']);
  await until(20_000, async () => {
    const metrics = await network.metrics(3);
    return ['log', 'database'].every((of) => Number(metrics.match(`slow_syncs_total{of="${of}"} (\\d+)`)?.[1]) >= 4);
  }, 'slow syncs are counted');
  await network.moreRecords(20);
  check(network.logText(3).includes('the disk is slow'), 'the log does not say that the disk is slow');
  check(network.logText(3).split('the disk is slow').length <= 3, 'a warning for each sync');
  check(network.processes[3].exitCode === null, 'a slow node ended');
  network.rules(3, []);
  await network.ready(3);
  console.log('slow: says so, stays up, the network goes on');
}

// One after another, without a restart between: at the end no quorum is left, and each still ends in its own way. Without
// one, a node's log is written when it takes a new record.
async function failing() {
  network.rules(0, ['sync EIO 1 /data/db/']);
  await endsBecause(0, 'storage-failed', 'a sync of the database that fails once');
  await network.moreRecords(10);
  network.rules(1, ['sync EIO 1 /data/log/']);
  await endsBecause(1, 'storage-failed', 'a sync of the log that fails once');
  network.rules(2, ['write EROFS forever /data/log/']);
  const written = [network.post(2).catch(() => {})];
  await endsBecause(2, 'storage-failed', 'a log that has become read-only');
  network.rules(3, ['write EIO 1 /data/log/']);
  written.push(network.post(3).catch(() => {}));
  await endsBecause(3, 'storage-failed', 'a write of the log that fails once');
  for (const node of [0, 1, 3]) check(statSync(`${network.rulesFile(node)}.done`).size === 1, 'a call failed more than once');
  await Promise.all(written);
  for (const node of nodes) network.rules(node, []);
  await comesBack(...nodes);
  console.log('a failed sync of database and log, a failed write, read-only: each stopped with status 4, all came back');
}

async function unreadable() {
  const [, { sha256 }] = [...network.acknowledged][3];
  network.rules(3, ['read EIO forever .ldb']);
  let answer;
  await until(15_000, async () => {
    answer = await fetchWhole(`${network.url(3)}/v1/evidence/by-hash/${sha256}`);
    return answer.status === 503;
  }, 'a read that fails is answered 503');
  check((await answer.text()).includes('storage-failed'), 'a failed read is not called so');
  await endsBecause(3, 'storage-failed', 'a read that fails');
  network.rules(3, []);
  await comesBack(3);
  console.log('a failed read: not served, stopped with status 4, came back');
}

async function allOnOneFullDisk() {
  for (const node of nodes) check(await network.terminate(node) === 0, 'a node did not stop cleanly');
  for (const directory of [data(0, 'log'), data(1, 'db'), data(2)]) backFromOwnDisk(directory);
  await network.startAll();
  await network.moreRecords(10);
  fill(network.dir);
  await Promise.all(nodes.map((node) => endsBecause(node, 'disk-full', 'all on one full disk')));
  empty(network.dir);
  await comesBack(...nodes);
  console.log('all four on one full disk: each stopped with status 4, all came back');
}

async function graceEndsWithSigterm() {
  check(await network.terminate(3) === 0, 'a node did not stop cleanly');
  const file = join(network.home(3), 'jingchud.toml');
  writeFileSync(file, readFileSync(file, 'utf8').replace('failure_grace_ms = 2000', 'failure_grace_ms = 600000'));
  await network.startAll([3]);
  network.rules(3, ['sync EIO 1 /data/log/']);
  await until(15_000, async () => (await network.readiness(3)).text.includes('storage-failed'), 'the node has failed');
  const asked = Date.now();
  check(await network.terminate(3) === 4, 'exit status after SIGTERM');
  check(Date.now() - asked < 5_000, 'SIGTERM did not end the grace time at once');
  console.log('SIGTERM ends the grace time, and the status stays 4');
}

// Also when the test is told to end, no process and no mount stays.
function cleanUp() {
  for (const child of network.processes) child?.kill('SIGKILL');
  for (const at of mounts.reverse()) execFileSync('umount', ['-l', at]);
  rmSync(dir, { recursive: true, force: true });
}
for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP']) process.on(signal, () => { cleanUp(); process.exit(1); });

await network.test(async () => {
  execFileSync('cc', ['-O2', '-shared', '-fPIC', '-o', library, fileURLToPath(new URL('preload/failing_disk.c', import.meta.url)), '-ldl']);
  mount(join(dir, 'disk'), 400);
  network.create();
  for (const node of nodes) {
    network.rules(node, []);
    network.configure(node, 'limits', `failure_grace_ms = 2000\ndisk_reserve_bytes = ${node === 2 ? 8 << 20 : 0}`);
  }
  ownDisk(data(0, 'log'), 48);
  mkdirSync(data(1, 'db'));
  ownDisk(data(1, 'db'), 48);
  ownDisk(data(2), 64);
  await network.startAll();
  network.load(nodes);
  await network.moreRecords(20);
  await full();
  await reserve();
  await slow();
  await failing();
  await unreadable();
  await allOnOneFullDisk();
  await graceEndsWithSigterm();
  await network.startAll([3]);
}, cleanUp);
