// Whatever is changed in a bundle is refused, at the step that it belongs to; and so is what a dishonest maker could sign.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { verifyBundle } from '../../web/verify/verifier.js';
import { Chain, encodeCertificate, encodeHeader, hex, kFile, names, sampleChain, setHash, text } from './support/chain.mjs';
import { bitOf, bytes, ed25519Key, kZero, sha256, tagged, u64 } from './support/encoding.mjs';
import { changesOf, get, set } from './support/changes.mjs';

const chain = sampleChain();

function verdict(bundle, of = chain, more = {}) {
  const content = bundle instanceof Uint8Array ? bundle : text(bundle);
  const { ok, steps, facts } = verifyBundle({ bundle: content, genesis: new Uint8Array(of.genesis), language: 'en', ...more });
  const failed = steps.find((step) => step.verdict === 'fails');
  assert.equal(ok, failed === undefined);
  assert.equal(facts === null, !ok);
  if (failed) assert.ok(steps.slice(steps.indexOf(failed) + 1).every((step) => step.verdict === 'not-reached'));
  assert.notEqual(failed?.reason, 'internal', failed?.text);
  return failed ?? { step: 'holds' };
}

function refused(step, bundle, reason = undefined, of = chain) {
  const failed = verdict(bundle, of);
  assert.equal(failed.step, step, failed.text);
  if (reason) assert.equal(failed.reason, reason);
}

// Where a value belongs to, by the beginning of its path.
const kSteps = [
  ['/format', 'bundle'], ['/version', 'bundle'], ['/chain_id', 'genesis'], ['/sets', 'sets', 'finality'], ['/anchor', 'finality'],
  ['/roots', 'roots'], ['/record/block', 'history'], ['/record/receipts_root', 'history'], ['/record/history_path', 'history'],
  ['/record/receipt', 'receipt'], ['/record/transaction', 'transaction'], ['/record/signature', 'transaction'],
  ['/record/call', 'call'], ['/entity/records', 'records'], ['/entity', 'state'],
];

const stepsOf = (path) => ['bundle', ...kSteps.find(([begin]) => path.startsWith(begin))?.slice(1) ?? []];

// How many receipts a block has is no claim: the root of a tree does not tell it (RFC 9162), and another number may prove the same.
// The records of an entity may be left out as a whole.
const mayHold = (path, what) => path === '/record/receipt_count' || (path === '/entity/records' && what === 'null');

function everyChange(bundle, within) {
  let count = 0;
  const whole = JSON.stringify(bundle);
  for (const { path, what, changed } of changesOf(bundle)) {
    if (!within.some((begin) => path.startsWith(begin))) continue;
    const failed = verdict(changed);
    assert.equal(JSON.stringify(bundle), whole);
    if (failed.step === 'holds' && mayHold(path, what)) continue;
    assert.ok(stepsOf(path).includes(failed.step), `${path} ${what}: ${failed.step} ${failed.text ?? ''}`);
    ++count;
  }
  return count;
}

test('every change of a record', () => {
  const bundle = chain.recordBundle(3, 1, { anchor: 8 });
  assert.equal(verdict(bundle).step, 'holds');
  assert.ok(everyChange(bundle, ['']) > 300);
});

test('every change of an entity that is there', () => {
  const bundle = chain.entityBundle('agriculture', 'lot-1', { anchor: 8 });
  assert.equal(verdict(bundle).step, 'holds');
  assert.ok(everyChange(bundle, ['/entity', '/format', '/version', '/roots/entities']) > 80);
});

test('every change of an entity that is absent', () => {
  const found = Array.from({ length: 20 }, (_, i) => chain.entityBundle('agriculture', `missing-${i}`, { anchor: 8 }));
  for (const bundle of [found.find(({ entity }) => entity.other), found.find(({ entity }) => !entity.other)]) {
    assert.equal(verdict(bundle).step, 'holds');
    assert.ok(everyChange(bundle, ['/entity']) > 20);
  }
});

test('every change of the sets, and of an anchor with a path', () => {
  const bundle = chain.recordBundle(1, 0, { anchor: 9, last: 10 });
  assert.equal(verdict(bundle).step, 'holds');
  assert.ok(everyChange(bundle, ['/sets', '/anchor']) > 200);
});

test('a bundle that is not strict JSON', () => {
  const good = JSON.stringify(chain.recordBundle(3, 1, { anchor: 8 }));
  const content = (json) => new Uint8Array(Buffer.from(json));
  for (const json of [`\ufeff${good}`, `${good}1`, good.slice(0, -1), good.replace('{', '{"version":1,'), good.replace('"version":1', '"version":1.0'),
    good.replace('"version":1', '"version":1e0'), good.replace('"receipt_index":1', '"receipt_index":9007199254740992'),
    good.replace('"receipt_index":1', '"receipt_index":-1'), good.replace('"receipt_index":1', '"receipt_index":01'), '', '[]', 'null', '{}']) {
    refused('bundle', content(json));
  }
  const notUtf8 = content(good);
  notUtf8[5] = 0xff;
  refused('bundle', notUtf8);
});

test('both claims, or none', () => {
  const record = chain.recordBundle(3, 1, { anchor: 8 });
  const { entity } = chain.entityBundle('agriculture', 'lot-1', { anchor: 8 });
  refused('bundle', { ...record, entity }, 'one-claim');
  refused('bundle', { ...record, record: undefined }, 'one-claim');
});

test('another genesis file', () => {
  const bundle = chain.recordBundle(3, 1, { anchor: 8 });
  for (const genesis of [Buffer.concat([chain.genesis, Buffer.from(' ')]), Buffer.alloc(0)]) {
    assert.equal(verdict(bundle, { genesis }).step, 'genesis');
  }
  for (const content of ['not JSON', '{}', '{"validators":[]}', '{"validators":[{"name":"a"}]}', '[]']) {
    const genesis = Buffer.from(content);
    assert.equal(verdict({ ...bundle, chain_id: hex(sha256(genesis)) }, { genesis }).step, 'genesis');
  }
});

function withCertificate(change) {
  const bundle = chain.recordBundle(1, 0, { anchor: 8 });
  const certificate = chain.certificate(chain.blocks[8]);
  bundle.anchor.finalization = hex(encodeCertificate(change(certificate) ?? certificate));
  return bundle;
}

test('certificates that are none', () => {
  const at = chain.blocks[8];
  const byIndex = (...signers) => () => chain.certificate(at, { signers });
  assert.equal(verdict(withCertificate(byIndex(0, 1, 2))).step, 'holds');
  assert.equal(verdict(withCertificate(byIndex(0, 2, 3))).step, 'holds');
  for (const [reason, change] of [
    ['quorum', byIndex(0, 1)], ['quorum', byIndex(0, 1, 2, 3)], ['quorum', byIndex()], ['signers', byIndex(0, 0, 1)], ['signers', byIndex(0, 2, 1)],
    ['signers', (c) => ({ ...c, signatures: c.signatures.map((s, i) => (i === 2 ? { ...s, signer: 4 } : s)) })],
    ['signature', (c) => ({ ...c, signatures: c.signatures.map((s, i) => ({ ...s, signer: i })) })],
    ...[1, 2].map((kind) => ['certificate-of-another', () => chain.certificate(at, { kind })]),
    ['certificate-of-another', () => chain.certificate(chain.blocks[7])],
    // Signed by a quorum, and about this hash, but not about its place.
    ...[{ epoch: 0 }, { view: 11 }, { height: 7 }].map((odd) => ['certificate-of-another', () => chain.certificate(at, { odd })]),
    ['signature', () => ({ ...chain.certificate(at, { kind: 1 }), kind: 3 })],
    ['signature', () => chain.certificate(at, { set: chain.sets[2].slice(0, 4), signers: [1, 2, 3] })],
  ]) {
    refused('finality', withCertificate(change), reason);
  }
  for (const kind of [0, 4, 5]) refused('bundle', withCertificate(() => chain.certificate(at, { kind })));
  const other = sampleChain({ name: 'another chain' });
  refused('finality', withCertificate(() => ({ ...other.certificate(other.blocks[8]), hash: at.hash })), 'signature');
});

test('a path that jumps, turns back, or leaves its epoch', () => {
  const path = (...heights) => {
    const bundle = chain.recordBundle(1, 0, { anchor: 5 });
    bundle.anchor.path = heights.map((height) => hex(encodeHeader(chain.blocks[height].header)));
    bundle.anchor.finalization = hex(encodeCertificate(chain.certificate(chain.blocks[heights.at(-1)], { set: chain.sets[0] })));
    return bundle;
  };
  assert.equal(verdict(path(6, 7, 8)).step, 'holds');
  for (const heights of [[7], [6, 8], [6, 6], [5], [4], [6, 7, 8, 9]]) refused('finality', path(...heights));
});

// A header of a chain of its own, signed as it is.
function oddAnchor(odd) {
  const own = new Chain();
  for (let i = 0; i < 3; ++i) own.addBlock([{ sender: ed25519Key('alice'), calls: [{ contract: 'x', method: 'y', payload: '{}' }] }]);
  own.addBlock([], odd(own));
  return [own.recordBundle(1, 0, { anchor: 4 }), own];
}

test('headers that no validator should sign', () => {
  const [good, own] = oddAnchor(() => ({}));
  assert.equal(verdict(good, own).step, 'holds');
  for (const [reason, odd] of [['protocol-version', { version: 2 }], ['epoch', { epoch: 1 }], ['epoch', { height: 5 }], ['epoch', { height: 0 }],
    ['other-set', { validatorsHash: kZero }]]) {
    const [bundle, of] = oddAnchor(() => odd);
    refused('finality', bundle, reason, of);
  }
});

test('a header of a path that has the right parent and another height or epoch', () => {
  const own = (odd) => {
    const made = new Chain();
    for (let i = 0; i < 2; ++i) made.addBlock([{ sender: ed25519Key('alice'), calls: [{ contract: 'x', method: 'y', payload: '{}' }] }]);
    made.addBlock([], odd);
    return [made.recordBundle(1, 0, { anchor: 2, last: 3 }), made];
  };
  const [good, made] = own({});
  assert.equal(verdict(good, made).step, 'holds');
  for (const odd of [{ height: 4 }, { height: 2 }, { epoch: 1 }, { parentHash: kZero }]) refused('finality', own(odd)[0], 'path-broken', own(odd)[1]);
});

test('changes of the validators that are none, or come in the wrong order', () => {
  const bundle = chain.recordBundle(1, 0, { anchor: 17 });
  assert.equal(bundle.sets.length, 2);
  assert.equal(verdict(bundle).step, 'holds');
  const [first, second] = bundle.sets;
  refused('sets', { ...bundle, sets: [second, first] }, 'other-set');
  refused('sets', { ...bundle, sets: [first, second, first] }, 'set-too-early');
  refused('sets', { ...bundle, sets: [first, first] }, 'other-set');
  refused('sets', { ...bundle, sets: [{ ...first, validators: [...first.validators].reverse() }, second] }, 'set-hash');
  refused('sets', { ...bundle, sets: [chain.change(3), first, second] }, 'set-same');
  refused('finality', { ...chain.recordBundle(1, 0, { anchor: 9 }), sets: [] }, 'other-set');
  // The first set counts again from epoch 4 on: its headers of epoch 0 say nothing any more.
  refused('finality', { ...chain.recordBundle(1, 0, { anchor: 4 }), sets: bundle.sets }, 'anchor-too-early');
});

test('a set does not count in the epoch that announces it', () => {
  const [first, , second] = chain.sets;
  const own = new Chain({ sets: [first, first, second], epochBlocks: 2 });
  for (let i = 0; i < 3; ++i) own.addBlock([{ sender: ed25519Key('alice'), calls: [{ contract: 'x', method: 'y', payload: '{}' }] }]);
  own.addBlock([], { validatorsHash: setHash(second) });
  const bundle = own.recordBundle(1, 0, { anchor: 4, set: second });
  refused('finality', { ...bundle, sets: [own.change(3)] }, 'anchor-too-early', own);
});

test('sets of the wrong size, with a name or key twice', () => {
  const set = (n) => Array.from({ length: n }, (_, i) => ({ name: `v-${i}`, consensus: ed25519Key(`v ${i}`), transport: ed25519Key(`v ${i} t`) }));
  const shared = (change) => set(5).map((v, i) => (i === 4 ? { ...v, ...change } : v));
  const toSet = (next) => {
    const own = new Chain({ sets: [set(4), next], epochBlocks: 2 });
    for (let i = 0; i < 3; ++i) own.addBlock([{ sender: ed25519Key('alice'), calls: [{ contract: 'x', method: 'y', payload: '{}' }] }]);
    return [own.recordBundle(1, 0, { anchor: 3 }), own];
  };
  const [good, own] = toSet(set(5));
  assert.equal(verdict(good, own).step, 'holds');
  for (const [reason, next] of [['set-size', set(3)], ['set-size', set(101)], ['set-distinct', shared({ name: 'v-0' })],
    ['set-distinct', shared({ consensus: ed25519Key('v 0') })], ['set-distinct', shared({ transport: ed25519Key('v 0 t') })],
    ['set-distinct', shared({ transport: ed25519Key('v 0') })]]) {
    const [bundle, of] = toSet(next);
    refused('sets', bundle, reason, of);
  }
});

test('records whose parts do not belong together', () => {
  const good = () => chain.recordBundle(1, 0, { anchor: 8 });
  const other = chain.recordBundle(3, 1, { anchor: 8 });
  refused('history', { ...good(), record: chain.recordBundle(8, 0, { anchor: 9 }).record }, 'history-height');
  const before = hex(encodeHeader({ ...chain.blocks[1].header, height: 0 }));
  refused('history', { ...good(), record: { ...good().record, block: before } }, 'history-height');
  const swap = (...fields) => ({ ...good(), record: { ...good().record, ...Object.fromEntries(fields.map((f) => [f, other.record[f]])) } });
  refused('history', swap('block', 'receipts_root'));
  refused('receipt', swap('receipt', 'receipt_path', 'receipt_index', 'receipt_count'));
  refused('transaction', swap('transaction', 'signature'), 'transaction-id');
  refused('transaction', swap('signature'), 'transaction-signature');
  refused('call', swap('call', 'call_path'));
  refused('call', { ...good(), record: { ...good().record, call: chain.recordBundle(1, 1).record.call, call_path: chain.recordBundle(1, 1).record.call_path } });
});

test('records that an executor should not have made', () => {
  const alice = ed25519Key('alice');
  const call = { contract: 'x', method: 'y', payload: '{}' };
  const own = new Chain();
  own.addBlock([{ sender: alice, calls: [call] }, { sender: alice, version: 2, calls: [call] }, { sender: alice, chainId: kZero, calls: [call] },
    { sender: alice, calls: [{ ...call, receiptHeight: 2 }] }, { sender: alice, calls: [{ ...call, receiptHeight: 0 }] },
    { sender: { ...alice, sign: ed25519Key('mallory').sign }, calls: [call] }]);
  for (let i = 0; i < 3; ++i) own.addBlock();
  [['holds'], ['transaction', 'transaction-version'], ['transaction', 'transaction-chain'], ['receipt', 'receipt-height'],
    ['receipt', 'receipt-height'], ['transaction', 'transaction-signature']].forEach(([step, reason], index) => {
    const failed = verdict(own.recordBundle(1, index), own);
    assert.deepEqual([failed.step, failed.reason], [step, reason]);
  });
});

test('states that say something else', () => {
  const present = chain.entityBundle('agriculture', 'lot-1', { anchor: 8 });
  const another = chain.entityBundle('agriculture', 'lot-2', { anchor: 8 });
  const path = (name) => tagged('jingchu/entity', bytes('agriculture'), bytes(name));
  const leafOf = (name, { head }) => ({ path: hex(path(name)), value_hash: hex(sha256(bytes(name), u64(head.count), Buffer.from(head.chain, 'hex'))) });
  const claim = (entity) => ({ ...present, entity: { ...present.entity, ...entity } });
  const absent = { head: null, records: null };
  refused('state', claim({ ...absent, other: leafOf('lot-1', present.entity) }), 'other-is-entity');
  refused('state', claim({ ...absent, other: leafOf('lot-2', another.entity), siblings: another.entity.siblings }));
  refused('state', claim(absent), 'state-path');
  refused('state', claim({ ...absent, records: present.entity.records }), 'absent-with-records');
  refused('state', claim({ other: leafOf('lot-2', another.entity) }), 'present-with-other');
  refused('state', claim({ head: { ...present.entity.head, count: 0 } }), 'no-count');
  refused('state', claim({ siblings: Array(257).fill('00'.repeat(32)) }), 'siblings');
  refused('state', claim({ head: another.entity.head, records: another.entity.records }), 'state-path');
  const own = new Chain();
  own.entities.set('agriculture\nempty', { contract: 'agriculture', name: 'empty', count: 0, chain: kZero, records: [] });
  own.addBlock();
  own.addBlock();
  refused('state', { ...present, entity: { ...present.entity, contract: 'identity' } }, 'no-histories');
  refused('state', { ...present, entity: { ...present.entity, contract: 'evidence' } }, 'not-canonical');
  refused('state', own.entityBundle('agriculture', 'empty'), 'no-count', own);
  for (const name of ['', 'x'.repeat(4097), '\u6e56'.repeat(1366)]) refused('state', claim({ name }), 'not-canonical');
});

// As a block would commit to it.
function setEntities(state, entities) {
  state.roots.entities = entities;
  state.root = tagged('jingchu/executed', tagged('jingchu/state', entities, state.roots.checksum), state.roots.receipts, state.roots.history);
}

test('a tree that no executor should have made: another entity on a side where it cannot be', () => {
  const path = tagged('jingchu/entity', bytes('agriculture'), bytes('y'));
  const claim = (otherPath) => {
    const leaf = sha256(Buffer.of(0), otherPath, kZero);
    const entities = sha256(Buffer.of(1), ...(path[0] >> 7 ? [kZero, leaf] : [leaf, kZero]));
    const made = new Chain();
    made.addBlock();
    setEntities(made.states[1], entities);
    made.addBlock();
    const bundle = made.entityBundle('agriculture', 'y', { anchor: 2 });
    Object.assign(bundle.entity, { siblings: [hex(kZero)], other: { path: hex(otherPath), value_hash: hex(kZero) } });
    return [bundle, made];
  };
  const beside = Buffer.from(path);
  beside[31] ^= 1;
  assert.equal(verdict(...claim(beside)).step, 'holds');
  const elsewhere = Buffer.from(path);
  elsewhere[0] ^= 0x80;
  const [bundle, of] = claim(elsewhere);
  refused('state', bundle, 'other-elsewhere', of);
});

test('as many siblings as a path has bits, and one more', () => {
  const path = tagged('jingchu/entity', bytes('agriculture'), bytes('y'));
  const claim = (count) => {
    const nodeOf = (below, depth) => sha256(Buffer.of(1), ...(bitOf(path, depth) ? [kZero, below] : [below, kZero]));
    const entities = Array.from({ length: count }, (_, i) => count - 1 - i).reduce(nodeOf, kZero);
    const made = new Chain();
    made.addBlock();
    setEntities(made.states[1], entities);
    made.addBlock();
    const bundle = made.entityBundle('agriculture', 'y', { anchor: 2 });
    Object.assign(bundle.entity, { siblings: Array(count).fill(hex(kZero)), other: null });
    return [bundle, made];
  };
  assert.equal(verdict(...claim(256)).step, 'holds');
  const [bundle, of] = claim(257);
  refused('state', bundle, 'siblings', of);
});

test('histories that are not whole, or not in order', () => {
  const { entity, ...rest } = chain.entityBundle('agriculture', 'lot-1', { anchor: 8 });
  const [a, b, c] = entity.records;
  const shown = (...records) => ({ ...rest, entity: { ...entity, records } });
  assert.equal(verdict(shown(a, b, c)).step, 'holds');
  for (const records of [[a, b], [b, c], [], [a, b, c, c]]) refused('records', shown(...records), 'records-count');
  for (const records of [[a, c, b], [a, b, b], [a, b, { ...c, recorded: a.recorded }], [a, b, { ...c, record: `${c.record} ` }]]) {
    refused('records', shown(...records), 'records-chain');
  }
});

test('a file is compared with nothing but a deposit that succeeded', () => {
  const file = { file: new Uint8Array(kFile) };
  const alice = ed25519Key('alice');
  const deposit = (payload, more = {}) => ({ sender: alice, calls: [{ contract: 'evidence', method: 'deposit', payload, ...more }] });
  const [sha, sm] = names(kFile).map((name) => name.split(':')[1]);
  const whole = JSON.stringify({ sha256: sha, sm3: sm });
  const each = [deposit(whole), deposit(`${whole}${' '.repeat(2 ** 21)}`), deposit(JSON.stringify({ sha256: sha.toUpperCase(), sm3: sm })),
    deposit(JSON.stringify({ sha256: sha })), deposit(JSON.stringify({ sha256: sha, sm3: sha })), deposit(JSON.stringify({ sha256: [sha], sm3: sm })),
    deposit(whole.replace('{', `{"sha256":"${sha}",`)), deposit('[]'), deposit(Buffer.from([0xff])), deposit(whole, { code: 'rolled-back' }),
    deposit(whole, { method: 'amend' }), deposit(whole, { contract: 'notes' })];
  const own = new Chain();
  own.addBlock(each);
  own.addBlock();
  const verdicts = each.map((_, index) => verdict(own.recordBundle(1, index), own, file).step);
  assert.deepEqual(verdicts, ['holds', 'holds', 'holds', ...Array(9).fill('file')]);
});

test('a file is none of an entity that is absent, nor of one that another module keeps under its name', () => {
  const own = new Chain();
  const call = { contract: 'agriculture', method: 'record-operation', payload: '{}', entities: names(kFile) };
  own.addBlock([{ sender: ed25519Key('alice'), calls: [call] }]);
  own.addBlock();
  for (const [contract, reason] of [['evidence', 'absent-file'], ['agriculture', 'not-evidence']]) {
    for (const name of names(kFile)) {
      const bundle = own.entityBundle(contract, name);
      assert.equal(verdict(bundle, own).step, 'holds');
      const failed = verdict(bundle, own, { file: new Uint8Array(kFile) });
      assert.deepEqual([failed.step, failed.reason], ['file', reason]);
    }
  }
});

test('the changes are changes', () => {
  const bundle = { a: [1, 2], b: 'text' };
  assert.equal(get(set(bundle, '/a/1', 3), '/a/1'), 3);
  assert.deepEqual(bundle, { a: [1, 2], b: 'text' });
});
