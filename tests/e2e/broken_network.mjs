// What the tests of broken files and failing disks share: a network whose nodes may end, records that were
// acknowledged, and the comparison of all that four nodes hold.
import { createHash, randomBytes } from 'node:crypto';
import { spawn } from 'node:child_process';
import { closeSync, lstatSync, openSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { buildEnvelope, loadKey } from './submit.mjs';
import { Network, jingchud, until } from './network.mjs';

export const option = (name, fallback) => {
  const at = process.argv.indexOf(`--${name}`);
  return at < 0 ? fallback : process.argv[at + 1];
};
export function check(holds, what) {
  if (!holds) throw new Error(what);
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
export function runToEnd(home, deadline_ms = 20_000) {
  return new Promise((resolve) => {
    const child = spawn(jingchud, ['--home', home], { stdio: ['ignore', 'pipe', 'pipe'] });
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
  constructor(dir, basePort) {
    super(dir, basePort);
    this.acknowledged = new Map(); // id -> {height, sha256}
    this.ends = [];
  }
  home(node) { return join(this.dir, this.names[node]); }
  logFile(node) { return `${this.dir}.${this.names[node]}.log`; }
  configure(node, section, line) {
    const file = join(this.home(node), 'jingchud.toml');
    const text = readFileSync(file, 'utf8');
    writeFileSync(file, text.includes(`[${section}]`) ? text.replace(`[${section}]`, `[${section}]\n${line}`) : `${text}\n[${section}]\n${line}\n`);
  }
  create() {
    super.create();
    this.key = loadKey(this.clientKey());
  }

  // Its end is no failure of the test: ended() waits for it.
  async start(node, env = {}) {
    const log = openSync(this.logFile(node), 'a');
    const child = spawn(jingchud, ['--home', this.home(node)], { stdio: ['ignore', log, log], env: { ...process.env, ...env } });
    closeSync(log);
    this.processes[node] = child;
    this.ends[node] = new Promise((resolve) => child.on('exit', (code, signal) => resolve(code ?? signal)));
  }
  async startAll(nodes = [0, 1, 2, 3]) {
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
  // Also of those that do not want to end.
  async stop() {
    const last = setTimeout(() => {
      console.error('a node did not end within 10 s of SIGTERM');
      this.failed = true;
      this.processes.forEach((child) => child?.kill('SIGKILL'));
    }, 10_000);
    await super.stop();
    clearTimeout(last);
  }
  logText(node) { return readFileSync(this.logFile(node), 'utf8'); }
  async readiness(node) {
    const answer = await fetch(`${this.url(node)}/readyz`, { signal: AbortSignal.timeout(5000) });
    return { status: answer.status, text: await answer.text() };
  }
  async metrics(node) {
    return (await fetch(`${this.url(node)}/metrics`, { signal: AbortSignal.timeout(5000) })).text();
  }

  async post(node, size = 1) {
    const sha256 = randomBytes(32).toString('hex');
    const payload = JSON.stringify({ sha256, sm3: randomBytes(32).toString('hex'), mediaType: 'text/plain', size: 1, subject: sha256,
      fileName: 'x'.repeat(size) });
    const { body } = buildEnvelope({ chainId: this.chainId, key: this.key, validUntil: (await this.heightAnywhere()) + 500,
      calls: [{ contract: 'evidence', method: 'deposit', payload }] });
    const answer = await fetch(`${this.url(node)}/v1/transactions?wait=final&timeout_ms=5000`, {
      method: 'POST', headers: { 'content-type': 'application/json' }, body, signal: AbortSignal.timeout(8000) });
    const document = await answer.json();
    if (answer.status === 200 && document.status === 'final') {
      check(document.receipts[0].code === 'ok', `receipt ${JSON.stringify(document.receipts)}`);
      this.acknowledged.set(document.id, { height: document.height, sha256 });
    }
    return { status: answer.status, document };
  }
  // Records, one after another at each of the nodes, until stop() is called; errors are the network's matter.
  load(nodes, workersPerNode = 4, size = 1) {
    let running = true;
    const worker = async (node) => {
      while (running) await this.post(node, size).catch(() => until(50, () => true));
    };
    const workers = nodes.flatMap((node) => Array.from({ length: workersPerNode }, () => worker(node)));
    return { stop: () => { running = false; return Promise.all(workers); } };
  }
  moreRecords(count) {
    const from = this.acknowledged.size;
    return until(60_000, () => this.acknowledged.size >= from + count, `${count} more final records`);
  }

  // Equal blocks and roots on these nodes, and every acknowledged record where its receipt said.
  async checkAgreement(nodes = [0, 1, 2, 3]) {
    const heights = async () => (await Promise.all(nodes.map((node) => this.status(node)))).map((status) => status.height);
    const height = Math.max(...await heights());
    await until(30_000, async () => Math.min(...await heights()) >= height, `every node executes height ${height}`);
    const placed = new Map();
    for (let at = 1; at <= height; ++at) {
      const blocks = await Promise.all(nodes.map((node) => this.get(node, `/v1/blocks/${at}`)));
      for (const block of blocks) {
        check(block.hash === blocks[0].hash && block.executed_root === blocks[0].executed_root, `block ${at} differs`);
      }
      for (const id of blocks[0].transactions) {
        check(!placed.has(id), `${id} was executed twice`);
        placed.set(id, at);
      }
    }
    for (const [id, record] of this.acknowledged) {
      check(placed.get(id) === record.height, `${id} was final at ${record.height} and is now at ${placed.get(id)}`);
    }
    return height;
  }
}
