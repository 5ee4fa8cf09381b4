// What people read on the terminal.
import { commitText, machineText } from './machine.mjs';

export const grouped = (value, digits = 0) => value.toLocaleString('en-US', { minimumFractionDigits: digits, maximumFractionDigits: digits });

const began = Date.now();
// On standard error, while it runs.
export function say(text) {
  const seconds = Math.floor((Date.now() - began) / 1000);
  console.error(`${String(Math.floor(seconds / 60)).padStart(4)}:${String(seconds % 60).padStart(2, '0')}  ${text}`);
}

const targetText = (bound, { least }) => (bound === undefined ? '' : `${least ? '>=' : '<='} ${bound}`);
export const verdictText = { stretch: 'stretch holds', must: 'holds', missed: 'MISSED' };

const groups = {
  singles: ({ settings: s }) => `Single records of ${s.bytes} bytes beside puts of ${s.bytes} bytes, ${s.outstanding} under way`,
  bundles: ({ settings: s }) => `Bundles of ${s.bundle} records, ${s.bundleOutstanding} under way (${grouped(s.bundleOutstanding * s.bundle)} records), beside puts, `
    + `${grouped(s.etcdOutstandingBesideBundles)} under way`,
  latency: () => 'Latency of single records, from when one was due to its final receipt',
  costs: () => 'What a validator uses (the mean of them; memory: the largest)',
  soak: ({ settings: s }) => `Single records at full load for ${grouped(s.seconds)} s`,
  scale: ({ settings: s }) => `Processor time of all validators for a transaction, at ${s.scaleRate} transactions/s`,
};

function row(figure) {
  const value = (number) => grouped(number, figure.digits).padStart(12);
  const name = `  ${figure.name}${figure.unit ? `, ${figure.unit}` : ''}`;
  const { target, verdict } = figure;
  const judged = target ? `   ${targetText(target.must, target).padEnd(8)}  ${targetText(target.stretch, target).padEnd(8)}  ${verdictText[verdict]}` : '';
  return name.padEnd(54) + value(figure.minimum) + value(figure.median) + value(figure.maximum) + judged;
}

export function header(result) {
  const when = `${result.begin.slice(0, 16).replace('T', ' ')} UTC`;
  return [...machineText(result.machine), `${commitText(result)}, Jingchu ${result.versions.jingchu}, etcd ${result.versions.etcd}, ${when}`,
    `${result.settings.runs === 1 ? 'one run' : `${result.settings.runs} runs`} of ${grouped(result.settings.seconds)} s${result.settings.quick ? ' (quick: for a first look only)' : ''}`];
}

export function table(result) {
  const lines = [...header(result), '', `${' '.repeat(54)}${'minimum'.padStart(12)}${'median'.padStart(12)}${'maximum'.padStart(12)}   must      stretch`];
  for (const [group, title] of Object.entries(groups)) {
    const figures = result.figures.filter((figure) => figure.group === group);
    if (figures.length > 0) lines.push(title(result), ...figures.map(row));
  }
  return lines.join('\n');
}

export function soundnessText(s) {
  const yes = (holds) => (holds ? 'yes' : 'NO');
  const puts = s.puts > 0 ? `, ${grouped(s.puts)} puts` : '';
  return [`Every transaction and put of every load was found final: ${yes(s.all_final)} (${s.loads} ${s.loads === 1 ? 'load' : 'loads'}, ${grouped(s.transactions)} transactions${puts}).`,
    `All validators had equal blocks and state roots at one height after every load: ${yes(s.equal_states)} (${s.compared_states} ${s.compared_states === 1 ? 'comparison' : 'comparisons'}).`,
    ...(s.etcd_kept_its_leader ? [] : ['etcd changed its leader during a load: its figures are lower than they could be.'])].join('\n');
}
