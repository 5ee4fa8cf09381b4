// Nothing that a peer sends stops or confuses the honest nodes. Three of four validators run; the place of the last,
// and of a follower, is the attacker's. First each malformed or forged thing on its own: refused, counted, logged, and
// nobody else notices. Then every kind of flood under a fixed load: throughput, memory and log stay within bounds.
// Usage: node tests/e2e/hostile_peers.mjs [--dir D] [--base-port P] [--only refused|floods] [--floods a,b] [--seconds S]
//        [--rate R] [--measure-only yes]; exit status 0 only if everything held.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { until } from './network.mjs';
import { check, option } from './broken_network.mjs';
import { HostileNetwork, Load, kAttacker, kHonest } from './hostile_network.mjs';
import { Floods } from './hostile_floods.mjs';
import { Refusals } from './hostile_refusals.mjs';

const dir = option('dir', mkdtempSync(join(tmpdir(), 'jingchu-hostile-')));
const network = new HostileNetwork(join(dir, 'net'), Number(option('base-port', 21100)));
const only = option('only', '');
const began = performance.now();

function cleanUp() {
  for (const child of network.processes) child?.kill('SIGKILL');
  if (!option('keep')) rmSync(dir, { recursive: true, force: true });
}
for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP']) process.on(signal, () => { cleanUp(); process.exit(1); });

// The attacker falls silent, and the true owner of its place comes: it is let in, catches up and is heard.
async function ownerReturns() {
  const height = await network.heightAnywhere();
  await until(20_000, async () => await network.heightAnywhere() > height + 8, 'the network goes on after the attack');
  await network.start(kAttacker);
  await network.ready(kAttacker, 120_000); // it has some thousand blocks to fetch and execute
  await until(30_000, async () => (await network.post(kAttacker)).status === 200, "the returned validator's records become final");
  console.log(`${network.names[kAttacker]}'s own node starts, catches up, and its records become final`);
}

let load;
try {
  // The attacker speaks of epoch 0, which is to last.
  network.create(['--epoch-blocks', '1000000']);
  await network.startAll(kHonest);
  const refusals = new Refusals(network);
  if (only !== 'floods') {
    load = new Load(network, kHonest, 20).start();
    await refusals.run(load);
    await load.stop();
  }
  if (only !== 'refused') {
    load = new Load(network, kHonest, Number(option('rate', 150))).start();
    const floods = new Floods(network, load);
    await floods.run();
    if (!option('floods')) {
      await floods.restartUnder('half-open handshakes');
      await ownerReturns();
      // From here on the attacker also says what the owner can never take back.
      await network.terminate(kAttacker);
      await floods.one('lane');
      floods.report();
      await refusals.contradictions();
    }
    await load.stop();
  }
  for (const node of kHonest) check(network.processes[node].exitCode === null, `${network.names[node]} ended`);
  const height = await network.checkAgreement(kHonest);
  console.log(`${network.acknowledged.size} acknowledged records; ${height} blocks and roots equal; ${((performance.now() - began) / 1000).toFixed(0)} s`);
} catch (error) {
  console.error(error.stack);
  network.failed = true;
}
if (load) load.running = false;
await pause(50);
await network.stop();
if (network.failed) for (const node of kHonest.filter((at) => network.processes[at])) console.error(network.logText(node).split('\n').slice(-8).join('\n'));

cleanUp();
process.exit(network.failed ? 1 : 0);
