import assert from 'node:assert/strict';
import { test } from 'node:test';
import { draw, frameOf, sampleReader, treeOf } from './flame.mjs';

test('a frame is named by what it says: our functions without arguments, of libraries their name', () => {
  assert.equal(frameOf('jingchu::ledger::Executor::run(jingchu::Work&)', '/bin/jingchud'), 'ledger::Executor::run');
  assert.equal(frameOf('jingchu::ledger::(anonymous namespace)::join(int) const', '/bin/jingchud'), 'ledger::join');
  assert.equal(frameOf('jingchu::contracts::find_head[abi:cxx11](int)', '/bin/jingchud'), 'contracts::find_head');
  assert.equal(frameOf('[unknown]', '/usr/lib/libleveldb.so.1'), 'LevelDB');
  assert.equal(frameOf('do_syscall_64', '[kernel.kallsyms]'), 'kernel');
  assert.equal(frameOf('std::vector<jingchu::Hash>::push_back(jingchu::Hash&&)', '/bin/jingchud'), undefined);
  assert.equal(frameOf('boost::asio::detail::scheduler::run()', '/bin/jingchud'), undefined);
});

const lines = (...frames) => ['jingchud 12 3.5: ', ...frames.map((name) => `\t  3de20a ${name} (/bin/jingchud)`), ''];

test('a stack that was cut off hangs where whole ones have it', () => {
  const samples = [];
  const read = sampleReader((sample) => samples.push(sample));
  [...lines('jingchu::c()', 'jingchu::b()', 'std::x()', 'jingchu::a()', 'start_thread'), ...lines('jingchu::c()', 'jingchu::b()'), ...lines('other'), 'cut off'].forEach(read);
  read('');
  assert.deepEqual(samples.slice(0, 3), [{ frames: ['a', 'b', 'c'], whole: true }, { frames: ['b', 'c'], whole: false }, { frames: [], whole: false }]);
  const root = treeOf(samples.slice(0, 3));
  assert.equal(root.count, 3);
  assert.deepEqual([...root.below.keys()], ['a', 'not known']);
  assert.equal(root.below.get('a').below.get('b').below.get('c').count, 2);
  const svg = draw(root, 'a & b');
  assert.match(svg, /<title>a &amp; b<\/title>/);
  assert.match(svg, /<title>c: 66\.7 %<\/title>/);
});
