// Three honest validators, a fourth whose place the attacker takes, and a follower; the load that the honest ones
// carry, and what is measured while they are attacked.
import { createHash, generateKeyPairSync, randomBytes } from 'node:crypto';
import { Agent, request } from 'node:http';
import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { buildEnvelope, loadKey } from './submit.mjs';
import { certificateOf, rawPublicKey } from './hostile_peer.mjs';
import { BrokenNetwork } from './broken_network.mjs';

export const kHonest = [0, 1, 2];
export const kAttacker = 3;

export class HostileNetwork extends BrokenNetwork {
  // For the process that attacks: the network that the test has made.
  static existing(dir, basePort) {
    const network = new HostileNetwork(dir, basePort);
    network.chainId = createHash('sha256').update(readFileSync(join(dir, 'genesis.json'))).digest('hex');
    network.key = loadKey(network.clientKey());
    return network;
  }
  peerPort(node) { return this.basePort + node; }
  create(options) {
    super.create(options);
    [this.follower, this.sleeper] = ['observer', 'sleeper'].map((name) => this.addFollower(name));
    for (const follower of [this.follower, this.sleeper]) follower.chainId = Buffer.from(this.chainId, 'hex');
  }
  // To be called before the first start.
  addFollower(name) {
    const { privateKey, publicKey } = generateKeyPairSync('ed25519');
    let index;
    this.amendGenesis((genesis) => {
      index = this.names.length + genesis.followers.push({ name, transport_key: `ed25519:${rawPublicKey(publicKey).toString('hex')}` });
    });
    return { name, index: index - 1, validators: this.names.length, tls: certificateOf(privateKey) };
  }

  pid(node) { return this.processes[node].pid; }
  residentBytes(node) { return 1024 * Number(readFileSync(`/proc/${this.pid(node)}/status`, 'utf8').match(/VmRSS:\s*(\d+)/)[1]); }
  processorSeconds(node) {
    const fields = readFileSync(`/proc/${this.pid(node)}/stat`, 'utf8').split(') ')[1].split(' ');
    return (Number(fields[11]) + Number(fields[12])) / 100;
  }
  logBytes(node) { return statSync(this.logFile(node)).size; }
  async metric(node, pattern) { return Number((await this.metrics(node)).match(new RegExp(`^${pattern} (\\S+)`, 'm'))?.[1] ?? 0); }
  // How often the node counted something under this name, in whatever metric: a notice, a refusal, an ended session.
  async counted(node, name) {
    const lines = (await this.metrics(node)).matchAll(new RegExp(`^jingchu_\\w+_total\\{[^}]*"${name}"[^}]*\\} (\\S+)$`, 'gm'));
    return [...lines].reduce((sum, line) => sum + Number(line[1]), 0);
  }
}

// Single records at a fixed rate, spread over the nodes, whatever the nodes answer (an open loop), but never more than
// `outstanding` at once.
export class Load {
  constructor(network, nodes, perSecond, outstanding = 400) {
    Object.assign(this, { network, nodes, perSecond, outstanding, final: 0, failed: 0, skipped: 0, underWay: 0, slowest_ms: 0 });
    this.agent = new Agent({ keepAlive: true, maxSockets: outstanding });
  }
  start() {
    this.running = true;
    this.height = 0;
    this.done = Promise.all([this.watchHeight(), this.offer()]);
    return this;
  }
  async stop() {
    this.running = false;
    await this.done;
    this.agent.destroy();
  }
  async watchHeight() {
    while (this.running) {
      this.height = await this.network.heightAnywhere();
      await pause(500);
    }
  }
  async offer() {
    let sent = 0;
    const began = performance.now();
    while (this.running) {
      const due = Math.floor((performance.now() - began) * this.perSecond / 1000);
      for (; sent < due; ++sent) {
        if (this.underWay >= this.outstanding) ++this.skipped;
        else this.record(this.nodes[sent % this.nodes.length]);
      }
      await pause(5);
    }
  }
  async record(node) {
    ++this.underWay;
    const began = performance.now();
    try {
      const { sha256, body } = this.build();
      const { id, height } = await this.post(node, body);
      this.network.acknowledged.set(id, { height, sha256 });
      ++this.final;
      this.slowest_ms = Math.max(this.slowest_ms, performance.now() - began);
    } catch {
      ++this.failed;
    }
    --this.underWay;
  }
  // The hash is that of the first deposit.
  build(deposits = 1, noteBytes = 1) {
    const hashes = Array.from({ length: deposits }, () => randomBytes(32).toString('hex'));
    const calls = hashes.map((sha256) => ({ contract: 'evidence', method: 'deposit', payload: JSON.stringify({ sha256,
      sm3: randomBytes(32).toString('hex'), mediaType: 'text/plain', size: 1, subject: sha256, note: 'x'.repeat(noteBytes) }) }));
    const { body } = buildEnvelope({ chainId: this.network.chainId, key: this.network.key, validUntil: this.height + 900, calls });
    return { sha256: hashes[0], body };
  }
  post(node, body) {
    return new Promise((resolve, reject) => {
      const port = this.network.basePort + 100 + node;
      const options = { port, host: '127.0.0.1', path: '/v1/transactions?wait=final&timeout_ms=10000', method: 'POST', agent: this.agent,
        timeout: 15_000, headers: { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) } };
      const call = request(options, (answer) => {
        let text = '';
        answer.setEncoding('utf8').on('data', (data) => { text += data; }).on('error', reject).on('end', () => {
          const document = answer.statusCode === 200 ? JSON.parse(text) : {};
          if (document.status === 'final' && document.receipts.every(({ code }) => code === 'ok')) resolve(document);
          else reject(new Error(`${answer.statusCode} ${text}`));
        });
      });
      call.on('error', reject).on('timeout', () => call.destroy(new Error('no answer'))).end(body);
    });
  }
}

// What the honest nodes did between begin() and end(): records final per second, the largest resident size, bytes of log,
// processor seconds.
export class Measurement {
  constructor(network, load, nodes = kHonest) { Object.assign(this, { network, load, nodes }); }
  begin() {
    const { network, load, nodes } = this;
    this.resident = nodes.map(() => 0);
    this.sampler = setInterval(() => this.sample(), 100);
    this.before = { at: performance.now(), final: load.final, log: nodes.map((node) => network.logBytes(node)),
      processor: nodes.map((node) => network.processorSeconds(node)) };
    load.slowest_ms = 0;
    return this;
  }
  sample() { this.nodes.forEach((node, i) => { this.resident[i] = Math.max(this.resident[i], this.network.residentBytes(node)); }); }
  end() {
    clearInterval(this.sampler);
    this.sample();
    const { network, load, nodes, before } = this;
    const seconds = (performance.now() - before.at) / 1000;
    const most = (values) => Math.max(...values);
    return { seconds, perSecond: (load.final - before.final) / seconds, resident: most(this.resident), slowest_ms: load.slowest_ms,
      logPer10s: most(nodes.map((node, i) => network.logBytes(node) - before.log[i])) * 10 / seconds,
      processor: most(nodes.map((node, i) => network.processorSeconds(node) - before.processor[i])) / seconds };
  }
}
const mib = (bytes) => `${(bytes / 2 ** 20).toFixed(0)} MiB`;
export const described = ({ perSecond, resident, logPer10s, slowest_ms, processor }) => `${perSecond.toFixed(0)} final/s, slowest ${slowest_ms.toFixed(0)} ms, ${mib(resident)} resident, `
  + `${(logPer10s / 1024).toFixed(0)} KiB of log in 10 s, ${processor.toFixed(2)} processors`;
