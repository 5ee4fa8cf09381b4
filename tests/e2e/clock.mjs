// Wrong wall clocks under four real nodes with load: one an hour ahead, one an hour behind, one that jumps, and all four set
// back. A node whose clock is wrong says so and is right again with its clock; the network goes on all the time. The wall
// clock of a node is what a preloaded library makes of it.
// Usage: node tests/e2e/clock.mjs [--dir D] [--base-port P]; exit status 0 only if everything held.
import { execFileSync } from 'node:child_process';
import { closeSync, mkdtempSync, openSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { until } from './network.mjs';
import { BrokenNetwork, check, option } from './broken_network.mjs';

const dir = option('dir', mkdtempSync(join(tmpdir(), 'jingchu-clock-')));
const library = join(dir, 'wrong_clock.so');
const hour_ms = 3_600_000;
const nodes = [0, 1, 2, 3];
const clocks = nodes.map((node) => openSync(join(dir, `clock-${node}`), 'w+'));
const setClock = (node, ahead_ms) => {
  const bytes = Buffer.alloc(8);
  bytes.writeBigInt64LE(BigInt(ahead_ms));
  writeSync(clocks[node], bytes, 0, 8, 0);
};

class ClockNetwork extends BrokenNetwork {
  start(node) { return super.start(node, { LD_PRELOAD: library, WRONG_CLOCK: join(dir, `clock-${node}`) }); }
}
const network = new ClockNetwork(join(dir, 'net'), Number(option('base-port', 22000)));
const metric = async (node, name) => Number((await network.metrics(node)).match(new RegExp(`^${name} (.*)$`, 'm'))?.[1]);

// /readyz, the metric and the log say it, and only this node's.
async function saysItsClockIs(node, direction) {
  const sentence = `3600.0 s ${direction} the other validators`;
  const nearly = `3599.9 s ${direction} the other validators`;
  const said = (text) => text.includes(sentence) || text.includes(nearly);
  await until(30_000, async () => said((await network.readiness(node)).text), `/readyz of ${network.names[node]} says ${sentence}`);
  check((await network.readiness(node)).status === 503, 'a node with a wrong clock says that it is ready');
  const offset = await metric(node, 'jingchu_clock_offset_seconds');
  check(Math.abs(Math.abs(offset) - 3600) < 2 && (offset > 0) === (direction === 'ahead of'), `the metric says ${offset}`);
  check(said(network.logText(node)), 'the log does not say it');
  check(network.logText(node).split(`${direction} the other validators`).length === 2, 'a warning for each second');
  for (const other of nodes) if (other !== node) await network.ready(other);
}
async function isRightAgain(node) {
  setClock(node, 0);
  await network.ready(node);
  await until(30_000, async () => Math.abs(await metric(node, 'jingchu_clock_offset_seconds')) < 0.5, 'the metric is small again');
}
// Also those that the node itself takes in.
async function goesOn(node) {
  await network.moreRecords(40);
  await until(30_000, async () => (await network.post(node)).status === 200, `a record by way of ${network.names[node]} is final`);
}

async function ahead() {
  await saysItsClockIs(0, 'ahead of');
  await goesOn(0);
  await isRightAgain(0);
  console.log('started an hour ahead: said so, the network went on, right again with its clock');
}

async function behind() {
  setClock(1, -hour_ms);
  await saysItsClockIs(1, 'behind');
  await goesOn(1);
  await isRightAgain(1);
  console.log('set back by an hour while it ran: said so, the network went on, right again with its clock');
}

async function jumping() {
  for (let turn = 0; turn < 6; ++turn) {
    const before = await metric(2, 'jingchu_clock_jumps_total');
    setClock(2, [hour_ms, -hour_ms, 0][turn % 3]);
    await until(10_000, async () => await metric(2, 'jingchu_clock_jumps_total') > before, 'a jump is counted');
    await network.moreRecords(10);
  }
  check(network.logText(2).split("this machine's clock jumped").length === 2, 'not one warning of the jumps a minute');
  await isRightAgain(2);
  console.log('six jumps: counted, said once, the network went on');
}

async function allSetBack() {
  for (const node of nodes) setClock(node, -hour_ms);
  await network.moreRecords(100);
  for (const node of nodes) check((await network.post(node)).status === 200, `${network.names[node]} takes no record`);
  const block = await network.get(3, '/v1/blocks/latest');
  const ahead_ms = block.header.time_ms - (Date.now() - hour_ms);
  check(Math.abs(ahead_ms - hour_ms) < 120_000, `the chain's time did not creep: ${ahead_ms} ms ahead of the clocks`);
  for (const node of nodes) await until(60_000, async () => (await network.readiness(node)).status === 200, `${network.names[node]} is ready although its clock agrees with the others'`);
  await network.moreRecords(20);
  for (const node of nodes) setClock(node, 0);
  await network.moreRecords(100);
  for (const node of nodes) await network.ready(node);
  console.log('all four set back by an hour: the chain went on, and so it did when they were right again');
}

await network.test(async () => {
  execFileSync('cc', ['-O2', '-shared', '-fPIC', '-o', library, fileURLToPath(new URL('preload/wrong_clock.c', import.meta.url)), '-ldl']);
  network.create();
  for (const node of nodes) setClock(node, node === 0 ? hour_ms : 0);
  for (const node of nodes) await network.start(node);
  for (const node of nodes.slice(1)) await network.ready(node);
  network.load(nodes, 1);
  await ahead();
  await behind();
  await jumping();
  await allSetBack();
}, () => {
  for (const clock of clocks) closeSync(clock);
  rmSync(dir, { recursive: true, force: true });
});
