// What ran where: what a figure says nothing without.
import { execFileSync } from 'node:child_process';
import { closeSync, fdatasyncSync, mkdirSync, openSync, readFileSync, rmSync, writeSync } from 'node:fs';
import { cpus, loadavg, release, totalmem } from 'node:os';
import { join } from 'node:path';
import { jingchu } from '../e2e/network.mjs';
import { summarize } from './statistics.mjs';

const said = (program, ...words) => execFileSync(program, words, { encoding: 'utf8' }).trim();

// What a write and a sync of 4 KiB take on the disk that both sides use, in milliseconds.
function measureSync(directory, count = 200) {
  const file = join(directory, 'bench-sync');
  const handle = openSync(file, 'w');
  const block = Buffer.alloc(4096, 0x55);
  const took = Array.from({ length: count }, () => {
    const begin = performance.now();
    writeSync(handle, block);
    fdatasyncSync(handle);
    return performance.now() - begin;
  });
  closeSync(handle);
  rmSync(file);
  return summarize(took);
}

export function machine(directory) {
  mkdirSync(directory, { recursive: true });
  const flags = readFileSync('/proc/cpuinfo', 'utf8').match(/^(flags|Features)\s*:\s*(.*)$/m)?.[2].split(' ') ?? [];
  const [fileSystem] = said('df', '--output=fstype', directory).split('\n').slice(1);
  return {
    processor: cpus()[0].model.trim(),
    processors: cpus().length,
    sha_instructions: flags.includes('sha_ni') || flags.includes('sha2'),
    memory_bytes: totalmem(),
    kernel: `${said('uname', '-s')} ${release()}`,
    system: readFileSync('/etc/os-release', 'utf8').match(/^PRETTY_NAME="?([^"\n]*)/m)?.[1] ?? '',
    file_system: fileSystem.trim(),
    sync_ms: measureSync(directory),
    load_average_at_begin: loadavg()[0],
  };
}

export const versions = () => ({
  jingchu: said(jingchu, '--version').replace(/^jingchu /, ''),
  etcd: said('etcd', '--version').match(/etcd Version: (\S+)/)?.[1] ?? '',
  node: process.version,
});

export const commit = () => ({
  commit: said('git', 'rev-parse', 'HEAD'),
  uncommitted_changes: said('git', 'status', '--porcelain', '--untracked-files=no') !== '',
});

const gibibytes = (bytes) => (bytes / 2 ** 30).toFixed(0);

// Lines for people.
export const machineText = (m) => [`${m.processors} x ${m.processor}${m.sha_instructions ? '' : ' (no SHA instructions)'}, ${gibibytes(m.memory_bytes)} GiB of memory`,
  `${m.system}, ${m.kernel}, ${m.file_system}, a write and sync of 4 KiB in ${m.sync_ms.median.toFixed(2)} ms`];
export const commitText = (c) => `commit ${c.commit.slice(0, 7)}${c.uncommitted_changes ? ' with uncommitted changes' : ''}`;
