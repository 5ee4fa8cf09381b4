// More validators on the same machine: what a transaction costs all of them together, at a modest rate that each number of
// validators must bear.
import { runValidators } from './compare.mjs';
import { isSound, soundness } from './figures.mjs';
import { drawScale } from './plot_series.mjs';
import { grouped, say } from './report.mjs';
import { fitLine, sum, summarize } from './statistics.mjs';

const sustainedShare = 0.98;

export const isSustained = ({ load, all_final }, rate) => all_final && load.transactions_per_second >= sustainedShare * rate;
export const cpuOfTransaction = ({ used, load }) => sum(used.map(({ cpu_us }) => cpu_us)) / load.transactions;

export function describeScale(runs, counts, rate) {
  const figures = counts.map((count) => {
    const ofCount = runs.filter(({ validators }) => validators === count);
    const values = ofCount.map(cpuOfTransaction);
    return { id: `scale_${count}`, group: 'scale', name: `${count} validators${ofCount.every((run) => isSustained(run, rate)) ? '' : ' (rate NOT SUSTAINED)'}`,
      unit: 'us', digits: 0, validators: count, values, ...summarize(values), sustained: ofCount.every((run) => isSustained(run, rate)) };
  });
  return { figures, fit: fitLine(figures.map(({ validators, median }) => ({ x: validators, y: median }))) };
}

export const fitText = ({ intercept, slope, r_squared }) =>
  `A line through the medians: ${grouped(intercept)} us and ${grouped(slope)} us more for each validator (R² ${r_squared.toFixed(3)}).`;

export async function scale(options, result) {
  const { seconds, scaleRate: rate, scaleValidators: counts } = options;
  for (let number = 1; number <= options.runs; ++number) {
    say(`run ${number} of ${options.runs}`);
    for (const count of counts) {
      const run = await runValidators(options, count, { seconds, rate }, `${count} validators, ${rate} transactions/s`);
      result.runs.push({ part: 'scale', round: number, validators: count, ...run });
    }
  }
  Object.assign(result, describeScale(result.runs, counts, rate));
  result.soundness = soundness(result.runs);
  return { sound: isSound(result.soundness) && result.figures.every(({ sustained }) => sustained), svg: drawScale(result), words: fitText(result.fit) };
}
