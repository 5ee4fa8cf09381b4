// What the tests of crashes, broken files, failing disks, wrong clocks and scarce resources share: a network whose nodes may
// end, records that were acknowledged, and the comparison of all that the nodes hold.
import { createHash, randomBytes } from 'node:crypto';
import { spawn } from 'node:child_process';
import { closeSync, existsSync, lstatSync, openSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { buildEnvelope, loadKey } from './submit.mjs';
import { Network, jingchud, until, fetchWhole } from './network.mjs';

export const option = (name, fallback) => {
  const at = process.argv.indexOf(`--${name}`);
  return at < 0 ? fallback : process.argv[at + 1];
};
export function check(holds, what) {
  if (!holds) throw new Error(what);
}

// Uniform in [0, 1), the same for the same seed (mulberry32).
export function random(state) {
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}

// Every item, so many of them at a time.
async function each(items, action, parallel = 16) {
  let next = 0;
  const worker = async () => {
    while (next < items.length) {
      const index = next++;
      await action(items[index], index);
    }
  };
  await Promise.all(Array.from({ length: parallel }, worker));
}

// Path -> kind, mode, time of change and hash of everything below a directory.
export function listing(directory, below = '.') {
  const all = {};
  for (const name of [below, ...readdirSync(join(directory, below)).map((entry) => join(below, entry))]) {
    const info = lstatSync(join(directory, name));
    if (info.isDirectory() && name !== below) Object.assign(all, listing(directory, name));
    const content = info.isFile() ? createHash('sha256').update(readFileSync(join(directory, name))).digest('hex') : '';
    all[name] = `${info.mode.toString(8)} ${info.uid} ${info.mtimeMs} ${content}`;
  }
  return all;
}
export const differences = (before, after) =>
  [...new Set([...Object.keys(before), ...Object.keys(after)])].filter((name) => before[name] !== after[name]);

// Runs jingchud to its end.
export function runToEnd(home, deadline_ms = 20_000, before = []) {
  return new Promise((resolve) => {
    const [program, ...words] = [...before, jingchud, '--home', home];
    const child = spawn(program, words, { stdio: ['ignore', 'pipe', 'pipe'] });
    let text = '';
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (data) => { text += data; });
    const timer = setTimeout(() => child.kill('SIGKILL'), deadline_ms);
    child.on('close', (code, signal) => {
      clearTimeout(timer);
      resolve({ code, signal, text });
    });
  });
}

export class BrokenNetwork extends Network {
  constructor(dir, basePort, names) {
    super(dir, basePort, names);
    this.all = this.names.map((_, node) => node);
    this.acknowledged = new Map(); // id -> {height, sha256}
    this.loads = [];
    this.unclear = 0; // answers that did not say how it ended
    this.ends = [];
  }
  home(node) { return join(this.dir, this.names[node]); }
  logFile(node) { return `${this.dir}.${this.names[node]}.log`; }
  configure(node, section, line) {
    const file = join(this.home(node), 'jingchud.toml');
    const text = readFileSync(file, 'utf8');
    writeFileSync(file, text.includes(`[${section}]`) ? text.replace(`[${section}]`, `[${section}]\n${line}`) : `${text}\n[${section}]\n${line}\n`);
  }
  create(...options) {
    super.create(...options);
    this.key = loadKey(this.clientKey());
  }

  // Its end is no failure of the test: ended() waits for it.
  async start(node, env = {}, before = []) {
    const log = openSync(this.logFile(node), 'a');
    const [program, ...words] = [...before, jingchud, '--home', this.home(node)];
    const child = spawn(program, words, { stdio: ['ignore', log, log], env: { ...process.env, ...env } });
    closeSync(log);
    this.processes[node] = child;
    this.ends[node] = new Promise((resolve) => child.on('exit', (code, signal) => resolve(code ?? signal)));
  }
  async startAll(nodes = this.all) {
    for (const node of nodes) await this.start(node);
    for (const node of nodes) await this.ready(node);
  }
  async ended(node, deadline_ms) {
    let end;
    this.ends[node].then((value) => { end = value; });
    await until(deadline_ms, () => end !== undefined, `${this.names[node]} ends`);
    return end;
  }
  async terminate(node) {
    this.processes[node].kill('SIGTERM');
    return this.ended(node, 10_000);
  }
  logText(node) { return readFileSync(this.logFile(node), 'utf8'); }
  async readiness(node) {
    const answer = await fetchWhole(`${this.url(node)}/readyz`, {}, 5000);
    return { status: answer.status, text: await answer.text() };
  }
  async metrics(node) {
    return (await fetchWhole(`${this.url(node)}/metrics`, {}, 5000)).text();
  }

  // A deposit of evidence that is new, as the bytes to post.
  async record(size = 1) {
    const sha256 = randomBytes(32).toString('hex');
    const payload = JSON.stringify({ sha256, sm3: randomBytes(32).toString('hex'), mediaType: 'text/plain', size: 1, subject: sha256,
      fileName: 'x'.repeat(size) });
    const { body } = buildEnvelope({ chainId: this.chainId, key: this.key, validUntil: (await this.heightAnywhere()) + (this.validFor ?? 500),
      calls: [{ contract: 'evidence', method: 'deposit', payload }] });
    return { sha256, body };
  }
  async send(node, { sha256, body }) {
    const answer = await fetchWhole(`${this.url(node)}/v1/transactions?wait=final&timeout_ms=5000`, {
      method: 'POST', headers: { 'content-type': 'application/json' }, body }, 8000);
    const document = await answer.json();
    if (answer.status === 400 || answer.status === 403) this.breaks(`a good record was refused: ${JSON.stringify(document)}`);
    if (answer.status === 200 && document.status === 'final') {
      if (document.receipts[0].code !== 'ok') this.breaks(`receipt ${JSON.stringify(document.receipts)}`);
      this.acknowledged.set(document.id, { height: document.height, sha256 });
    }
    return { status: answer.status, document };
  }
  async post(node, size = 1) { return this.send(node, await this.record(size)); }
  // What must never happen, seen by a client: it ends the test, not only that client.
  breaks(what) {
    this.broken ??= new Error(what);
    throw this.broken;
  }

  // Clients at each of the nodes, a record after another, until stop() is called. An unclear outcome is settled by sending
  // the same bytes again, to any of the nodes.
  load(nodes, workersPerNode = 4, size = 1) {
    let running = true;
    const settle = async (first, record) => {
      for (let turn = nodes.indexOf(first); running; ++turn) {
        try {
          const { status, document } = await this.send(nodes[turn % nodes.length], record);
          if (document.status === 'final' || status === 409 || status === 410) return; // or expired while it was unclear
        } catch {
          if (this.broken) return;
        }
        this.unclear += 1;
        await pause(20);
      }
    };
    const worker = async (node) => {
      while (running && !this.broken) await this.record(size).then((record) => settle(node, record), () => pause(50));
    };
    const workers = nodes.flatMap((node) => Array.from({ length: workersPerNode }, () => worker(node)));
    const load = { stop: () => { running = false; return Promise.all(workers); } };
    this.loads.push(load);
    return load;
  }
  async moreRecords(count, deadline_ms = 60_000) {
    const from = this.acknowledged.size;
    await until(deadline_ms, () => this.broken || this.acknowledged.size >= from + count, `${count} more final records`);
    if (this.broken) throw this.broken;
  }

  // A whole test: what is done, agreement once the loads have ended, the ends of the logs where it failed. Ends the program.
  async test(body, cleanUp) {
    const endLoads = () => Promise.all(this.loads.map((load) => load.stop()));
    try {
      await body();
      await endLoads();
      const height = await this.checkAgreement();
      console.log(`${this.acknowledged.size} acknowledged records, ${this.unclear} unclear answers settled; ${height} blocks and roots equal on ${this.all.length} nodes`);
    } catch (error) {
      console.error(error.message);
      this.failed = true;
    }
    await endLoads();
    await this.stop();
    const logs = this.names.map((_, node) => this.logFile(node)).filter((file) => this.failed && existsSync(file));
    for (const file of logs) console.error(readFileSync(file, 'utf8').split('\n').slice(-12).join('\n'));
    await cleanUp();
    process.exit(this.failed ? 1 : 0);
  }

  // Equal blocks and roots on these nodes, no transaction executed twice, and every acknowledged record where its receipt
  // said and found by its hash.
  async checkAgreement(nodes = this.all) {
    if (this.broken) throw this.broken;
    const heights = async () => (await Promise.all(nodes.map((node) => this.status(node)))).map((status) => status.height);
    const height = Math.max(...await heights());
    await until(60_000, async () => Math.min(...await heights()) >= height, `every node executes height ${height}`);
    const placed = new Map();
    await each(Array.from({ length: height }, (_, index) => index + 1), async (at) => {
      const blocks = await Promise.all(nodes.map((node) => this.get(node, `/v1/blocks/${at}`)));
      for (const block of blocks) {
        check(block.hash === blocks[0].hash && block.executed_root === blocks[0].executed_root, `block ${at} differs`);
      }
      for (const id of blocks[0].transactions) {
        check(!placed.has(id), `${id} was executed twice`);
        placed.set(id, at);
      }
    });
    await each([...this.acknowledged], async ([id, { height: at, sha256 }], index) => {
      check(placed.get(id) === at, `${id} was final at ${at} and is now at ${placed.get(id)}`);
      const found = await this.get(nodes[index % nodes.length], `/v1/evidence/by-hash/${sha256}`);
      check(JSON.stringify(found).includes(id), `the evidence of ${id} is not found by its hash`);
    });
    return height;
  }
}
