// Hostile clients against one of four real nodes, each attack from an address of its own, while an honest client sends
// records to the same node. Each attack gets the answer that docs/api.md promises, nothing of what was refused is kept,
// the honest client is served, and connections, bytes and memory come back.
// Usage: node tests/e2e/hostile_http.mjs [--dir D] [--base-port P]; exit status 0 only if everything held.
import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { BrokenNetwork, check, option } from './broken_network.mjs';
import { until, fetchWhole } from './network.mjs';
import { RawClient } from './raw_client.mjs';
import { buildEnvelope } from './submit.mjs';

const dir = option('dir', mkdtempSync(join(tmpdir(), 'jingchu-hostile-http-')));
const network = new BrokenNetwork(join(dir, 'net'), Number(option('base-port', 19000)));
const kNode = 0; // the one that is attacked
const port = network.basePort + 100 + kNode;
const kRate = 60; // requests of one client in a second: fewer than a slow machine serves
const kMemoryFactor = 2; // what the attacks may leave behind

// ---- requests
const address = (number) => `127.0.0.${number}`;
const request = (method, target, fields = '', body = '') => `${method} ${target} HTTP/1.1\r\nHost: node\r\n${fields}\r\n${body}`;
const get = (target) => request('GET', target);
const post = (body, target = '/v1/transactions') =>
  request('POST', target, `Content-Type: application/json\r\nContent-Length: ${Buffer.byteLength(body)}\r\n`, body);
const posting = (fields, body = '') => request('POST', '/v1/transactions', `Content-Type: application/json\r\n${fields}\r\n`, body);

// No answer says more than the problem document has.
function checkProblem(answer, status, type, what) {
  check(answer?.problem, `${what}: no problem but ${answer?.status} ${answer?.text}`);
  const { problem } = answer;
  check(answer.status === status && problem.type === `urn:jingchu:problem:${type}`, `${what}: ${answer.status} ${answer.text}`);
  const strange = Object.keys(problem).filter((name) => !['type', 'title', 'status', 'detail', 'where', 'remedy'].includes(name));
  check(strange.length === 0 && !answer.text.includes(dir), `${what}: ${answer.text}`);
  check((answer.retryAfter !== undefined) === [429, 503].includes(status), `${what}: Retry-After ${answer.retryAfter}`);
}
// Sends bytes and answers what came back once so many answers are there, or the server has closed.
async function exchange(from, bytes, count = 1) {
  const client = new RawClient(port, address(from));
  client.send(bytes);
  await until(60_000, () => client.closed || client.answers().length >= count, 'an answer');
  const { closed } = client;
  const answers = client.answers();
  client.destroy();
  return { answers, closed };
}

const deposit = (note) => {
  const sha256 = randomBytes(32).toString('hex');
  return { sha256, sm3: randomBytes(32).toString('hex'), mediaType: 'text/plain', size: 1, subject: sha256, note };
};
const call = (payload, contract = 'evidence', method = 'deposit') =>
  ({ contract, method, payload: typeof payload === 'string' ? payload : JSON.stringify(payload) });
async function signed(calls, change = {}) {
  const height = await network.heightAnywhere();
  return buildEnvelope({ chainId: network.chainId, key: network.key, validUntil: height + 500, calls, ...change });
}
async function metric(name) {
  await pause(200); // the test itself is a client, too
  return Number((await network.metrics(kNode)).split('\n').find((line) => line.startsWith(`${name} `))?.split(' ')[1] ?? 0);
}
const refusals = (reason) => metric(`jingchu_http_refusals_total{reason="${reason}"}`);
const memory = () => Number(readFileSync(`/proc/${network.processes[kNode].pid}/status`, 'utf8').match(/VmRSS:\s+(\d+)/)[1]) << 10;

async function checkNotKept(ids, what) {
  for (const id of ids) {
    const { status } = await network.get(kNode, `/v1/transactions/${id}`);
    check(status === 'unknown', `${what}: ${id} is ${status}`);
  }
}

// ---- the honest client: a record and a look at the node, again and again; each must be answered well
class HonestClient {
  constructor() { Object.assign(this, { running: true, records: 0, looks: 0, slowest_ms: 0, failure: undefined }); }
  async timed(action) {
    const begin = Date.now();
    await action();
    this.slowest_ms = Math.max(this.slowest_ms, Date.now() - begin);
  }
  async record() {
    const evidence = deposit('an honest record');
    const { id, body } = await signed([call(evidence)]);
    await until(60_000, async () => {
      const answer = await fetchWhole(`${network.url(kNode)}/v1/transactions?wait=final&timeout_ms=10000`, {
        method: 'POST', headers: { 'content-type': 'application/json' }, body }, 50_000);
      const document = await answer.json();
      if (!answer.ok) this.failure = `a record: ${answer.status} ${JSON.stringify(document)}`;
      if (answer.status !== 200) return this.failure !== undefined;
      if (document.receipts[0].code !== 'ok') this.failure = JSON.stringify(document);
      network.acknowledged.set(id, { height: document.height, sha256: evidence.sha256 });
      return true;
    }, 'an honest record becomes final');
    ++this.records;
  }
  async look() {
    const answer = await fetchWhole(`${network.url(kNode)}/v1/status`, {}, 30_000);
    await answer.json();
    if (answer.status !== 200) this.failure = `a look at the node: ${answer.status}`;
    ++this.looks;
  }
  async work() {
    while (this.running && !this.failure) {
      await this.timed(() => this.record());
      await this.timed(() => this.look());
      await pause(500); // a light load
    }
  }
  start() { this.end = Promise.all([this.work(), this.work()]).catch((error) => { this.failure ??= error.message; }); }
  // What it did since the last look, none of it failed.
  async served(what) {
    const { records, looks } = this;
    await until(120_000, () => this.failure || (this.records >= records + 2 && this.looks >= looks + 2), `${what}: the honest client is served`);
    check(!this.failure, `${what}: ${this.failure}`);
  }
}
const honest = new HonestClient();

// ---- attacks
async function transactionsThatDoNotFit() {
  const good = call(deposit());
  const stranger = generateKeyPairSync('ed25519');
  const strangerKey = { privateKey: stranger.privateKey,
    publicKey: `ed25519:${stranger.publicKey.export({ type: 'spki', format: 'der' }).subarray(-32).toString('hex')}` };
  const forged = await signed([good]);
  forged.envelope.signature = randomBytes(64).toString('hex');
  const height = await network.heightAnywhere();
  const rows = [ // status, type, where, transaction
    [400, 'unknown-contract', '/calls/1/contract', await signed([good, call(deposit(), 'evidense')])],
    [400, 'unknown-method', '/calls/0/method', await signed([call(deposit(), 'evidence', 'deposti')])],
    [400, 'invalid-arguments', '/calls/0/payload#/size', await signed([call({ ...deposit(), size: '1' })])],
    [400, 'invalid-arguments', '/calls/2/payload#/sha256', await signed([good, good, call({ ...deposit(), sha256: 'a' })], { onError: 'proceed' })],
    [400, 'invalid-arguments', '/calls/0/payload#/more', await signed([call({ ...deposit(), more: 1 })])],
    [400, 'malformed-json', '/calls/0/payload#byte 1', await signed([call('{x}')])],
    [400, 'malformed-json', '/calls/0/payload#byte 32', await signed([call('['.repeat(40))])],
    [400, 'bad-signature', '/signature', { ...forged, body: JSON.stringify(forged.envelope) }],
    [403, 'unknown-sender', '/sender', await signed([good], { key: strangerKey })],
    [409, 'expired', '/valid_until', await signed([good], { validUntil: height })],
    [409, 'not-yet-valid', '/valid_until', await signed([good], { validUntil: height + 100_000 })],
    [400, 'wrong-chain', '/chain_id', await signed([good], { chainId: '00'.repeat(32) })],
    [413, 'transaction-too-large', undefined, await signed(Array(150).fill(call(deposit('x'.repeat(1900)))))]];
  for (const [status, type, where, { body }] of rows) {
    const { answers } = await exchange(2, post(body));
    checkProblem(answers[0], status, type, type);
    check(answers[0].problem.where === where, `${type}: where ${answers[0].problem.where}`);
  }
  await checkNotKept(rows.map(([, , , { id }]) => id), 'refused');
  for (const [body, type] of [['', 'malformed-json'], ['{', 'malformed-json'], ['{"a":1,"a":2}', 'malformed-json'], ['\ufeff{}', 'malformed-json'],
    ['['.repeat(100_000), 'malformed-json'], ['"\\ud800"', 'malformed-json'], ['{}', 'malformed-transaction'], ['[]', 'malformed-transaction']]) {
    checkProblem((await exchange(2, post(body))).answers[0], 400, type, body.slice(0, 20));
  }
  console.log(`${rows.length + 8} transactions that do not fit: each its own problem, each refused whole`);
}

async function duplicates() {
  const { id, body, envelope } = await signed([call(deposit())]);
  const other = JSON.stringify({ ...envelope, signature: randomBytes(64).toString('hex') });
  for (const [target, again] of [['?wait=final', body], ['', body], ['?wait=final', other], ['', other]]) {
    let answer;
    await until(60_000, async () => {
      [answer] = (await exchange(2, post(again, `/v1/transactions${target}`))).answers;
      return target === '' || answer.status !== 202;
    }, 'it is final');
    check(answer.status === (target ? 200 : 202) && JSON.parse(answer.text).id === id, `a duplicate: ${answer.status} ${answer.text}`);
  }
  console.log('the same transaction again, and with another signature: the same id');
}

async function notHttp() {
  const smuggled = get('/v1/status');
  const rows = [
    [400, 'bad-request', posting('Transfer-Encoding: chunked\r\nContent-Length: 4', '0\r\n\r\n') + smuggled],
    [400, 'bad-request', posting('Transfer-Encoding: gzip') + smuggled],
    [400, 'bad-request', posting('Transfer-Encoding: chunked, gzip') + smuggled],
    [400, 'bad-request', posting('Content-Length: 3\r\nContent-Length: 4', 'abcd') + smuggled],
    [400, 'bad-request', posting('Content-Length: -1')],
    [400, 'bad-request', posting('Content-Length: 18446744073709551616')],
    [413, 'body-too-large', posting('Content-Length: 9223372036854775808')],
    [413, 'body-too-large', posting(`Content-Length: ${5 << 20}`, 'x'.repeat(5 << 20))],
    [400, 'bad-request', posting('Transfer-Encoding: chunked', `1;x=${'x'.repeat(8 << 20)}`)],
    [400, 'bad-request', posting('Transfer-Encoding: chunked', 'zz\r\n')],
    [431, 'header-too-large', request('GET', '/', 'a:\r\n'.repeat(100_000))],
    [431, 'header-too-large', get(`/${'x'.repeat(100_000)}`)],
    [400, 'bad-request', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'],
    [400, 'bad-request', Buffer.from('16030102000100010001fc030300', 'hex')],
    [400, 'bad-request', 'GET /\u0001 HTTP/1.1\r\n\r\n']];
  for (const [status, type, bytes] of rows) {
    const client = new RawClient(port, address(3));
    client.send(bytes);
    const answers = await client.end();
    const what = bytes.toString().slice(0, 120);
    check(answers.length === 1, `${what}: ${answers.length} answers`);
    checkProblem(answers[0], status, type, what);
  }
  const forged = await exchange(3, get('/v1/%0a2026-01-01%20error%20forged\u0085error%20forged'));
  check(forged.answers[0].status >= 400, 'a path with a line in it');
  check((await exchange(3, 'GET /healthz HTTP/1.0\r\n\r\n')).answers[0].status === 200, 'HTTP/1.0');
  console.log(`${rows.length} requests that are none, doubtful or too large: refused and closed, nothing after them is served`);
}

// Slow headers and bodies; they are given time to end at the end of the test.
const slow = [];
let trickle;
async function slowClients() {
  for (let i = 0; i < 400; ++i) slow.push(new RawClient(port, address(4)).send('GET / HTTP/1.1\r\nX-'));
  for (let i = 0; i < 100; ++i) slow.push(new RawClient(port, address(5)).send(posting('Content-Length: 1000000', '{')));
  for (let i = 0; i < 50; ++i) slow.push(new RawClient(port, address(6)));
  trickle = setInterval(() => slow.forEach((client) => client.send('x')), 1_000);
  const begin = Date.now();
  await until(60_000, async () => await refusals('too-many-client-connections') >= 100, 'connections beyond the maximum of a client are refused');
  await honest.served('slow clients');
  return begin;
}
async function slowClientsEnd(begin) {
  for (const client of slow) await client.end(90_000);
  clearInterval(trickle);
  const statuses = slow.map((client) => client.answers()[0]?.status);
  check(statuses.filter((status) => status === 408).length >= 300, `slow clients were answered ${[...new Set(statuses)]}`);
  const refused = slow.map((client) => client.answers()[0]).find((answer) => answer?.status === 429);
  checkProblem(refused, 429, 'too-many-client-connections', 'a connection too many');
  console.log(`550 slow clients: all closed within ${Math.round((Date.now() - begin) / 1000)} s, those beyond 256 of one address at once`);
}

async function floods() {
  const { answers } = await exchange(7, get('/healthz').repeat(10_000), 10_000);
  const served = answers.filter((answer) => answer.status === 200).length;
  check(served >= 2 * kRate && served < 10_000, `${served} of 10,000 requests at once were served`);
  checkProblem(answers.at(-1), 429, 'too-many-requests', 'a flood');
  await honest.served('10,000 requests in one piece');

  const unread = new RawClient(port, address(8));
  unread.socket.pause();
  unread.send(get('/openapi.json').repeat(110)); // answers of more bytes than the kernel's buffers take
  const bodies = [9, 10, 11].flatMap((from) => Array.from({ length: 12 }, () =>
    new RawClient(port, address(from)).send(posting('Content-Length: 4000000', 'x'.repeat(1_000_000)))));
  await until(60_000, async () => await refusals('server-busy') >= 20, 'bodies beyond what may be held are refused');
  check(await metric('jingchu_http_held_bytes') <= 16 << 20, 'more bytes are held than may be');
  await honest.served('large slow bodies and unread answers');
  const answered = bodies.map((client) => client.answers()[0]).find((answer) => answer);
  checkProblem(answered, 503, 'server-busy', 'a body too many');
  await until(90_000, async () => await refusals('slow-reader') >= 1, 'those who do not read are cut');
  for (const client of [...bodies, unread]) client.destroy();
  console.log(`floods: ${served} of 10,000 requests in one piece, then 429; bodies beyond the bound 503; those who do not read are cut`);
}

async function everythingComesBack(before) {
  honest.running = false;
  await honest.end;
  check(!honest.failure, honest.failure);
  await until(90_000, async () => await metric('jingchu_http_connections') <= 4, 'connections go back');
  check(await metric('jingchu_http_held_bytes') < 1 << 20, 'bytes are still held');
  check((await network.status(kNode)).mempool.transactions === 0, 'something stays in the mempool');
  await until(60_000, () => memory() <= before * kMemoryFactor, `memory goes back from ${memory() >> 20} MiB`);
  const lines = network.logText(kNode).split('\n');
  check(lines.length < 200 && !lines.some((line) => line.includes('forged')), `the log has ${lines.length} lines`);
  console.log(`${honest.records} honest records and ${honest.looks} looks, none failed, the slowest ${honest.slowest_ms} ms; ` +
    `memory ${before >> 20} MiB before, ${memory() >> 20} MiB after; ${lines.length} lines in the log`);
}

// Without a quorum the node's lane fills (32 MiB), and then its mempool.
async function mempoolFull() {
  await network.terminate(kNode);
  const file = join(network.home(kNode), 'jingchud.toml');
  writeFileSync(file, readFileSync(file, 'utf8').replace(`client_requests_per_s = ${kRate}`, 'client_requests_per_s = 0'));
  await network.startAll([kNode]);
  for (const node of [2, 3]) {
    network.kill(node);
    await network.ended(node, 10_000);
  }
  const validUntil = (await network.heightAnywhere()) + 990;
  const accepted = [];
  let full;
  for (let i = 0; i < 400 && !full; ++i) {
    // The first is small: many will wait for it.
    const transaction = await signed(Array.from({ length: i === 0 ? 1 : 100 }, () => call(deposit('x'.repeat(1900)))), { validUntil });
    const [answer] = (await exchange(12, post(transaction.body))).answers;
    if (answer.status === 202) accepted.push(transaction);
    else full = { answer, transaction };
  }
  check(full, `${accepted.length} transactions and the mempool is not full`);
  checkProblem(full.answer, 503, 'mempool-full', 'a full mempool');
  await checkNotKept([full.transaction.id], 'the mempool is full');
  const again = (await exchange(12, post(accepted.at(-1).body))).answers[0];
  check(again.status === 202, `a duplicate on a full mempool: ${again.status}`);

  const waiting = Array.from({ length: 100 }, () =>
    new RawClient(port, address(13)).send(post(accepted[0].body, '/v1/transactions?wait=final')));
  await until(50_000, () => waiting.filter((client) => client.answers().length > 0).length >= 36, 'those who find no place to wait are answered at once');
  check(waiting.filter((client) => client.answers().length > 0).length === 36, 'others wait');
  check((await exchange(14, get('/healthz'))).answers[0].status === 200, 'others are served while many wait');
  for (const client of waiting) client.destroy();

  await network.startAll([2, 3]);
  await until(120_000, async () => (await exchange(12, post(full.transaction.body))).answers[0].status === 202, 'what was refused is taken later');
  for (const { id } of [...accepted, full.transaction]) {
    await until(120_000, async () => (await network.get(kNode, `/v1/transactions/${id}`)).status === 'final', `${id} becomes final`);
  }
  check((await network.status(kNode)).mempool.transactions === 0, 'something stays in the mempool');
  console.log(`mempool full after ${accepted.length} transactions without a quorum: 503; with it again all of them became final, and what was refused too`);
}

// Small bounds, so that they are reached with little.
function configure() {
  network.configure(kNode, 'api', `client_requests_per_s = ${kRate}\nheld_bytes_max = ${16 << 20}\nwaits_max = 64\nwait_ms_max = 60000`);
  network.configure(kNode, 'limits', 'mempool_transactions_max = 100\nmempool_bytes_max = 1048576\nmempool_sender_share_percent = 100');
}

for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP']) process.on(signal, () => process.exit(1));
process.on('exit', () => rmSync(dir, { recursive: true, force: true }));
try {
  network.create();
  configure();
  await network.startAll();
  honest.start();
  await honest.served('before');
  await honest.served('before');
  const before = memory();
  const begin = await slowClients();
  for (const attack of [transactionsThatDoNotFit, duplicates, notHttp, floods]) {
    await attack();
    await honest.served(attack.name);
  }
  await slowClientsEnd(begin);
  await everythingComesBack(before);
  await mempoolFull();
  const height = await network.checkAgreement();
  console.log(`${height} blocks and roots equal on four nodes, ${network.acknowledged.size} acknowledged records where they were`);
} catch (error) {
  console.error(error.message);
  network.failed = true;
}
honest.running = false;
clearInterval(trickle);
slow.forEach((client) => client.destroy());
await network.stop();
if (network.failed) console.error(network.logText(kNode).split('\n').slice(-12).join('\n'));
process.exit(network.failed ? 1 : 0);
