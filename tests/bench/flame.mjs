// A flame graph of what `perf script` says: of each sample only the frames that say something, from the thread's
// beginning down; the width of a frame is its share of the processor time. Pure.
import { colours, document, rect, text, title } from './plot.mjs';

// What stands for everything in a library, and with what colour.
const libraries = [[/libleveldb/, 'LevelDB', '#fbbf24'], [/libcrypto|libssl/, 'OpenSSL', '#a5b4fc'], [/libsodium/, 'libsodium', '#c4b5fd'],
  [/libmimalloc/, 'allocation', '#fca5a5'], [/kernel|\[k/, 'kernel', '#cbd5e1']];
const oursColour = '#99d5cf';
const colourOf = (name) => libraries.find(([, word]) => word === name)?.[2] ?? oursColour;

// "jingchu::ledger::Executor::run(...)" is "ledger::Executor::run"; nothing for what only passes on, as std and boost do.
export function frameOf(symbol, module) {
  const library = libraries.find(([pattern]) => pattern.test(module));
  if (library) return library[1];
  const name = symbol.replace(/\(anonymous namespace\)::/g, '').replace(/\[abi:\w+\]/g, '').replace(/ const$/, '');
  const at = name.search(/\bjingchu::/);
  if (at === -1 || /^(std|boost)::/.test(name.replace(/^.* (?=\w+::)/, ''))) return undefined;
  const own = name.slice(at + 'jingchu::'.length).replace(/[(<{].*$/, '');
  return own === '' || own.startsWith('Result') || own.endsWith('operator') ? undefined : own;
}

// Of the lines of `perf script -F comm,tid,time,ip,sym,dso`: calls `take` with the frames of each sample, outermost first,
// and whether they go back to the thread's beginning, for only so much of a stack is kept.
export function sampleReader(take) {
  let sample;
  const end = () => { if (sample) take(sample); sample = undefined; };
  return (line) => {
    if (line.trim() === '') return end();
    const frame = line.match(/^\s+[0-9a-f]+ (.*) \(([^)]*)\)$/);
    if (!frame) { end(); sample = { frames: [], whole: false }; return undefined; }
    if (!sample) return undefined;
    if (/^(clone3?|start_thread|_start)\b/.test(frame[1])) sample.whole = true;
    const name = frameOf(frame[1], frame[2]);
    if (name && sample.frames[0] !== name) sample.frames.unshift(name);
    return undefined;
  };
}

// What stands above each frame most often, in whole samples.
export function waysTo(samples) {
  const counts = new Map();
  for (const { frames } of samples.filter(({ whole }) => whole)) {
    for (const [i, name] of frames.entries()) {
      if (!counts.has(name)) counts.set(name, new Map());
      const way = frames.slice(0, i).join('\n');
      counts.get(name).set(way, (counts.get(name).get(way) ?? 0) + 1);
    }
  }
  return new Map([...counts].map(([name, ways]) => [name, [...ways].sort((a, b) => b[1] - a[1])[0][0].split('\n').filter(Boolean)]));
}

const newNode = () => ({ count: 0, below: new Map() });
export function treeOf(samples) {
  const root = newNode();
  const ways = waysTo(samples);
  for (const { frames, whole } of samples) addSample(root, whole ? frames : [...ways.get(frames[0]) ?? [], ...frames]);
  return root;
}

function addSample(root, frames) {
  let node = root;
  node.count += 1;
  for (const name of frames.length === 0 ? ['not known'] : frames) {
    if (!node.below.has(name)) node.below.set(name, newNode());
    node = node.below.get(name);
    node.count += 1;
  }
}

// As much as fits: without the room, then cut off.
function label(name, share, letters) {
  const short = name.replace(/^\w+::(?=\w)/, '');
  return [`${name} ${share}`, `${short} ${share}`, short].find((words) => words.length <= letters) ?? short.slice(0, letters);
}

const row = 19;
const left = 28;
const least = 0.002; // of all, or nobody could see it
export function draw(root, heading, width = 1500) {
  const all = root.count;
  const full = width - 2 * left;
  const parts = [];
  let deepest = 0;
  const place = (node, x, depth) => {
    deepest = Math.max(deepest, depth);
    let at = x;
    for (const [name, child] of [...node.below].sort((a, b) => b[1].count - a[1].count)) {
      const wide = full * child.count / all;
      if (child.count / all < least) continue;
      const y = 100 + depth * row;
      const letters = Math.floor((wide - 6) / 6.4);
      const share = `${(100 * child.count / all).toFixed(1)} %`;
      parts.push('<g>', title(`${name}: ${share}`), rect(at, y, Math.max(wide - 0.6, 0.4), row - 1, colourOf(name), { rx: 2 }),
        letters >= 4 ? text(at + 3, y + 13, label(name, share, letters), { size: 11 }) : '', '</g>');
      place(child, at, depth + 1);
      at += wide;
    }
  };
  place(root, left, 0);
  return document(width, 130 + (deepest + 1) * row, heading, [`${all} samples of processor time; a frame hangs from what called it, and is as wide as its share`],
    [parts, libraries.map(([, word, colour], i) => [rect(left + 120 * i, 78, 12, 12, colour), text(left + 17 + 120 * i, 89, word, { size: 11.5, fill: colours.quiet })])]);
}
