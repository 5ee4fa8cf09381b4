// The words of scripts/bench.sh, which has the help.
import { parseArgs } from 'node:util';

function number(name, text, least, most) {
  const value = Number(text);
  if (!/^\d+$/.test(text) || value < least || value > most) throw new Error(`--${name} takes a whole number from ${least} to ${most}, not "${text}"`);
  return value;
}

export function parseOptions(words) {
  const { values } = parseArgs({
    args: words,
    options: {
      runs: { type: 'string' }, seconds: { type: 'string' }, quick: { type: 'boolean' }, soak: { type: 'string' }, scale: { type: 'boolean' },
      dir: { type: 'string', default: 'bench/data' }, results: { type: 'string', default: 'bench/results' },
      'base-port': { type: 'string', default: '28000' }, 'bundle-outstanding': { type: 'string', default: '64' },
      rate: { type: 'string' },
    },
  });
  if (values.scale && values.soak !== undefined) throw new Error('--scale and --soak are two benchmarks: give one of them');
  if (values.rate !== undefined && !values.scale) throw new Error('--rate is of --scale');
  const mode = values.scale ? 'scale' : values.soak !== undefined ? 'soak' : 'compare';
  return {
    mode,
    quick: values.quick ?? false,
    runs: mode === 'soak' ? 1 : number('runs', values.runs ?? (values.quick ? '3' : '5'), 1, 100),
    seconds: mode === 'soak' ? number('soak', values.soak, 3, 86_400) : number('seconds', values.seconds ?? (values.quick ? '10' : '60'), 1, 3_600),
    data: values.dir,
    results: values.results,
    basePort: number('base-port', values['base-port'], 1024, 65_000),
    bundleOutstanding: number('bundle-outstanding', values['bundle-outstanding'], 1, 1_000),
    bytes: 256,
    bundle: 32,
    outstanding: 256,
    etcdOutstandingBesideBundles: 1_000,
    lightRate: 100,
    scaleRate: number('rate', values.rate ?? '100', 1, 100_000),
    scaleValidators: [4, 7, 13, 18],
  };
}
