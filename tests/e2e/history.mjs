// Real nodes of which one keeps little history, and a follower all: whose history is archived and verified: a segment for each epoch that is over, the same whoever exports it;
// `jingchu check` reads a home as a whole; damage is found and named, and nothing touches the home of a node that runs.
// Usage: node tests/e2e/history.mjs [--dir D] [--base-port P] [--epoch-blocks N]; exit status 0 only if everything held.
import { createHash } from 'node:crypto';
import { execFileSync, spawn } from 'node:child_process';
import { createServer } from 'node:http';
import { mkdtempSync, readFileSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { check, option } from './broken_network.mjs';
import { EpochNetwork } from './epoch_network.mjs';
import { fetchWhole, jingchu, until } from './network.mjs';

const dir = option('dir', mkdtempSync(join(tmpdir(), 'jingchu-history-')));
const network = new EpochNetwork(join(dir, 'net'), Number(option('base-port', 19400)));
const epochBlocks = Number(option('epoch-blocks', 20));
const genesis = join(dir, 'net', 'genesis.json');
const [wuhan, xiangyang, yichang, jingzhou] = [0, 1, 2, 3];

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
  for (const file of readdirSync(join(database, 'values')).map((name) => join(database, 'values', name))) {
    flip(file, Math.floor(readFileSync(file).length / 2));
    const damaged = await checked(wuhan);
    check(damaged.status === 1 && JSON.parse(damaged.out).damage[0].where === file, `a byte of ${file}: ${damaged.status} ${damaged.out}`);
    flip(file, Math.floor(readFileSync(file).length / 2));
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

// ---- pruning

const used = (node) => Number(execFileSync('du', ['-sk', join(network.home(node), 'data', 'db')]).toString().split('\t')[0]);
const historyOf = async (node) => (await network.status(node)).history;
async function problemOf(node, path) {
  const answer = await fetchWhole(network.url(node) + path);
  return { status: answer.status, type: (await answer.json()).type };
}
const pruned = (node, height) => until(60_000, async () => (await historyOf(node)).from_height > height, `${network.names[node]} prunes up to ${height}`);

// Of the archive that jingzhou's configuration names: every damaged segment is named, and one that is missing.
async function damagedSegments(archive) {
  const files = readdirSync(archive).sort().map((name) => join(archive, name));
  const report = async () => {
    const ran = await checked(jingzhou);
    return { ...JSON.parse(ran.out), status: ran.status };
  };
  const whole = await report();
  check(whole.segments === files.length && whole.closing_proofs > 0 && whole.segments_only_read === undefined, `it is checked by itself: ${JSON.stringify(whole)}`);
  const damaged = [files[1], files[3]];
  for (const file of damaged) flip(file, 100);
  const two = await report();
  check(two.status === 1 && JSON.stringify(two.damage.map((one) => one.where)) === JSON.stringify(damaged), `both are named: ${JSON.stringify(two)}`);
  check(two.segments_only_read === files.length - 2, `what follows is only read: ${JSON.stringify(two)}`);
  for (const file of damaged) flip(file, 100);
  renameSync(files[1], join(dir, 'away'));
  const missing = await report();
  check(missing.status === 1 && missing.damage.length === 1 && missing.damage[0].where === files[1], `the missing one is named: ${JSON.stringify(missing)}`);
  renameSync(join(dir, 'away'), files[1]);
}

// jingzhou keeps little, and archives what it lets go; it is killed again and again while it does. The follower keeps all.
async function pruning() {
  const archive = join(dir, 'pruned');
  await network.terminate(jingzhou);
  network.configure(jingzhou, 'history', `keep_blocks = 1\narchive_dir = "${archive}"`);
  const before = used(follower);
  await network.start(jingzhou);
  await network.ready(jingzhou);
  await until(40_000, async () => (await network.status(wuhan)).height > 340, 'there is something to prune');
  for (let round = 1; round <= 4; ++round) {
    await pruned(jingzhou, round * 2 * epochBlocks);
    network.kill(jingzhou);
    await network.ended(jingzhou, 10_000);
    if (round === 2) {
      const ran = await checked(jingzhou);
      check(ran.status === 0, `killed while it prunes, the home is whole: ${ran.status} ${ran.out} ${ran.text}`);
    }
    await network.start(jingzhou);
    await network.ready(jingzhou);
  }
  const { keep, from_height: from } = await historyOf(jingzhou);
  check(keep === 1 && (from - 1) % epochBlocks === 0, `whole epochs are pruned: ${keep} ${from}`);
  for (const height of [1, epochBlocks, from - 1]) {
    const { status, type } = await problemOf(jingzhou, `/v1/blocks/${height}`);
    check(status === 410 && type.endsWith(':pruned'), `block ${height} is gone: ${status} ${type}`);
    check((await network.get(follower, `/v1/blocks/${height}`)).transactions !== undefined, 'the follower has it');
  }
  const kept = (await network.status(jingzhou)).height - 5; // not `from`: it goes on pruning
  check((await network.get(jingzhou, `/v1/blocks/${kept}`)).hash === (await network.get(follower, `/v1/blocks/${kept}`)).hash, 'what is kept is the same');
  const all = await historyOf(follower);
  check(all.keep === 'all' && all.from_height === 0, `the follower keeps all: ${JSON.stringify(all)}`);
  const proof = await verified(archive);
  check(proof.status === 0 && JSON.parse(proof.out).blocks >= from - 1, `what is pruned is in the archive: ${proof.out} ${proof.text}`);
  // Equal ends: both take their write-ahead files in at the next start.
  for (const node of [jingzhou, follower]) await network.terminate(node);
  for (const node of [jingzhou, follower]) {
    const ran = await checked(node);
    check(ran.status === 0, `${network.names[node]} is whole: ${ran.status} ${ran.out} ${ran.text}`);
  }
  await damagedSegments(archive);
  const sizes = [jingzhou, follower].map(used);
  check(sizes[0] < 0.9 * sizes[1], `the pruned home is smaller: ${sizes} kB`);
  for (const node of [jingzhou, follower]) await network.start(node);
  for (const node of [jingzhou, follower]) await network.caughtUp(node);
  return `from height ${from}; ${sizes[0]} kB instead of ${sizes[1]} kB (${before} kB when it began)`;
}

// ---- repair

// What an honest node says, changed on its way.
const liars = [];
async function liar(lie) {
  const server = createServer(async (asked, answer) => {
    const truth = await fetch(network.url(follower) + asked.url);
    answer.writeHead(truth.status, { 'content-type': truth.headers.get('content-type') });
    answer.end(await lie(asked.url, Buffer.from(await truth.arrayBuffer())));
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  liars.push(server);
  return `http://127.0.0.1:${server.address().port}`;
}
const isPiece = (path) => path.includes('/pieces/');
function altered(bytes) {
  bytes[bytes.length >> 1] ^= 1;
  return bytes;
}
// Consistent in itself: what it names is what it gives.
function forged(path, body) {
  if (isPiece(path)) return altered(body);
  const said = JSON.parse(body);
  const epoch = String(said.epoch).padStart(10, '0');
  const bytes = altered(readFileSync(join(dir, 'kept', `epoch-${epoch}.jca`)));
  return JSON.stringify({ ...said, pieces: [createHash('sha256').update(bytes).digest('hex')] });
}
const given = async (node, epoch) => (await fetchWhole(`${network.url(node)}/v1/archive/${epoch}`)).status;
const repaired = (...from) => network.cli('archive', 'repair', '--home', network.home(jingzhou), '--from', from.join(','), '--json', '--request-timeout', '3');

// Waits for a piece that never comes, and is killed: nothing is changed, nothing is held back.
async function killedRepair(archive) {
  let waits;
  const asked = new Promise((resolve) => { waits = resolve; });
  const stuck = await liar((path, body) => {
    if (!isPiece(path)) return body;
    waits();
    return new Promise(() => {});
  });
  const killed = spawn(jingchu, ['archive', 'repair', '--home', network.home(jingzhou), '--from', stuck], { stdio: 'ignore' });
  const end = new Promise((resolve) => killed.on('exit', resolve));
  await asked;
  const second = await repaired(network.url(follower));
  check(second.status === 3 && JSON.parse(second.out).error.type === 'in-use', `one repair at a time: ${second.status} ${second.out}`);
  killed.kill('SIGKILL');
  await end;
  check((await verified(archive)).status === 1, 'nothing is repaired yet');
  const done = await repaired(network.url(follower));
  check(done.status === 0 && (await verified(archive)).status === 0, `run again, it repairs: ${done.status} ${done.out} ${done.text}`);
}

// The follower gives the segments that were exported from its home; of jingzhou's one is damaged, and one is gone.
async function repair() {
  const archive = join(dir, 'pruned');
  await network.terminate(follower);
  check((await exported(follower, join(dir, 'kept'))).status === 0, 'the follower exports');
  network.configure(follower, 'history', `archive_dir = "${join(dir, 'kept')}"`);
  await network.start(follower);
  await network.caughtUp(follower);
  const files = readdirSync(archive).sort().map((name) => join(archive, name));
  const good = readFileSync(files[1]);
  check(await given(jingzhou, 1) === 200 && await given(follower, 1) === 200, 'both give a segment');
  flip(files[1], good.length >> 1);
  const damaged = readFileSync(files[1]);
  rmSync(files[3]);
  check((await fetchWhole(`${network.url(jingzhou)}/v1/archive/1/pieces/0`)).status === 404, 'a damaged segment is not given');
  check(await given(jingzhou, 1) === 404 && await given(jingzhou, 2) === 200, 'it is not there any more; others are');
  check(network.logText(jingzhou).includes('a segment of the archive is damaged and not given'), 'the log says so');
  const lying = [await liar((path, body) => (isPiece(path) ? altered(body) : body)), await liar(forged), await liar(() => '<html>')];
  const alone = await repaired(...lying, network.url(jingzhou));
  const refused = JSON.parse(alone.out);
  check(alone.status === 3 && refused.error.type === 'segment-not-given' && lying.every((url) => refused.error.what.includes(url)), `only liars: ${alone.status} ${alone.out}`);
  check(readFileSync(files[1]).equals(damaged), 'the damaged segment stays until there is a better one');
  await killedRepair(archive);
  // Again, with liars asked first.
  writeFileSync(files[1], damaged);
  rmSync(files[3]);
  const done = await repaired(...lying, network.url(jingzhou), network.url(follower));
  const told = JSON.parse(done.out);
  check(done.status === 0 && told.repaired.length === 2, `two segments are repaired: ${done.status} ${done.out} ${done.text}`);
  check(JSON.stringify(told.repaired.map(({ file }) => file)) === JSON.stringify([files[1], files[3]]), `those two: ${done.out}`);
  check(told.repaired.every(({ from }) => from === network.url(follower)) && lying.every((url) => told.nodes_given_up[url]), `liars are named: ${done.out}`);
  check(readFileSync(`${files[1]}.damaged`).equals(damaged), 'the damaged one is kept aside');
  await network.terminate(jingzhou);
  const clean = await checked(jingzhou);
  check(clean.status === 0, `the home is whole: ${clean.status} ${clean.out} ${clean.text}`);
  await network.start(jingzhou);
  await network.caughtUp(jingzhou);
  check(await given(jingzhou, 1) === 200 && await given(jingzhou, 3) === 200, 'what is repaired is given');
  return `${told.segments_verified} segments verified, 2 repaired, ${lying.length} liars named`;
}

network.validFor = 50;
network.create();
network.amendGenesis((one) => Object.assign(one.parameters, { epoch_blocks: epochBlocks, validity_window: 100 }));
const follower = await network.addFollower('archive');
await network.startAll(network.all.concat(follower));
network.load([wuhan, xiangyang, yichang], 6, 200);
network.live = [0, 1, 2, follower];
network.all = network.live; // of which agreement is checked down to the first block
await network.test(async () => {
  await network.inEpoch(network.live, 4);
  await part('archives', archives);
  await part('pruning', pruning);
  await part('repair', repair);
}, () => {
  liars.forEach((server) => { server.closeAllConnections(); server.close(); });
  rmSync(dir, { recursive: true });
});
