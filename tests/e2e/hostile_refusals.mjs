// Every attack of hostile_attacks.mjs against the honest nodes, one after another at each: the node ends the session, or
// keeps it and counts; its log names type and peer; the honest sessions stay and records go on becoming final.
import { connect as connectTcp } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { setTimeout as pause } from 'node:timers/promises';
import { until } from './network.mjs';
import { option } from './broken_network.mjs';
import { Forger, HostilePeer, Observed, kAttackersAddress, stolenIdentity, strangerTls } from './hostile_peer.mjs';
import { looseSequence, makeTransaction, nextHeader, openingAttacks, sessionAttacks } from './hostile_attacks.mjs';
import { kAttacker, kHonest } from './hostile_network.mjs';
import { encodeTransaction } from './submit.mjs';
import * as wire from './wire.mjs';

export class Refusals {
  constructor(network) {
    Object.assign(this, { network, failures: [], held: 0 });
    this.identities = { validator: stolenIdentity(network, kAttacker), follower: network.follower };
    this.forger = new Forger(this.identities.validator);
  }
  context(observed) {
    const envelope = () => makeTransaction(this.network);
    return { identity: this.identities.validator, forger: this.forger, observed, envelope, transaction: () => encodeTransaction(envelope()) };
  }

  async run(load) {
    const { network } = this;
    const final = load.final;
    const attacks = sessionAttacks();
    const silent = this.silentFollower(0);
    await Promise.all(kHonest.map(async (node) => {
      await this.openings(node);
      await this.sessions(node, attacks.filter((_, i) => i % kHonest.length === node));
    }));
    await silent;
    await this.honestUndisturbed();
    this.expect(load.final > final + 100, `only ${load.final - final} records became final`);
    this.expect(load.failed === 0, `${load.failed} records did not become final`);
    if (this.failures.length > 0) throw new Error(`${this.held} held, ${this.failures.length} did not:\n${this.failures.join('\n')}`);
    console.log(`${this.held} malformed and forged things: refused, counted and logged, or endured; ${load.final - final} records became final meanwhile`);
  }
  expect(holds, what) {
    if (holds) ++this.held;
    else this.failures.push(what);
  }
  async attempt(name, node, action) {
    try {
      await action();
      ++this.held;
    } catch (error) {
      if (option('verbose')) console.log(`${this.network.names[node]}, ${name}: ${error.message}`);
      this.failures.push(`${this.network.names[node]}, ${name}: ${error.message}`);
    }
  }

  // ---- before there is a session
  async openings(node) {
    for (const [i, attack] of openingAttacks.entries()) {
      if (i % kHonest.length !== node) continue;
      await this.attempt(attack.name, node, async () => {
        const before = await this.network.counted(node, attack.type);
        const socket = this.open(attack, node);
        let closed = false;
        socket.on('error', () => {}).on('data', () => {}).on('close', () => { closed = true; });
        await until(10_000, () => closed, 'the node closes the connection');
        await this.countedAndLogged(node, attack.type, before, '');
      });
    }
  }
  open(attack, node) {
    const identity = this.identities.validator;
    const port = this.network.peerPort(node);
    if (attack.raw) {
      const socket = connectTcp({ port, host: '127.0.0.1', localAddress: kAttackersAddress });
      socket.on('connect', () => { attack.raw().length > 0 ? socket.write(attack.raw()) : socket.end(); });
      return socket;
    }
    const tls = attack.stranger ? strangerTls() : attack.tls ?? identity.tls;
    const socket = connectTls({ port, host: '127.0.0.1', localAddress: kAttackersAddress, rejectUnauthorized: false, ...tls, ...attack.options });
    socket.write((attack.hello ?? ((id) => wire.hello(id.chainId)))(identity));
    return socket;
  }
  async countedAndLogged(node, type, before, peer) {
    await until(5_000, async () => await this.network.counted(node, type) > before, `no metric counts ${type}`);
    const named = (line) => line.includes(type) && (line.includes(peer.name) || line.includes(`peer=${peer.index}`));
    await until(5_000, () => this.network.logText(node).split('\n').some((line) => peer === '' ? line.includes(type) : named(line)), `the log does not name ${type} and the peer`);
  }

  // ---- in a session
  async sessions(node, attacks) {
    const peers = {};
    for (const attack of attacks) {
      const from = attack.from ?? 'validator';
      await this.attempt(attack.name, node, async () => {
        if (!peers[from] || peers[from].closed) peers[from] = await this.enter(from, node, peers[from]?.observed);
        await this.one(attack, node, peers[from]);
      });
    }
    Object.values(peers).forEach((peer) => peer.end());
  }
  async enter(from, node, observed = new Observed()) {
    let peer;
    await until(20_000, async () => {
      if (peer && !peer.closed) return peer.isSession;
      if (peer) await pause(200); // it comes too often
      peer = new HostilePeer(this.identities[from], this.network.peerPort(node), { observed });
      return false;
    }, 'the attacker gets a session');
    await until(10_000, () => {
      if (observed.chains.length === 0) peer.send(wire.kKinds.fetchChain, wire.encodeFetchChain({ above: Math.max(0, observed.finalHeight - 5) }));
      return observed.chains.length > 0 && observed.proposals.length > 0 && observed.certificates.length > 0 && observed.status;
    }, 'the attacker hears what the others say');
    return peer;
  }
  async one(attack, node, peer) {
    const counted = attack.closes ?? attack.counts;
    const before = counted ? await this.network.counted(node, counted) : 0;
    peer.answers.length = 0;
    peer.sendRaw(attack.bytes(this.context(peer.observed)));
    if (attack.closes) {
      await until(5_000, () => peer.closed, 'the node ends the session');
      return this.countedAndLogged(node, attack.closes, before, peer.identity);
    }
    if (counted) await until(5_000, async () => await this.network.counted(node, counted) > before, `no metric counts ${counted}`);
    if (attack.answered) await until(5_000, () => peer.answers.length > 0, 'the fetch is refused explicitly');
    const { view } = peer.observed;
    await until(5_000, () => peer.closed || peer.observed.view > view, 'the node goes on talking');
    if (peer.closed) throw new Error('the node ended the session');
  }

  // Signed contents that no honest validator signs beside each other (R15): reported as evidence that names the validator,
  // though not each time once enough of a kind is held; what is kept and shown is misbehaviour.mjs' matter.
  async contradictions() {
    const { network, forger } = this;
    for (const node of kHonest) {
      const peer = await this.enter('validator', node);
      const c = this.context(peer.observed);
      const view = peer.observed.view + 20;
      const led = view + 3 - view % 4;
      const vote = (fields) => peer.send(wire.kKinds.vote, forger.vote(fields));
      const { notarize, nullify, finalize } = wire.kSigned;
      for (const kind of [notarize, notarize, finalize, finalize]) vote({ view, kind });
      for (const kind of [nullify, finalize]) vote({ view: view + 1, kind });
      for (const timeMs of [1, 2]) peer.send(wire.kKinds.proposal, forger.proposal({ ...nextHeader(c, led), timeMs }));
      const sequence = looseSequence();
      for (let i = 0; i < 2; ++i) peer.send(wire.kKinds.batch, forger.batch({ sequence, transactions: [c.transaction()] }));
      for (const kind of ['two-notarizes', 'two-finalizes', 'nullify-and-finalize', 'two-proposals', 'two-batches']) {
        await this.attempt(`evidence of ${kind}`, node, () => until(5_000, () => network.logText(node).split('\n').some((line) =>
          line.includes(kind) && line.includes(peer.identity.name)), 'the log does not name it and the validator'));
      }
      peer.end();
    }
    if (this.failures.length > 0) throw new Error(this.failures.join('\n'));
    console.log('contradictions of five kinds: reported by every honest node');
  }

  // Begins a frame and says nothing more: let go after the idle time.
  async silentFollower(node) {
    await this.attempt('half a frame, then nothing', node, async () => {
      const peer = new HostilePeer(this.network.sleeper, this.network.peerPort(node));
      await until(10_000, () => peer.isSession, 'the follower gets a session');
      peer.sendRaw(wire.frame(wire.kKinds.fetchChain, wire.encodeFetchChain({ above: 0 })).subarray(0, 9));
      await until(30_000, () => peer.closed, 'the node ends the session');
      await until(5_000, () => this.network.logText(node).includes('disconnected peer=sleeper reason="nothing heard'), 'the log says why');
    });
  }
  async honestUndisturbed() {
    for (const node of kHonest) {
      for (const other of kHonest) {
        if (other === node) continue;
        const name = this.network.names[other];
        this.expect(await this.network.metric(node, `jingchu_peer_connected\\{peer="${name}"\\}`) === 1, `${this.network.names[node]} lost ${name}`);
        this.expect(!new RegExp(`disconnected peer=${name}`).test(this.network.logText(node)), `${this.network.names[node]} disconnected ${name}`);
      }
    }
  }
}
