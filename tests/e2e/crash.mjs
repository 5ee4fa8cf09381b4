// Four real validators under load: each is killed with SIGKILL in turn, then all four at once. Shows that no record with
// a final receipt is lost, none is executed twice, and that all nodes hold the same blocks and roots.
// Usage: node tests/e2e/crash.mjs [--dir D] [--base-port P] [--rounds N]; exit status 0 only if everything held.
import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buildEnvelope, loadKey } from './submit.mjs';
import { Network, until } from './network.mjs';

const option = (name, fallback) => {
  const at = process.argv.indexOf(`--${name}`);
  return at < 0 ? fallback : process.argv[at + 1];
};
const dir = option('dir', mkdtempSync(join(tmpdir(), 'jingchu-crash-')));
const network = new Network(join(dir, 'net'), Number(option('base-port', 17000)));
const rounds = Number(option('rounds', 1));
const workersPerNode = 8;
const acksBetween = 150;

const acknowledged = new Map(); // id -> {height, sha256}
let running = true;
let unclear = 0;
let broken; // the first worker's error

async function post(node, body) {
  const answer = await fetch(`${network.url(node)}/v1/transactions?wait=final&timeout_ms=3000`, {
    method: 'POST', headers: { 'content-type': 'application/json' }, body, signal: AbortSignal.timeout(6000),
  });
  return { status: answer.status, document: await answer.json() };
}

// A worker's failure ends the test, not only the worker.
function giveUp(error) {
  broken ??= error;
  running = false;
}

// One client: a record after another; an unclear outcome is settled by sending the same bytes again, to any node.
async function worker(node, key) {
  while (running) {
    const sha256 = randomBytes(32).toString('hex');
    const height = await network.heightAnywhere();
    const payload = JSON.stringify({ sha256, sm3: randomBytes(32).toString('hex'), mediaType: 'text/plain', size: 1, subject: sha256 });
    const { body } = buildEnvelope({
      chainId: network.chainId, key, validUntil: height + 500,
      calls: [{ contract: 'evidence', method: 'deposit', payload }],
    });
    for (let target = node; running; target = (target + 1) % 4) {
      try {
        const { status, document } = await post(target, body);
        if (status === 200 && document.status === 'final') {
          if (document.receipts[0].code !== 'ok') throw new Error(`receipt ${JSON.stringify(document.receipts)}`);
          acknowledged.set(document.id, { height: document.height, sha256 });
          break;
        }
        if (status === 409 || status === 410) break; // expired while its outcome was unclear
        if (status === 400 || status === 403) throw new Error(JSON.stringify(document));
      } catch (error) {
        if (error.message.startsWith('receipt') || error.message.startsWith('{')) return network.fail(error.message);
        unclear += 1;
      }
      await until(20, () => true); // a turn of the loop, so that a refused connection does not spin
    }
  }
}

const moreAcks = (count) => {
  const from = acknowledged.size;
  return until(60_000, () => broken || acknowledged.size >= from + count, `${count} more final records`);
};

async function crashes() {
  for (let round = 0; round < rounds; ++round) {
    for (let victim = 0; victim < 4; ++victim) {
      network.kill(victim);
      await moreAcks(acksBetween);
      await network.start(victim);
      await network.ready(victim);
      console.log(`killed and restarted ${network.names[victim]}; ${acknowledged.size} final so far`);
    }
    for (let victim = 0; victim < 4; ++victim) network.kill(victim);
    for (let victim = 0; victim < 4; ++victim) await network.start(victim);
    for (let victim = 0; victim < 4; ++victim) await network.ready(victim);
    await moreAcks(acksBetween);
    console.log(`killed and restarted all four; ${acknowledged.size} final so far`);
  }
}

async function checkAgreement() {
  const height = Math.max(...(await Promise.all([0, 1, 2, 3].map((node) => network.status(node)))).map((s) => s.height));
  await until(30_000, async () => {
    const all = await Promise.all([0, 1, 2, 3].map((node) => network.status(node)));
    return all.every((status) => status.height >= height);
  }, `every node executes height ${height}`);
  const seen = new Map();
  for (let at = 1; at <= height; ++at) {
    const blocks = await Promise.all([0, 1, 2, 3].map((node) => network.get(node, `/v1/blocks/${at}`)));
    for (const block of blocks) {
      if (block.hash !== blocks[0].hash || block.executed_root !== blocks[0].executed_root) {
        network.fail(`block ${at} differs: ${JSON.stringify(blocks.map((b) => [b.hash, b.executed_root]))}`);
      }
    }
    for (const id of blocks[0].transactions) {
      if (seen.has(id)) network.fail(`${id} was executed at ${seen.get(id)} and again at ${at}`);
      seen.set(id, at);
    }
  }
  for (const [id, { height: at, sha256 }] of acknowledged) {
    if (seen.get(id) !== at) network.fail(`${id} was final at ${at} and is now at ${seen.get(id)}`);
    const found = await network.get(Number(`0x${id.slice(0, 2)}`) % 4, `/v1/evidence/by-hash/${sha256}`);
    if (!JSON.stringify(found).includes(id)) network.fail(`the evidence of ${id} is not found by its hash`);
  }
  return height;
}

try {
  network.create();
  for (let node = 0; node < 4; ++node) await network.start(node);
  for (let node = 0; node < 4; ++node) await network.ready(node);
  const key = loadKey(network.clientKey());
  const workers = [0, 1, 2, 3].flatMap((node) => Array.from({ length: workersPerNode }, () => worker(node, key).catch(giveUp)));
  await moreAcks(acksBetween);
  await crashes();
  running = false;
  await Promise.all(workers);
  if (broken) throw broken;
  const height = await checkAgreement();
  console.log(`${acknowledged.size} final records, ${unclear} unclear answers settled; ${height} blocks and roots equal on four nodes`);
} catch (error) {
  console.error(error.message);
  network.failed = true;
}
await network.stop();
if (!network.failed) rmSync(dir, { recursive: true, force: true });
else console.error(`the network's directory is kept: ${dir}`);
process.exit(network.failed ? 1 : 0);
