// SVG by hand: the few shapes that the plots need. Pure.

export const colours = { ours: '#0f766e', oursLight: '#99d5cf', theirs: '#64748b', theirsLight: '#cbd5e1', text: '#0f172a', quiet: '#64748b', grid: '#e2e8f0', track: '#f1f5f9',
  panel: '#ffffff', page: '#f8fafc', must: '#dc2626', stretch: '#2563eb', good: '#15803d', bad: '#b91c1c' };
const font = "'Noto Sans', 'DejaVu Sans', 'Liberation Sans', Arial, sans-serif";

const escape = (text) => String(text).replace(/[&<>"]/g, (c) => ({ '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' })[c]);
const fixed = (value) => Number(value.toFixed(2));
const attributes = (all) => Object.entries(all).filter(([, value]) => value !== undefined)
  .map(([name, value]) => ` ${name}="${escape(typeof value === 'number' ? fixed(value) : value)}"`).join('');
const element = (name, all, content = '') => (content === '' ? `<${name}${attributes(all)}/>` : `<${name}${attributes(all)}>${content}</${name}>`);

export const rect = (x, y, width, height, fill, more = {}) => element('rect', { x, y, width, height, fill, ...more });
export const line = (x1, y1, x2, y2, stroke, more = {}) => element('line', { x1, y1, x2, y2, stroke, ...more });
export const circle = (cx, cy, r, fill, more = {}) => element('circle', { cx, cy, r, fill, ...more });
export const polyline = (points, stroke, more = {}) => element('polyline', { points: points.map(([x, y]) => `${fixed(x)},${fixed(y)}`).join(' '), fill: 'none', stroke,
  'stroke-width': 1.6, 'stroke-linejoin': 'round', ...more });
// anchor: start, middle, end. A halo keeps it readable over lines.
export const text = (x, y, words, { size = 13, anchor = 'start', fill = colours.text, weight, halo = false } = {}) =>
  element('text', { x, y, 'font-size': size, 'text-anchor': anchor === 'start' ? undefined : anchor, fill, 'font-weight': weight,
    ...(halo && { 'paint-order': 'stroke', stroke: colours.panel, 'stroke-width': 5 }) }, escape(words));

// What a browser shows where the mouse stands.
export const title = (words) => element('title', {}, escape(words));

export const panel = (x, y, width, height, title) => [rect(x, y, width, height, colours.panel, { rx: 8, stroke: colours.grid }),
  text(x + 20, y + 30, title, { size: 15, weight: 600 })].join('\n');

// A mark on a value: what must hold is a whole line, what is hoped for a broken one.
export const bound = (kind, x1, y1, x2, y2) => line(x1, y1, x2, y2, colours[kind], { 'stroke-width': 2, 'stroke-dasharray': kind === 'stretch' ? '4 3' : undefined });

export function document(width, height, title, lines, parts) {
  const head = [text(28, 42, title, { size: 22, weight: 700 }), ...lines.map((words, i) => text(28, 66 + 18 * i, words, { size: 12.5, fill: colours.quiet }))];
  return [`<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" font-family="${font}">`,
    `<title>${escape(title)}</title>`, rect(0, 0, width, height, colours.page), ...head, ...parts.flat(Infinity), '</svg>', ''].join('\n');
}

// 1, 2 or 5 times a power of ten, so that `most` takes about `count` of them.
export function niceStep(most, count = 5) {
  const raw = most / count;
  const power = 10 ** Math.floor(Math.log10(raw));
  return [1, 2, 5, 10].map((factor) => factor * power).find((step) => step >= raw * 0.999);
}

// A scale from 0: `most` is a whole number of steps and not under any of the values.
export function scaleOf(values, from, to, count = 5) {
  const greatest = Math.max(...values, Number.MIN_VALUE) * 1.04;
  const step = niceStep(greatest, count);
  const most = Math.ceil(greatest / step) * step;
  const at = (value) => from + (to - from) * value / most;
  return { at, most, ticks: Array.from({ length: Math.round(most / step) + 1 }, (_, i) => i * step) };
}

// Where the dots of the runs stand beside each other around a middle.
export const spread = (count, middle, room) => Array.from({ length: count }, (_, i) => middle + (count === 1 ? 0 : (i / (count - 1) - 0.5) * room));
