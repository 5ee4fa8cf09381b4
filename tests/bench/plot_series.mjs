// The plots of a soak (throughput and memory over the time) and of more validators (costs and a line through them). Pure.
import { bound, circle, colours, document, line, panel, polyline, scaleOf, spread, text } from './plot.mjs';
import { grouped, header } from './report.mjs';

const width = 1040;
const left = 110;
const right = width - 60;

// Axes of a panel whose scale of y is `scale`, and of x from 0 to `most` by steps.
function axes(scale, xs, xName, yName, top, bottom) {
  const rows = scale.ticks.map((value) => [line(left, scale.at(value), right, scale.at(value), colours.grid),
    text(left - 10, scale.at(value) + 4, grouped(value), { anchor: 'end', size: 11.5, fill: colours.quiet })]);
  const columns = xs.ticks.map((value) => text(xs.at(value), bottom + 20, grouped(value), { anchor: 'middle', size: 11.5, fill: colours.quiet }));
  return [rows, columns, text(right, bottom + 38, xName, { anchor: 'end', size: 11.5, fill: colours.quiet }), text(left - 62, top - 14, yName, { size: 11.5, fill: colours.quiet })];
}

export function drawSoak(result) {
  const { every_second, seconds } = { every_second: result.runs[0].load.transactions_every_second, seconds: result.settings.seconds };
  const { throughput: t, memory, samples } = result;
  const time = { ...scaleOf([seconds / 1.04], left, right, 10) };
  const rates = Array.from({ length: seconds }, (_, i) => every_second[i] ?? 0);
  const rate = scaleOf(rates, 418, 228);
  const megabytes = samples.map(({ seconds: at, resident_bytes }) => ({ at, each: resident_bytes.map((bytes) => bytes / 1e6) }));
  const bytes = scaleOf([...megabytes.flatMap(({ each }) => each), memory.peak_bytes / 1e6, 600], 738, 548);
  const window = (from, value) => [line(time.at(from), rate.at(value), time.at(from + t.window), rate.at(value), colours.must, { 'stroke-width': 2.5 }),
    text(time.at(from + t.window / 2), rate.at(value) - 10, `${grouped(value)} in the mean`, { anchor: 'middle', size: 12, weight: 600, halo: true })];
  const figure = (id) => result.figures.find((one) => one.id === id);
  return document(width, 818, `Jingchu: single records at full load for ${grouped(seconds)} s`, header(result), [
    panel(28, 148, width - 56, 320, `Throughput: the last ${t.window} s have ${grouped(t.ratio * 100, 1)} % of the second ${t.window} s (must 90, stretch 98)`),
    axes(rate, time, 'seconds', 'transactions/s', 228, 418), polyline(rates.map((value, i) => [time.at(i + 0.5), rate.at(value)]), colours.ours),
    window(t.window, t.second), window(seconds - t.window, t.last),
    panel(28, 480, width - 56, 314, `Resident memory of each validator: at most ${grouped(memory.peak_bytes / 1e6)} MB (must 600), `
      + `in the second half ${memory.rise < 0 ? 'down' : 'up'} ${grouped(Math.abs(figure('soak_rise').median), 1)} % (flat under 5)`),
    axes(bytes, time, 'seconds', 'MB', 548, 738), bound('must', left, bytes.at(600), right, bytes.at(600)),
    samples[0].resident_bytes.map((_, node) => polyline(megabytes.map(({ at, each }) => [time.at(at), bytes.at(each[node])]), colours.ours, { 'stroke-opacity': 0.4 + 0.2 * (node % 4) }))]);
}

export function drawScale(result) {
  const { figures, fit, settings } = result;
  const xs = scaleOf(figures.map(({ validators }) => validators), left, right, 10);
  const ys = scaleOf(figures.flatMap(({ values }) => values), 538, 228);
  const fitted = (x) => fit.intercept + fit.slope * x;
  const ends = [xs.ticks[0], xs.most].map((x) => [xs.at(x), ys.at(Math.max(0, fitted(x)))]);
  const each = figures.map(({ validators, values, median, flaw }) => [
    spread(values.length, xs.at(validators), 12).map((x, i) => circle(x, ys.at(values[i]), 4.5, flaw === '' ? colours.ours : colours.bad, { 'fill-opacity': 0.75, stroke: '#fff' })),
    text(xs.at(validators), ys.at(Math.max(...values)) - 14, `${grouped(median)} us${flaw === '' ? '' : `, ${flaw}`}`, { anchor: 'middle', size: 12, weight: 600, halo: true })]);
  return document(width, 618, 'Jingchu: what a transaction costs all validators together', header(result), [
    panel(28, 148, width - 56, 446, `Processor time at ${settings.scaleRate} transactions/s: ${grouped(fit.intercept)} us and ${grouped(fit.slope)} us for each validator (R² ${fit.r_squared.toFixed(3)})`),
    axes(ys, xs, 'validators, all on this machine', 'us a transaction', 228, 538), line(ends[0][0], ends[0][1], ends[1][0], ends[1][1], colours.theirs, { 'stroke-width': 1.8, 'stroke-dasharray': '6 4' }), each]);
}
