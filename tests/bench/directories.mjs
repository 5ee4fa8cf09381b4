// Where both sides keep their data, one after the other on the same disk.
import { execFileSync } from 'node:child_process';
import { mkdirSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';

export const validatorsIn = (data) => join(data, 'bench-validators');
export const etcdIn = (data) => join(data, 'bench-etcd');

// Gone from the disk, too: the next run does not wait for what is left of this one.
export function remove(directory) {
  rmSync(directory, { recursive: true, force: true });
  execFileSync('sync', ['--file-system', dirname(directory)]);
}

// Nothing of either side is there, whatever an interrupted run has left.
export function clear(data) {
  mkdirSync(data, { recursive: true });
  [validatorsIn(data), etcdIn(data)].forEach(remove);
}
