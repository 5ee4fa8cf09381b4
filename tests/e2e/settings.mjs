// Every setting that jingchud has and what it takes, as the node itself says when it refuses what it does not have: a setting
// that is new is found without anybody thinking of this test.
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { check, runToEnd } from './broken_network.mjs';

// -> {section, key, kind: 'whole number' | 'text' | 'level' | 'endpoint' | 'list', min, max}
export async function findSettings(directory) {
  const home = join(directory, 'asked');
  mkdirSync(home);
  const refusal = async (text) => {
    writeFileSync(join(home, 'jingchud.toml'), text);
    const { code, text: said } = await runToEnd(home);
    check(code === 3 && said.includes('bad-configuration'), `${text} was answered ${code} ${said}`);
    return said;
  };
  const listIn = (said) => said.match(/expected one of the (?:sections|keys) (.*?) \(at/)[1].split(', ');
  const settings = [];
  for (const section of listIn(await refusal('[nonsense]\n'))) {
    for (const key of listIn(await refusal(`[${section}]\nnonsense = 1\n`))) {
      settings.push({ section, key, ...kindIn(await refusal(`[${section}]\n${key} = -1\n`)) });
    }
  }
  return settings;
}
function kindIn(said) {
  const range = said.match(/expected a whole number from (\d+) to (\d+)/);
  if (range) return { kind: 'whole number', min: range[1], max: range[2] };
  if (said.includes('expected text in quotes')) return { kind: 'text' };
  if (said.includes('"debug", "info"')) return { kind: 'level' };
  if (said.includes('expected "host:port"')) return { kind: 'endpoint' };
  check(said.includes('expected an array'), `a setting of an unknown kind: ${said}`);
  return { kind: 'list' };
}

// The values at both ends of what it takes, as TOML; `nowhere` is a path that can not be, `taken` an address in use.
export function extremes({ kind, min, max, key }, { nowhere, taken }) {
  switch (kind) {
    case 'whole number': return [min, max];
    case 'level': return ['"debug"', '"error"'];
    case 'endpoint': return [`"${taken[key] ?? taken}"`, '"127.0.0.1:0"', '"192.0.2.1:1"'];
    case 'list': return ['[]', `[${'{ name = "nobody", transport_key = "ed25519:' + '00'.repeat(32) + '", address = "127.0.0.1:1" }'}]`];
    default: return ['""', `"${nowhere}"`];
  }
}

// The configuration with this setting instead of what it has.
export function withSetting(text, section, key, value) {
  const sections = new Map();
  let current;
  for (const line of text.split('\n')) {
    const name = line.match(/^\[(\w+)\]/)?.[1];
    if (name) sections.set(current = name, []);
    else if (current && /^\w/.test(line)) sections.get(current).push(line);
  }
  const lines = (sections.get(section) ?? []).filter((line) => !line.startsWith(`${key} =`));
  sections.set(section, [...lines, `${key} = ${value}`]);
  return [...sections].map(([name, own]) => [`[${name}]`, ...own, ''].join('\n')).join('\n');
}
