#!/usr/bin/env node
// Builds, signs (Ed25519) and submits one transaction, and waits for its receipt: written from docs/formats.md
// alone, sharing nothing with the C++. Node.js 18 or newer, no packages.
//   node submit.mjs NODE_URL KEY_FILE [CONTRACT METHOD PAYLOAD_JSON]    without a call: an evidence deposit
//   node submit.mjs --self-test                                        against ../vectors/transaction*.json
import { createHash, createPrivateKey, createPublicKey, randomBytes, sign, verify } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

export const sha256 = (...parts) => createHash('sha256').update(Buffer.concat(parts)).digest();

// docs/formats.md, "Encoding"
export const integer = (value, bytes) => {
  const out = Buffer.alloc(8);
  out.writeBigUInt64LE(BigInt(value));
  return out.subarray(0, bytes);
};
export const byteString = (value) => Buffer.concat([integer(Buffer.byteLength(value), 4), Buffer.from(value)]);
const kAlgorithms = { ed25519: 1, sm2: 2 };
const kOnError = { rollback: 0, proceed: 1 };
export const publicKey = (text) => {
  const [algorithm, hex] = text.split(':');
  return Buffer.concat([integer(kAlgorithms[algorithm], 1), byteString(Buffer.from(hex, 'hex'))]);
};

// "Merkle trees": RFC 9162, 2.1.1
export function merkleRoot(leaves) {
  if (leaves.length === 0) return sha256();
  if (leaves.length === 1) return sha256(Buffer.of(0), leaves[0]);
  let split = 1;
  while (split * 2 < leaves.length) split *= 2;
  return sha256(Buffer.of(1), merkleRoot(leaves.slice(0, split)), merkleRoot(leaves.slice(split)));
}

// "Transaction": the head of an envelope, which is what is signed
export function headOf(envelope) {
  const calls = envelope.calls.map((call) =>
    Buffer.concat([byteString(call.contract), byteString(call.method), byteString(call.payload)]));
  return Buffer.concat([
    byteString('jingchu/transaction'), integer(envelope.version, 2), Buffer.from(envelope.chain_id, 'hex'),
    publicKey(envelope.sender), Buffer.from(envelope.nonce, 'hex'), integer(envelope.valid_until, 8),
    integer(kOnError[envelope.on_error], 1), integer(calls.length, 4), merkleRoot(calls)]);
}

// A transaction as it stands in a batch
export function encodeTransaction(envelope) {
  const head = headOf(envelope);
  const calls = envelope.calls.map((call) =>
    Buffer.concat([byteString(call.contract), byteString(call.method), byteString(call.payload)]));
  // The head without its tag, call_count and calls_root; then the calls themselves and the signature.
  return Buffer.concat([head.subarray(byteString('jingchu/transaction').length, -36), integer(calls.length, 4), ...calls,
    Buffer.from(envelope.signature, 'hex')]);
}

// Raw Ed25519 keys in the wrapping that node:crypto takes (RFC 8410)
export const privateKeyOf = (secret) => createPrivateKey({
  key: Buffer.concat([Buffer.from('302e020100300506032b657004220420', 'hex'), secret]), format: 'der', type: 'pkcs8' });
export const publicKeyOf = (raw) => createPublicKey({
  key: Buffer.concat([Buffer.from('302a300506032b6570032100', 'hex'), raw]), format: 'der', type: 'spki' });

// A plain key file, "Key file"
export function loadKey(file) {
  const key = JSON.parse(readFileSync(file, 'utf8'));
  if (!key.secret || !key.public_key.startsWith('ed25519:')) throw new Error(`${file} is no plain Ed25519 key`);
  return { publicKey: key.public_key, privateKey: privateKeyOf(Buffer.from(key.secret, 'hex')) };
}

// The signed envelope, its id, and the body to POST.
export function buildEnvelope({ chainId, key, validUntil, calls, onError = 'rollback', nonce = randomBytes(16) }) {
  const envelope = { version: 1, chain_id: chainId, sender: key.publicKey, nonce: nonce.toString('hex'),
    valid_until: validUntil, on_error: onError, calls };
  const head = headOf(envelope);
  envelope.signature = sign(null, head, key.privateKey).toString('hex');
  return { envelope, id: sha256(head).toString('hex'), body: JSON.stringify(envelope) };
}

function sampleDeposit() {
  const content = Buffer.from(`a deposit made by submit.mjs ${randomBytes(16).toString('hex')}`);
  const hash = (name, data) => createHash(name).update(data).digest('hex');
  return { contract: 'evidence', method: 'deposit', payload: JSON.stringify({
    sha256: hash('sha256', content), sm3: hash('sm3', content), mediaType: 'text/plain', size: content.length,
    subject: hash('sha256', randomBytes(32)), fileName: 'submit.txt' }) };
}

async function ask(url, options) {
  const response = await fetch(url, options);
  const body = Buffer.from(await response.arrayBuffer());
  if (!response.ok) throw new Error(`${url}: ${response.status} ${body}`);
  return body;
}

async function submit(node, keyFile, call) {
  const genesis = await ask(`${node}/v1/genesis`);
  const { height } = JSON.parse(await ask(`${node}/v1/status`));
  const window = JSON.parse(genesis).parameters.validity_window;
  const { id, body } = buildEnvelope({ chainId: sha256(genesis).toString('hex'), key: loadKey(keyFile),
    validUntil: height + Math.ceil(window / 2), calls: [call] });
  const request = { method: 'POST', headers: { 'content-type': 'application/json' }, body };
  for (let round = 0; round < 6; ++round) {  // the same bytes again are safe
    const answer = JSON.parse(await ask(`${node}/v1/transactions?wait=final&timeout_ms=10000`, request));
    if (answer.id !== id) throw new Error(`the node calls the transaction ${answer.id}, we call it ${id}`);
    if (answer.status !== 'final') continue;
    console.log(id);
    for (const receipt of answer.receipts) console.error(`height ${answer.height}: ${receipt.code} ${receipt.message}`);
    return answer.receipts.every((receipt) => receipt.code === 'ok') ? 0 : 1;
  }
  console.error(`${id} is not final yet, which is not a failure: GET /v1/transactions/${id}`);
  return 4;
}

// tests/vectors/transaction*.json: {secret, envelope, calls, calls_root, signing_bytes, id} in hexadecimal.
function checkVector({ secret, envelope, calls_root, signing_bytes, id }, expect) {
  const head = headOf(envelope);
  expect('calls_root', head.subarray(-32).toString('hex'), calls_root);
  expect('signing_bytes', head.toString('hex'), signing_bytes);
  expect('id', sha256(head).toString('hex'), id);
  if (!envelope.sender.startsWith('ed25519:')) return;  // SM2 needs more than node:crypto has
  const raw = Buffer.from(envelope.sender.split(':')[1], 'hex');
  expect('signature verifies', verify(null, head, publicKeyOf(raw), Buffer.from(envelope.signature, 'hex')), true);
  const key = { publicKey: envelope.sender, privateKey: privateKeyOf(Buffer.from(secret, 'hex')) };
  const rebuilt = buildEnvelope({ chainId: envelope.chain_id, key, validUntil: envelope.valid_until,
    calls: envelope.calls, onError: envelope.on_error, nonce: Buffer.from(envelope.nonce, 'hex') });
  expect('envelope', JSON.stringify(rebuilt.envelope), JSON.stringify(envelope));
}

function selfTest() {
  const folder = new URL('../vectors/', import.meta.url);
  const names = existsSync(folder) ? readdirSync(folder).filter((name) => /^transaction.*\.json$/.test(name)) : [];
  let checked = 0;
  for (const name of names) {
    const vectors = JSON.parse(readFileSync(new URL(name, folder), 'utf8'));
    vectors.forEach((vector, index) => checkVector(vector, (what, actual, wanted) => {
      if (actual !== wanted) throw new Error(`${name}[${index}] ${what}: computed ${actual}, the vector says ${wanted}`);
      ++checked;
    }));
  }
  console.log(`${checked} values of ${names.length} files agree`);
  return checked > 0 ? 0 : 1;
}

async function main([node, keyFile, contract, method, payload]) {
  if (node === '--self-test') return selfTest();
  if (!keyFile || (contract && !payload)) {
    console.error('usage: submit.mjs NODE_URL KEY_FILE [CONTRACT METHOD PAYLOAD_JSON] | --self-test');
    return 2;
  }
  return submit(node.replace(/\/$/, ''), keyFile, contract ? { contract, method, payload } : sampleDeposit());
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  main(process.argv.slice(2)).then((status) => { process.exitCode = status; }, (error) => {
    console.error(`submit.mjs: ${error.message}`);
    process.exitCode = 1;
  });
}
