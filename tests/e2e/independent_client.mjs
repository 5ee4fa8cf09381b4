// The independent client of submit.mjs against real nodes: its own vectors, then a record through one validator that
// another one shows.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Network, until } from './network.mjs';

const script = fileURLToPath(new URL('./submit.mjs', import.meta.url));
const run = (...args) => execFileSync(process.execPath, [script, ...args], { encoding: 'utf8' }).trim();
const dir = mkdtempSync(join(tmpdir(), 'jingchu-client-'));
const network = new Network(join(dir, 'net'), 17200);

let status = 1;
try {
  console.log(run('--self-test'));
  network.create();
  for (let node = 0; node < 4; ++node) await network.start(node);
  for (let node = 0; node < 4; ++node) await network.ready(node);
  const id = run(network.url(0), network.clientKey());
  await until(10_000, async () => (await network.get(2, `/v1/transactions/${id}`)).status === 'final', 'another validator shows it');
  console.log(`${id} is final on ${network.names[2]}`);
  status = 0;
} catch (error) {
  console.error(error.message);
}
await network.stop();
rmSync(dir, { recursive: true, force: true });
process.exit(status);
