// Floods under a fixed load: what the honest nodes do unattacked, then under each.
import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { setTimeout as pause } from 'node:timers/promises';
import { until } from './network.mjs';
import { option } from './broken_network.mjs';
import { Measurement, described, kHonest } from './hostile_network.mjs';

const kKinds = ['votes', 'certificates', 'proposals', 'statuses and refusals', 'loose batches', 'full batches', 'large batches', 'chains', 'keep-alives', 'bad frames',
  'small fetches', 'fetches of batches', 'fetches of chains', 'reads nothing', 'half-open handshakes', 'strangers', 'reconnects'];
const kThroughputMin = 0.8;
const kSlowestMax_ms = 2500;
// Beyond what the node takes unattacked: the attacker's queues hold 32 MiB, what of it waits 4 MiB and a frame for each
// session, and the allocator keeps what earlier floods had. Of the node's own, its history grows meanwhile.
const kGrowthMax = 128 << 20;
const kAttempts = Number(option('attempts', 3));
const kLogMax = 1 << 20; // in 10 s
const seconds = Number(option('seconds', 3));

export class Floods {
  constructor(network, load) { Object.assign(this, { network, load, failures: [] }); }

  async run() {
    const filling = await this.measure(() => this.fillHistory());
    const calm = await this.measure(() => pause(5000));
    this.calm = { ...calm, resident: Math.max(filling.resident, calm.resident) };
    console.log(`unattacked: ${described(this.calm)}`);
    for (const kind of option('floods', kKinds.join(',')).split(',')) {
      if (!await this.one(kind)) break;
    }
    this.report();
  }
  // False if what it piled up was not worked off. The machine may be busy with something else, so records are counted
  // again, against a new measurement unattacked, before it is a finding; memory and log are not.
  async one(kind) {
    for (let attempt = 1; ; ++attempt) {
      let flood;
      const during = await this.measure((begin) => { flood = this.flood(kind, begin); return flood; }, true);
      console.log(`${kind}: ${described(during)}; ${await flood}`);
      this.judge(kind, during);
      if (!await this.recovers(kind)) return false;
      const kept = during.perSecond >= kThroughputMin * this.calm.perSecond && during.slowest_ms <= kSlowestMax_ms;
      if (kept) return true;
      if (attempt === kAttempts) {
        this.failures.push(`FAILED ${kind}: ${during.perSecond.toFixed(0)} of ${this.calm.perSecond.toFixed(0)} records per second, the slowest after ${during.slowest_ms.toFixed(0)} ms`);
        return true;
      }
      const { resident } = this.calm;
      this.calm = { ...await this.measure(() => pause(3000)), resident };
    }
  }
  report() {
    if (this.failures.length > 0 && !option('measure-only')) throw new Error(this.failures.join('\n'));
    this.failures.forEach((failure) => console.log(failure));
    this.failures = [];
  }
  // A validator that was down gets in again while strangers hold all the handshakes they can.
  async restartUnder(kind, node = 1) {
    const flood = this.flood(kind, () => {}, 12);
    await pause(2000);
    this.network.kill(node);
    await this.network.ended(node, 10_000);
    const began = performance.now();
    await this.network.start(node);
    await this.network.ready(node);
    console.log(`${this.network.names[node]} restarted under ${kind}: ready after ${((performance.now() - began) / 1000).toFixed(1)} s`);
    await flood;
    await this.recovers(`the restart under ${kind}`);
  }

  // What the flood has piled up is worked off, or the next would be measured with it.
  async recovers(kind) {
    const ended = performance.now();
    try {
      await until(30_000, () => this.load.underWay < this.load.perSecond / 2, `the load recovers after ${kind}`);
    } catch (error) {
      this.failures.push(`FAILED ${error.message}`);
      return false;
    }
    if (performance.now() - ended > 500) console.log(`  recovered after ${((performance.now() - ended) / 1000).toFixed(1)} s`);
    return true;
  }

  // What a fetch of batches brings: old records, so many that the database has written its buffer to a table on every
  // node. Until then a node grows with every record, attacked or not: its size unattacked is the largest of that time.
  async fillHistory() {
    const largest = kHonest.map(() => 0);
    const isWritten = (node, i) => this.network.residentBytes(node) < largest[i] - (24 << 20);
    let done = false;
    const fill = async (first) => {
      for (let i = first; !done; ++i) {
        await this.load.post(i % kHonest.length, this.load.build(100, 1500).body);
        kHonest.forEach((node, at) => { largest[at] = Math.max(largest[at], this.network.residentBytes(node)); });
      }
    };
    const workers = [0, 1, 2, 3].map(fill);
    const written = kHonest.map(() => false);
    await until(90_000, () => kHonest.every((node, i) => written[i] ||= isWritten(node, i)), 'the databases write their buffers');
    done = true;
    await Promise.all(workers);
  }
  async measure(action, waits = false) {
    const measurement = new Measurement(this.network, this.load);
    if (!waits) measurement.begin();
    await action(() => measurement.begin());
    return measurement.end();
  }
  judge(kind, during) {
    const growth = during.resident - this.calm.resident;
    if (growth > kGrowthMax) this.failures.push(`FAILED ${kind}: ${(growth / (1 << 20)).toFixed(0)} MiB more memory`);
    if (during.logPer10s > kLogMax) this.failures.push(`FAILED ${kind}: ${(during.logPer10s / 1024).toFixed(0)} KiB of log in 10 s`);
  }
  // A process of its own, the last in line for the processors. Ends by itself.
  flood(kind, begin, for_s = seconds) {
    return new Promise((resolve, reject) => {
      const child = spawn('nice', ['-n', option('nice', '19'), process.execPath, fileURLToPath(new URL('hostile_flood.mjs', import.meta.url)), '--dir', this.network.dir,
        '--base-port', String(this.network.basePort), '--kind', kind, '--seconds', String(for_s)], { stdio: ['ignore', 'pipe', 'inherit'] });
      let text = '';
      child.stdout.on('data', (data) => {
        if (text === '') begin();
        text += data;
      });
      child.on('close', (code) => { code === 0 ? resolve(text.trim().split('\n').at(-1)) : reject(new Error(`the flood ${kind} ended with ${code}`)); });
    });
  }
}
