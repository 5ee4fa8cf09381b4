// More validators on the same machine: what a transaction costs all of them together, at a modest rate that each number of
// validators must bear.
import { runValidators } from './compare.mjs';
import { isSound, soundness } from './figures.mjs';
import { drawScale } from './plot_series.mjs';
import { grouped, say } from './report.mjs';
import { fitLine, sum, summarize } from './statistics.mjs';

const sustainedShare = 0.95; // blocks come in pieces
const busyMax = 0.95; // beyond, blocks come later and hold more, which makes a transaction cheaper than it would be

// In the second half of the load: what comes late at the end is the latency's, what is lacking then is the rate's.
export function isSustained({ load, all_final }, rate, seconds) {
  const from = Math.floor(seconds / 2);
  return all_final && sum(load.transactions_every_second.slice(from, seconds)) >= sustainedShare * rate * (seconds - from);
}
export const cpuOfTransaction = ({ used, load }) => sum(used.map(({ cpu_us }) => cpu_us)) / load.transactions;

// Why a run does not compare with the others; nothing if it does.
function flaw(runs, rate, seconds) {
  if (!runs.every((run) => isSustained(run, rate, seconds))) return 'rate NOT SUSTAINED';
  return runs.some(({ machine_busy }) => machine_busy > busyMax) ? 'processors FULL' : '';
}

export function describeScale(runs, { scaleValidators: counts, scaleRate: rate, seconds }) {
  const figures = counts.map((count) => {
    const ofCount = runs.filter(({ validators }) => validators === count);
    const values = ofCount.map(cpuOfTransaction);
    const why = flaw(ofCount, rate, seconds);
    return { id: `scale_${count}`, group: 'scale', name: `${count} validators${why === '' ? '' : ` (${why})`}`, unit: 'us', digits: 0,
      validators: count, values, ...summarize(values), flaw: why };
  });
  return { figures, fit: fitLine(figures.map(({ validators, median }) => ({ x: validators, y: median }))) };
}

export function fitText({ intercept, slope, r_squared }, figures) {
  const line = `A line through the medians: ${grouped(intercept)} us and ${grouped(slope)} us more for each validator (R² ${r_squared.toFixed(3)}).`;
  const failing = figures.filter(({ flaw: why }) => why !== '').map(({ validators, flaw: why }) => `${validators} validators: ${why}`);
  return failing.length === 0 ? `The rate was sustained by all, with processor time left.\n${line}`
    : `${failing.join('; ')}. So the line says little: --rate sets a lower rate.\n${line}`;
}

export async function scale(options, result) {
  const { seconds, scaleRate: rate } = options;
  for (let number = 1; number <= options.runs; ++number) {
    say(`run ${number} of ${options.runs}`);
    for (const count of options.scaleValidators) {
      const run = await runValidators(options, count, { seconds, rate }, `${count} validators, ${rate} transactions/s`);
      result.runs.push({ part: 'scale', round: number, validators: count, ...run });
    }
  }
  Object.assign(result, describeScale(result.runs, options));
  result.soundness = soundness(result.runs);
  return { sound: isSound(result.soundness), svg: drawScale(result), words: fitText(result.fit, result.figures) };
}
