// How fast a validator that was down catches up, against how fast the chain grows meanwhile under a fixed load: first from
// honest peers, then while one of those that it asks (an attacker in a validator's place, of seven) lies in each way that
// lying_peer.mjs knows. It must catch up faster than the chain grows each time, and end with the same blocks.
// Usage: node tests/e2e/catch_up.mjs [--blocks N] [--rate R] [--lies a,b] [--dir D] [--base-port P] [--json];
//        exit status 0 only if everything held.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { until } from './network.mjs';
import { BrokenNetwork, check, option } from './broken_network.mjs';
import { Load } from './hostile_network.mjs';
import { stolenIdentity } from './hostile_peer.mjs';
import { kLies, LyingPeer } from './lying_peer.mjs';

const dir = option('dir', mkdtempSync(join(tmpdir(), 'jingchu-catch-up-')));
const blocks = Number(option('blocks', 600));
const rate = Number(option('rate', 100));
const names = ['wuhan', 'xiangyang', 'yichang', 'jingzhou', 'enshi', 'huanggang', 'xianning'];
const network = new BrokenNetwork(join(dir, 'net'), Number(option('base-port', 25300)), names);
const straggler = names.indexOf('enshi'); // by name before all others: they dial it, and so does the liar
const liar = names.indexOf('xianning');
const honest = network.all.filter((node) => node !== straggler && node !== liar);
const asJson = process.argv.includes('--json');
const results = [];

const height = (node) => network.status(node).then((status) => status.height);
async function measured(name) {
  network.kill(straggler);
  await network.ended(straggler, 10_000);
  const from = await height(honest[0]);
  await until(600_000, async () => await height(honest[0]) >= from + blocks, `the chain grows by ${blocks} blocks`);
  const peer = name === 'honest peers' ? null : new LyingPeer(stolenIdentity(network, liar), network.basePort + straggler, network.basePort + honest[0], name);
  await network.start(straggler);
  let first;
  await until(60_000, async () => { first = await height(straggler); return true; }, 'the straggler answers');
  const [began, chainBefore] = [performance.now(), await height(honest[0])];
  let last, chainAfter;
  await until(120_000, async () => {
    [last, chainAfter] = await Promise.all([height(straggler), height(honest[0])]);
    return last >= chainAfter - 3;
  }, `caught up (${name})`);
  const seconds = (performance.now() - began) / 1000;
  const result = { peers: name, behind: chainBefore - first, seconds: Number(seconds.toFixed(2)), blocks_per_s: Math.round((last - first) / seconds),
    chain_blocks_per_s: Math.round((chainAfter - chainBefore) / seconds), asked_liar: peer?.fetches ?? 0, liars_sessions: peer?.sessions ?? 0 };
  await peer?.end();
  results.push(result);
  if (!asJson) console.log(Object.entries(result).map(([key, value]) => `${key} ${value}`).join(', '));
  check(result.blocks_per_s > result.chain_blocks_per_s, `${name}: catches up no faster than the chain grows`);
  check(peer === null || peer.fetches > 0, `${name}: the liar was not asked`);
}

const load = new Load(network, honest, rate);
await network.test(async () => {
  network.create();
  await network.startAll([...honest, straggler]);
  load.start();
  network.loads.push(load);
  for (const name of ['honest peers', ...option('lies', Object.keys(kLies).join(',')).split(',')]) await measured(name);
  await load.stop();
  if (asJson) console.log(JSON.stringify({ validators: names.length, records_per_s: rate, results }));
  network.all = [...honest, straggler];
}, () => rmSync(dir, { recursive: true, force: true }));
