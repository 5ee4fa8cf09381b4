// etcd's side: three members as Debian builds them, with etcd's own defaults, and puts through gRPC to the leader, which
// is etcd's best case: a follower would pass them on.
import { execFileSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { bin, fetchWhole, until } from '../e2e/network.mjs';
import { etcdIn, remove } from './directories.mjs';
import { lastLines, runLoad, startLogged, usage, usedBetween, watchProcessors } from './processes.mjs';

const loader = join(bin, 'jingchu-etcd-load');
const quota_bytes = 8 * 2 ** 30; // the default, 2 GiB, may end a long run

export class Etcd {
  constructor(data, basePort, count = 3) {
    Object.assign(this, { dir: etcdIn(data), basePort, members: Array.from({ length: count }, (_, i) => i), processes: [] });
    this.died = new Promise((_, reject) => { this.tellDeath = reject; });
    this.died.catch(() => {});
  }
  client(member) { return `127.0.0.1:${this.basePort + member}`; }
  peer(member) { return `http://127.0.0.1:${this.basePort + 10 + member}`; }
  alive(work) { return Promise.race([work, this.died]); }
  usage() { return this.processes.map(({ pid }) => usage(pid)); }

  async up() {
    mkdirSync(this.dir);
    const cluster = this.members.map((member) => `member${member}=${this.peer(member)}`).join(',');
    this.processes = this.members.map((member) => {
      const log = join(this.dir, `member${member}.log`);
      const child = startLogged('etcd', ['--name', `member${member}`, '--data-dir', join(this.dir, `member${member}`),
        '--listen-client-urls', `http://${this.client(member)}`, '--advertise-client-urls', `http://${this.client(member)}`,
        '--listen-peer-urls', this.peer(member), '--initial-advertise-peer-urls', this.peer(member), '--initial-cluster', cluster,
        '--quota-backend-bytes', String(quota_bytes)], log);
      child.on('exit', (code, signal) => {
        if (!this.stopping) this.tellDeath(new Error(`etcd's member ${member} ended: ${code ?? signal}\n${lastLines(log)}`));
      });
      return child;
    });
    await this.alive(Promise.all(this.members.map((member) => until(60_000,
      async () => (await fetchWhole(`http://${this.client(member)}/health`, {}, 2000)).json().health === 'true', `etcd's member ${member} is healthy`))));
  }

  // The address of the member that leads.
  leader() {
    const lines = execFileSync('etcdctl', ['--endpoints', this.members.map((member) => this.client(member)).join(','), 'endpoint', 'status'],
      { encoding: 'utf8', env: { ...process.env, ETCDCTL_API: '3' } });
    const leading = lines.trim().split('\n').map((line) => line.split(', ')).find((fields) => fields[4] === 'true');
    if (!leading) throw new Error(`no member of etcd leads:\n${lines}`);
    return leading[0];
  }

  async load({ seconds, outstanding, bytes }) {
    const leader = this.leader();
    const before = this.usage();
    const busy = watchProcessors();
    const { status, report } = await this.alive(runLoad(loader, [leader, outstanding, seconds, bytes].map(String)));
    const used = this.usage().map((after, member) => usedBetween(before[member], after));
    const machine_busy = busy();
    return { load: { ...report, outstanding, bytes }, all_final: status === 0 && report.errors === 0, used, machine_busy, kept_its_leader: this.leader() === leader };
  }

  async down() {
    this.stopping = true;
    for (const child of this.processes) child.kill('SIGKILL'); // SIGTERM first looks for another leader, and the data goes anyway
    await until(30_000, () => this.processes.every(({ exitCode, signalCode }) => exitCode !== null || signalCode !== null), 'etcd ends');
    remove(this.dir);
  }
}
