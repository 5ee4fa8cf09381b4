// The page: which files are chosen, in which language, and when to verify.
import { toHex } from '../verify/bytes.js';
import { sha256 } from '../verify/hashes.js';
import { verifyBundle } from '../verify/verifier.js';
import { kLabels } from './labels.js';
import { resultElements } from './result.js';
import { element, shown } from './visible.js';

const kRoles = ['bundle', 'genesis', 'file'];
const byId = (id) => document.getElementById(id);

const state = { language: 'zh', chosen: {}, round: 0, verified: false };

const labels = () => kLabels[state.language];

// Whatever was shown is about other files now.
function forget() {
  ++state.round;
  state.verified = false;
  byId('result').hidden = true;
  byId('result').replaceChildren();
  byId('progress').textContent = '';
}

function choose(role, file) {
  forget();
  if (file) state.chosen[role] = file;
  else delete state.chosen[role];
  showChoices(role);
}

function fileInput(role) {
  const input = element('input');
  input.type = 'file';
  input.id = `input-${role}`;
  input.addEventListener('change', () => choose(role, input.files[0] ?? state.chosen[role]));
  return input;
}

function removeButton(role) {
  const button = element('button', 'quiet', labels().remove);
  button.type = 'button';
  button.addEventListener('click', () => {
    choose(role, undefined);
    byId(`input-${role}`).focus();
  });
  return button;
}

function choice(role) {
  const [title, about] = labels().files[role];
  const file = state.chosen[role];
  const label = element('label', 'drop', element('span', 'title', title), element('span', 'about', about), fileInput(role),
    element('span', 'name', file ? shown(file.name) : labels().choose));
  label.addEventListener('dragover', () => label.classList.add('over'));
  label.addEventListener('dragleave', () => label.classList.remove('over'));
  label.addEventListener('drop', (event) => choose(role, event.dataTransfer.files[0] ?? file));
  const box = element('div', file ? 'choice chosen' : 'choice', label);
  if (file) box.append(removeButton(role));
  return box;
}

function showChoices(focused) {
  byId('choices').replaceChildren(...kRoles.map(choice));
  byId('verify').disabled = !state.chosen.bundle || !state.chosen.genesis;
  if (focused) byId(`input-${focused}`).focus();
}

function showLabels() {
  document.documentElement.lang = state.language === 'zh' ? 'zh-CN' : 'en';
  document.title = `${labels().brand} · ${labels().title}`;
  for (const place of document.querySelectorAll('[data-label]')) place.textContent = labels()[place.dataset.label];
  byId('language').textContent = labels().language;
  byId('language').lang = labels().otherLanguage;
  byId('verify').textContent = labels().verify;
  showChoices();
}

async function readChosen() {
  const each = Object.entries(state.chosen).map(async ([role, file]) => [role, new Uint8Array(await file.arrayBuffer())]);
  return Object.fromEntries(await Promise.all(each));
}

const painted = () => new Promise((resolve) => setTimeout(resolve, 30));

function printButton() {
  const button = element('button', 'print', labels().print);
  button.type = 'button';
  button.addEventListener('click', () => window.print());
  return button;
}

function showResult(input, now) {
  const result = verifyBundle({ ...input, language: state.language });
  const digests = { bundle: toHex(sha256(input.bundle)), genesis: toHex(sha256(input.genesis)) };
  const fileName = state.chosen.file?.name ?? '';
  const elements = resultElements({ result, fileName, digests, now, language: state.language, labels: labels() });
  byId('result').replaceChildren(...elements, ...(result.ok ? [printButton()] : []));
  byId('result').hidden = false;
  state.verified = true;
}

async function verify() {
  forget();
  const { round } = state;
  byId('progress').textContent = labels().working;
  try {
    const input = await readChosen();
    await painted();
    if (round !== state.round) return;
    showResult(input, BigInt(Date.now()));
    byId('progress').textContent = '';
    byId('result').focus();
  } catch (error) {
    if (round === state.round) byId('progress').replaceChildren(labels().unreadable, shown(String(error?.message ?? error)));
  }
}

function start() {
  byId('language').addEventListener('click', () => {
    const again = state.verified;
    state.language = labels().otherLanguage;
    forget();
    showLabels();
    if (again) verify();
  });
  byId('form').addEventListener('submit', (event) => {
    event.preventDefault();
    verify();
  });
  // A file that is dropped beside a field must not replace the page.
  for (const kind of ['dragover', 'drop']) document.addEventListener(kind, (event) => event.preventDefault());
  showLabels();
}

start();
