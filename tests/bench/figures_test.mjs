// The arithmetic of the benchmark: a figure that is wrong looks like any other.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { figuresOf, isSound, soundness } from './figures.mjs';
import { parseOptions } from './options.mjs';
import { scaleOf } from './plot.mjs';
import { drawComparison } from './plot_compare.mjs';
import { drawScale, drawSoak } from './plot_series.mjs';
import { table } from './report.mjs';
import { describeScale, isSustained } from './scale.mjs';
import { describeMemory } from './soak.mjs';
import { fitLine, flatness, judge, quantile, secondAndLast, summarize } from './statistics.mjs';

const close = (value, expected) => assert.ok(Math.abs(value - expected) < 1e-9, `${value} is not ${expected}`);

test('quantiles by nearest rank, whatever the order', () => {
  assert.deepEqual(summarize([30, 10, 20, 50, 40]), { minimum: 10, median: 30, maximum: 50 });
  assert.deepEqual(summarize([9, 100, 8, 7]), { minimum: 7, median: 8, maximum: 100 });
  assert.equal(quantile([7], 0.99), 7);
  assert.throws(() => quantile([], 0.5), RangeError);
});

test('a line through points', () => {
  const { intercept, slope, r_squared } = fitLine([4, 7, 13, 18].map((x) => ({ x, y: 3 + 2 * x })));
  [[intercept, 3], [slope, 2], [r_squared, 1]].forEach(([value, expected]) => close(value, expected));
  const bent = fitLine([{ x: 0, y: 0 }, { x: 1, y: 2 }, { x: 2, y: 1 }]);
  [[bent.slope, 0.5], [bent.intercept, 0.5], [bent.r_squared, 0.25]].forEach(([value, expected]) => close(value, expected));
});

test('a target holds at its bound, and not beyond', () => {
  const least = { least: true, must: 0.5, stretch: 0.8 };
  assert.deepEqual([0.49, 0.5, 0.79, 0.8].map((value) => judge(value, least)), ['missed', 'must', 'must', 'stretch']);
  assert.deepEqual([31, 30, 13, 12].map((value) => judge(value, { must: 30, stretch: 12 })), ['missed', 'must', 'must', 'stretch']);
  assert.deepEqual([601, 600].map((value) => judge(value, { must: 600 })), ['missed', 'must']);
});

test('the second and the last minute of a soak', () => {
  const counts = [...Array(60).fill(500), ...Array(60).fill(1000), ...Array(80).fill(7), ...Array(60).fill(900), 333];
  assert.deepEqual(secondAndLast(counts, 260), { window: 60, second: 1000, last: 900, ratio: 0.9 });
  assert.deepEqual(secondAndLast([1, 4, 2], 3), { window: 1, second: 4, last: 2, ratio: 0.5 });
  assert.equal(secondAndLast([5, 5, 5, 5], 6).last, 0); // nothing more was committed
});

test('memory that rises is not flat, and the first half does not count', () => {
  const samples = (bytesAt) => Array.from({ length: 61 }, (_, i) => ({ seconds: 10 * i, bytes: bytesAt(10 * i) }));
  assert.ok(flatness(samples((s) => (s < 290 ? s * 1e6 : 300e6))).flat);
  const rising = flatness(samples((s) => 100e6 + s * 1e5));
  close(rising.rise, 30 / 145);
  assert.equal(rising.flat, false);
  assert.equal(flatness([{ seconds: 0, bytes: 1 }]).flat, false);
  const of = (...each) => samples(() => 0).map(({ seconds }) => ({ seconds, resident_bytes: each.map((bytesAt) => bytesAt(seconds)) }));
  assert.equal(describeMemory(of(() => 100e6, (s) => 100e6 + s * 1e5), [{ peak_bytes: 5 }, { peak_bytes: 9 }]).flat, false);
  assert.equal(describeMemory(of(() => 100e6, () => 7), [{ peak_bytes: 5 }, { peak_bytes: 9 }]).peak_bytes, 9);
});

const used = (cpu_us, written_bytes, peak_bytes) => ({ cpu_us, written_bytes, resident_bytes: peak_bytes, peak_bytes });
const ours = (part, round, perSecond, bundle = 1) => ({ part, side: 'jingchu', round, all_final: true, agreement: { equal: true, height: 9 },
  load: { transactions: 1000, records: 1000 * bundle, seconds: 10, transactions_per_second: perSecond, records_per_second: perSecond * bundle,
    latency_us: { p50: 1000 * round, p95: 0, p99: 20_000, max: 0 }, transactions_every_second: Array(10).fill(100), errors: {} },
  used: [used(2e6, 64e6, 100e6), used(4e6, 64e6, 300e6), used(2e6, 128e6, 200e6), used(4e6, 0, 200e6)] });
const theirs = (part, round, perSecond) => ({ part, side: 'etcd', round, all_final: true, kept_its_leader: true,
  load: { puts: 5000, per_second: perSecond, p50_us: 1, p99_us: 2, errors: 0 }, used: [used(1e6, 1, 80e6), used(3e6, 1, 90e6)] });
const round = (number, rate) => [ours('singles', number, rate), theirs('singles', number, 2000 * number), ours('bundles', number, rate, 32), theirs('bundles', number, 8000),
  ours('light', number, 100), ours('half', number, rate / 2)];
const allRuns = [...round(0, 1e6), ...round(1, 1000), ...round(2, 3000), ...round(3, 2000)];

test('figures: their formulas, without the warm-up', () => {
  const figures = Object.fromEntries(figuresOf(allRuns).map((figure) => [figure.id, figure]));
  assert.deepEqual(figures.singles_ratio.values, [0.5, 0.75, 2000 / 6000]);
  assert.equal(figures.singles_ratio.verdict, 'must');
  assert.deepEqual(figures.bundles_ratio.values, [4, 12, 8]);
  assert.equal(figures.bundles_rate.median, 64_000);
  assert.equal(figures.singles_etcd_rate.median, 4000);
  assert.deepEqual([figures.light_p50.median, figures.light_p99.median, figures.half_p99.median], [2, 20, 20]);
  assert.equal(figures.cpu_record.median, 3e6 / 32_000);
  assert.equal(figures.cpu_record.verdict, 'missed');
  assert.equal(figures.written_record.median, 2); // kB: 64 MB in the mean over 32,000 records
  assert.equal(figures.written_record.verdict, 'must');
  assert.equal(figures.memory_bundles.median, 300);
  assert.equal(figures.cpu_put.median, 400);
});

test('what could not be measured is no figure', () => {
  const hidden = allRuns.map((run) => ({ ...run, used: run.used.map((one) => ({ ...one, written_bytes: null })) }));
  const ids = figuresOf(hidden).map(({ id }) => id);
  assert.ok(!ids.includes('written_record') && ids.includes('cpu_record'));
  assert.ok(!figuresOf(allRuns.filter(({ side, part }) => side !== 'etcd' || part !== 'singles')).map(({ id }) => id).includes('singles_ratio'));
});

test('a transaction that is not final, or a state that differs, makes the whole unsound', () => {
  assert.ok(isSound(soundness(allRuns)));
  assert.ok(!isSound(soundness([...allRuns, { ...theirs('singles', 4, 1), all_final: false }])));
  assert.ok(!isSound(soundness([...allRuns, { ...ours('singles', 4, 1), agreement: { equal: false } }])));
});

test('a rate is sustained if nothing is lacking in the second half, and compares if there is time left', () => {
  const load = (...counts) => ({ all_final: true, load: { transactions_every_second: counts } });
  assert.ok(isSustained(load(0, 50, 100, 100, 150), 100, 4));
  assert.ok(!isSustained(load(100, 100, 100, 80, 400), 100, 4));
  assert.ok(!isSustained({ ...load(100, 100, 100, 100), all_final: false }, 100, 4));
  const flawOf = (rate, machine_busy) => describeScale([{ ...ours('scale', 1, 100), validators: 4, machine_busy }],
    { scaleValidators: [4], scaleRate: rate, seconds: 10 }).figures[0].flaw;
  assert.deepEqual([flawOf(100, 0.9), flawOf(100, 0.96), flawOf(120, 0.5)], ['', 'processors FULL', 'rate NOT SUSTAINED']);
});

const result = (more) => ({ begin: '2026-01-02T03:04:05.678Z', commit: '0123456789', uncommitted_changes: false, versions: { jingchu: '1', etcd: '2' },
  machine: { processor: 'a <processor> & more', processors: 2, sha_instructions: false, memory_bytes: 2 ** 34, system: 's', kernel: 'k', file_system: 'f', sync_ms: { median: 0.1 } },
  settings: { runs: 3, seconds: 10, bytes: 256, bundle: 32, outstanding: 256, bundleOutstanding: 64, etcdOutstandingBesideBundles: 1000, lightRate: 100, scaleRate: 100 }, ...more });
function checkPlot(svg) {
  assert.match(svg, /^<svg [\s\S]*<\/svg>\n$/);
  assert.doesNotMatch(svg, /NaN|undefined|Infinity|<processor>/);
}

test('tables and plots of all kinds have every figure', () => {
  const compared = result({ figures: figuresOf(allRuns), runs: allRuns });
  checkPlot(drawComparison(compared));
  assert.match(table(compared), /Jingchu to etcd, in each round +0\.333 +0\.500 +0\.750 +>= 0\.5 +>= 0\.8 +holds/);
  const run = ours('soak', 1, 100);
  checkPlot(drawSoak(result({ runs: [run], throughput: secondAndLast(run.load.transactions_every_second, 10), memory: { rise: 0.01, flat: true, peak_bytes: 9e6 },
    figures: [{ id: 'soak_rise', median: 1 }], samples: [0, 10].map((seconds) => ({ seconds, resident_bytes: [1e6, 2e6] })) })));
  const scaled = [4, 7].map((validators) => ({ ...ours('scale', 1, 100), validators }));
  const described = describeScale(scaled, { scaleValidators: [4, 7], scaleRate: 100, seconds: 10 });
  assert.equal(described.figures[0].median, 12_000);
  assert.deepEqual(described.figures.map(({ flaw }) => flaw), ['', '']);
  checkPlot(drawScale(result({ runs: scaled, ...described })));
});

test('an axis holds its values', () => {
  for (const most of [0.003, 1, 7, 99, 100, 12_345]) {
    const scale = scaleOf([most], 300, 100);
    assert.ok(scale.most >= most && scale.most <= 2.5 * most);
    close(scale.at(0), 300);
    close(scale.at(scale.most), 100);
    assert.ok(scale.ticks.length >= 3 && scale.ticks.length <= 12);
  }
});

test('options', () => {
  assert.deepEqual((({ mode, runs, seconds }) => ({ mode, runs, seconds }))(parseOptions([])), { mode: 'compare', runs: 5, seconds: 60 });
  assert.deepEqual((({ runs, seconds }) => ({ runs, seconds }))(parseOptions(['--quick', '--seconds', '4'])), { runs: 3, seconds: 4 });
  assert.equal(parseOptions(['--soak', '600']).seconds, 600);
  for (const words of [['--runs', '0'], ['--runs', '1.5'], ['--soak', '2'], ['--scale', '--soak', '9'], ['--rate', '5'], ['--other']]) {
    assert.throws(() => parseOptions(words), undefined, words.join(' '));
  }
});
