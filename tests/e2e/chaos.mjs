// Chaos: seven real validators, each in a network namespace of its own, with messages 5 to 40 ms late, under load. A plan
// that its seed alone decides makes packets get lost, links slow, stalled and cut, partitions (a minority, one way, no quorum
// anywhere), and kills nodes, stops them, changes their clocks and fills a disk, a fault of the network and one of machines
// at a time. After each round of all kinds everything heals: within 10 s every node has caught up, is ready, and takes
// records that become final. At the end nothing that was acknowledged is missing and all blocks and roots are equal.
// Usage: node tests/e2e/chaos.mjs [--seed S] [--seconds N] [--validators N] [--longest-ms M] [--dir D] [--base-port P]
//        [--verbose yes]; exit status 0 only if everything held. Needs root.
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { until } from './network.mjs';
import { check, option } from './broken_network.mjs';
import { IsolatedNetwork } from './chaos/isolated_network.mjs';
import { kKinds, planRound, setDelays, suffer } from './chaos/faults.mjs';

const seed = Number(option('seed', Date.now() % 1_000_000));
const seconds = Number(option('seconds', 0)); // rounds begin as long as this is not over; there is always one
const longest_ms = Number(option('longest-ms', 1200));
const cities = ['wuhan', 'xiangyang', 'yichang', 'jingzhou', 'enshi', 'suizhou', 'huanggang', 'shiyan', 'xiaogan', 'jingmen'];
const names = cities.slice(0, Number(option('validators', 7)));
const network = new IsolatedNetwork(option('dir', mkdtempSync(join(tmpdir(), 'jingchu-chaos-'))), Number(option('base-port', 25000)), names);
const ownDisk = names.length - 1;
const recoveryMax_ms = 10_000;
const counts = {};
const recoveries_ms = [];

function note(text) {
  if (option('verbose')) console.log(`  ${text}`);
}
// From the moment when everything has healed.
async function recovers() {
  const healed = performance.now();
  const heights = await Promise.all(network.all.map((node) => network.status(node).then(({ height }) => height, () => 0)));
  const height = Math.max(...heights);
  const left_ms = () => Math.max(1, recoveryMax_ms - (performance.now() - healed));
  await Promise.all(network.all.map(async (node) => {
    const name = network.names[node];
    await until(left_ms(), async () => (await network.status(node)).height >= height && (await network.readiness(node)).status === 200, `${name} has recovered`);
    await until(left_ms(), async () => (await network.post(node)).document.status === 'final', `a record by way of ${name} is final`);
    const { stopped, failure } = await network.status(node);
    check(stopped === null && failure === null, `${name} raised an alarm: ${stopped ?? failure}`);
  }));
  recoveries_ms.push(Math.round(performance.now() - healed));
}
async function round(number) {
  const tracks = planRound(seed + number, names.length, ownDisk, longest_ms);
  await Promise.all(tracks.map(async (faults) => {
    for (const fault of faults) await suffer(network, fault, counts, note);
  }));
  await recovers();
  note(`round ${number}: recovered after ${recoveries_ms.at(-1)} ms, ${network.acknowledged.size} records`);
}
function report(began) {
  for (const kind of kKinds) check(counts[kind] > 0, `no fault of the kind "${kind}" happened`);
  const sorted = [...recoveries_ms].sort((a, b) => a - b);
  console.log(`${recoveries_ms.length} rounds in ${Math.round((performance.now() - began) / 1000)} s: ${kKinds.map((kind) => `${kind} ${counts[kind]}`).join(', ')}`);
  console.log(`recovered within ${sorted.at(-1)} ms of healing, median ${sorted[sorted.length >> 1]} ms`);
}

for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP']) process.on(signal, () => { network.cleanUp(); process.exit(1); });
console.log(`seed ${seed}, ${names.length} validators`);
await network.test(async () => {
  check(process.getuid() === 0, 'this test needs root');
  await network.create([], []);
  network.giveOwnDisk(ownDisk, 96 + seconds);
  await setDelays(network);
  await network.startAll();
  network.watchHeight();
  network.load(network.all, 2);
  await network.moreRecords(20);
  const began = performance.now();
  for (let number = 0; number === 0 || performance.now() - began < 1000 * seconds; ++number) await round(number);
  report(began);
}, () => network.cleanUp());
