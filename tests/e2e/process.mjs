// The process of a node. Its secrets are in no log, command line, environment or core dump, its consensus key is on locked memory. SIGTERM ends it
// within five seconds, whatever its clients do, with an answer to whoever waits for one. Needs root, to read the memory.
// Usage: node tests/e2e/process.mjs [--dir D] [--base-port P]; exit status 0 only if everything held.
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { closeSync, mkdirSync, mkdtempSync, openSync, readFileSync, readSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { until, fetchWhole } from './network.mjs';
import { BrokenNetwork, check, option } from './broken_network.mjs';

const dir = option('dir', mkdtempSync(join(tmpdir(), 'jingchu-process-')));
const network = new BrokenNetwork(join(dir, 'net'), Number(option('base-port', 23000)));
const sealed = new BrokenNetwork(join(dir, 'sealed'), network.basePort + 500); // its keys are encrypted
const cli = fileURLToPath(new URL('../../build/bin/jingchu', import.meta.url));
const nodes = [0, 1, 2, 3];
const stopLimit_ms = 5_000;
const passphrase = 'a passphrase that is found nowhere else 7f3a';

// ---- secrets

// The places in memory that hold these bytes, and whether they are locked and left out of core dumps.
function findInMemory(pid, wanted) {
  const memory = openSync(`/proc/${pid}/mem`, 'r');
  const found = [];
  for (const area of readFileSync(`/proc/${pid}/smaps`, 'utf8').split(/\n(?=[0-9a-f]+-[0-9a-f]+ )/)) {
    const [, from, to, rights] = area.match(/^([0-9a-f]+)-([0-9a-f]+) (\S+)/);
    if (!rights.startsWith('r') || /^Rss: +0 kB/m.test(area)) continue;
    const end = parseInt(to, 16);
    const flags = area.match(/VmFlags: (.*)/)?.[1].split(' ') ?? [];
    for (let at = parseInt(from, 16); at < end; at += 1 << 20) {
      const piece = Buffer.alloc(Math.min(end - at, (1 << 20) + wanted.length)); // and what lies across the border
      let got = 0;
      try { got = readSync(memory, piece, 0, piece.length, at); } catch { continue; }
      if (piece.subarray(0, got).includes(wanted)) found.push({ area: area.split('\n')[0], locked: flags.includes('lo') && flags.includes('dd') });
    }
  }
  closeSync(memory);
  return found;
}

const secretsOf = (node) => ['consensus', 'transport'].map((name) =>
  JSON.parse(readFileSync(join(network.home(node), `keys/${name}.json`), 'utf8')).secret);

function nowhereToBeRead(pid, logs, secret, what) {
  const places = { 'the command line': `/proc/${pid}/cmdline`, 'the environment': `/proc/${pid}/environ`, ...logs };
  for (const [where, file] of Object.entries(places)) {
    const content = readFileSync(file);
    for (const form of [secret, secret.toUpperCase(), Buffer.from(secret, 'hex'), Buffer.from(secret, 'hex').toString('base64')]) {
      check(form.length === 0 || !content.includes(form), `${what} is in ${where}`);
    }
  }
}

async function secrets() {
  for (const node of nodes) {
    const { pid } = network.processes[node];
    const logs = Object.fromEntries(nodes.map((other) => [`the log of ${network.names[other]}`, network.logFile(other)]));
    const [consensus, transport] = secretsOf(node);
    for (const secret of [consensus, transport]) nowhereToBeRead(pid, logs, secret, 'a secret key');
    const found = findInMemory(pid, Buffer.from(consensus, 'hex'));
    check(found.length > 0, 'the search of the memory finds not even the key in use');
    check(found.every(({ locked }) => locked), `the consensus key is in memory that is not locked: ${JSON.stringify(found)}`);
  }
  console.log('secret keys: in no log, command line, environment; the consensus key on locked pages that no dump has');

  const passphraseFile = join(dir, 'passphrase');
  writeFileSync(passphraseFile, `${passphrase}\n`, { mode: 0o600 });
  execFileSync(cli, ['network', 'init', '--validators', sealed.names.join(','), '--dir', sealed.dir, '--base-port', String(sealed.basePort),
    '--passphrase-file', passphraseFile], { stdio: 'ignore' });
  await sealed.start(0);
  await until(60_000, async () => (await fetchWhole(`${sealed.url(0)}/healthz`)).ok, 'a node with encrypted keys serves');
  const found = findInMemory(sealed.processes[0].pid, Buffer.from(passphrase));
  check(found.length === 0, `the passphrase is still in memory: ${JSON.stringify(found)}`);
  check(!sealed.logText(0).includes(passphrase), 'the passphrase is in the log');
  check(await sealed.terminate(0) === 0, 'the node with encrypted keys did not stop cleanly');
  for (const words of [['keys', 'new', '--passphrase', passphrase, '--out', join(dir, 'k.json')], ['keys', 'new', passphrase, '--out', join(dir, 'k.json')]]) {
    check(spawnSync(cli, words).status === 2, `jingchu takes a passphrase as an argument: ${words}`);
  }
  console.log('a passphrase: not in memory once the keys are open; the command line takes none as an argument');
}

// Root without its capabilities: a user like any other.
const unprivileged = ['setpriv', '--bounding-set=-all', '--inh-caps=-all'];
const mayRead = (pid) => spawnSync(unprivileged[0], [...unprivileged.slice(1), 'cat', `/proc/${pid}/environ`]).status === 0;

async function coreDumps() {
  check(await network.terminate(3) === 0, 'a node did not stop cleanly');
  await network.start(3, {}, unprivileged);
  await network.ready(3);
  const { pid } = network.processes[3];
  const limits = readFileSync(`/proc/${pid}/limits`, 'utf8');
  check(/^Max core file size +0 +0 /m.test(limits), `core dumps are not off: ${limits}`);
  const ordinary = spawn(unprivileged[0], [...unprivileged.slice(1), 'sleep', '600'], { stdio: 'ignore' });
  await until(10_000, () => readFileSync(`/proc/${ordinary.pid}/cmdline`, 'utf8').startsWith('sleep') && mayRead(ordinary.pid), 'an ordinary process may be looked into');
  ordinary.kill('SIGKILL');
  check(!mayRead(pid), 'another process of the same user may look into the node');
  network.processes[3].kill('SIGABRT');
  check(await network.ended(3, 10_000) === 'SIGABRT', 'the node did not abort');
  check(readdirSync(process.cwd()).every((name) => !name.startsWith('core')), 'there is a core dump');
  await network.startAll([3]);
  console.log('no core dump, and no look into its memory for another process of its user');
}

// ---- SIGTERM

async function stops(node, what) {
  const asked = Date.now();
  network.processes[node].kill('SIGTERM');
  const end = await network.ended(node, 30_000);
  const took_ms = Date.now() - asked;
  check(end === 0, `${what}: ended with ${end}`);
  check(took_ms < stopLimit_ms, `${what}: took ${took_ms} ms`);
  console.log(`SIGTERM ${what}: stopped in ${took_ms} ms`);
}

const port = (node) => Number(new URL(network.url(node)).port);
function raw(node, text) {
  const socket = connect(port(node), '127.0.0.1', () => socket.write(text));
  socket.on('error', () => {});
  socket.pause(); // what comes is never read
  return socket;
}
const rudeClients = (node) => Array.from({ length: 40 }, (_, i) => raw(node, [
  'POST /v1/transactions HTTP/1.1\r\nHost: x\r\nContent-Le', // half a header
  'POST /v1/transactions HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 1000\r\n\r\n{"half":', // and a body
  'GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n', // an idle connection
  'GET /openapi.json HTTP/1.1\r\nHost: x\r\n\r\n'.repeat(500), // answers that are not read
][i % 4]));

// A record that is posted to stay pending, on a connection of its own: the answer, or how it failed.
async function wait(node) {
  const { body } = await network.record();
  return new Promise((resolve) => {
    const asked = request({ port: port(node), method: 'POST', path: '/v1/transactions?wait=final&timeout_ms=10000', agent: false,
      headers: { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) } }, (answer) => {
      let text = '';
      answer.on('data', (data) => { text += data; });
      answer.on('end', () => resolve({ status: answer.statusCode, text }));
      answer.on('error', (error) => resolve({ status: 0, text: error.message }));
    });
    asked.on('error', (error) => resolve({ status: 0, text: error.message }));
    asked.setTimeout(30_000, () => asked.destroy(new Error('no answer')));
    asked.end(body);
  });
}
const accepted = async (node) => Number((await network.metrics(node)).match(/^jingchu_ingress_transactions_accepted_total (\d+)/m)?.[1] ?? 0);

async function stopsUnderLoad() {
  const load = network.load(nodes, 4);
  await network.moreRecords(20);
  const rude = rudeClients(0);
  await until(10_000, () => rude.every((socket) => socket.bytesWritten > 0), 'the rude clients have sent something');
  await network.moreRecords(20);
  await stops(0, 'under load, with half requests and clients that do not read');
  rude.forEach((socket) => socket.destroy());
  await network.startAll([0]);
  await network.moreRecords(20);
  await load.stop();
}

// With a quorum, what is under way becomes final; without, it is told to be pending. Nobody is cut off.
async function everyoneIsAnswered() {
  const pending = async (count) => {
    const before = await accepted(1);
    const waiting = Array.from({ length: count }, () => wait(1));
    await until(10_000, async () => await accepted(1) >= before + count, 'the node has taken the records in');
    return waiting;
  };
  let waiting = await pending(24);
  await stops(1, 'with clients that wait for finality');
  let answers = await Promise.all(waiting);
  check(answers.every(({ status, text }) => status === 200 && JSON.parse(text).status === 'final'), `a client that waited: ${JSON.stringify(answers)}`);
  await network.startAll([1]);
  for (const node of [2, 3]) check(await network.terminate(node) === 0, 'a node did not stop cleanly');
  waiting = await pending(24);
  await stops(1, 'with clients that wait, and no quorum');
  answers = await Promise.all(waiting);
  check(answers.every(({ status, text }) => status === 202 && JSON.parse(text).status === 'pending'), `a client that waited in vain: ${JSON.stringify(answers)}`);
  await network.startAll([1, 2, 3]);
}

await network.test(async () => {
  check(process.getuid() === 0, 'this test needs root');
  mkdirSync(join(dir, 'work'));
  process.chdir(join(dir, 'work'));
  network.create();
  for (const node of nodes) network.configure(node, 'log', 'level = "debug"');
  await network.startAll();
  for (const node of nodes) check((await network.post(node)).status === 200, 'a record is not final');
  await secrets();
  await coreDumps();
  await stops(2, 'at rest');
  await network.startAll([2]);
  await stopsUnderLoad();
  await everyoneIsAnswered();
}, async () => {
  await sealed.stop();
  network.failed ||= sealed.failed;
  process.chdir('/');
  rmSync(dir, { recursive: true, force: true });
});
