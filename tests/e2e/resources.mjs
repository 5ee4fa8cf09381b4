// Scarce file descriptors and memory under four real nodes with load. A flood of connections takes none of the descriptors
// that database, log and peers need; a node that has none left says so, keeps its sessions and serves again; a node that
// runs out of memory ends, is started again, and has lost nothing. Needs root.
// Usage: node tests/e2e/resources.mjs [--dir D] [--base-port P]; exit status 0 only if everything held.
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, rmdirSync, writeFileSync } from 'node:fs';
import { Agent, request } from 'node:http';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { until } from './network.mjs';
import { BrokenNetwork, check, differences, listing, option, runToEnd } from './broken_network.mjs';

const dir = option('dir', mkdtempSync(join(tmpdir(), 'jingchu-resources-')));
const network = new BrokenNetwork(join(dir, 'net'), Number(option('base-port', 24000)));
const nodes = [0, 1, 2, 3];
const port = (node) => Number(new URL(network.url(node)).port);
const pid = (node) => network.processes[node].pid;
const limitOf = (node, limit) => execFileSync('prlimit', ['--pid', String(pid(node)), limit]);

// A client whose one connection was there before the others came.
class EarlyClient {
  constructor(node) { Object.assign(this, { node, agent: new Agent({ keepAlive: true, maxSockets: 1 }) }); }
  get(path) {
    return new Promise((resolve, reject) => {
      const asked = request({ port: port(this.node), path, agent: this.agent, timeout: 20_000 }, (answer) => {
        let text = '';
        answer.on('data', (data) => { text += data; });
        answer.on('end', () => resolve({ status: answer.statusCode, text })).on('error', reject);
      });
      asked.on('timeout', () => asked.destroy(new Error('no answer in time')));
      asked.on('error', reject);
      asked.end();
    });
  }
  async height() { return JSON.parse((await this.get('/v1/status')).text).height; }
  async sessions() { return JSON.parse((await this.get('/v1/status')).text).peers.map(({ name, connected }) => `${name} ${connected}`).join(); }
  async allSessions() {
    await until(30_000, async () => !(await this.sessions()).includes('false'), 'the node has a session with every peer');
    return this.sessions();
  }
  close() { this.agent.destroy(); }
}
async function executesOn(early, count = 10) {
  const before = await early.height();
  await until(30_000, async () => await early.height() >= before + count, 'the node executes on');
}

// ---- file descriptors
const limit = 700;

async function tooFew() {
  check(await network.terminate(0) === 0, 'a node did not stop cleanly');
  const before = listing(network.home(0));
  const { code, text } = await runToEnd(network.home(0), 20_000, ['prlimit', '--nofile=200:200']);
  check(code === 3 && text.includes('too-few-descriptors') && text.includes('ulimit -n'), `a start with 200 descriptors: ${code} ${text}`);
  check(differences(before, listing(network.home(0))).length === 0, 'the refused start changed something');
  await network.start(0, {}, ['prlimit', `--nofile=100:${limit}`]);
  await network.ready(0);
  check(readFileSync(`/proc/${pid(0)}/limits`, 'utf8').match(/Max open files +(\d+)/)[1] === String(limit), 'the limit was not raised to the hard one');
  check(/does not fit.*connections_max=1024 admitted=\d+ limit=700/.test(network.logText(0)), 'nothing is said of connections that do not fit');
  console.log('200 descriptors: refused, nothing changed; 700: raised to the hard limit, says how many connections fit');
}

async function flood() {
  const early = new EarlyClient(0);
  const sessions = await early.allSessions();
  let closed = 0;
  const sockets = Array.from({ length: 2 * limit }, () => {
    const socket = connect(port(0), '127.0.0.1');
    socket.on('error', () => {});
    socket.on('close', () => { closed += 1; });
    socket.resume();
    return socket;
  });
  await until(30_000, () => closed > limit, 'connections beyond the limit are closed');
  await network.moreRecords(40);
  await executesOn(early);
  check(await early.sessions() === sessions, 'sessions with peers were lost in the flood');
  const used = readdirSync(`/proc/${pid(0)}/fd`).length;
  check(used < limit - 100, `${used} of ${limit} descriptors are in use: the database's and the peers' share is taken`);
  check(!network.logText(0).includes('Too many open files'), 'descriptors ran out');
  const turnedAway = closed;
  sockets.forEach((socket) => socket.destroy());
  early.close();
  await network.ready(0);
  console.log(`${sockets.length} connections that stay: ${turnedAway} turned away, the node went on with ${used} of ${limit} descriptors`);
}

async function none() {
  const early = new EarlyClient(0);
  const sessions = await early.allSessions();
  limitOf(0, `--nofile=10:${limit}`); // numbers that the node's own files have, and keep
  await until(15_000, async () => (await early.get('/readyz')).text.includes('out of file descriptors'), '/readyz says that descriptors are out');
  check((await early.get('/readyz')).status === 503, 'a node without descriptors says that it is ready');
  const metrics = (await early.get('/metrics')).text;
  check(/^process_open_fds \d/m.test(metrics) && /^process_max_fds \d/m.test(metrics), 'no metric of the descriptors');
  check(network.logText(0).includes('hardly any file descriptors are left'), 'the log does not say it');
  await network.moreRecords(20);
  await executesOn(early);
  check(await early.sessions() === sessions, 'sessions with peers were lost without descriptors');
  const late = new EarlyClient(0); // waits in the kernel's queue
  let answered = false;
  late.get('/healthz').then(() => { answered = true; }, () => {});
  await executesOn(early);
  check(!answered, 'a connection was accepted without a descriptor');
  limitOf(0, `--nofile=${limit}:${limit}`);
  await network.ready(0);
  await until(15_000, () => answered, 'who waited is served');
  late.close();
  check((await network.post(0)).status === 200, 'the node takes no record after descriptors were free again');
  check(network.logText(0).includes('enough file descriptors again'), 'the log does not say that all is well again');
  early.close();
  console.log('no descriptor left: said so, kept its sessions, executed on, served again when there were some');
}

// ---- memory
const memoryOf = (node, what) => Number(readFileSync(`/proc/${pid(node)}/status`, 'utf8').match(new RegExp(`${what}:\\s+(\\d+) kB`))[1]) * 1024;

// Bodies that are never complete, until the node is gone.
async function eatMemory(node, megabytes) {
  const body = Buffer.alloc(3_900_000, 0x20);
  const sockets = Array.from({ length: Math.ceil(megabytes / 3.9) }, () => {
    const socket = connect(port(node), '127.0.0.1', () => {
      socket.write('POST /v1/transactions HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 4000000\r\n\r\n');
      socket.write(body);
    });
    socket.on('error', () => {});
    return socket;
  });
  try {
    return await network.ended(node, 60_000);
  } finally {
    sockets.forEach((socket) => socket.destroy());
  }
}
async function startsAgain(node) {
  await network.moreRecords(20); // the others did not need it
  await network.startAll([node]);
  check((await network.post(node)).status === 200, 'the node takes no record');
}

// Version 1 or 2, as the machine has it.
const groups = [
  { directory: '/sys/fs/cgroup/memory/jingchu-test', limit: 'memory.limit_in_bytes' },
  { directory: '/sys/fs/cgroup/jingchu-test', limit: 'memory.max', enable: '/sys/fs/cgroup/cgroup.subtree_control' },
];
function makeGroup() {
  for (const group of groups) {
    try {
      if (group.enable) writeFileSync(group.enable, '+memory');
      mkdirSync(group.directory, { recursive: true });
      if (existsSync(join(group.directory, group.limit))) return group;
      rmdirSync(group.directory);
    } catch { /* the other version */ }
  }
  return null;
}
const removeGroups = () => groups.forEach(({ directory }) => { if (existsSync(directory)) rmdirSync(directory); });

async function killedForMemory() {
  const group = makeGroup();
  if (!group) {
    console.log('no memory cgroup can be made here: only a limit of the process is shown');
    return;
  }
  writeFileSync(join(group.directory, 'cgroup.procs'), String(pid(1)));
  // What the node had before stays with its former group: only what it takes from now on counts here.
  writeFileSync(join(group.directory, group.limit), String(8 << 20));
  const end = await eatMemory(1, 400);
  check(end === 'SIGKILL', `the kernel did not kill the node: it ended with ${end}`);
  removeGroups();
  await startsAgain(1);
  console.log('out of memory in a cgroup: killed, started again');
}

async function allocationFails() {
  const said = network.logText(2).length;
  limitOf(2, `--data=${memoryOf(2, 'VmData') + (8 << 20)}`);
  const end = await eatMemory(2, 400);
  check(end === 1 && network.logText(2).slice(said).includes('out of memory: the node ends at once'), `a failed allocation: ended with ${end}`);
  await startsAgain(2);
  console.log('an allocation that fails: the node ended at once and said why, started again');
}

await network.test(async () => {
  check(process.getuid() === 0, 'this test needs root');
  network.create();
  await network.startAll();
  network.load(nodes, 2);
  await network.moreRecords(20);
  await tooFew();
  await flood();
  await none();
  await killedForMemory();
  await allocationFails();
}, () => {
  removeGroups();
  rmSync(dir, { recursive: true, force: true });
});
