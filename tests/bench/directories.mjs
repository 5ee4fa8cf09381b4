// Where both sides keep their data, one after the other on the same disk.
import { execFileSync } from 'node:child_process';
import { mkdirSync, rmSync } from 'node:fs';
import { dirname } from 'node:path';

// Gone from the disk, too: the next run does not wait for what is left of this one.
export function remove(directory) {
  rmSync(directory, { recursive: true, force: true });
  execFileSync('sync', ['--file-system', dirname(directory)]);
}

// There and empty, whatever an interrupted run has left. The last part is made by who fills it.
export function fresh(directory) {
  mkdirSync(dirname(directory), { recursive: true });
  remove(directory);
}
