// Validators in network namespaces of their own, joined by a bridge: what goes between them can be lost, slow, cut off and
// late, each direction on its own. Every node reaches every other through a relay in its own namespace, at the address that
// genesis has for it (127.0.0.1); its API, too, is reached through the relay. Also what a machine does to a node: its wall
// clock, and for some a small disk of their own. Needs root.
import { execFileSync, spawn } from 'node:child_process';
import { closeSync, openSync, readFileSync, rmSync, writeFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { setTimeout as pause } from 'node:timers/promises';
import { BrokenNetwork, check } from '../broken_network.mjs';

const run = (program, ...words) => execFileSync(program, words, { encoding: 'utf8' });
const source = (name) => fileURLToPath(new URL(name, import.meta.url));
const kFirewall = `table inet chaos {
  set deaf { type ipv4_addr; }
  chain arrives { type filter hook input priority 0; policy accept;
    ip saddr @deaf counter drop
  }
  chain lossy { type filter hook input priority 1; policy accept;
  }
}
`;

export class IsolatedNetwork extends BrokenNetwork {
  constructor(dir, basePort, names) {
    super(join(dir, 'net'), basePort, names);
    Object.assign(this, { around: dir, mounts: [], clocks: [], asked: [] });
    this.space = this.all.map((node) => `jingchu-${process.pid}-${node}`);
    this.hub = `jingchu-${process.pid}-hub`;
  }
  logFile(node) { return join(this.around, `${node}.log`); } // not on the disk that fills up
  address(node) { return `10.77.0.${node + 1}`; }
  data(node) { return join(this.home(node), 'data'); }

  async create(...options) {
    super.create(...options);
    for (const [name, from] of [['wrong_clock.so', '../preload/wrong_clock.c'], ['relay', 'relay.c']]) {
      const words = name.endsWith('.so') ? ['-shared', '-fPIC', '-ldl'] : [];
      run('cc', '-O2', '-o', join(this.around, name), source(from), ...words);
    }
    this.clocks = this.all.map((node) => openSync(join(this.around, `clock-${node}`), 'w+'));
    for (const node of this.all) {
      this.setClock(node, 0);
      const file = join(this.home(node), 'jingchud.toml');
      const port = this.basePort + node;
      writeFileSync(file, readFileSync(file, 'utf8').replace(`listen = "127.0.0.1:${port}"`, `listen = "${this.address(node)}:${port}"`));
    }
    this.layCables();
    await this.startRelay();
  }
  start(node) {
    const env = { LD_PRELOAD: join(this.around, 'wrong_clock.so'), WRONG_CLOCK: join(this.around, `clock-${node}`) };
    return super.start(node, env, ['nsenter', `--net=/run/netns/${this.space[node]}`]);
  }

  // The highest block of any node, kept up to date beside everything else: nobody waits for a node that does not answer.
  async heightAnywhere() { return this.height ?? 0; }
  watchHeight() {
    const ask = async (node) => {
      while (!this.stopping) {
        await this.status(node).then(({ height }) => { this.height = Math.max(height, this.height ?? 0); }, () => {});
        await pause(500);
      }
    };
    this.all.forEach(ask);
  }

  // ---- cables
  layCables() {
    run('ip', 'netns', 'add', this.hub);
    run('ip', '-n', this.hub, 'link', 'add', 'bridge', 'type', 'bridge');
    run('ip', '-n', this.hub, 'link', 'set', 'bridge', 'up');
    for (const node of this.all) {
      const space = this.space[node];
      run('ip', 'netns', 'add', space);
      run('ip', '-n', this.hub, 'link', 'add', `cable${node}`, 'type', 'veth', 'peer', 'name', 'cable', 'netns', space);
      run('ip', '-n', this.hub, 'link', 'set', `cable${node}`, 'master', 'bridge', 'up');
      run('ip', '-n', space, 'address', 'add', `${this.address(node)}/24`, 'dev', 'cable');
      for (const device of ['lo', 'cable']) run('ip', '-n', space, 'link', 'set', device, 'up');
      this.firewall(node, kFirewall);
    }
  }
  inside(node, program, ...words) { return run('nsenter', `--net=/run/netns/${this.space[node]}`, program, ...words); }
  firewall(node, commands) {
    return execFileSync('nsenter', [`--net=/run/netns/${this.space[node]}`, 'nft', '-f', '-'], { input: commands, encoding: 'utf8' });
  }
  // What these say no longer reaches this node.
  deafen(node, others) {
    this.firewall(node, `add element inet chaos deaf { ${others.map((other) => this.address(other)).join(', ')} }\n`);
  }
  hearAll(node) { this.firewall(node, 'flush set inet chaos deaf\n'); }
  lose(node, percent) {
    this.firewall(node, `add rule inet chaos lossy iifname "cable" numgen random mod 1000 < ${Math.round(percent * 10)} counter drop\n`);
  }
  loseNothing(node) { this.firewall(node, 'flush chain inet chaos lossy\n'); }
  // Packets that this chain has dropped since it was filled.
  dropped(node, chain) {
    return Number(this.inside(node, 'nft', 'list', 'chain', 'inet', 'chaos', chain).match(/packets (\d+)/)?.[1] ?? 0);
  }
  throttle(node, kilobits) {
    this.inside(node, 'tc', 'qdisc', 'replace', 'dev', 'cable', 'root', 'tbf', 'rate', `${kilobits}kbit`, 'burst', '16kb', 'latency', '300ms');
  }
  unthrottle(node) { this.inside(node, 'tc', 'qdisc', 'del', 'dev', 'cable', 'root'); }
  // How often the rate made a packet wait.
  throttled(node) { return Number(this.inside(node, 'tc', '-s', 'qdisc', 'show', 'dev', 'cable').match(/overlimits (\d+)/)[1]); }

  // ---- the relay
  async startRelay() {
    this.relay = spawn(join(this.around, 'relay'), { stdio: ['pipe', 'pipe', 'inherit'] });
    createInterface({ input: this.relay.stdout }).on('line', (line) => this.asked.shift()(line));
    this.relay.on('exit', () => this.asked.splice(0).forEach((answered) => answered('it has ended')));
    const ask = [];
    for (const node of this.all) {
      const api = this.basePort + 100 + node;
      ask.push(`link api-${node} - 127.0.0.1 ${api} ${this.space[node]} 127.0.0.1 ${api}`);
      for (const other of this.all.filter((one) => one !== node)) {
        const port = this.basePort + other;
        ask.push(`link ${this.link(node, other)} ${this.space[node]} 127.0.0.1 ${port} ${this.space[node]} ${this.address(other)} ${port}`);
      }
    }
    await Promise.all(ask.map((line) => this.tellRelay(line)));
  }
  link(node, other) { return `${node}-${other}`; }
  // Of each pair one dials: which of its two links has the connection is not our business.
  async tellLinks(node, others, command, ...values) {
    const pairs = others.filter((other) => other !== node).flatMap((other) => [[node, other], [other, node]]);
    const counts = await Promise.all(pairs.map(([from, to]) => this.tellRelay([command, this.link(from, to), ...values].join(' '))));
    return counts.reduce((sum, count) => sum + count, 0);
  }
  async tellRelay(line) {
    const answer = await new Promise((resolve) => {
      this.asked.push(resolve);
      this.relay.stdin.write(`${line}\n`);
    });
    check(answer.startsWith('ok '), `the relay: ${answer}`);
    return Number(answer.slice(3));
  }

  // ---- machines
  setClock(node, ahead_ms) {
    const bytes = Buffer.alloc(8);
    bytes.writeBigInt64LE(BigInt(ahead_ms));
    writeSync(this.clocks[node], bytes, 0, 8, 0);
  }
  async metric(node, name) { return Number((await this.metrics(node)).match(new RegExp(`^${name} (.*)$`, 'm'))?.[1]); }
  isStopped(node) { return /\) T /.test(readFileSync(`/proc/${this.processes[node].pid}/stat`, 'utf8')); }
  // Before its first start: the node's data are on a disk of their own, in memory.
  giveOwnDisk(node, megabytes) {
    const at = this.data(node);
    const before = `${at}.before`;
    run('cp', '-a', at, before);
    run('mount', '-t', 'tmpfs', '-o', `size=${megabytes}m,mode=700`, 'jingchu-test', at);
    this.mounts.push(at);
    run('sh', '-c', `cp -a '${before}/.' '${at}' && rm -r '${before}'`);
    this.configure(node, 'limits', 'failure_grace_ms = 200\ndisk_reserve_bytes = 0');
  }
  fillDisk(node) {
    const file = openSync(join(this.data(node), 'ballast'), 'w');
    const block = Buffer.alloc(64 << 10);
    try {
      for (;;) writeSync(file, block);
    } catch (error) {
      check(error.code === 'ENOSPC', `filling the disk: ${error.message}`);
    }
    closeSync(file);
  }
  emptyDisk(node) { rmSync(join(this.data(node), 'ballast'), { force: true }); }

  // No process, mount, namespace or file stays.
  cleanUp() {
    for (const child of [...this.processes, this.relay]) child?.kill('SIGKILL');
    for (const at of this.mounts.splice(0)) run('umount', '-l', at);
    for (const space of [...this.space, this.hub]) try { run('ip', 'netns', 'del', space); } catch { /* not made */ }
    for (const clock of this.clocks.splice(0)) closeSync(clock);
    if (!this.failed) rmSync(this.around, { recursive: true, force: true });
    else console.error(`what the nodes have is kept: ${this.around}`);
  }
}
