// One mistake in the configuration of one validator does not stop the others. Of four real validators under load three go on
// while the fourth is started with every setting that it has at both ends of what the node takes (found by asking the node),
// with its clock centuries off, and with another genesis file. Each time it either refuses to start and names the setting, or
// says why it is not ready, or does as well as the others.
// Usage: node tests/e2e/mistakes.mjs [--all] [--only SECTION.KEY] [--dir D] [--base-port P]; without --all those that could
//        do most, and all extremes at once. Exit status 0 only if everything held.
import { execFileSync } from 'node:child_process';
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync, writeSync } from 'node:fs';
import { get } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { moveLog, until } from './network.mjs';
import { BrokenNetwork, check, option } from './broken_network.mjs';
import { extremes, findSettings, withSetting } from './settings.mjs';

const dir = option('dir', mkdtempSync(join(tmpdir(), 'jingchu-mistakes-')));
const all = process.argv.includes('--all');
const only = option('only');
const others = [0, 1, 2];
const odd = 3;
const clockFile = join(dir, 'clock');
const library = join(dir, 'wrong_clock.so');
const recordsNeeded = 10;
const year_ms = 31_557_600_000;

class MistakenNetwork extends BrokenNetwork {
  start(node) { return super.start(node, node === odd ? { LD_PRELOAD: library, WRONG_CLOCK: clockFile } : {}); }
}
const network = new MistakenNetwork(join(dir, 'net'), Number(option('base-port', 25700)));
const configuration = join(network.home(odd), 'jingchud.toml');
let right; // configuration
const outcomes = {};
const kReady = 'as well as the others';

// ---- what becomes of the odd one
const saidSince = (from) => network.logText(odd).slice(from);
// What there is to see at this moment; undefined: nothing yet.
async function outcome(from, named) {
  const child = network.processes[odd];
  if (child.exitCode !== null) {
    const said = saidSince(from);
    check([3, 4].includes(child.exitCode) && named.test(said), `it ended with ${child.exitCode} and does not name ${named}: ${said}`);
    return 'refused and named';
  }
  const text = await ask('/readyz').catch(() => '');
  if (text === '') return await isConnected(from) ? 'connected to the others, its API elsewhere' : undefined;
  if (text.includes('not-ready')) return named.test(text) ? 'not ready and named' : undefined;
  return text.includes('"ready"') ? kReady : undefined;
}
async function keepsUp() {
  const { height, votes } = JSON.parse(await ask('/v1/status'));
  return votes && height + 5 >= await network.heightAnywhere();
}
// One connection for one request: the limits of the odd one may allow no more.
function ask(path) {
  return new Promise((resolve, reject) => {
    const asked = get(network.url(odd) + path, { agent: false, headers: { connection: 'close' }, timeout: 5000 }, (answer) => {
      let text = '';
      answer.on('data', (data) => { text += data; }).on('end', () => resolve(text)).on('error', reject);
    });
    asked.on('error', reject).on('timeout', () => asked.destroy(new Error('no answer')));
  });
}
// Its API is where nobody looks for it.
async function isConnected(from) {
  if (!saidSince(from).includes('serving')) return false;
  const seen = await Promise.all(others.map((node) => network.status(node)));
  return seen.every(({ peers }) => peers.find(({ name }) => name === network.names[odd]).connected);
}
async function mistaken(name, named, { mustBeNamed = false, deadline_ms = 20_000 } = {}) {
  const from = network.logText(odd).length;
  await network.start(odd);
  let found;
  const seen = until(deadline_ms, async () => {
    found = await outcome(from, named);
    return found !== undefined && !(mustBeNamed && found === kReady); // it may be ready before it knows better
  }, `${name}: an outcome of the odd one`);
  await seen.catch((error) => { throw new Error(`${error.message}: ${saidSince(from)}`); });
  if (found === kReady) await until(deadline_ms, keepsUp, `${name}: the odd one keeps up`);
  await network.moreRecords(recordsNeeded, 60_000);
  outcomes[found] = (outcomes[found] ?? 0) + 1;
  if (option('verbose')) console.log(`  ${name}: ${found}`);
  if (network.processes[odd].exitCode === null) {
    network.kill(odd);
    await network.ended(odd, 10_000);
  }
}
async function configured(name, changes, named, options) {
  writeFileSync(configuration, changes.reduce((text, { section, key, value }) => withSetting(text, section, key, value), right));
  await mistaken(name, named, options);
  writeFileSync(configuration, right);
}

// ---- the mistakes
const places = {
  nowhere: join(network.dir, 'genesis.json', 'below-a-file'),
  taken: `127.0.0.1:${network.basePort}`,
};
// What names it: the setting, or the text that can not be used; for some what comes of it.
const kSymptoms = { 'peers.listen': /only 1 of 3 needed validators are within reach/, 'limits.disk_reserve_bytes': /reserve/ };
function namesOf({ section, key }, value) {
  const text = value.startsWith('"') && value.length > 4 ? [value.slice(1, -1).replace(/[.[\]{}()*+?^$\\|]/g, '\\$&')] : [];
  return new RegExp([`${section}\\.${key}`, ...text, ...(kSymptoms[`${section}.${key}`] ? [kSymptoms[`${section}.${key}`].source] : [])].join('|'));
}
const kDangerous = ['limits.disk_reserve_bytes = 1099511627776', 'peers.listen = "127.0.0.1:0"'];

async function eachSetting(settings) {
  let done = 0;
  for (const setting of settings) {
    for (const value of extremes(setting, places)) {
      const name = `${setting.section}.${setting.key} = ${value}`;
      if (only ? name.startsWith(`${only} `) : all || kDangerous.includes(name)) {
        await configured(name, [{ ...setting, value }], namesOf(setting, value));
        done += 1;
      }
    }
  }
  check(done >= (only ? 1 : kDangerous.length), 'a setting that was to be tried is no longer there');
}
// Of how much is kept: what is no such value is refused and named; what can not be done is no reason to stop.
async function whatIsKept() {
  const kept = (key, value) => ({ section: 'history', key, value });
  const cut = (key, value) => ({ section: 'snapshots', key, value });
  const refused = [[kept('keep', '"some"')], [kept('keep', '7')], [kept('keep', '"all"'), kept('keep_blocks', '1')], [kept('keep_blocks', '0')],
    [kept('keep_blocks', '"1"')], [kept('archive_dir', '["a"]')], [cut('keep', '0')], [cut('keep', '101')], [cut('every_blocks', '-1')], [cut('every_blocks', '"often"')]];
  for (const changes of refused) {
    const name = changes.map(({ section, key, value }) => `${section}.${key} = ${value}`).join(', ');
    const { section, key } = changes[0];
    await configured(name, changes, new RegExp(`${section}\\.${key}`), { mustBeNamed: true });
  }
  await configured('an archive that can not be written', [kept('keep_blocks', '1'), kept('archive_dir', `"${places.nowhere}"`)], /below-a-file/);
  await configured('a snapshot at each epoch', [cut('every_blocks', '1'), cut('keep', '1')], /(?!)/);
}

// Whole numbers alone; not those that end a node, or that do not fit together.
async function allAtOnce(settings) {
  const numbers = settings.filter(({ kind, key }) => kind === 'whole number' && key !== 'disk_reserve_bytes');
  for (const end of ['min', 'max']) {
    await configured(`every number at its ${end}`, numbers.map((setting) => ({ ...setting, value: setting[end] })), /(?!)/);
  }
}
function setClock(ahead_ms) {
  const bytes = Buffer.alloc(8);
  bytes.writeBigInt64LE(BigInt(Math.round(ahead_ms)));
  const file = openSync(clockFile, 'w');
  writeSync(file, bytes);
  closeSync(file);
}
async function clocks() {
  for (const years of all ? [200, 1, -1, -55, -80] : [-80]) {
    setClock(years * year_ms);
    await mistaken(`its clock ${Math.abs(years)} years ${years > 0 ? 'ahead' : 'behind'}`, /clock/, { mustBeNamed: true, deadline_ms: 40_000 });
  }
  setClock(0);
}

// Every parameter of genesis is part of the chain id.
async function genesisChanged() {
  const file = join(network.home(odd), 'genesis.json');
  const text = readFileSync(file, 'utf8');
  const genesis = JSON.parse(text);
  const keys = Object.keys(genesis.parameters);
  for (const key of all ? keys : ['block_interval_ms']) {
    writeFileSync(file, JSON.stringify({ ...genesis, parameters: { ...genesis.parameters, [key]: genesis.parameters[key] + 1 } }));
    await mistaken(`another ${key} in genesis`, /wrong-chain|bad-genesis/, { mustBeNamed: true });
  }
  writeFileSync(file, text);
}
// A home that was made with another genesis file from the beginning: nobody lets it in, and it says so.
async function anotherGenesis() {
  const [file, log] = [join(network.home(odd), 'genesis.json'), join(network.home(odd), 'data', 'log', 'log-00000001')];
  const text = readFileSync(file, 'utf8');
  const genesis = JSON.parse(text);
  const changed = JSON.stringify({ ...genesis, parameters: { ...genesis.parameters, block_interval_ms: 21 } });
  const idOf = (content) => execFileSync('sha256sum', { input: content, encoding: 'utf8' }).slice(0, 64);
  const move = (from, to) => moveLog(log, Buffer.from(idOf(from), 'hex'), Buffer.from(idOf(to), 'hex'));
  const before = readFileSync(log);
  writeFileSync(file, changed);
  move(text, changed);
  const from = network.logText(odd).length;
  await network.start(odd);
  await until(30_000, () => /wrong-chain|another chain|chain/.test(saidSince(from).replace(/serving.*/, '')), 'the odd one says that the others are of another chain');
  await until(30_000, async () => others.some((node) => /network-mismatch|wrong-chain|another chain/.test(network.logText(node))), 'the others say that it is of another chain');
  check((await network.readiness(odd)).status === 503, 'a node of another chain says that it is ready');
  await network.moreRecords(recordsNeeded);
  for (const node of others) check(!(await network.status(node)).peers.find(({ name }) => name === network.names[odd]).connected, 'a node of another chain was let in');
  network.kill(odd);
  await network.ended(odd, 10_000);
  writeFileSync(file, text);
  execFileSync('rm', ['-rf', join(network.home(odd), 'data', 'db')]);
  writeFileSync(log, before);
  console.log('another genesis file from the beginning: refused at the handshake, and said by both sides');
}

await network.test(async () => {
  execFileSync('cc', ['-O2', '-shared', '-fPIC', '-o', library, fileURLToPath(new URL('preload/wrong_clock.c', import.meta.url)), '-ldl']);
  network.create();
  setClock(0);
  right = readFileSync(configuration, 'utf8');
  const settings = await findSettings(dir);
  for (const node of others) await network.start(node);
  for (const node of others) await network.ready(node);
  network.load(others, 2);
  writeFileSync(network.logFile(odd), '');
  await network.moreRecords(recordsNeeded);
  if (!only) await anotherGenesis();
  await eachSetting(settings);
  if (!only) await whatIsKept();
  if (!only) {
    await allAtOnce(settings);
    await clocks();
    await genesisChanged();
  }
  console.log(`${settings.length} settings; the odd one of four: ${Object.entries(outcomes).map(([what, count]) => `${count} times ${what}`).join(', ')}; the others went on each time`);
  await network.startAll([odd]);
}, () => rmSync(dir, { recursive: true, force: true }));
