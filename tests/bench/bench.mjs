// The benchmark of scripts/bench.sh, which has the help and builds what this needs.
import { mkdirSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { compare } from './compare.mjs';
import { clear } from './directories.mjs';
import { commit, machine, versions } from './machine.mjs';
import { parseOptions } from './options.mjs';
import { say, soundnessText, table } from './report.mjs';
import { scale } from './scale.mjs';
import { soak } from './soak.mjs';

function readOptions() {
  try {
    return parseOptions(process.argv.slice(2));
  } catch (error) {
    console.error(`${error.message}\nsee scripts/bench.sh --help`);
    process.exit(2);
  }
}

// "20260501T123000Z-0123abc", and what kind of run it was.
function nameOf(result, ...words) {
  const stamp = result.begin.replace(/[-:]|\.\d+/g, '');
  return [stamp, result.commit.slice(0, 7), ...(result.mode === 'compare' ? [] : [result.mode]), ...(result.settings.quick ? ['quick'] : []), ...words].join('-');
}

function write(directory, name, content) {
  mkdirSync(directory, { recursive: true });
  const file = join(directory, name);
  writeFileSync(file, content);
  return relative('.', file);
}
const json = (result) => `${JSON.stringify(result, null, 1)}\n`;

const options = readOptions();
const { data, results, basePort: _, mode, ...settings } = options;
clear(data);
const result = { format: 1, mode, begin: new Date().toISOString(), ...commit(), versions: versions(), machine: machine(data), settings, runs: [] };
const { load_average_at_begin: load, processors } = result.machine;
if (load > processors / 4) say(`other work runs here (load average ${load.toFixed(1)}): the figures say little`);

try {
  const { sound, svg, words } = await { compare, soak, scale }[mode](options, result);
  result.end = new Date().toISOString();
  console.log([table(result), '', ...(words ? [words] : []), soundnessText(result.soundness)].join('\n'));
  console.log(`Written: ${write(results, `${nameOf(result)}.json`, json(result))} and ${write(results, `${nameOf(result)}.svg`, svg)}`);
  process.exit(sound ? 0 : 1);
} catch (error) {
  console.error(error.stack);
  result.failed = error.message;
  if (result.runs.length > 0) console.error(`what was measured until then: ${write(results, `${nameOf(result, 'incomplete')}.json`, json(result))}`);
  process.exit(1);
}
