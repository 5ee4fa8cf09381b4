// Real nodes that make snapshots while they go on: a follower begins with one, from several nodes at once of which most lie;
// what breaks off is gone on with; a validator whose database is put back to an old one under its own log catches up, votes,
// and signs nothing twice; a damaged database is replaced; nodes that are killed while they make snapshots make others.
// Usage: node tests/e2e/snapshots.mjs [--dir D] [--base-port P]; exit status 0 only if everything held.
import { spawn } from 'node:child_process';
import { createServer } from 'node:http';
import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { check, option } from './broken_network.mjs';
import { EpochNetwork } from './epoch_network.mjs';
import { fetchWhole, jingchu, until } from './network.mjs';

const dir = option('dir', mkdtempSync(join(tmpdir(), 'jingchu-snapshots-')));
const network = new EpochNetwork(join(dir, 'net'), Number(option('base-port', 19800)));
const kEpochBlocks = 20;
const kEvery = 100;
const genesis = join(dir, 'net', 'genesis.json');
const [wuhan, xiangyang, yichang, jingzhou] = [0, 1, 2, 3];

const urls = (...nodes) => nodes.map((node) => network.url(node)).join(',');
const snapshot = (...words) => network.cli('snapshot', ...words, '--json', '--request-timeout', '3');
const verified = (directory) => network.cli('snapshot', 'verify', directory, '--genesis', genesis, '--json');
const listed = async (node) => (await network.get(node, '/v1/snapshots')).snapshots;
const newest = async (node) => Math.max(0, ...(await listed(node)).map(({ height }) => height));
const database = (node) => join(network.home(node), 'data', 'db');
function flip(file, at) {
  const bytes = readFileSync(file);
  bytes[at] ^= 1;
  writeFileSync(file, bytes);
}
async function part(name, body) {
  const start = performance.now();
  const told = await body();
  console.log(`${name}: ${Math.round((performance.now() - start) / 100) / 10} s${told ? `; ${told}` : ''}`);
}

// ---- nodes that lie: what an honest one says, changed on its way
const liars = [];
const junk = (status, body) => () => ({ status, body: Buffer.from(body) });
const changed = (at) => (path, body) => {
  const bytes = Buffer.from(body);
  bytes[at < 0 ? bytes.length + at : at] ^= 1;
  return { status: 200, body: bytes };
};
const only = (part, lie) => (path, body) => (path.includes(part) ? lie(path, body) : { status: 200, body });
const boast = (path, body) => {
  const list = JSON.parse(body);
  list.snapshots.push({ ...list.snapshots.at(-1), height: 1e9, id: 'ab'.repeat(32) });
  return { status: 200, body: Buffer.from(JSON.stringify(list)) };
};
const isList = (path) => path === '/v1/snapshots';
const kLies = {
  'boasts of a snapshot that is not': (path, body) => (isList(path) ? boast(path, body) : { status: 200, body }),
  'lists junk': junk(200, '{"snapshots": [{"height": "x"}]}'),
  'is no node': junk(200, '<html>'),
  'a changed manifest': only('/manifest', changed(2000)),
  'a manifest cut off': only('/manifest', (path, body) => ({ status: 200, body: body.subarray(0, 100) })),
  'changed chunks': only('/chunks/', changed(-1)),
  'no chunks': only('/chunks/', junk(404, '{"type":"urn:jingchu:problem:not-found","detail":"no"}')),
  'never answers': null,
};
async function liar(lie, honest = wuhan) {
  const server = createServer(async (asked, answer) => {
    if (lie === null) return;
    try {
      const truth = await fetch(network.url(honest) + asked.url);
      const { status, body } = lie(asked.url, Buffer.from(await truth.arrayBuffer()));
      answer.writeHead(status, { 'content-type': truth.headers.get('content-type') });
      answer.end(body);
    } catch {
      answer.destroy();
    }
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  liars.push(server);
  return `http://127.0.0.1:${server.address().port}`;
}

// ---- what is tested
async function backups() {
  await until(60_000, async () => (await newest(wuhan)) > 0, 'wuhan makes a snapshot');
  const made = await snapshot('create', '--from', urls(wuhan, xiangyang), '--genesis', genesis, '--dir', join(dir, 'backup'));
  check(made.status === 0, `a backup: ${made.status} ${made.out} ${made.text}`);
  const { height, chunks, directory } = JSON.parse(made.out);
  check(height % kEpochBlocks === 0 && chunks >= 1, `an epoch's end: ${made.out}`);
  check((await verified(join(dir, 'backup'))).status === 0, 'it verifies');
  for (const file of readdirSync(directory)) {
    const size = readFileSync(join(directory, file)).length;
    for (const at of [0, Math.floor(size / 2), size - 1]) {
      flip(join(directory, file), at);
      const damaged = await verified(join(dir, 'backup'));
      check(damaged.status === 1 && JSON.parse(damaged.out).error.what, `byte ${at} of ${file}: ${damaged.status} ${damaged.out}`);
      flip(join(directory, file), at);
    }
  }
  check((await verified(join(dir, 'backup'))).status === 0, 'with the bytes back it verifies again');
  return `height ${height}, ${chunks} chunks`;
}

// The follower has nothing but its key and genesis.
async function joining() {
  await until(60_000, async () => (await listed(wuhan)).some(({ chunks }) => chunks >= 3), 'a snapshot of some chunks');
  const home = ['--home', network.home(follower)];
  const lying = await Promise.all(Object.values(kLies).map((lie) => liar(lie)));
  const alone = await snapshot('restore', ...home, '--from', lying.join(','));
  check(alone.status === 3 && JSON.parse(alone.out).error.type === 'no-snapshot', `only liars: ${alone.status} ${alone.out}`);
  check(!existsSync(database(follower)), 'no database of lies');
  // One gives a chunk and then nothing more; whoever waits for it is killed.
  let given = 0;
  const slow = await liar((path, body) => {
    if (path.includes('/chunks/') && ++given > 1) throw new Error('nothing more');
    return { status: 200, body };
  });
  const child = spawn(jingchu, ['snapshot', 'restore', ...home, '--from', slow], { stdio: 'ignore' });
  const end = new Promise((resolve) => child.on('exit', resolve));
  const fetched = join(network.home(follower), 'data', 'snapshots.fetched');
  const isChunk = (name) => /\/\d+\/\d+$/.test(join('/', name)); // whole: others have another name
  await until(20_000, () => given > 1 && readdirSync(fetched, { recursive: true }).some(isChunk), 'a chunk has come');
  child.kill('SIGKILL');
  await end;
  check(!existsSync(database(follower)), 'no database of a part');
  const done = await snapshot('restore', ...home, '--from', `${lying.join(',')},${urls(wuhan, xiangyang, yichang)}`);
  check(done.status === 0, `the follower begins with a snapshot: ${done.status} ${done.out} ${done.text}`);
  const { height, chunks_kept: kept, nodes_given_up: left } = JSON.parse(done.out);
  check(kept >= 1, 'what came before the kill is kept');
  check(Object.keys(left).length >= 3, `liars are found out: ${JSON.stringify(left)}`);
  const again = await snapshot('restore', ...home, '--from', urls(wuhan));
  check(again.status !== 0 && JSON.parse(again.out).error.type === 'database-exists', `a database is not replaced unasked: ${again.out}`);
  await network.start(follower);
  await network.caughtUp(follower);
  await sameBlocks(follower, height);
  await provesOldRecords(follower);
  check((await fetchWhole(`${network.url(follower)}/v1/blocks/1`)).status === 410, 'what is before the snapshot is gone');
  return `height ${height}, ${kept} chunks of the run that was killed, ${Object.keys(left).length} of ${lying.length} liars found out`;
}
async function sameBlocks(node, above) {
  await until(30_000, async () => (await network.status(node)).height > above + 3, `${network.names[node]} goes on`);
  for (let height = above + 1; height <= above + 3; ++height) {
    const [here, there] = await Promise.all([node, wuhan].map((one) => network.get(one, `/v1/blocks/${height}`)));
    check(here.hash === there.hash && here.executed_root === there.executed_root, `block ${height} is the same`);
  }
}
async function provesOldRecords(node) {
  for (const { sha256 } of [...network.acknowledged.values()].slice(0, 3)) {
    const path = `/v1/proofs/entities/evidence/sha256:${sha256}?records=true`;
    let proof;
    await until(20_000, async () => (proof = await fetchWhole(network.url(node) + path)).ok, 'a record from before the snapshot is proven');
    const file = join(dir, 'proof.json');
    writeFileSync(file, proof.text());
    const judged = await network.cli('verify', file, '--genesis', genesis, '--json');
    check(judged.status === 0, `the proof holds: ${judged.out}`);
  }
}

// Its log knows of votes in epochs that the old database has never seen.
async function staleDatabase() {
  const { height } = await network.status(jingzhou);
  await network.terminate(jingzhou);
  const done = await snapshot('restore', '--home', network.home(jingzhou), '--dir', join(dir, 'backup'), '--replace');
  check(done.status === 0, `jingzhou is put back: ${done.status} ${done.out} ${done.text}`);
  const at = JSON.parse(done.out).height;
  check(at + kEpochBlocks < height, `the backup is old: ${at} and ${height}`);
  await network.start(jingzhou);
  await network.ready(jingzhou);
  await network.caughtUp(jingzhou);
  await until(60_000, async () => (await network.status(jingzhou)).votes, 'jingzhou votes again');
  await network.moreRecords(20);
  for (const node of [wuhan, xiangyang, yichang, jingzhou]) {
    const { stopped } = await network.status(node);
    const { evidence } = await network.get(node, '/v1/misbehaviour');
    check(stopped === null && evidence.length === 0, `${network.names[node]}: ${stopped} ${JSON.stringify(evidence)}`);
  }
  return `from height ${height} back to ${at}`;
}

async function damage() {
  // At a start LevelDB makes tables of what it has written ahead.
  await network.terminate(yichang);
  await network.start(yichang);
  await network.ready(yichang);
  await network.terminate(yichang);
  const table = readdirSync(database(yichang)).find((name) => name.endsWith('.ldb'));
  flip(join(database(yichang), table), 1000);
  const found = await network.cli('check', '--home', network.home(yichang), '--json');
  check(found.status === 1, `the damage is found: ${found.status} ${found.out}`);
  const done = await snapshot('restore', '--home', network.home(yichang), '--from', urls(wuhan, xiangyang), '--replace');
  check(done.status === 0, `yichang is mended: ${done.status} ${done.out} ${done.text}`);
  const whole = await network.cli('check', '--home', network.home(yichang), '--json');
  check(whole.status === 0, `it is whole: ${whole.status} ${whole.out} ${whole.text}`);
  await network.start(yichang);
  await network.caughtUp(yichang);
}

async function killed() {
  const before = await newest(xiangyang);
  for (let round = 0; round < 6; ++round) {
    const { height } = await network.status(xiangyang);
    const next = Math.ceil((height + 1) / kEvery) * kEvery;
    await until(60_000, async () => (await network.status(xiangyang)).height >= next, 'the next snapshot is due');
    network.kill(xiangyang);
    await network.ended(xiangyang, 10_000);
    await network.start(xiangyang);
    await network.ready(xiangyang);
  }
  await until(60_000, async () => (await newest(xiangyang)) > before, 'a snapshot is made all the same');
  const kept = join(network.home(xiangyang), 'data', 'snapshots');
  check((await verified(kept)).status === 0, 'the newest one verifies');
  const made = await snapshot('create', '--from', urls(xiangyang), '--genesis', genesis, '--dir', join(dir, 'last'));
  check(made.status === 0, `it gives its snapshots: ${made.out} ${made.text}`);
}

network.validFor = 50;
network.create();
network.amendGenesis((one) => Object.assign(one.parameters, { epoch_blocks: kEpochBlocks }));
const follower = await network.addFollower('archive');
for (const node of [wuhan, xiangyang, yichang, jingzhou, follower]) network.configure(node, 'snapshots', `every_blocks = ${kEvery}\nkeep = 10`);
await network.startAll([wuhan, xiangyang, yichang, jingzhou]);
network.load([wuhan, xiangyang], 16, 200);
network.all = network.live = [wuhan, xiangyang]; // who have all blocks from the first on
await network.test(async () => {
  await part('backups', backups);
  await part('joining', joining);
  await part('a stale database', staleDatabase);
  await part('damage', damage);
  await part('killed', killed);
}, () => {
  liars.forEach((server) => { server.closeAllConnections(); server.close(); });
  rmSync(dir, { recursive: true });
});
