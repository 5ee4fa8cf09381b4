// Real nodes as processes, for the end-to-end tests.
import { createHash } from 'node:crypto';
import { execFileSync, spawn } from 'node:child_process';
import { copyFileSync, openSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { setTimeout as pause } from 'node:timers/promises';

export const bin = fileURLToPath(new URL('../../build/bin/', import.meta.url));
// Another build of the node (one with a sanitizer, say) instead of the release.
export const jingchud = process.env.JINGCHUD ?? join(bin, 'jingchud');

export const jingchu = join(bin, 'jingchu');

// docs/formats.md, "Durable log": the first group holds the key record, which names the chain.
export function moveLog(file, before, after) {
  const log = readFileSync(file);
  const kHeader = 4 + 16 + 8 + 8 + 4;
  const payload = log.subarray(kHeader + 32, kHeader + 32 + log.readUInt32LE(kHeader - 4));
  after.copy(payload, payload.indexOf(before));
  createHash('sha256').update(log.subarray(0, kHeader)).update(payload).digest().copy(log, kHeader);
  writeFileSync(file, log);
}

// Returns when the condition holds; an Error naming `what` after the deadline.
export async function until(deadline_ms, condition, what = 'the condition') {
  const end = Date.now() + deadline_ms;
  for (;;) {
    try {
      if (await condition()) return;
    } catch { /* not yet */ }
    if (Date.now() > end) throw new Error(`${what}: not within ${deadline_ms} ms`);
    await pause(20);
  }
}

// What an HTTP server answers, whole. The deadline is a timer of our own: fetch() can wait for ever for an answer whose
// connection has ended, and a signal that nobody else holds may be collected together with its timer.
export async function fetchWhole(url, options = {}, deadline_ms = 15_000) {
  const stop = new AbortController();
  let timer;
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => {
      reject(new Error(`${url}: no answer within ${deadline_ms} ms`));
      stop.abort();
    }, deadline_ms);
  });
  const answer = async () => {
    const response = await fetch(url, { ...options, signal: stop.signal });
    const text = await response.text();
    return { status: response.status, ok: response.ok, headers: response.headers, text: () => text, json: () => JSON.parse(text) };
  };
  try {
    return await Promise.race([answer(), late]);
  } finally {
    clearTimeout(timer);
  }
}

export class Network {
  constructor(dir, basePort, names = ['wuhan', 'xiangyang', 'yichang', 'jingzhou']) {
    Object.assign(this, { dir, basePort, names, processes: [], failed: false });
    process.on('exit', () => this.processes.forEach((child) => child?.kill('SIGKILL')));
  }

  // With lab timers, unless the messages are to be as late as they are between cities.
  create(options = [], timers = ['--lab']) {
    execFileSync(jingchu, ['network', 'init', '--validators', this.names.join(','), '--dir', this.dir,
      '--base-port', String(this.basePort), '--plain-keys', ...timers, ...options], { stdio: ['ignore', 'ignore', 'inherit'] });
    this.chainId = createHash('sha256').update(readFileSync(join(this.dir, 'genesis.json'))).digest('hex');
  }
  // Before the first start: the genesis file is the chain id, which the logs begin with.
  amendGenesis(edit) {
    const file = join(this.dir, 'genesis.json');
    const genesis = JSON.parse(readFileSync(file, 'utf8'));
    edit(genesis);
    writeFileSync(file, JSON.stringify(genesis));
    const before = Buffer.from(this.chainId, 'hex');
    const after = createHash('sha256').update(readFileSync(file)).digest();
    this.chainId = after.toString('hex');
    for (const { name } of genesis.validators) {
      copyFileSync(file, join(this.dir, name, 'genesis.json'));
      moveLog(join(this.dir, name, 'data', 'log', 'log-00000001'), before, after);
    }
  }

  url(node) { return `http://127.0.0.1:${this.basePort + 100 + node}`; }
  clientKey() {
    const clients = join(this.dir, 'clients');
    return join(clients, readdirSync(clients).filter((name) => name.includes('submitter')).sort()[0]);
  }

  async start(node) {
    const home = join(this.dir, this.names[node]);
    const log = openSync(join(home, 'jingchud.log'), 'a');
    const child = spawn(jingchud, ['--home', home], { stdio: ['ignore', log, log] });
    child.on('exit', (code, signal) => {
      if (this.processes[node] === child && signal !== 'SIGKILL' && !this.stopping) this.fail(`${home} ended: ${code ?? signal}`);
    });
    this.processes[node] = child;
  }

  kill(node) { this.processes[node].kill('SIGKILL'); }
  ready(node, deadline_ms = 30_000) {
    return until(deadline_ms, async () => (await fetchWhole(`${this.url(node)}/readyz`, {}, 5000)).ok, `${this.names[node]} becomes ready`);
  }

  async get(node, path) {
    const answer = await fetchWhole(this.url(node) + path, {}, 5000);
    if (!answer.ok) throw new Error(`${path}: ${answer.status} ${answer.text()}`);
    return answer.json();
  }
  status(node) { return this.get(node, '/v1/status'); }
  async heightAnywhere() {
    for (let node = 0; node < this.names.length; ++node) {
      try {
        this.height = (await this.status(node)).height;
        break;
      } catch { /* down: the next one */ }
    }
    return this.height ?? 0;
  }

  fail(why) {
    this.failed = true;
    throw new Error(why);
  }

  // Every node ends as asked: exit status 0, which a sanitizer's finding is not. Also those that do not want to end do.
  async stop() {
    this.stopping = true;
    const last = setTimeout(() => {
      console.error('a node did not end within 30 s of SIGTERM');
      this.failed = true;
      this.processes.forEach((child) => child?.kill('SIGKILL'));
    }, 30_000);
    for (const child of this.processes) child?.kill('SIGTERM');
    await Promise.all(this.processes.map((child) => child && (child.exitCode !== null || child.signalCode !== null
      ? null : new Promise((resolve) => child.on('exit', resolve)))));
    clearTimeout(last);
    this.processes.forEach((child, node) => {
      if (!child || child.signalCode === 'SIGKILL' || child.exitCode === 0) return;
      console.error(`${this.names[node]} ended with ${child.exitCode ?? child.signalCode}`);
      this.failed = true;
    });
  }
}
