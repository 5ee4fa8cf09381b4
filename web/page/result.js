// The result as elements. Whatever came from a file passes shown().
import { wordsOf } from '../verify/words.js';
import { claimOf, recordsOf, rowsOf, timeText } from './facts.js';
import { element, shown } from './visible.js';

const kMarks = { holds: '✓', fails: '✕', 'not-reached': '–' };

const partOf = (part, labels) => (typeof part === 'string' ? document.createTextNode(part) : shown(part.text, labels.more));

function table(rows, labels) {
  return element('dl', 'facts', ...rows.map(([label, parts]) => element('div', '',
    element('dt', '', label), element('dd', '', ...parts.map((part) => partOf(part, labels))))));
}

function stepItem({ step, verdict, text }, words, labels) {
  const mark = element('span', 'mark', kMarks[verdict]);
  mark.setAttribute('aria-hidden', 'true');
  return element('li', `step ${verdict}`, mark, element('div', '',
    element('p', 'head', element('strong', '', words.steps[step]), element('span', 'word', labels.verdicts[verdict])),
    element('p', '', shown(text, labels.more))));
}

function verdictWords({ ok, steps }, words, labels) {
  if (ok) return [labels.good, labels.goodLead];
  const failed = steps.find(({ verdict }) => verdict === 'fails');
  return failed.step === 'file' ? [labels.badFile, labels.badFileLead] : [labels.bad, labels.badLead(words.steps[failed.step])];
}

function banner(result, words, labels) {
  const [verdict, lead] = verdictWords(result, words, labels);
  const title = element('h2', '', verdict);
  title.id = 'verdict';
  return element('div', result.ok ? 'banner good' : 'banner bad', title, element('p', '', lead));
}

// Whether a file was compared matters where it might have been.
function fileLines(facts, labels) {
  if (facts.file) return [element('p', '', labels.fileMatches)];
  return (facts.record ?? facts.entity).contract === 'evidence' ? [element('p', '', labels.noFile)] : [];
}

function claimSection(facts, fileName, labels) {
  const { groups, left } = recordsOf(facts, labels);
  const section = element('section', 'claim', element('h3', '', labels.claim), element('p', 'sentence', claimOf(facts, labels)),
    ...fileLines(facts, labels), table(rowsOf(facts, fileName, labels), labels));
  for (const { title, rows } of groups) section.append(element('h4', '', title), table(rows, labels));
  if (left > 0) section.append(element('p', 'notice', labels.moreRecords(left)));
  return section;
}

function certificateFoot(digests, now, labels) {
  const rows = [
    [labels.digestOf.bundle, [digests.bundle]],
    [labels.digestOf.genesis, [digests.genesis]],
    [labels.verifiedAt, [timeText(now, labels)]],
  ];
  return element('section', 'about', table(rows, labels), element('p', 'note', labels.note));
}

// result: of verifyBundle; fileName: of the original file; digests: {bundle, genesis} in hexadecimal; now: ms, BigInt.
export function resultElements({ result, fileName, digests, now, language, labels }) {
  const words = wordsOf(language);
  const steps = element('ol', 'steps', ...result.steps.map((step) => stepItem(step, words, labels)));
  return [
    element('p', 'print-title', labels.certificate),
    banner(result, words, labels),
    ...(result.ok ? [claimSection(result.facts, fileName, labels)] : []),
    element('section', '', element('h3', '', labels.steps), steps),
    certificateFoot(digests, now, labels),
  ];
}
