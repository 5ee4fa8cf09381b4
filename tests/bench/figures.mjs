// From the runs to the figures that are asked for, with their targets. Pure: tests/bench/figures_test.mjs.
// A run is {part, side, round, load, all_final, used, agreement}; round 0 is the warm-up and counts for nothing.
import { judge, mean, summarize } from './statistics.mjs';

const kB = 1_000;
const MB = 1_000_000;

const records = (run) => run.load.records;
const cpuOfRecord = (run) => mean(run.used.map(({ cpu_us }) => cpu_us)) / records(run);
const writtenOfRecord = (run) => (run.used.some(({ written_bytes }) => written_bytes === null) ? null
  : mean(run.used.map(({ written_bytes }) => written_bytes)) / records(run) / kB);
const peak = (run) => Math.max(...run.used.map(({ peak_bytes }) => peak_bytes)) / MB;
const cpuOfPut = (run) => mean(run.used.map(({ cpu_us }) => cpu_us)) / run.load.puts;
const milliseconds = (name) => (run) => run.load.latency_us[name] / 1_000;

// For each round in which both ran.
function ratios(runs, part, rateOf) {
  const of = (side) => runs.filter((run) => run.part === part && run.side === side);
  return of('jingchu').map((ours) => {
    const theirs = of('etcd').find(({ round }) => round === ours.round);
    return theirs === undefined ? null : rateOf(ours) / theirs.load.per_second;
  });
}

const rate = (run) => run.load.transactions_per_second;
const recordRate = (run) => run.load.records_per_second;
const perSecond = (run) => run.load.per_second;

const catalogue = [
  { id: 'singles_rate', group: 'singles', name: 'Jingchu', unit: 'transactions/s', digits: 0, part: 'singles', side: 'jingchu', of: rate },
  { id: 'singles_etcd_rate', group: 'singles', name: 'etcd', unit: 'puts/s', digits: 0, part: 'singles', side: 'etcd', of: perSecond },
  { id: 'singles_ratio', group: 'singles', name: 'Jingchu to etcd, in each round', unit: '', digits: 3,
    all: (runs) => ratios(runs, 'singles', rate), target: { least: true, must: 0.5, stretch: 0.8 } },
  { id: 'bundles_rate', group: 'bundles', name: 'Jingchu', unit: 'records/s', digits: 0, part: 'bundles', side: 'jingchu', of: recordRate },
  { id: 'bundles_etcd_rate', group: 'bundles', name: 'etcd', unit: 'puts/s', digits: 0, part: 'bundles', side: 'etcd', of: perSecond },
  { id: 'bundles_ratio', group: 'bundles', name: 'Jingchu to etcd, in each round', unit: '', digits: 3,
    all: (runs) => ratios(runs, 'bundles', recordRate), target: { least: true, must: 1.5, stretch: 3 } },
  { id: 'light_p50', group: 'latency', name: 'p50 at 100 transactions/s', unit: 'ms', digits: 1, part: 'light', side: 'jingchu',
    of: milliseconds('p50'), target: { must: 30, stretch: 12 } },
  { id: 'light_p99', group: 'latency', name: 'p99 at 100 transactions/s', unit: 'ms', digits: 1, part: 'light', side: 'jingchu',
    of: milliseconds('p99'), target: { must: 80, stretch: 40 } },
  { id: 'half_rate', group: 'latency', name: 'half of the rate of single records', unit: 'transactions/s', digits: 0, part: 'half', side: 'jingchu',
    of: rate },
  { id: 'half_p50', group: 'latency', name: 'p50 at half', unit: 'ms', digits: 1, part: 'half', side: 'jingchu', of: milliseconds('p50') },
  { id: 'half_p99', group: 'latency', name: 'p99 at half', unit: 'ms', digits: 1, part: 'half', side: 'jingchu', of: milliseconds('p99'),
    target: { must: 150, stretch: 80 } },
  { id: 'full_p99', group: 'latency', name: 'p99 at full load', unit: 'ms', digits: 1, part: 'singles', side: 'jingchu', of: milliseconds('p99') },
  { id: 'full_etcd_p99', group: 'latency', name: 'etcd: p99 at full load', unit: 'ms', digits: 1, part: 'singles', side: 'etcd',
    of: (run) => run.load.p99_us / 1_000 },
  { id: 'cpu_record', group: 'costs', name: 'processor, a record in a bundle', unit: 'us', digits: 1, part: 'bundles', side: 'jingchu',
    of: cpuOfRecord, target: { must: 20, stretch: 10 } },
  { id: 'cpu_single', group: 'costs', name: 'processor, a single record', unit: 'us', digits: 1, part: 'singles', side: 'jingchu', of: cpuOfRecord },
  { id: 'cpu_put', group: 'costs', name: 'etcd: processor of a member, a put', unit: 'us', digits: 1, part: 'bundles', side: 'etcd', of: cpuOfPut },
  { id: 'written_record', group: 'costs', name: 'written, a record in a bundle', unit: 'kB', digits: 2, part: 'bundles', side: 'jingchu',
    of: writtenOfRecord, target: { must: 4, stretch: 1.5 } },
  { id: 'written_single', group: 'costs', name: 'written, a single record', unit: 'kB', digits: 2, part: 'singles', side: 'jingchu',
    of: writtenOfRecord },
  { id: 'memory_singles', group: 'costs', name: 'memory (VmHWM), single records', unit: 'MB', digits: 0, part: 'singles', side: 'jingchu', of: peak,
    target: { must: 600 } },
  { id: 'memory_bundles', group: 'costs', name: 'memory (VmHWM), bundles', unit: 'MB', digits: 0, part: 'bundles', side: 'jingchu', of: peak,
    target: { must: 600 } },
  { id: 'memory_etcd', group: 'costs', name: 'etcd: memory of a member', unit: 'MB', digits: 0, part: 'singles', side: 'etcd', of: peak },
];

// {id, group, name, unit, digits, values, minimum, median, maximum, target, verdict}: `values` in the order of the runs, the
// verdict is on the median. Without figures that were not measured.
export function figuresOf(allRuns) {
  const runs = allRuns.filter(({ round }) => round > 0);
  return catalogue.flatMap(({ part, side, of, all, ...figure }) => {
    const values = (all ? all(runs) : runs.filter((run) => run.part === part && run.side === side).map(of)).filter((value) => value !== null);
    if (values.length === 0) return [];
    const summary = summarize(values);
    return [{ ...figure, values, ...summary, ...(figure.target && { verdict: judge(summary.median, figure.target) }) }];
  });
}

// Whether the runs are what they must be: every transaction final, equal states. The warm-up, too.
export function soundness(runs) {
  const ours = runs.filter(({ side }) => side === 'jingchu');
  return {
    loads: runs.length,
    transactions: ours.reduce((all, { load }) => all + load.transactions, 0),
    puts: runs.filter(({ side }) => side === 'etcd').reduce((all, { load }) => all + load.puts, 0),
    all_final: runs.every(({ all_final }) => all_final),
    equal_states: ours.every(({ agreement }) => agreement.equal),
    compared_states: ours.length,
    etcd_kept_its_leader: runs.every(({ kept_its_leader }) => kept_its_leader !== false),
  };
}
export const isSound = ({ all_final, equal_states }) => all_final && equal_states;
