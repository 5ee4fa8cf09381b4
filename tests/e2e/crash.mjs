// Four real validators under load, killed with SIGKILL: each in turn, all four at once, then random ones at random moments,
// also while they start. Shows that no record with a final receipt is lost, none is executed twice, and that all nodes hold
// the same blocks and roots.
// Usage: node tests/e2e/crash.mjs [--dir D] [--base-port P] [--kills N] [--seed S]; exit status 0 only if everything held.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { BrokenNetwork, check, option, random } from './broken_network.mjs';

const dir = option('dir', mkdtempSync(join(tmpdir(), 'jingchu-crash-')));
const network = new BrokenNetwork(join(dir, 'net'), Number(option('base-port', 17000)));
const kills = Number(option('kills', 200));
const seed = Number(option('seed', Date.now() % 1_000_000));
const nodes = [0, 1, 2, 3];
const workersPerNode = 4;
const recordsBetween = 50;

async function kill(...victims) {
  for (const node of victims) network.kill(node);
  for (const node of victims) check(await network.ended(node, 10_000) === 'SIGKILL', `${network.names[node]} ended by itself`);
}

async function inTurn() {
  for (const victim of nodes) {
    await kill(victim);
    await network.moreRecords(recordsBetween);
    await network.startAll([victim]);
  }
  await kill(...nodes);
  await network.startAll();
  await network.moreRecords(recordsBetween);
  console.log(`killed and restarted each in turn, then all four; ${network.acknowledged.size} final so far`);
}

// More than f may be down at a time: then nothing becomes final, and still nothing is lost.
async function atRandom() {
  console.log(`${kills} random kills, seed ${seed}`);
  const next = random(seed);
  const said = nodes.map((node) => network.logText(node).length);
  let starting = 0;
  for (let done = 0; done < kills;) {
    const victims = next() < 0.03 ? nodes : [Math.floor(next() * nodes.length)];
    await pause(next() * 300); // the random moment itself
    for (const victim of victims) if (!network.logText(victim).slice(said[victim]).includes('serving')) starting += 1;
    await kill(...victims);
    for (const victim of victims) {
      said[victim] = network.logText(victim).length;
      await network.start(victim);
    }
    done += victims.length;
    if (done % 10 < victims.length) await network.moreRecords(10, 120_000);
  }
  console.log(`${kills} random kills, ${starting} of them during a start; ${network.acknowledged.size} final so far`);
}

await network.test(async () => {
  network.create();
  await network.startAll();
  network.load(nodes, workersPerNode);
  await network.moreRecords(recordsBetween);
  await inTurn();
  if (kills > 0) await atRandom();
  for (const node of nodes) await network.ready(node);
  await network.moreRecords(recordsBetween);
}, () => {
  if (!network.failed) rmSync(dir, { recursive: true, force: true });
  else console.error(`the network's directory is kept: ${dir}`);
});
