// The programs that the benchmark starts, and what the kernel says that they used. None outlives this one.
import { execFileSync, spawn } from 'node:child_process';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { cpus } from 'node:os';

const started = new Set();
process.setMaxListeners(0); // each network waits for the end of this program, too
process.on('exit', () => started.forEach((child) => child.kill('SIGKILL')));
for (const [signal, status] of [['SIGINT', 130], ['SIGTERM', 143], ['SIGHUP', 129]]) {
  process.on(signal, () => {
    console.error(`\n${signal}: the programs of the benchmark are ended; a new run begins from nothing`);
    process.exit(status);
  });
}

export function start(program, words, options) {
  const child = spawn(program, words, options);
  started.add(child);
  child.on('exit', () => started.delete(child));
  return child;
}

// With both outputs in a file.
export function startLogged(program, words, file) {
  const log = openSync(file, 'a');
  try {
    return start(program, words, { stdio: ['ignore', log, log] });
  } finally {
    closeSync(log);
  }
}

export const lastLines = (file, count = 15) => readFileSync(file, 'utf8').trimEnd().split('\n').slice(-count).join('\n');

// Runs a load to its end; it prints one JSON value. `hear` gets each line of its other output.
export function runLoad(program, words, hear = () => {}) {
  return new Promise((resolve, reject) => {
    const child = start(program, words, { stdio: ['ignore', 'pipe', 'pipe'] });
    const texts = { out: '', error: '' };
    let line = '';
    child.stdout.on('data', (data) => { texts.out += data; });
    child.stderr.on('data', (data) => {
      texts.error += data;
      const lines = (line + data).split('\n');
      line = lines.pop();
      lines.forEach(hear);
    });
    child.on('error', reject);
    child.on('close', (code, signal) => {
      try {
        resolve({ status: code ?? signal, report: JSON.parse(texts.out) });
      } catch {
        reject(new Error(`${program} ended with ${code ?? signal} and no report:\n${texts.error.trimEnd().split('\n').slice(-10).join('\n')}`));
      }
    });
  });
}

const tick_us = 1e6 / Number(execFileSync('getconf', ['CLK_TCK'], { encoding: 'utf8' }));

// Of a process with all of its threads, since its start: processor time (user and system), bytes that it caused to be
// written to disk, resident memory now and at the most. `written_bytes` is null where only root may read it: a validator
// lets no other user look into it.
export function usage(pid) {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1).split(' ');
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  const memory = (name) => Number(status.match(new RegExp(`^${name}:\\s+(\\d+) kB`, 'm'))[1]) * 1024;
  let written_bytes = null;
  try {
    written_bytes = Number(readFileSync(`/proc/${pid}/io`, 'utf8').match(/^write_bytes: (\d+)/m)[1]);
  } catch (error) {
    if (error.code !== 'EACCES') throw error;
  }
  return { cpu_us: (Number(fields[11]) + Number(fields[12])) * tick_us, written_bytes, resident_bytes: memory('VmRSS'), peak_bytes: memory('VmHWM') };
}

// What was used between two looks at the same process.
export function usedBetween(before, after) {
  return {
    cpu_us: after.cpu_us - before.cpu_us,
    written_bytes: after.written_bytes === null ? null : after.written_bytes - before.written_bytes,
    resident_bytes: after.resident_bytes,
    peak_bytes: after.peak_bytes,
  };
}

// How busy all processors of the machine were from now until it is asked, whoever kept them so: from 0 to 1.
export function watchProcessors() {
  const all = () => cpus().map(({ times }) => times).reduce((sums, { idle, ...busy }) => ({ idle: sums.idle + idle,
    busy: Object.values(busy).reduce((sum, part) => sum + part, sums.busy) }), { idle: 0, busy: 0 });
  const before = all();
  return () => {
    const after = all();
    const busy = after.busy - before.busy;
    return busy / Math.max(1, busy + after.idle - before.idle);
  };
}
