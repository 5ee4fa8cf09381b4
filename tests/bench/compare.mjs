// Both sides in turn: a round is each part once, every one on a network or cluster and a disk that hold nothing yet.
import { Etcd } from './etcd.mjs';
import { figuresOf, isSound, soundness } from './figures.mjs';
import { drawComparison } from './plot_compare.mjs';
import { grouped, say } from './report.mjs';
import { Validators } from './validators.mjs';

const warmUpSeconds = 10;

async function ours(options, count, load, what) {
  const validators = new Validators(options.data, options.basePort, count);
  await validators.up();
  let lines = 0;
  const run = await validators.load({ bytes: options.bytes, ...load }, (line) => {
    if (++lines % 10 === 0) say(`    ${line}`);
  });
  await validators.down();
  const { transactions_per_second: rate, records_per_second: records, latency_us: { p50, p99 } } = run.load;
  say(`  ${what}: ${grouped(rate)} transactions/s${load.bundle > 1 ? `, ${grouped(records)} records/s` : ''}, p50 ${grouped(p50 / 1000, 1)} ms, p99 ${grouped(p99 / 1000, 1)} ms; `
    + `${run.all_final ? 'all final' : `NOT ALL FINAL: ${JSON.stringify(run.load.errors)}`}, states ${run.agreement.equal ? 'equal' : 'DIFFER'} at height ${run.agreement.height}`);
  return { side: 'jingchu', ...run };
}

async function theirs(options, load, what) {
  const etcd = new Etcd(options.data, options.basePort + 200);
  await etcd.up();
  const run = await etcd.load({ bytes: options.bytes, ...load });
  await etcd.down();
  const { per_second, p50_us, p99_us } = run.load;
  say(`  ${what}: ${grouped(per_second)} puts/s, p50 ${grouped(p50_us / 1000, 1)} ms, p99 ${grouped(p99_us / 1000, 1)} ms; ${run.all_final ? 'no errors' : 'ERRORS'}`);
  return { side: 'etcd', ...run };
}
export { ours as runValidators };

// The parts that stand beside each other.
async function pair(options, seconds, add) {
  const { outstanding, bundle, bundleOutstanding, etcdOutstandingBesideBundles: beside } = options;
  const singles = await ours(options, 4, { seconds, outstanding }, `Jingchu, single records, ${outstanding} under way`);
  add('singles', singles);
  add('singles', await theirs(options, { seconds, outstanding }, `etcd, ${outstanding} under way`));
  add('bundles', await ours(options, 4, { seconds, bundle, outstanding: bundleOutstanding }, `Jingchu, bundles of ${bundle}, ${bundleOutstanding} under way`));
  add('bundles', await theirs(options, { seconds, outstanding: beside }, `etcd, ${beside} under way`));
  return singles.load.transactions_per_second;
}

async function round(options, add) {
  const { seconds, lightRate } = options;
  const fullRate = await pair(options, seconds, add);
  add('light', await ours(options, 4, { seconds, rate: lightRate }, `Jingchu, ${lightRate} transactions/s`));
  const rate = Math.max(1, Math.round(fullRate / 2));
  add('half', await ours(options, 4, { seconds, rate }, `Jingchu, half load, ${rate} transactions/s`));
}

export async function compare(options, result) {
  const add = (number) => (part, run) => result.runs.push({ part, round: number, ...run });
  say('warm-up, which does not count');
  await pair(options, Math.min(warmUpSeconds, options.seconds), add(0));
  for (let number = 1; number <= options.runs; ++number) {
    say(`run ${number} of ${options.runs}`);
    await round(options, add(number));
  }
  result.figures = figuresOf(result.runs);
  result.soundness = soundness(result.runs);
  return { sound: isSound(result.soundness), svg: drawComparison(result) };
}
