// The parts that a verdict stands on: signatures, digests, strict JSON, encodings, proofs of inclusion.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { fromHex, fromText, toHex, toNumber } from '../../web/verify/bytes.js';
import * as decode from '../../web/verify/decode.js';
import { blockHash, consensusBytes, sha256 } from '../../web/verify/hashes.js';
import { JsonNumber, parseJson } from '../../web/verify/json.js';
import { isIncluded } from '../../web/verify/merkle.js';
import { verifyEd25519, verifySignature, verifySm2 } from '../../web/verify/signatures.js';
import { sm3 } from '../../web/verify/sm3.js';
import { piecesOf } from '../../web/page/visible.js';
import { merklePath, merkleRoot, sm2Key } from './support/encoding.mjs';

const vectors = (name) => JSON.parse(readFileSync(new URL(`../vectors/${name}.json`, import.meta.url), 'utf8'));
const bytes = (buffer) => new Uint8Array(buffer);

test('Ed25519: RFC 8032, section 7.1, tests 1 to 3', () => {
  for (const [key, message, signature] of [
    ['d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a', '',
      'e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b'],
    ['3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c', '72',
      '92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00'],
    ['fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025', 'af82',
      '6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a'],
  ]) {
    assert.ok(verifyEd25519(fromHex(key), fromHex(message), fromHex(signature)));
    const changed = fromHex(signature);
    changed[0] ^= 1;
    assert.ok(!verifyEd25519(fromHex(key), fromHex(message), changed));
  }
});

test('Ed25519 at its edges: the verdicts of libsodium', () => {
  const cases = vectors('ed25519_edge');
  assert.ok(cases.length >= 60);
  for (const { about, key, message, signature, valid } of cases) {
    assert.equal(verifyEd25519(fromHex(key), fromHex(message), fromHex(signature)), valid, about);
  }
});

test('a key or signature of another length is refused', () => {
  assert.ok(!verifyEd25519(new Uint8Array(31), new Uint8Array(), new Uint8Array(64)));
  assert.ok(!verifyEd25519(new Uint8Array(32), new Uint8Array(), new Uint8Array(63)));
  assert.ok(!verifySm2(new Uint8Array(64), new Uint8Array(), new Uint8Array(64)));
  assert.ok(!verifySignature({ algorithm: 3, bytes: new Uint8Array(32) }, new Uint8Array(), new Uint8Array(64)));
});

test('SM3 is that of another implementation at every length around its blocks', () => {
  for (let length = 0; length < 200; ++length) {
    const message = Uint8Array.from({ length }, (_, i) => i * 7 + length);
    assert.equal(toHex(sm3(message)), createHash('sm3').update(message).digest('hex'));
  }
});

test('SM2: a signature made elsewhere, and what must be refused', () => {
  const key = fromHex('0409f9df311e5421a150dd7d161e4bc5c672179fad1833fc076bb08ff356f35020ccea490ce26775a52dc6ea718cc1aa600aed05fbf35e084a6632f6072da9ad13');
  const signature = fromHex('f5a03b0648d2c4630eeac513e1bb81a15944da3827d5b74143ac7eaceee720b3b1b6aa29df212fd8763182bc0d421ca1bb9038fd1f7f42d4840b69c485bbc1aa');
  const message = fromText('message digest');
  assert.ok(verifySm2(key, message, signature));
  for (const at of [0, 31, 32, 63]) assert.ok(!verifySm2(key, message, flipped(signature, at)));
  for (const at of [0, 1, 64]) assert.ok(!verifySm2(flipped(key, at), message, signature));
  assert.ok(!verifySm2(key, fromText('message digesu'), signature));
});

function flipped(value, at) {
  const changed = Uint8Array.from(value);
  changed[at] ^= 1;
  return changed;
}

test('SM2: r and s only from 1 to n - 1', () => {
  const n = BigInt('0xfffffffeffffffffffffffffffffffff7203df6b21c6052b53bbf40939d54123');
  const key = sm2Key('edge');
  const number = (value) => value.toString(16).padStart(64, '0');
  const message = fromText('m');
  const good = bytes(key.sign(Buffer.from(message)));
  assert.ok(verifySm2(bytes(key.bytes), message, good));
  const [r, s] = [toNumber(good.subarray(0, 32)), toNumber(good.subarray(32))];
  for (const [wrongR, wrongS] of [[0n, s], [r, 0n], [n, s], [r, n], [r, n - r]]) {
    assert.ok(!verifySm2(bytes(key.bytes), message, fromHex(number(wrongR) + number(wrongS))));
  }
  if (s + n < 1n << 256n) assert.ok(!verifySm2(bytes(key.bytes), message, fromHex(number(r) + number(s + n))));
});

test('the golden vectors of transactions, headers, receipts', () => {
  for (const { signing_bytes: head, id, envelope } of vectors('transaction')) {
    const decoded = decode.decodeTransactionHead(fromHex(head));
    assert.equal(toHex(sha256(decoded.bytes)), id);
    assert.ok(verifySignature(decoded.sender, decoded.bytes, fromHex(envelope.signature)), envelope.sender);
    assert.ok(!verifySignature(decoded.sender, flipped(decoded.bytes, 30), fromHex(envelope.signature)));
  }
  const { chain_id: chain, bytes: header, hash, finalize_signing_bytes: signed } = vectors('header');
  const decoded = decode.decodeHeader(fromHex(header));
  assert.equal(toHex(blockHash(fromHex(chain), decoded)), hash);
  assert.equal(toHex(consensusBytes(fromHex(chain), { ...decoded, kind: 3, hash: fromHex(hash) })), signed);
  const receipts = vectors('receipt').receipts.map((receipt) => decode.decodeReceipt(fromHex(receipt)));
  assert.deepEqual(receipts.map(({ code }) => code), ['ok', 'ok', 'rolled-back', 'refused', 'not-executed']);
});

test('an encoding that is cut, extended, or has an unknown value is refused', () => {
  const call = Buffer.from(vectors('transaction')[0].calls[0], 'hex');
  assert.equal(decode.decodeCall(bytes(call)).contract, 'evidence');
  for (let length = 0; length < call.length; ++length) {
    assert.throws(() => decode.decodeCall(bytes(call.subarray(0, length))), decode.Malformed);
  }
  assert.throws(() => decode.decodeCall(bytes(Buffer.concat([call, Buffer.of(0)]))), decode.Malformed);
  const notUtf8 = Buffer.from(call);
  notUtf8[4] = 0xff;
  assert.throws(() => decode.decodeCall(bytes(notUtf8)), decode.Malformed);
  const long = Buffer.from(call);
  long.writeUInt32LE(0xffffffff, 0);
  assert.throws(() => decode.decodeCall(bytes(long)), decode.Malformed);
});

const json = (text) => parseJson(typeof text === 'string' ? fromText(text) : text, 1000);

test('strict JSON: what is read', () => {
  assert.deepEqual(json(' \t\r\n[ 1 , "\\u8bc1\\ud83d\\ude00\\n" , { "a" : null , "A" : true } , -0.5e+10 ] \n'),
    [new JsonNumber('1'), '证😀\n', new Map([['a', null], ['A', true]]), new JsonNumber('-0.5e+10')]);
  assert.equal(json('"\ufeff"'), '\ufeff');
  assert.equal(json('9007199254740993').text, '9007199254740993');
  assert.ok(json(`${'['.repeat(32)}${']'.repeat(32)}`));
});

test('strict JSON: what is refused, and as what', () => {
  for (const [problem, texts] of Object.entries({
    syntax: ['', ' ', '+1', '.5', '-', 'nul', 'True', "'a'", '"a', '"\t"', '"\\x"', '"\\u12g4"', '[1,]', '[,1]', '{"a":1,}', '{a:1}',
      '{"a"}', '{"a" 1}', '[1 2]', '\ufeff{}', '\u00a01', 'NaN'],
    trailing: ['1 2', '01', '1.', '1e', '-01', '{}x', '[]]', '1//', 'null\0'],
    duplicate: ['{"a":1,"a":1}', '{"a":1,"\\u0061":2}', '[{"b":{"c":1,"c":2}}]', '{"__proto__":1,"__proto__":2}'],
    surrogate: ['"\\ud800"', '"\\udc00"', '"\\ud800\\ud800"', '"\\ud800x"', '"\\ud83d\\u0041"'],
    depth: [`${'['.repeat(33)}${']'.repeat(33)}`, `${'{"a":'.repeat(33)}1${'}'.repeat(33)}`],
  })) {
    for (const text of texts) assert.throws(() => json(text), { problem }, text);
  }
  for (const wrong of [[0xff], [0xc0, 0xaf], [0xed, 0xa0, 0x80], [0xf4, 0x90, 0x80, 0x80], [0xe8, 0xaf]]) {
    assert.throws(() => json(Uint8Array.of(0x22, ...wrong, 0x22)), { problem: 'utf8' });
  }
  assert.throws(() => json(' '.repeat(1001)), { problem: 'too-long' });
});

test('inclusion: every index of every size to 20, and nothing beside it', () => {
  for (let size = 1; size <= 20; ++size) {
    const leaves = Array.from({ length: size }, (_, i) => Buffer.from(`leaf ${i}`));
    const root = bytes(merkleRoot(leaves));
    for (let index = 0; index < size; ++index) {
      const path = merklePath(index, leaves).map(bytes);
      const holds = (i, count, p = path, leaf = leaves[index]) => isIncluded(bytes(leaf), BigInt(i), BigInt(count), p, root);
      assert.ok(holds(index, size));
      for (let other = 0; other < size; ++other) if (other !== index) assert.ok(!holds(other, size));
      assert.ok(!holds(index, size, [...path, root]));
      if (size > 1) assert.ok(!holds(index, size, path.slice(1)) && !holds(index, size, path.slice(0, -1)));
      assert.ok(!holds(size, size) && !holds(-1, size) && !holds(0, 0));
      assert.ok(!holds(index, size, path, Buffer.from('another leaf')));
    }
  }
});

test('what cannot be seen is shown as its code', () => {
  assert.deepEqual(piecesOf('a\u202eb'), [{ text: 'a' }, { code: 'U+202E' }, { text: 'b' }]);
  for (const unseen of ['\u0000', '\n', '\u007f', '\u0085', '\u00a0', '\u00ad', '\u034f', '\u061c', '\u115f', '\u180e', '\u2003', '\u200b', '\u200d',
    '\u200e', '\u2028', '\u2029', '\u202a', '\u2060', '\u2066', '\u2069', '\u3164', '\ufe0f', '\ufeff', '\uffa0', '\u{e0041}', '\u{e000}', '\u{10ffff}', '\ud800']) {
    const [piece] = piecesOf(unseen);
    assert.match(piece.code ?? '', /^U\+[0-9A-F]{4,6}$/, JSON.stringify(unseen));
  }
  assert.deepEqual(piecesOf('证据 A　😀é'), [{ text: '证据 A　😀é' }]);
});
