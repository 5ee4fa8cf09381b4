// Jingchu's side: validators as scripts/devnet.sh configures them, with nothing switched off, and `jingchu bench`.
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { Network, jingchu, until } from '../e2e/network.mjs';
import { lastLines, runLoad, usage, usedBetween, watchProcessors } from './processes.mjs';
import { remove, validatorsIn } from './directories.mjs';

const divisions = ['wuhan', 'xiangyang', 'yichang', 'jingzhou', 'huangshi', 'shiyan', 'ezhou', 'jingmen', 'xiaogan', 'huanggang', 'xianning',
  'suizhou', 'enshi', 'xiantao', 'qianjiang', 'tianmen', 'shennongjia'];
const nameOf = (_, index) => divisions[index] ?? `validator-${index + 1}`;

export class Validators extends Network {
  constructor(data, basePort, count = 4) {
    super(validatorsIn(data), basePort, Array.from({ length: count }, nameOf));
    this.died = new Promise((_, reject) => { this.tellDeath = reject; });
    this.died.catch(() => {}); // whoever works with them hears of it in alive()
  }

  async up() {
    execFileSync(jingchu, ['network', 'init', '--validators', this.names.join(','), '--dir', this.dir, '--name', 'bench',
      '--base-port', String(this.basePort), '--plain-keys', '--lab'], { stdio: ['ignore', 'ignore', 'pipe'] });
    for (const node of this.names.keys()) {
      await this.start(node);
      // Network takes that for a test's own doing; here the kernel has run out of memory.
      this.processes[node].on('exit', (_, signal) => { if (signal === 'SIGKILL' && !this.stopping) this.fail(`${this.names[node]} was killed`); });
    }
    await this.alive(Promise.all(this.names.map((_, node) => this.ready(node, 120_000))));
  }

  // Of a node that ended by itself.
  fail(why) {
    this.failed = true;
    const logs = this.names.filter((_, node) => this.processes[node]?.exitCode !== null || this.processes[node]?.signalCode !== null)
      .map((name) => `---- the end of ${name}'s log\n${lastLines(join(this.dir, name, 'jingchud.log'))}`);
    this.tellDeath(new Error([why, ...logs].join('\n')));
  }
  alive(work) { return Promise.race([work, this.died]); }
  usage() { return this.processes.map(({ pid }) => usage(pid)); }

  // A load to its end: what `jingchu bench` reports, whether it saw every transaction final, what each validator and
  // the whole machine used meanwhile, and whether all have the same state.
  async load({ seconds, bundle = 1, outstanding = 256, rate = 0, bytes }, hear) {
    const words = ['bench', '--nodes', this.names.map((_, node) => this.url(node)).join(','), '--keys', join(this.dir, 'clients'),
      '--seconds', String(seconds), '--bundle', String(bundle), '--outstanding', String(outstanding), '--size', String(bytes), '--json',
      ...(rate > 0 ? ['--rate', String(rate)] : [])];
    const before = this.usage();
    const busy = watchProcessors();
    const { status, report } = await this.alive(runLoad(jingchu, words, hear));
    const used = this.usage().map((after, node) => usedBetween(before[node], after));
    const machine_busy = busy();
    delete report.nodes;
    const all_final = status === 0 && Object.keys(report.errors).length === 0;
    return { load: report, all_final, used, machine_busy, agreement: await this.alive(this.agreement()) };
  }

  // The state of every validator after the block that the furthest one has executed.
  async agreement() {
    const heights = async () => (await Promise.all(this.names.map((_, node) => this.status(node)))).map(({ height }) => height);
    const height = Math.max(...await heights());
    await until(60_000, async () => Math.min(...await heights()) >= height, `every validator executes height ${height}`);
    const blocks = await Promise.all(this.names.map((_, node) => this.get(node, `/v1/blocks/${height}`)));
    const same = (field) => blocks.every((block) => block[field] && block[field] === blocks[0][field]);
    return { height, state_root: blocks[0].state_root, validators: blocks.length, equal: same('state_root') && same('executed_root') && same('hash') };
  }

  async down() {
    await this.stop();
    if (this.failed) throw new Error('a validator did not stop cleanly; its log is in the data directory');
    remove(this.dir);
  }
}
