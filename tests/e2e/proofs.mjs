// Proof bundles from real validators, each checked by `jingchu verify` with nothing but the genesis file: a deposit among
// others in one transaction, how soon it can be proven, complete histories while records keep coming, absences, two changes
// of the validators, and the death of all nodes at once. What was proven once stays proven.
// Usage: node tests/e2e/proofs.mjs [--dir D] [--base-port P] [--epoch-blocks N] [--late-ms M]; with M, only how soon a
// record can be proven where all that validators send each other comes M ms late (needs the right to look into the nodes'
// file descriptors); exit status 0 only if everything held.
import { createHash, randomBytes } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { check, option } from './broken_network.mjs';
import { EpochNetwork } from './epoch_network.mjs';
import { until, fetchWhole } from './network.mjs';
import { Relay } from './relay.mjs';
import { buildEnvelope } from './submit.mjs';

const dir = option('dir', mkdtempSync(join(tmpdir(), 'jingchu-proofs-')));
const network = new EpochNetwork(join(dir, 'net'), Number(option('base-port', 27000)));
const epochBlocks = Number(option('epoch-blocks', 40));
const genesis = join(dir, 'net', 'genesis.json');
const all = [0, 1, 2, 3], [wuhan, xiangyang, yichang] = all;
const lateMs = Number(option('late-ms', 0));
const kBlocksUntilProvable = lateMs === 0 ? 3 : 5;
const kLagMax = 20; // execution_lag_max, and what it takes to ask
const kept = []; // bundles that held once

// ---- asking and judging
const ask = (node, path) => fetchWhole(`${network.url(node)}/v1/proofs/${path}`, {}, 5000);
// The bundle, as soon as there is one.
async function prove(node, path) {
  let text;
  await until(10_000, async () => {
    const answer = await ask(node, path);
    text = await answer.text();
    check(answer.status === 200 || JSON.parse(text).type.endsWith(':not-provable-yet'), `${path}: ${answer.status} ${text}`);
    return answer.status === 200;
  }, `${path} can be proven`);
  return text;
}
async function verify(bundle, ...more) {
  const file = join(dir, `bundle-${randomBytes(6).toString('hex')}.json`);
  writeFileSync(file, bundle);
  const ran = await network.cli('verify', file, '--genesis', genesis, '--json', ...more);
  rmSync(file);
  return { status: ran.status, ...JSON.parse(ran.out) };
}
async function holds(what, bundle, ...more) {
  const seen = await verify(bundle, ...more);
  check(seen.status === 0, `${what} holds: ${JSON.stringify(seen)}`);
  kept.push({ what, bundle, more });
  return seen;
}
async function refused(what, bundle, step, ...more) {
  const seen = await verify(bundle, ...more);
  const failed = seen.steps?.find(({ verdict }) => verdict === 'fails')?.step;
  check(seen.status === 1 && failed === step, `${what} is refused at ${step}: ${JSON.stringify(seen)}`);
}
async function problem(path, status, type) {
  const answer = await ask(wuhan, path);
  const document = await answer.json();
  check(answer.status === status && document.type.endsWith(`:${type}`), `${path}: ${answer.status} ${JSON.stringify(document)}`);
}
async function submit(calls, node = wuhan) {
  const { body } = buildEnvelope({ chainId: network.chainId, key: network.key, validUntil: (await network.status(node)).height + 500, calls });
  const answer = await fetchWhole(`${network.url(node)}/v1/transactions?wait=final&timeout_ms=10000`, { method: 'POST',
    headers: { 'content-type': 'application/json' }, body }, 12_000);
  const document = await answer.json();
  check(document.status === 'final' && document.receipts.every(({ code }) => code === 'ok'), `final: ${JSON.stringify(document)}`);
  return document;
}
const deposit = (sha256, note = '') => ({ contract: 'evidence', method: 'deposit', payload: JSON.stringify({ sha256, sm3: randomBytes(32).toString('hex'),
  mediaType: 'text/plain', size: 1, subject: sha256, note }) });
const newHash = () => randomBytes(32).toString('hex');

// ---- what is shown
async function oneOfMany() {
  const file = join(dir, 'contract.txt');
  writeFileSync(file, `a contract of ${randomBytes(8).toString('hex')}\n`);
  const sha256 = createHash('sha256').update(readFileSync(file)).digest('hex');
  const sm3 = createHash('sm3').update(readFileSync(file)).digest('hex');
  const own = { contract: 'evidence', method: 'deposit', payload: JSON.stringify({ sha256, sm3, mediaType: 'text/plain', size: 1, subject: sha256 }) };
  const { id } = await submit([deposit(newHash(), 'the neighbour'), own, deposit(newHash(), 'the neighbour')]);
  const bundle = await prove(xiangyang, `transactions/${id}/calls/1`);
  check(!bundle.includes('the neighbour'), 'the neighbours are not shown');
  await holds('one call of three', bundle, '--file', file);
  await refused('another file', bundle, 'file', '--file', genesis);
  await holds('the entity of a file', await prove(yichang, `entities/evidence/sha256:${sha256.toUpperCase()}?records=true`), '--file', file);
  await refused('one digit of the call', bundle.replace(/("call":"[0-9a-f]{200})(.)/, (_, before, digit) => before + (digit === '0' ? '1' : '0')), 'call');
  await refused('a missing signer', bundle.replace(/("finalization":"[0-9a-f]{114})03/, '$102'), 'bundle');
}

// From the final receipt on.
async function howSoon() {
  const blocks = [], times_ms = [];
  for (let i = 0; i < 30; ++i) {
    const { id, height } = await submit([deposit(newHash())], i % 4);
    const began = performance.now();
    const bundle = await prove(i % 4, `transactions/${id}/calls/0`);
    times_ms.push(performance.now() - began);
    const seen = await holds('a fresh record', bundle);
    blocks.push(seen.facts.anchor.height - height);
  }
  // Where the machine is busy, some are asked for late, and others executed late, which the protocol bounds.
  blocks.sort((one, other) => one - other);
  check(blocks[Math.floor(blocks.length * 0.8)] <= kBlocksUntilProvable && blocks.at(-1) <= kLagMax, `provable within ${kBlocksUntilProvable} blocks: ${blocks}`);
  times_ms.sort((a, b) => a - b);
  return `provable after ${blocks[Math.floor(blocks.length * 0.8)]} blocks and ${blocks.at(-1)} at most, ${Math.round(times_ms[15])} ms in the median and ${Math.round(times_ms.at(-1))} at most after the final receipt`;
}

async function histories() {
  const busy = newHash();
  let running = true;
  let written = 0;
  const writer = (async () => {
    while (running) {
      await submit([deposit(busy, 'x'), deposit(busy, 'y')]);
      written += 2;
    }
  })();
  await until(10_000, () => written >= 4, 'the busy entity has records');
  let last = 0;
  for (let i = 0; i < 12; ++i) {
    const before = written;
    const bundle = await prove(i % 4, `entities/evidence/sha256:${busy}?records=true`);
    const { facts: { entity: claim } } = await holds('a busy entity', bundle);
    check(claim.count >= Math.max(2, last) && claim.records.length === claim.count, `all records of the busy entity: ${claim.count} of ${before}`);
    last = claim.count;
    const one = JSON.parse(bundle);
    one.entity.records.pop();
    await refused('a history without its last record', JSON.stringify(one), 'records');
  }
  running = false;
  await writer;
  const absent = await holds('an absence', await prove(wuhan, `entities/evidence/sha256:${newHash()}?records=true`));
  check(!absent.facts.entity.present, 'it is absent');
  await holds('an absent product', await prove(wuhan, 'entities/provenance/urn:epc:id:sgtin:697123456.0001.7'));
  await holds('an absent lot', await prove(wuhan, 'entities/agriculture/lot-of-nobody'));
  return `${last} records of one entity`;
}

async function errors() {
  const id = [...network.acknowledged.keys()].at(-1) ?? newHash();
  await problem(`transactions/${newHash()}/calls/0`, 404, 'not-found');
  await problem('transactions/xyz/calls/0', 400, 'invalid-parameter');
  await problem(`transactions/${id}/calls/9999999999999`, 404, 'not-found');
  await problem(`transactions/${id}/calls/-1`, 400, 'invalid-parameter');
  await problem('entities/identity/wuhan', 400, 'no-histories');
  await problem('entities/nowhere/wuhan', 400, 'unknown-contract');
  await problem('entities/evidence/sha256:12', 400, 'bad-entity-name');
  await problem(`entities/evidence/sha256:${newHash()}?records=maybe`, 400, 'invalid-parameter');
}

async function changesOfValidators() {
  const early = await submit([deposit(newHash())]);
  const before = await prove(wuhan, `transactions/${early.id}/calls/0`);
  const hefei = await network.join('hefei', 'wuhan');
  const joins = await network.accept('--add', join(network.home(hefei), 'validator.json'));
  await network.start(hefei);
  await network.attest([wuhan, xiangyang, yichang, hefei]);
  await network.inForce(joins, all);
  const leaves = await network.accept('--remove', 'hefei');
  await network.attest([wuhan, xiangyang, yichang]);
  await network.inForce(leaves, all);
  await holds('a bundle from before two changes', before);
  const later = await submit([deposit(newHash())], xiangyang); // a block of the new set
  await holds('a record of the new set', await prove(xiangyang, `transactions/${later.id}/calls/0`));
  const after = await prove(xiangyang, `transactions/${early.id}/calls/0`);
  const { facts: { anchor } } = await holds('the same record after two changes', after);
  check(anchor.set_changes === 2, `two changes are shown, not ${anchor.set_changes}`);
  const cut = JSON.parse(after);
  cut.sets.shift();
  await refused('a change left out', JSON.stringify(cut), 'sets');
  cut.sets = [];
  await holds('the set of genesis again, without the way there', JSON.stringify(cut));
  network.kill(hefei);
  await network.ended(hefei, 10_000);
}

async function deathOfAll() {
  const { id } = await submit([deposit(newHash())]);
  for (const node of all) network.kill(node);
  for (const node of all) await network.ended(node, 10_000);
  for (const node of all) await network.start(node);
  for (const node of all) await network.ready(node);
  for (const node of all) await holds('a record from before the crash', await prove(node, `transactions/${id}/calls/0`));
  for (const { what, bundle, more } of kept.slice(0, 12)) await holds(`${what}, later`, bundle, ...more);
}

async function part(name, body) {
  const start = performance.now();
  const told = await body();
  console.log(`${name}: ${Math.round((performance.now() - start) / 100) / 10} s${told ? `; ${told}` : ''}`);
}

// Nodes listen elsewhere, and where genesis says that they do, a relay lets them wait.
async function putRelayBetween() {
  const target = (node) => network.basePort + 50 + node;
  for (const node of all) {
    const file = join(network.home(node), 'jingchud.toml');
    writeFileSync(file, readFileSync(file, 'utf8').replace(`:${network.basePort + node}"`, `:${target(node)}"`));
  }
  await new Relay(all, (node) => network.basePort + node, target, (node) => network.processes[node]?.pid, lateMs).start();
}

network.live = all;
await network.test(async () => {
  network.create([], lateMs === 0 ? ['--lab'] : []);
  network.amendGenesis((genesis) => { genesis.parameters.epoch_blocks = epochBlocks; });
  if (lateMs !== 0) await putRelayBetween();
  await network.startAll(all);
  network.load(all, 1);
  await network.moreRecords(10);
  await part('one call of three', oneOfMany);
  await part('how soon', howSoon);
  if (lateMs !== 0) return;
  await part('histories', histories);
  await part('errors', errors);
  await part('changes of the validators', changesOfValidators);
  await part('death of all', deathOfAll);
  const sizes = kept.map(({ bundle }) => bundle.length).sort((a, b) => a - b);
  console.log(`${kept.length} bundles held, of ${sizes[0]} to ${sizes.at(-1)} bytes`);
}, () => rmSync(dir, { recursive: true, force: true }));
