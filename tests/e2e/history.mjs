// Real nodes whose history is archived and verified: a segment for each epoch that is over, the same whoever exports it;
// `jingchu check` reads a home as a whole; damage is found and named, and nothing touches the home of a node that runs.
// Usage: node tests/e2e/history.mjs [--dir D] [--base-port P] [--epoch-blocks N]; exit status 0 only if everything held.
import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { check, option } from './broken_network.mjs';
import { EpochNetwork } from './epoch_network.mjs';

const dir = option('dir', mkdtempSync(join(tmpdir(), 'jingchu-history-')));
const network = new EpochNetwork(join(dir, 'net'), Number(option('base-port', 19400)));
const epochBlocks = Number(option('epoch-blocks', 20));
const genesis = join(dir, 'net', 'genesis.json');
const [wuhan, xiangyang] = [0, 1];

const exported = (node, to, ...more) => network.cli('archive', 'export', '--home', network.home(node), '--dir', to, '--json', ...more);
const verified = (archive) => network.cli('archive', 'verify', archive, '--genesis', genesis, '--json');
function flip(file, at) {
  const bytes = readFileSync(file);
  bytes[at < 0 ? bytes.length + at : at] ^= 1;
  writeFileSync(file, bytes);
}
async function part(name, body) {
  const start = performance.now();
  const told = await body();
  console.log(`${name}: ${Math.round((performance.now() - start) / 100) / 10} s${told ? `; ${told}` : ''}`);
}

const checked = (node, ...more) => network.cli('check', '--home', network.home(node), '--json', ...more);

// Of a stopped node: it is whole, and it is not with one byte of a table flipped, wherever that is.
async function homes(archive) {
  check((await checked(xiangyang)).status === 3, 'a home in use is not checked');
  const whole = await checked(wuhan, '--archive', archive);
  check(whole.status === 0 && JSON.parse(whole.out).records >= 50, `the home is whole: ${whole.status} ${whole.out} ${whole.text}`);
  const database = join(network.home(wuhan), 'data', 'db');
  const table = join(database, readdirSync(database).find((name) => name.endsWith('.ldb')));
  const size = readFileSync(table).length;
  for (const at of [0, Math.floor(size / 2), size - 60, size - 20]) {
    flip(table, at);
    const damaged = await checked(wuhan);
    check(damaged.status === 1 && JSON.parse(damaged.out).damage[0].where === table, `byte ${at} of a table: ${damaged.status} ${damaged.out}`);
    flip(table, at);
  }
  const log = join(network.home(wuhan), 'data', 'log', readdirSync(join(network.home(wuhan), 'data', 'log'))[0]);
  flip(log, 60);
  const damaged = await checked(wuhan);
  check(damaged.status === 1 && JSON.parse(damaged.out).damage[0].part === 'log', `a flipped byte of the log: ${damaged.status} ${damaged.out}`);
  flip(log, 60);
}

async function archives() {
  const busy = await exported(xiangyang, join(dir, 'busy'));
  check(busy.status === 3 && JSON.parse(busy.out).error.type === 'in-use', `a home in use is refused: ${busy.status} ${busy.out}`);
  check(await network.terminate(wuhan) === 0, 'wuhan stops as asked');
  const archive = join(dir, 'archive');
  const done = await exported(wuhan, archive);
  check(done.status === 0, `wuhan exports: ${done.text}`);
  const { segments } = JSON.parse(done.out);
  check(segments.length >= 3, `${segments.length} epochs are exported`);
  const all = await verified(archive);
  check(all.status === 0, `the archive verifies: ${all.out} ${all.text}`);
  const facts = JSON.parse(all.out);
  check(facts.blocks === segments.length * epochBlocks && facts.records >= 50, `all of it is verified: ${all.out}`);
  const beyond = await exported(wuhan, archive, '--epochs', `0..${segments.length}`);
  check(beyond.status === 2, `an epoch that is not over is refused: ${beyond.status}`);
  const file = join(archive, readdirSync(archive).sort()[1]);
  const size = readFileSync(file).length;
  for (const at of [0, 70, Math.floor(size / 2), -1]) {
    flip(file, at);
    const damaged = await verified(archive);
    check(damaged.status === 1 && JSON.parse(damaged.out).error.where === file, `a flipped byte ${at} is found: ${damaged.status} ${damaged.out}`);
    flip(file, at);
  }
  check((await verified(archive)).status === 0, 'with the bytes back it verifies again');
  await homes(archive);
  await network.start(wuhan);
  await network.ready(wuhan);
  const rate = Math.round(facts.records / facts.seconds);
  return `${segments.length} segments, ${facts.bytes} bytes, ${facts.records} records (${Math.round(facts.bytes / facts.records)} bytes each), ${rate} records/s verified`;
}

network.create();
network.amendGenesis((one) => { one.parameters.epoch_blocks = epochBlocks; });
await network.startAll();
network.load([wuhan, xiangyang], 8);
await network.test(async () => {
  await network.inEpoch(network.live, 4);
  await part('archives', archives);
}, () => rmSync(dir, { recursive: true }));
