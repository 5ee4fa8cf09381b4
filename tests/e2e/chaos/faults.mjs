// The kinds of fault, two tracks of them: what a network does and what machines do. A plan depends on its seed alone. Each
// fault, done to a network, waits until it has shown itself, and heals.
import { setTimeout as pause } from 'node:timers/promises';
import { until } from '../network.mjs';
import { check, random } from '../broken_network.mjs';

export const kTracks = { network: ['delay', 'loss', 'rate', 'stall', 'cut', 'minority', 'one way', 'no quorum'], machines: ['kill', 'stop', 'clock', 'disk'] };
export const kKinds = Object.values(kTracks).flat();
const kDelayMin_ms = 5;
const kDelayMax_ms = 40;

// ---- the plan
class Dice {
  constructor(seed) { this.next = random(seed); }
  whole(min, max) { return min + Math.floor(this.next() * (max - min + 1)); }
  shuffled(items) {
    const rest = [...items];
    return items.map(() => rest.splice(Math.floor(this.next() * rest.length), 1)[0]);
  }
}
// Every kind once for each track, in any order; those of a track one after another. `validators` bear f faults.
export function planRound(seed, validators, ownDisk, longest_ms) {
  const f = Math.floor((validators - 1) / 3);
  return Object.entries(kTracks).map(([track, kinds], at) => {
    const dice = new Dice(seed * 2 + at);
    return dice.shuffled(kinds).map((kind) => {
      const order = dice.shuffled(Array.from({ length: validators }, (_, node) => node));
      // A side without a quorum, and so is what is left.
      const side = kind === 'no quorum' ? dice.whole(f + 1, validators - f - 1) : dice.whole(1, f);
      const victims = kind === 'disk' ? [ownDisk] : order.slice(0, kind === 'clock' ? 1 : side);
      return { track, kind, victims, before_ms: dice.whole(50, 400), for_ms: dice.whole(700, longest_ms), strength: dice.next() };
    });
  });
}

// ---- done to a network: how each begins, returning how it heals
const kBegin = {
  async delay(network, { strength }) {
    await setDelays(network, new Dice(Math.floor(strength * 1e9)));
    return () => {}; // the next draws others
  },
  async loss(network, { victims, strength }) {
    for (const node of victims) network.lose(node, 1 + 4 * strength);
    return async () => {
      await until(10_000, () => victims.some((node) => network.dropped(node, 'lossy') > 0), 'packets are lost');
      for (const node of victims) network.loseNothing(node);
    };
  },
  async rate(network, { victims, strength }) {
    for (const node of victims) network.throttle(node, Math.round(300 * 10 ** strength));
    return async () => {
      await until(10_000, () => victims.some((node) => network.throttled(node) > 0), 'packets wait');
      for (const node of victims) network.unthrottle(node);
    };
  },
  async stall(network, { victims }) {
    for (const node of victims) await network.tellLinks(node, network.all, 'stall', 1);
    return async () => { for (const node of victims) await network.tellLinks(node, network.all, 'stall', 0); };
  },
  async cut(network, { victims }) {
    let ended = 0;
    await until(10_000, async () => {
      for (const node of victims) ended += await network.tellLinks(node, network.all, 'cut');
      return ended > 0;
    }, 'connections are cut');
    return () => {};
  },
  minority: (network, { victims }) => split(network, victims),
  async 'one way'(network, { victims, strength }) {
    const others = network.all.filter((node) => !victims.includes(node));
    const [deaf, unheard] = strength < 0.5 ? [victims, others] : [others, victims];
    for (const node of deaf) network.deafen(node, unheard);
    return () => hearAgain(network, deaf);
  },
  async 'no quorum'(network, { victims }) {
    const heal = await split(network, victims);
    const finalHeights = () => Promise.all(network.all.map((node) => network.status(node).then(({ final_height }) => final_height, () => null)));
    await pause(500); // what was under way has arrived
    const before = await finalHeights();
    return async () => {
      const after = await finalHeights();
      // Votes of both sides may have reached a node before they were parted, one that stood still then and reads them only
      // now: for the block after the last final one, and for its child. Beyond that a quorum would have to hear each other.
      const reached = Math.max(...before) + 2;
      const grew = network.all.filter((node) => before[node] !== null && after[node] !== null && after[node] > reached);
      check(grew.length === 0, `without a quorum ${grew.map((node) => network.names[node])} went on from ${before} to ${after}`);
      await heal();
    };
  },
  async kill(network, { victims }) {
    for (const node of victims) network.kill(node);
    for (const node of victims) check(await network.ended(node, 10_000) === 'SIGKILL', `${network.names[node]} ended by itself`);
    return async () => { for (const node of victims) await network.start(node); };
  },
  async stop(network, { victims }) {
    for (const node of victims) network.processes[node].kill('SIGSTOP');
    await until(10_000, () => victims.every((node) => network.isStopped(node)), 'nodes are stopped');
    return () => victims.forEach((node) => network.processes[node].kill('SIGCONT'));
  },
  async clock(network, { victims: [node], strength }) {
    const jumps = () => network.metric(node, 'jingchu_clock_jumps_total');
    await until(20_000, async () => Number.isFinite(await jumps()), `${network.names[node]} tells its clock's jumps`);
    const before = await jumps();
    network.setClock(node, Math.round((strength < 0.5 ? -1 : 1) * 1000 * 3600 ** Math.abs(2 * strength - 1)));
    // One that has only just started has nothing to compare with: it learns from the others that it is wrong.
    const isKnown = async () => await jumps() > before || Math.abs(await network.metric(node, 'jingchu_clock_offset_seconds')) > 0.5;
    await until(20_000, isKnown, `${network.names[node]} notices its clock's jump`);
    return () => network.setClock(node, 0);
  },
  async disk(network, { victims: [node] }) {
    network.fillDisk(node);
    check(await network.ended(node, 20_000) === 4, `${network.names[node]} on a full disk: exit status`);
    return async () => {
      network.emptyDisk(node);
      await network.start(node);
    };
  },
};
async function split(network, side) {
  const rest = network.all.filter((node) => !side.includes(node));
  for (const node of side) network.deafen(node, rest);
  for (const node of rest) network.deafen(node, side);
  return () => hearAgain(network, network.all);
}
async function hearAgain(network, deaf) {
  await until(10_000, () => deaf.some((node) => network.dropped(node, 'arrives') > 0), 'packets are kept out');
  for (const node of deaf) network.hearAll(node);
  for (const node of deaf) network.firewall(node, kForget);
}
// The counter begins anew with the next partition.
const kForget = 'flush chain inet chaos arrives\nadd rule inet chaos arrives ip saddr @deaf counter drop\n';

// Each link its own range within 5 to 40 ms, the same for both directions.
export async function setDelays(network, dice = new Dice(0)) {
  for (const node of network.all) {
    for (const other of network.all.filter((one) => one < node)) {
      const [low, high] = [dice.whole(kDelayMin_ms, kDelayMax_ms), dice.whole(kDelayMin_ms, kDelayMax_ms)].sort((a, b) => a - b);
      await network.tellLinks(node, [other], 'delay', low, high);
    }
  }
}

// One fault from its beginning to its healing; counted when both have happened.
export async function suffer(network, fault, counts, note) {
  await pause(fault.before_ms);
  const began = performance.now();
  const heal = await kBegin[fault.kind](network, fault);
  await pause(fault.for_ms);
  await heal();
  counts[fault.kind] = (counts[fault.kind] ?? 0) + 1;
  note(`${fault.kind} ${fault.victims.map((node) => network.names[node])} for ${Math.round(performance.now() - began)} ms`);
}
