// Single records at full load for long: whether throughput and memory stay where they are.
import { setTimeout as pause } from 'node:timers/promises';
import { isSound, soundness } from './figures.mjs';
import { drawSoak } from './plot_series.mjs';
import { grouped, say } from './report.mjs';
import { flatness, judge, secondAndLast } from './statistics.mjs';
import { Validators } from './validators.mjs';

const sampleSeconds = 10;
const MB = 1_000_000;

// Resident memory of each validator, at once and each 10 s, until told to stop.
function watchMemory(validators, samples, every_s) {
  const stop = new AbortController();
  const begin = performance.now();
  const watch = async () => {
    for (let number = 0; !stop.signal.aborted; ++number) {
      await pause(Math.max(0, begin + number * every_s * 1000 - performance.now()), undefined, { signal: stop.signal }).catch(() => {});
      if (stop.signal.aborted) return;
      const resident = validators.usage().map(({ resident_bytes }) => resident_bytes);
      samples.push({ seconds: Math.round((performance.now() - begin) / 1000), resident_bytes: resident });
      say(`    ${samples.at(-1).seconds} s: resident ${resident.map((bytes) => grouped(bytes / MB)).join(', ')} MB; ${validators.lastLine ?? 'begins'}`);
    }
  };
  const watching = watch();
  return async () => { stop.abort(); await watching; };
}

const figure = (id, name, unit, digits, value, target) => ({ id, group: 'soak', name, unit, digits, values: [value], minimum: value, median: value,
  maximum: value, ...(target && { target, verdict: judge(value, target) }) });

function figuresOf({ throughput: t, memory, seconds, load }) {
  const window = t.window === 60 ? 'minute' : `${t.window} s`;
  return [
    figure('soak_rate', 'throughput', 'transactions/s', 0, load.transactions_per_second),
    figure('soak_second', `in the second ${window}`, 'transactions/s', 0, t.second),
    figure('soak_last', `in the last ${window}`, 'transactions/s', 0, t.last),
    figure('soak_ratio', 'the last to the second', '', 3, t.ratio, { least: true, must: 0.9, stretch: 0.98 }),
    figure('soak_memory', 'memory (VmHWM), the largest', 'MB', 0, memory.peak_bytes / MB, { must: 600 }),
    figure('soak_rise', `memory's rise in the last ${grouped(seconds / 2)} s`, '%', 1, memory.rise * 100, { must: 5 }),
  ];
}

// What the samples say; the validator whose memory rises most counts.
export function describeMemory(samples, used) {
  const ofEach = samples[0].resident_bytes.map((_, node) => flatness(samples.map(({ seconds, resident_bytes }) => ({ seconds, bytes: resident_bytes[node] }))));
  const worst = ofEach.reduce((most, one) => (one.rise > most.rise ? one : most));
  return { ...worst, peak_bytes: Math.max(...used.map(({ peak_bytes }) => peak_bytes)) };
}

export async function soak(options, result) {
  const { seconds, outstanding, bytes } = options;
  const validators = new Validators(options.data, options.basePort);
  await validators.up();
  say(`single records, ${outstanding} under way, for ${seconds} s`);
  result.samples = [];
  const stop = watchMemory(validators, result.samples, Math.min(sampleSeconds, Math.max(1, Math.floor(seconds / 10))));
  const run = await validators.load({ seconds, outstanding, bytes }, (line) => { validators.lastLine = line; });
  await stop();
  await validators.down();
  result.runs.push({ part: 'soak', round: 1, side: 'jingchu', ...run });
  result.throughput = secondAndLast(run.load.transactions_every_second, seconds);
  result.memory = describeMemory(result.samples, run.used);
  result.figures = figuresOf({ ...result, seconds, load: run.load });
  result.soundness = soundness(result.runs);
  return { sound: isSound(result.soundness), svg: drawSoak(result) };
}
