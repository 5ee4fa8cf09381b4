// Broken files, with the real node. Every start that must be refused: exit status, one message with the place and the
// remedy, and not a byte, mode or time of the home changed. Then what must start: torn files after a crash, a lost
// database; and damage that is met only while the node runs.
// Usage: node tests/e2e/broken_files.mjs [--dir D] [--base-port P]; exit status 0 only if everything held.
import { execFileSync } from 'node:child_process';
import { chmodSync, chownSync, closeSync, copyFileSync, cpSync, mkdirSync, mkdtempSync, openSync, readFileSync, readdirSync,
  renameSync, rmSync, truncateSync, writeFileSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { until, fetchWhole } from './network.mjs';
import { BrokenNetwork, check, differences, listing, option, runToEnd } from './broken_network.mjs';

const dir = option('dir', mkdtempSync(join(tmpdir(), 'jingchu-files-')));
const network = new BrokenNetwork(join(dir, 'net'), Number(option('base-port', 20000)));
const other = new BrokenNetwork(join(dir, 'other'), network.basePort + 500);
const cli = fileURLToPath(new URL('../../build/bin/jingchu', import.meta.url));
const victim = 0;
const executionLag = 16; // blocks, of genesis

// ---- ways to break a home
const at = (path, change) => (home) => change(join(home, path));
const text = (path, from, to) => at(path, (file) => {
  const before = readFileSync(file, 'utf8');
  check(before.includes(from), `${path} has no ${from}`);
  writeFileSync(file, before.replace(from, to));
});
const write = (path, content) => at(path, (file) => writeFileSync(file, content, { mode: 0o600 }));
const toml = (section, line) => text('jingchud.toml', `[${section}]`, `[${section}]\n${line}`);
const newSection = (lines) => at('jingchud.toml', (file) => writeFileSync(file, `${readFileSync(file, 'utf8')}\n${lines}\n`));
const remove = (path) => at(path, (file) => rmSync(file, { recursive: true }));
const mode = (path, bits) => at(path, (file) => chmodSync(file, bits));
const cut = (path, share) => at(path, (file) => truncateSync(file, Math.floor(readFileSync(file).length * share)));
const flipIn = (file, offset) => {
  const bytes = readFileSync(file);
  bytes[offset] ^= 0x10;
  writeFileSync(file, bytes);
};
const flip = (path, share) => at(path, (file) => flipIn(file, Math.floor(readFileSync(file).length * share)));
const all = (...changes) => (home) => changes.forEach((change) => change(home));
const newest = (home, begin, end, directory = 'data/db') =>
  join(home, directory, readdirSync(join(home, directory)).filter((name) => name.startsWith(begin) && name.endsWith(end)).sort().at(-1));
const passphrase = (content, bits = 0o600) => all(toml('node', 'passphrase_file = "pass"'),
  at('pass', (file) => { writeFileSync(file, content); chmodSync(file, bits); }));
const directoryInsteadOf = (path) => at(path, (file) => { rmSync(file); mkdirSync(file, { mode: 0o700 }); });

const append = (file, bytes) => writeFileSync(file, Buffer.concat([readFileSync(file), bytes]));
const logFile = (home) => newest(home, 'log-', '', 'data/log');
const writeAhead = (home) => newest(home, '', '.log');
// Whole by its length, but a page of it never reached the disk: LevelDB alone takes it for damage.
const garbledRecord = Buffer.concat([Buffer.from([1, 2, 3, 4, 200, 0, 1]), Buffer.alloc(200, 9)]);
const shorten = (file, bytes) => truncateSync(file, readFileSync(file).length - bytes);
const brokenOffSegment = (home) =>
  writeFileSync(logFile(home).replace(/\d$/, (digit) => String(Number(digit) + 1)), 'torn');

// [what, how, the message's type, what else the message says]
const config = 'bad-configuration';
const refusals = [
  ['an unknown key', newSection('[log]\ncolour = "red"'), config, /log\.colour: expected one of the keys file, level \(at .*jingchud\.toml:\d+\)/],
  ['an unknown section', newSection('[nodes]\na = 1'), config, /expected one of the sections .*jingchud\.toml:\d+\)/],
  ['a wrong type', toml('api', 'wait_ms_max = "1"'), config, /a whole number from 100 to 60000 \(at .*jingchud\.toml:\d+\)/],
  ['a value out of range', toml('api', 'wait_ms_max = 60001'), config, /a whole number from 100 to 60000 \(at .*jingchud\.toml:\d+\)/],
  ['an unusable address', text('jingchud.toml', `listen = "127.0.0.1:${network.basePort}"`, 'listen = "here"'), config, /host:port.*jingchud\.toml:\d+/],
  ['a key twice', toml('node', 'data = "data"'), config, /jingchud\.toml:\d+/],
  ['a broken line', newSection('[log'), config, /jingchud\.toml:\d+/],
  ['binary junk', write('jingchud.toml', Buffer.from([0, 255, 254, 1, 2, 3, 128])), config, /jingchud\.toml:1/],
  ['100 MB of configuration', write('jingchud.toml', Buffer.alloc(100 << 20, '#')), 'file-too-large', /jingchud\.toml/],
  ['a directory for the configuration', directoryInsteadOf('jingchud.toml'), 'file-system', /directory.*jingchud\.toml/],
  ['no configuration', remove('jingchud.toml'), 'no-such-file', /jingchud\.toml/],
  ['a certificate without its key', toml('api', 'certificate = "a.pem"'), config, /together/],
  ['a certificate that is not there', toml('api', 'certificate = "a.pem"\nkey = "b.pem"'), '', /a\.pem/],
  ['the API in the open without TLS', text('jingchud.toml', '[api]\nlisten = "127.0.0.1', '[api]\nlisten = "0.0.0.0'), config, /loopback/],

  ['a key that the group may read', mode('keys/consensus.json', 0o640), 'key-permissions', /chmod 600/],
  ['a key that others may write', mode('keys/transport.json', 0o602), 'key-permissions', /chmod 600/],
  ['a key of another user', at('keys/consensus.json', (file) => chownSync(file, 12345, 12345)), 'key-permissions', /another user/],
  ['no key', remove('keys/consensus.json'), 'no-such-file', /consensus\.json/],
  ['half a key', cut('keys/consensus.json', 0.5), 'malformed-key-file', /consensus\.json/],
  ['a garbled key', write('keys/transport.json', 'not a key'), 'malformed-key-file', /transport\.json/],
  ['a directory for a key', directoryInsteadOf('keys/transport.json'), 'file-system', /transport\.json/],
  ['an encrypted key and no passphrase', at('keys/consensus.json', (file) => copyFileSync(join(dir, 'locked.json'), file)), 'passphrase-needed', /passphrase_file/],
  ['a wrong passphrase', all(at('keys/transport.json', (file) => copyFileSync(join(dir, 'locked.json'), file)), passphrase('wrong\n')), 'wrong-passphrase', /transport\.json/],
  ['no passphrase file', toml('node', 'passphrase_file = "pass"'), 'no-such-file', /pass/],
  ['an empty passphrase file', passphrase('\n'), 'passphrase-needed', /pass/],
  ['a passphrase that others may read', passphrase('right\n', 0o644), 'key-permissions', /chmod 600/],
  ['the consensus key of another validator', at('keys/consensus.json', (file) => copyFileSync(join(network.home(1), 'keys/consensus.json'), file)), 'wrong-key', /consensus key/],
  ['both keys of another validator', at('keys', (keys) => cpSync(join(network.home(1), 'keys'), keys, { recursive: true })), 'wrong-key', /log belongs to another/],
  ['the keys of another network', at('keys', (keys) => cpSync(join(other.home(0), 'keys'), keys, { recursive: true })), 'wrong-key', /log belongs to another/],

  ['no genesis', remove('genesis.json'), 'no-such-file', /genesis\.json/],
  ['an empty genesis', write('genesis.json', ''), 'bad-genesis', /genesis\.json/],
  ['half a genesis', cut('genesis.json', 0.5), 'bad-genesis', /genesis\.json/],
  ['a genesis with a changed name', text('genesis.json', '"name":"', '"name":"x'), 'wrong-chain', /put back the genesis file/],
  ['a genesis with a changed key', text('genesis.json', '"consensus_key":"ed25519:', '"consensus_key":"ed25519:0'), 'bad-genesis', /validators\/0\/consensus_key/],
  ['a genesis with a changed parameter', text('genesis.json', '"precision_ms":', '"precision_ms":9999999'), 'bad-genesis', /parameters/],
  ['a genesis that a contract refuses', text('genesis.json', '"contracts":{', '"contracts":{"nonsense":{},'), 'bad-genesis', /contracts\/nonsense/],
  ['the genesis and keys of another network', all(at('genesis.json', (file) => copyFileSync(join(other.home(0), 'genesis.json'), file)),
    at('keys', (keys) => cpSync(join(other.home(0), 'keys'), keys, { recursive: true }))), 'wrong-chain', /put back the genesis file/],
  ['the log of another network', at('data/log', (log) => { rmSync(log, { recursive: true }); cpSync(join(other.home(0), 'data/log'), log, { recursive: true }); }), 'wrong-chain', /log/],
  ['the database of another network', at('data/db', (db) => { rmSync(db, { recursive: true }); cpSync(join(other.home(0), 'data/db'), db, { recursive: true }); }), 'wrong-chain', /database/],
  ['the log of another validator', at('data/log', (log) => { rmSync(log, { recursive: true }); cpSync(join(network.home(1), 'data/log'), log, { recursive: true }); }), 'wrong-key', /another consensus key/],

  ['no data', remove('data'), 'no-log', /join with a new key/],
  ['no log', remove('data/log'), 'no-log', /join with a new key/],
  ['damage at the beginning of the log', (home) => flipIn(logFile(home), 10), 'log-damaged', /join again with a new key/],
  ['damage in the middle of the log', (home) => {
    const file = logFile(home);
    flipIn(file, Math.floor(readFileSync(file).length / 2 / 4096) * 4096 + 90);
  }, 'log-damaged', /join again with a new key/],
  ['damage in an older segment that is needed', (home) => {
    flipIn(logFile(home), 4096 * 2 + 90);
    brokenOffSegment(home);
  }, 'log-damaged', /join again with a new key/],

  ['no CURRENT', remove('data/db/CURRENT'), 'storage-corrupted', /move the directory/],
  ['an empty CURRENT', write('data/db/CURRENT', ''), 'storage-corrupted', /CURRENT/],
  ['a flipped bit in CURRENT', flip('data/db/CURRENT', 0.5), 'storage-corrupted', /CURRENT/],
  ['no MANIFEST', (home) => rmSync(newest(home, 'MANIFEST-', '')), 'storage-corrupted', /CURRENT/],
  ['a flipped bit in the MANIFEST', (home) => flipIn(newest(home, 'MANIFEST-', ''), 20), 'storage-corrupted', /MANIFEST/],
  ['a MANIFEST that ends early', (home) => truncateSync(newest(home, 'MANIFEST-', ''), 60), 'storage-corrupted', /MANIFEST/],
  ['a table that is missing', (home) => rmSync(newest(home, '', '.ldb')), 'storage-corrupted', /\.ldb/],
  ['half a table', (home) => { const file = newest(home, '', '.ldb'); truncateSync(file, readFileSync(file).length >> 1); }, 'storage-corrupted', /\.ldb/],
  ['no write-ahead file', (home) => rmSync(newest(home, '', '.log')), 'storage-corrupted', /missing/],
  ['a flipped bit in the write-ahead file', (home) => { const file = newest(home, '', '.log'); flipIn(file, readFileSync(file).length >> 1); }, 'storage-corrupted', /\.log/],
];

async function refuse([what, how, type, says], template) {
  const home = join(dir, 'home');
  rmSync(home, { recursive: true, force: true });
  cpSync(template, home, { recursive: true, preserveTimestamps: true });
  how(home);
  const before = listing(home);
  const { code, signal, text: message } = await runToEnd(home);
  const changed = differences(before, listing(home));
  const lines = message.trimEnd().split('\n');
  const whole = `${what}: ended with ${code ?? signal}, ${JSON.stringify(message)}`;
  check(code === 3 && lines.length === 1 && lines[0].startsWith('jingchud: '), whole);
  check(message.includes(type) && says.test(message), `${whole}; expected ${type} and ${says}`);
  check(changed.length === 0, `${what}: the refused start changed ${changed}`);
}

async function inUse() {
  const before = listing(join(network.home(victim), 'keys'));
  const { code, text: message } = await runToEnd(network.home(victim));
  check(code === 3 && message.includes('in-use'), `a home in use: ${code} ${message}`);
  check(differences(before, listing(join(network.home(victim), 'keys'))).length === 0, 'a home in use was changed');
  const second = join(dir, 'second'); // another home with the same data
  cpSync(network.home(victim), second, { recursive: true, filter: (path) => !path.includes('/data') });
  text('jingchud.toml', 'data = "data"', `data = "${join(network.home(victim), 'data')}"`)(second);
  const shared = await runToEnd(second);
  check(shared.code === 3 && shared.text.includes('in-use'), `shared data: ${shared.code} ${shared.text}`);
}

// ---- what must start, in the running network: the node comes back with all that is final.
const recoveries = [
  ['garbage behind the log, a torn end of the write-ahead file', (home) => {
    append(logFile(home), Buffer.alloc(5000, 7));
    shorten(writeAhead(home), 9);
  }],
  ['half a group behind the log, half of the write-ahead file', (home) => {
    append(logFile(home), Buffer.concat([readFileSync(logFile(home)).subarray(0, 64), Buffer.alloc(100, 1)]));
    shorten(writeAhead(home), readFileSync(writeAhead(home)).length >> 1);
  }],
  ['a segment that a crash broke off, garbled records and zeros behind the write-ahead file and the MANIFEST', (home) => {
    brokenOffSegment(home);
    append(writeAhead(home), Buffer.concat([garbledRecord, Buffer.alloc(4096)]));
    append(newest(home, 'MANIFEST-', ''), garbledRecord);
  }],
  ['a lost database, a byte-order mark before the configuration', (home) => {
    remove('data/db')(home);
    at('jingchud.toml', (file) => writeFileSync(file, `\ufeff${readFileSync(file, 'utf8')}`))(home);
  }],
];

async function recover([what, how]) {
  check(await network.terminate(victim) === 0, `${what}: the node did not stop cleanly`);
  how(network.home(victim));
  const { height } = await network.status(1);
  await network.start(victim);
  await network.ready(victim);
  check((await network.status(victim)).height + executionLag >= height, `${what}: the node says it is ready and has not yet fetched what is final`);
  check((await network.post(victim)).status === 200, `${what}: the node takes no record`);
  await network.checkAgreement();
}

// ---- damage that only a read meets: never served, and the end of the node.
// Another hash, as plausible as the right one, in the tables and files of values of a node that is up: a start refuses the blocks that it reads.
function damage(home, sha256) {
  let damaged = 0;
  const names = readdirSync(join(home, 'data/db'), { recursive: true });
  for (const name of names.filter((entry) => /\.(ldb|values)$/.test(entry))) {
    const file = join(home, 'data/db', name);
    const bytes = readFileSync(file);
    const descriptor = openSync(file, 'r+');
    for (let found = bytes.indexOf(sha256); found >= 0; found = bytes.indexOf(sha256, found + 64)) {
      writeSync(descriptor, Buffer.from([bytes[found + 5] ^ 1]), 0, 1, found + 5);
      ++damaged;
    }
    closeSync(descriptor);
  }
  return damaged;
}

// The first record whose damage is met: what the node has in memory by now, it may still answer, and must answer right.
async function meetDamage(home) {
  for (const record of [...network.acknowledged].slice(0, 60)) {
    const [id, { sha256 }] = record;
    if (damage(home, sha256) === 0) continue;
    const answer = await fetchWhole(`${network.url(victim)}/v1/evidence/by-hash/${sha256}`);
    const body = await answer.text();
    if (answer.status === 200 && body.includes(id)) continue;
    check(answer.status === 503 && body.includes('storage-corrupted') && !body.includes(home), `a damaged value was answered: ${answer.status} ${body}`);
    return record;
  }
  throw new Error('no table holds a record, or no damage was met');
}

async function damagedWhileRunning() {
  for (let start = 0; start < 2; ++start) { // each moves the write-ahead file into a table
    check(await network.terminate(victim) === 0, 'the node did not stop cleanly');
    if (start === 0) await network.startAll([victim]);
  }
  const home = network.home(victim);
  network.configure(victim, 'limits', 'failure_grace_ms = 6000');
  await network.start(victim);
  await network.ready(victim);
  const [id, { sha256 }] = await meetDamage(home);
  const ready = await network.readiness(victim);
  check(ready.status === 503 && ready.text.includes('storage-corrupted'), `/readyz: ${ready.status} ${ready.text}`);
  check((await network.metrics(victim)).includes('jingchu_failures_total{reason="storage-corrupted"} 1'), 'the failure is not counted');
  check((await fetchWhole(`${network.url(victim)}/v1/transactions/${id}`)).status === 503, 'it still answers from the damaged store');
  check((await network.post(victim)).status === 503, 'it still takes records');
  check(await network.ended(victim, 20_000) === 4, 'exit status');
  check(network.logText(victim).includes('this node can not go on'), 'the log does not say why');
  renameSync(join(home, 'data/db'), join(dir, 'damaged-db')); // the remedy
  await network.start(victim);
  await network.ready(victim);
  await network.checkAgreement(); // waits until all is fetched again
  const healed = await fetchWhole(`${network.url(victim)}/v1/evidence/by-hash/${sha256}`);
  check((await healed.text()).includes(id), 'the record is not found after the remedy');
}

for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP']) {
  process.on(signal, () => {
    for (const child of [...network.processes, ...other.processes]) child?.kill('SIGKILL');
    rmSync(dir, { recursive: true, force: true });
    process.exit(1);
  });
}
try {
  network.create();
  other.create();
  execFileSync('bash', ['-c', `umask 077; echo right > ${dir}/locked.pass; ${cli} keys new --out ${dir}/locked.json --passphrase-file ${dir}/locked.pass`]);
  await network.startAll();
  await other.start(0); // alone it has no quorum, but a database of its own
  let load = network.load([0, 1, 2, 3]);
  await network.moreRecords(60);
  await load.stop();
  check(await network.terminate(victim) === 0, 'the node did not stop cleanly');
  await network.startAll([victim]);
  load = network.load([0, 1, 2, 3]);
  await network.moreRecords(60);
  await load.stop();
  await inUse();
  check(await network.terminate(victim) === 0, 'the node did not stop cleanly');
  check(await other.terminate(0) === 0, 'the other network did not stop cleanly');
  const template = join(dir, 'template');
  cpSync(network.home(victim), template, { recursive: true, preserveTimestamps: true });
  const wrong = [];
  for (const refusal of refusals) await refuse(refusal, template).catch((error) => wrong.push(error.message));
  check(wrong.length === 0, wrong.join('\n'));
  console.log(`${refusals.length + 2} starts refused with place and remedy, nothing changed`);
  await network.startAll([victim]);
  for (const recovery of recoveries) await recover(recovery);
  console.log(`${recoveries.length} homes started again after a crash or a loss, nothing final was lost`);
  await damagedWhileRunning();
  console.log('a value that was changed on the disk was not served; the node ended with status 4 and came back after the remedy');
} catch (error) {
  console.error(error.message);
  network.failed = true;
}
await network.stop();
await other.stop();
if (!network.failed) rmSync(dir, { recursive: true, force: true });
else console.error(`the homes are kept: ${dir}`);
process.exit(network.failed ? 1 : 0);
