// Records where the first of four validators spends its processor time under full load, and draws it. The words are those of
// scripts/flame.sh, which has the help and builds what this needs.
import { spawn } from 'node:child_process';
import { createReadStream, mkdirSync, openSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as pause } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { clear } from './directories.mjs';
import { draw, sampleReader, treeOf } from './flame.mjs';
import { commit } from './machine.mjs';
import { say } from './report.mjs';
import { Validators } from './validators.mjs';

const samplesEachSecond = 497;
const stackBytes = 16_384; // of each sample, from which its frames are read later

function readOptions() {
  const { values } = parseArgs({ options: { bundle: { type: 'string', default: '1' }, seconds: { type: 'string', default: '20' },
    dir: { type: 'string', default: 'bench/data' }, results: { type: 'string', default: 'bench/results' } } });
  for (const name of ['bundle', 'seconds']) if (!/^[1-9]\d{0,2}$/.test(values[name])) throw new Error(`--${name} takes a whole number from 1 to 999, not "${values[name]}"`);
  return { ...values, bundle: Number(values.bundle), seconds: Number(values.seconds) };
}

const ended = (child) => new Promise((resolve, reject) => {
  child.on('error', reject);
  child.on('exit', (code) => (code === 0 ? resolve() : reject(new Error(`${child.spawnfile} ended with status ${code}`))));
});

async function record(validators, { bundle, seconds }, file) {
  await validators.up();
  const load = validators.load({ seconds, bundle, outstanding: bundle === 1 ? 256 : 64, bytes: 256 }, () => {});
  await Promise.race([pause(1000 * seconds / 3), load]); // a load that fails early says why
  const perf = spawn('perf', ['record', '--quiet', '-F', String(samplesEachSecond), '--call-graph', `dwarf,${stackBytes}`, '-p', String(validators.processes[0].pid),
    '-o', file, '--', 'sleep', String(seconds / 3)], { stdio: ['ignore', 'ignore', 'inherit'] });
  await ended(perf);
  const { load: report } = await load;
  await validators.down();
  return report;
}

async function samplesOf(file) {
  const words = join(dirname(file), 'samples.txt');
  await ended(spawn('perf', ['script', '-i', file, '--no-inline', '-F', 'comm,tid,time,ip,sym,dso'], { stdio: ['ignore', openSync(words, 'w'), 'ignore'] }));
  const samples = [];
  const take = sampleReader((sample) => samples.push(sample));
  for await (const line of createInterface({ input: createReadStream(words) })) take(line);
  take('');
  return samples;
}

const options = readOptions();
clear(options.dir);
const file = join(options.dir, 'perf.data');
const begin = new Date().toISOString().replace(/[-:]|\.\d+/g, '');
say('four validators under load, one of them watched');
const report = await record(new Validators(options.dir, 28_000), options, file);
say('reading the samples, which takes a minute or two');
const samples = await samplesOf(file);
if (samples.length === 0) throw new Error('perf has recorded nothing: it needs root, or a lower kernel.perf_event_paranoid');
const what = options.bundle === 1 ? 'single records' : `bundles of ${options.bundle}`;
const svg = draw(treeOf(samples), `Where a validator's processor time goes: ${what}, ${Math.round(report.records_per_second)} records/s, ${commit().commit.slice(0, 7)}`);
mkdirSync(options.results, { recursive: true });
const name = join(options.results, `${begin}-${commit().commit.slice(0, 7)}-flame-${options.bundle}.svg`);
writeFileSync(name, svg);
for (const left of ['perf.data', 'samples.txt']) rmSync(join(options.dir, left));
say(`written: ${name}`);
