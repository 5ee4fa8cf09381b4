// Bundles made by tests/web/support from docs/formats.md are accepted, with the facts they prove; so are the golden bundles.
import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { verifyBundle } from '../../web/verify/verifier.js';
import { sm2Key, ed25519Key } from './support/encoding.mjs';
import { Chain, hex, kFile, kHostile, kOtherFile, names, sampleChain, text } from './support/chain.mjs';

const chain = sampleChain();
const genesis = new Uint8Array(chain.genesis);

function verify(bundle, more = {}) {
  return verifyBundle({ bundle: text(bundle), genesis, language: 'en', ...more });
}

export function failing(result) {
  return result.steps.find(({ verdict }) => verdict === 'fails')?.step;
}

function accepted(bundle, more) {
  const result = verify(bundle, more);
  assert.ok(result.ok, JSON.stringify(result.steps.find(({ verdict }) => verdict !== 'holds')));
  return result;
}

test('every record of the first blocks', () => {
  for (const [height, block] of chain.blocks.slice(0, 7).entries()) {
    (block.calls ?? []).forEach((call, index) => {
      const { facts, steps } = accepted(chain.recordBundle(height, index, { anchor: 8 }));
      assert.equal(facts.record.height, BigInt(height));
      assert.equal(facts.record.transactionId, hex(call.receipt.transactionId));
      assert.equal(facts.record.code, call.receipt.code);
      assert.deepEqual(steps.map(({ step }) => step),
        ['bundle', 'genesis', 'sets', 'finality', 'roots', 'history', 'receipt', 'transaction', 'call']);
    });
  }
});

test('an anchor in every epoch, final by itself and by a later header', () => {
  for (const [anchor, last] of [[2, 2], [3, 4], [5, 8], [9, 9], [10, 12], [14, 16], [17, 17], [20, 20], [21, 22], [22, 22]]) {
    const { facts } = accepted(chain.recordBundle(1, 1, { anchor, last }));
    assert.equal(facts.anchor.executedHeight, BigInt(anchor - 1));
  }
});

test('every entity, with and without its records; absent ones', () => {
  for (const { entity: { contract, name, count, records } } of chain.states[7].leaves) {
    const { facts } = accepted(chain.entityBundle(contract, name, { anchor: 8 }));
    assert.equal(facts.entity.count, BigInt(count));
    assert.deepEqual(facts.entity.records.map(({ record }) => record), records.map(({ record }) => record));
  }
  assert.equal(accepted(chain.entityBundle('agriculture', 'lot-1', { records: false })).facts.entity.records, null);
  let withOther = 0;
  for (let i = 0; i < 20; ++i) {
    const bundle = chain.entityBundle('agriculture', `missing-${i}`, { anchor: 8 });
    assert.equal(accepted(bundle).facts.entity.present, false);
    withOther += bundle.entity.other ? 1 : 0;
  }
  assert.ok(withOther > 0 && withOther < 20);
});

test('an empty tree proves every entity absent', () => {
  const empty = new Chain();
  empty.addBlock();
  const result = verifyBundle({ bundle: text(empty.entityBundle('evidence', names(kFile)[0])), genesis: new Uint8Array(empty.genesis) });
  assert.ok(result.ok);
});

test('a set of SM2 keys, of 4 and of 100; epochs of 1,000 blocks where genesis says nothing', () => {
  const set = (n, key, word) => Array.from({ length: n }, (_, i) => (
    { name: `${word}-${i}`, consensus: key(`${word} ${i}`), transport: ed25519Key(`${word} ${i} transport`) }));
  const other = new Chain({ sets: [set(4, sm2Key, 'a'), set(100, ed25519Key, 'b'), set(5, sm2Key, 'c')] });
  for (let i = 0; i < 9; ++i) other.addBlock([{ sender: ed25519Key('alice'), calls: [{ contract: 'x', method: 'y', payload: '{}' }] }]);
  const result = verifyBundle({ bundle: text(other.recordBundle(3, 0)), genesis: new Uint8Array(other.genesis) });
  assert.ok(result.ok, JSON.stringify(result.steps));
  const long = sampleChain({ epochBlocks: 1000, genesisEpochBlocks: null });
  assert.ok(!long.genesis.toString().includes('"epoch_blocks"'));
  assert.ok(verifyBundle({ bundle: text(long.recordBundle(1, 0)), genesis: new Uint8Array(long.genesis) }).ok);
});

test('a file, against a deposit and against both names of it', () => {
  const file = new Uint8Array(kFile);
  const other = new Uint8Array(kOtherFile);
  const deposit = chain.recordBundle(1, 0);
  assert.equal(accepted(deposit, { file }).facts.file.sha256, names(kFile)[0].slice(7));
  assert.equal(failing(verify(deposit, { file: other })), 'file');
  for (const name of names(kFile)) {
    accepted(chain.entityBundle('evidence', name), { file });
    assert.equal(failing(verify(chain.entityBundle('evidence', name), { file: other })), 'file');
    assert.equal(failing(verify(chain.entityBundle('agriculture', name), { file })), 'file');
  }
  assert.equal(failing(verify(chain.recordBundle(4, 0), { file: new Uint8Array(Buffer.from('refused')) })), 'file');
  assert.equal(failing(verify(chain.recordBundle(1, 1), { file })), 'file');
  assert.equal(failing(verify(chain.entityBundle('evidence', `sha256:${'0'.repeat(64)}`), { file })), 'file');
});

test('texts of the bundle come through as they are', () => {
  const { facts } = accepted(chain.entityBundle('agriculture', kHostile));
  assert.equal(facts.entity.name, kHostile);
});

test('a payload that is no text is shown in hexadecimal digits', () => {
  const own = new Chain();
  own.addBlock([{ sender: ed25519Key('alice'), calls: [{ contract: 'x', method: 'y', payload: Buffer.from([0xff, 0x41]) }] }]);
  own.addBlock();
  const result = verifyBundle({ bundle: text(own.recordBundle(1, 0)), genesis: new Uint8Array(own.genesis) });
  assert.equal(result.facts.record.payload, 'ff41');
});

test('white space around values and escapes in texts mean the same', () => {
  const bundle = chain.entityBundle('agriculture', 'lot-1');
  const spaced = `\r\n\t ${JSON.stringify(bundle, null, '\t')} \n`.replaceAll('播种', '\\u64AD\\u79cd');
  assert.ok(verifyBundle({ bundle: new Uint8Array(Buffer.from(spaced)), genesis }).ok);
});

test('words in both languages for every step and reason', async () => {
  const { kWords } = await import('../../web/verify/words.js');
  for (const part of ['steps', 'holds', 'reasons']) {
    assert.deepEqual(Object.keys(kWords.zh[part]), Object.keys(kWords.en[part]), part);
  }
  const source = ['bundle', 'claims', 'finality', 'genesis', 'verifier'].map((name) =>
    readFileSync(new URL(`../../web/verify/${name}.js`, import.meta.url), 'utf8')).join('\n');
  const used = [...source.matchAll(/(?:refuse\(|Refusal\(|require\([^;]*?, )'([a-z0-9-]+)'/g)].map(([, reason]) => reason);
  assert.ok(used.length > 40, `${used.length}`);
  for (const reason of used) assert.ok(kWords.en.reasons[reason], reason);
});

const golden = new URL('../vectors/proofs/', import.meta.url);
const index = new URL('index.json', golden);
test('golden bundles', { skip: existsSync(index) ? false : 'tests/vectors/proofs/index.json is not there' }, () => {
  const read = (name) => new Uint8Array(readFileSync(new URL(name, golden)));
  for (const entry of JSON.parse(readFileSync(index, 'utf8'))) {
    const result = verifyBundle({ bundle: read(entry.file), genesis: read(entry.genesis), language: 'en' });
    const why = JSON.stringify(result.steps.find(({ verdict }) => verdict === 'fails'));
    assert.equal(result.ok, entry.valid, `${entry.file}: ${why}`);
    if (!entry.valid) assert.equal(failing(result), entry.step, `${entry.file}: ${why}`);
  }
});
