// A network whose validators change: homes that join, votes of the operators, keys that rotate, and the longest time in
// which no client saw a new final block.
import { execFile } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { BrokenNetwork, check } from './broken_network.mjs';
import { jingchu, until } from './network.mjs';

const kPatience_ms = 60_000;

export class EpochNetwork extends BrokenNetwork {
  constructor(dir, basePort) {
    super(dir, basePort);
    Object.assign(this, { highest: 0, longest: { ms: 0 }, phase: 'the start', live: [0, 1, 2, 3] });
  }

  // A node that genesis lists as a follower: its number.
  addFollower(name) {
    const home = join(this.dir, name);
    const node = this.names.push(name) - 1;
    mkdirSync(join(home, 'keys'), { recursive: true });
    return this.must('keys', 'new', '--algorithm', 'ed25519', '--plain', '--out', join(home, 'keys', 'transport.json')).then(() => {
      const key = this.keysOf(node).transport;
      this.amendGenesis((genesis) => genesis.followers.push({ name, transport_key: key }));
      cpSync(join(this.dir, 'genesis.json'), join(home, 'genesis.json'));
      writeFileSync(join(home, 'jingchud.toml'), '[node]\nconsensus_key = ""\n'
        + `[peers]\nlisten = "127.0.0.1:${this.basePort + node}"\n[api]\nlisten = "127.0.0.1:${this.basePort + 100 + node}"\n`);
      return node;
    });
  }
  // A home that `jingchu network join` makes: of a new node, or again of one that has lost its own.
  async join(name, operator) {
    const known = this.names.indexOf(name);
    const node = known >= 0 ? known : this.names.push(name) - 1;
    await this.must('network', 'join', '--genesis', join(this.dir, 'genesis.json'), '--name', name, '--operator', operator,
      '--address', `127.0.0.1:${this.basePort + node}`, '--api', `127.0.0.1:${this.basePort + 100 + node}`,
      '--dir', this.home(node), '--plain-keys');
    return node;
  }
  keysOf(node, directory = 'keys') {
    const key = (kind) => {
      const file = join(this.home(node), directory, `${kind}.json`);
      return existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')).public_key : null;
    };
    return { consensus: key('consensus'), transport: key('transport') };
  }

  // ---- the command line

  cli(...words) {
    return new Promise((resolve) => {
      execFile(jingchu, words, { timeout: 120_000, env: { ...process.env, JINGCHU_NODE: this.url(0) } }, (error, out, text) =>
        resolve({ status: error ? error.code ?? error.signal : 0, out, text }));
    });
  }
  async must(...words) {
    const ran = await this.cli(...words);
    check(ran.status === 0, `jingchu ${words.join(' ')}: ${ran.status} ${ran.out} ${ran.text}`);
    return ran;
  }
  operatorKey(name) { return join(this.dir, 'clients', `${name}-operator.json`); }
  govern(as, ...words) { return this.must('governance', ...words, '--key', this.operatorKey(as), '--wait'); }

  // By the operators of the first three, who are a quorum of four and, with a fifth that wuhan operates, of five.
  async accept(...change) {
    const voters = this.voters ?? ['wuhan', 'xiangyang', 'yichang'];
    await this.govern('wuhan', 'propose', ...change);
    const { proposals } = await this.get(0, '/v1/governance/proposals?limit=200');
    const { proposal } = proposals.at(-1);
    await Promise.all(voters.map((voter) => this.govern(voter, 'vote', String(proposal), 'yes')));
    const { state, votes } = await this.proposal(proposal);
    check(state === 'accepted' || state === 'taken', `proposal ${proposal} is accepted, not ${state}: ${JSON.stringify(votes)}`);
    return proposal;
  }
  proposal(number) { return this.get(0, `/v1/governance/proposals/${number}`); }
  // Each attests by its own node, once that is caught up; `next`: with its next keys. The epoch may end, and the change
  // come into force, as soon as a quorum has: who is later is told that nothing is pending.
  async attest(nodes, next = []) {
    const attestOne = async (node) => {
      await this.caughtUp(node);
      const key = next.includes(node) ? ['--consensus-key-file', 'keys/next/consensus.json'] : [];
      let ran;
      // A node that has just caught up can be behind again for a moment.
      await until(kPatience_ms, async () => {
        ran = await this.cli('governance', 'ready', '--home', this.home(node), '--node', this.url(node), '--submit-to', this.url(0),
          ...key, '--key', this.operatorKey('wuhan'), '--wait');
        return !/not-caught-up/.test(ran.out + ran.text);
      }, `${this.names[node]} can attest`);
      const isLate = /nothing-pending|not-pending/.test(ran.out + ran.text);
      check(ran.status === 0 || isLate, `${this.names[node]} attests: ${ran.status} ${ran.out} ${ran.text}`);
      return !isLate;
    };
    const attested = await Promise.all(nodes.map(attestOne));
    check(attested.some((one) => one), 'somebody attests');
  }
  // The epoch from which the accepted change counts.
  async taken(proposal) {
    let found;
    await until(kPatience_ms, async () => (found = await this.proposal(proposal)).state === 'taken', `proposal ${proposal} is taken`);
    return found.from_epoch;
  }
  inEpoch(nodes, epoch) {
    return until(kPatience_ms, async () => (await Promise.all(nodes.map((node) => this.status(node)))).every((status) => status.epoch >= epoch),
      `${nodes.map((node) => this.names[node])} reach epoch ${epoch}`);
  }
  async inForce(proposal, nodes = this.live) {
    const epoch = await this.taken(proposal);
    await this.inEpoch(nodes, epoch);
    return epoch;
  }
  caughtUp(node) {
    return until(kPatience_ms, async () => (await this.status(node)).caught_up, `${this.names[node]} has caught up`);
  }
  votes(node) {
    return until(kPatience_ms, async () => {
      const status = await this.status(node);
      return status.role === 'validator' && status.votes && status.caught_up;
    }, `${this.names[node]} validates`);
  }

  // ---- what clients see

  async send(node, record) {
    const answer = await super.send(node, record);
    if (answer.document.status === 'final') this.sawFinal(answer.document.height);
    return answer;
  }
  sawFinal(height) {
    if (height <= this.highest) return;
    const now = performance.now();
    const ms = this.seenAt === undefined ? 0 : now - this.seenAt;
    if (ms > this.longest.ms) this.longest = { ms, height, phase: this.phase };
    Object.assign(this, { highest: height, seenAt: now });
  }
  async heightAnywhere() { return this.highest; }

  // ---- the end

  checkAgreement() { return super.checkAgreement(this.live); }
  // Nothing but what the tests made to be one.
  checkLogs(expected = []) {
    for (const node of this.names.keys()) {
      if (!existsSync(this.logFile(node))) continue;
      const errors = this.logText(node).split('\n').filter((line) => /^\S+ error\b/.test(line) && !expected.some((text) => line.includes(text)));
      check(errors.length === 0, `${this.names[node]} logged an error: ${errors[0]}`);
    }
  }
  lose(node) { rmSync(this.home(node), { recursive: true }); }
}
