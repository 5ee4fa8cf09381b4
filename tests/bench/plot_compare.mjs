// The plot of both sides: rates beside each other, latency, and what a record costs, each with its targets. Pure.
import { bound, circle, colours, document, line, panel, rect, scaleOf, spread, text } from './plot.mjs';
import { grouped, header, verdictText } from './report.mjs';

const width = 1040;
const tick = (value) => grouped(value, Number.isInteger(value) ? 0 : 1);
const colourOf = { stretch: colours.good, must: colours.good, missed: colours.bad };

// A bar for the median from the axis, a dot for each run.
function column(figure, name, x, scale, base, colour) {
  const top = scale.at(figure.median);
  const dots = spread(figure.values.length, x, 48).map((dot, i) => circle(dot, scale.at(figure.values[i]), 4, colour.dark, { stroke: '#fff', 'stroke-width': 1.2 }));
  return [rect(x - 42, top, 84, base - top, colour.light, { rx: 3 }), line(x - 42, top, x + 42, top, colour.dark, { 'stroke-width': 2.5 }), dots,
    text(x, base + 20, name[0], { anchor: 'middle', weight: 600 }), text(x, base + 38, `${grouped(figure.median)} ${figure.unit}`, { anchor: 'middle', size: 12.5, weight: 600 }),
    text(x, base + 55, name[1], { anchor: 'middle', size: 11.5, fill: colours.quiet })];
}

function ratioWords(x, y, { median, minimum, maximum, values, target, verdict }) {
  const [middle, least, most] = [median, minimum, maximum].map((value) => grouped(value, 2));
  return [text(x, y, middle, { size: 32, weight: 700 }), text(x, y + 22, "times etcd's rate"),
    text(x, y + 42, `${least} to ${most}`, { size: 12, fill: colours.quiet }), text(x, y + 58, `in ${values.length} ${values.length === 1 ? 'round' : 'rounds'}`, { size: 12, fill: colours.quiet }),
    bound('must', x, y + 90, x + 24, y + 90), text(x + 32, y + 94, `must ${target.must}`, { size: 12 }),
    bound('stretch', x, y + 112, x + 24, y + 112), text(x + 32, y + 116, `stretch ${target.stretch}`, { size: 12 }),
    text(x, y + 142, verdictText[verdict], { weight: 700, fill: colourOf[verdict] })];
}

function rates(x, y, title, [ours, theirs, ratio], names) {
  const base = y + 262;
  const left = x + 74;
  const right = x + 338;
  const targets = ['must', 'stretch'].map((kind) => ({ kind, value: ratio.target[kind] * theirs.median }));
  const scale = scaleOf([...ours.values, ...theirs.values, ...targets.map(({ value }) => value)], base, y + 72);
  const grid = scale.ticks.map((value) => [line(left, scale.at(value), right, scale.at(value), colours.grid), text(left - 8, scale.at(value) + 4, tick(value), { anchor: 'end', size: 11.5, fill: colours.quiet })]);
  return [panel(x, y, 484, 336, title), text(x + 20, y + 50, names.unit, { size: 11.5, fill: colours.quiet }), grid,
    column(ours, names.ours, left + 70, scale, base, { dark: colours.ours, light: colours.oursLight }),
    column(theirs, names.theirs, left + 194, scale, base, { dark: colours.theirs, light: colours.theirsLight }),
    targets.map(({ kind, value }) => bound(kind, left + 16, scale.at(value), left + 124, scale.at(value))), ratioWords(x + 360, y + 116, ratio)];
}

// A bar to the right with its bounds; its scale is its own, or one that others have, too.
function bullet(x, y, room, figure, name, scale) {
  const { median, values, target, verdict, unit, digits } = figure;
  const own = scale ?? scaleOf([...values, ...(target ? [target.must] : [])], x, x + room);
  const dots = spread(values.length, y + 9, 10).map((dot, i) => circle(own.at(values[i]), dot, 3.5, colours.ours, { stroke: '#fff', 'stroke-width': 1 }));
  const bounds = target ? ['must', 'stretch'].filter((kind) => target[kind] !== undefined).map((kind) => bound(kind, own.at(target[kind]), y - 5, own.at(target[kind]), y + 23)) : [];
  const limits = target ? `must ${target.must}${target.stretch === undefined ? '' : `, stretch ${target.stretch}`}: ` : '';
  return [text(x, y - 10, name), text(x + room, y - 10, `${grouped(median, digits)} ${unit}`, { anchor: 'end', weight: 700 }),
    rect(x, y, room, 18, colours.track, { rx: 3 }), rect(x, y, Math.max(1, own.at(median) - x), 18, colours.oursLight, { rx: 3 }), bounds, dots,
    target ? [text(x + room, y + 38, limits + verdictText[verdict], { anchor: 'end', size: 11.5, fill: colourOf[verdict] })] : [],
    text(x, y + 38, `${grouped(figure.minimum, digits)} to ${grouped(figure.maximum, digits)} ${unit}`, { size: 11.5, fill: colours.quiet })];
}

function bullets(x, y, title, figures, shared) {
  const room = 444;
  const scale = shared ? scaleOf(figures.flatMap(({ figure }) => [...figure.values, figure.target?.must ?? 0]), x + 20, x + 20 + room) : undefined;
  return [panel(x, y, 484, 66 + 78 * figures.length, title), figures.map(({ figure, name }, i) => bullet(x + 20, y + 70 + 78 * i, room, figure, name, scale))];
}

function legend(y, runs) {
  return [rect(28, y - 11, 22, 12, colours.oursLight), line(50, y - 11, 50, y + 1, colours.ours, { 'stroke-width': 2.5 }), text(58, y, `median of ${runs} runs`, { size: 12 }),
    circle(196, y - 5, 4, colours.ours), text(206, y, 'a run', { size: 12 }), bound('must', 262, y - 5, 290, y - 5), text(298, y, 'what must hold', { size: 12 }),
    bound('stretch', 406, y - 5, 434, y - 5), text(442, y, 'what is hoped for (stretch)', { size: 12 }),
    text(width - 28, y, 'rates: more is better; latency and costs: less is better', { size: 12, anchor: 'end', fill: colours.quiet })];
}

export function drawComparison(result) {
  const figure = (id) => result.figures.find((one) => one.id === id);
  const s = result.settings;
  const names = (ours) => ({ ours: ['Jingchu', '4 validators'], theirs: ['etcd', '3 members'], unit: ours });
  const rows = (list) => list.filter(([id]) => figure(id)).map(([id, name]) => ({ figure: figure(id), name }));
  const latencies = rows([['light_p50', `p50 at ${s.lightRate} transactions/s`], ['light_p99', `p99 at ${s.lightRate} transactions/s`],
    ['half_p99', `p99 at half of the full rate (${grouped(figure('half_rate').median)} transactions/s)`]]);
  const costs = rows([['cpu_record', 'processor time, a record in a bundle'], ['written_record', 'written to disk, a record in a bundle'],
    ['memory_bundles', 'memory, at the most, under bundles']]);
  const bottom = 502 + 66 + 78 * 3;
  return document(width, bottom + 48, 'Jingchu beside etcd, on one machine and one disk', header(result), [
    rates(28, 148, `Single records of ${s.bytes} bytes, ${s.outstanding} under way`, ['singles_rate', 'singles_etcd_rate', 'singles_ratio'].map(figure),
      names('transactions/s; puts/s')),
    rates(528, 148, `Bundles of ${s.bundle} records, ${grouped(s.bundleOutstanding * s.bundle)} records under way`, ['bundles_rate', 'bundles_etcd_rate', 'bundles_ratio'].map(figure),
      { ...names('records/s; puts/s'), theirs: ['etcd', `${grouped(s.etcdOutstandingBesideBundles)} puts under way`] }),
    bullets(28, 502, 'Latency of single records, until final', latencies, true), bullets(528, 502, 'What a validator uses', costs, false), legend(bottom + 30, s.runs)]);
}
