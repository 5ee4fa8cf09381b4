// Every small change of a JSON value: each member left out, added, of another type; each element left out, doubled, moved; each
// text and number changed. Gives {path, what, changed}; the value itself stays as it is.

const parts = (path) => path.split('/').slice(1);

export function get(value, path) {
  return parts(path).reduce((inner, key) => inner[key], value);
}

export function set(value, path, replacement) {
  if (path === '') return replacement;
  const copy = structuredClone(value);
  const keys = parts(path);
  keys.slice(0, -1).reduce((inner, key) => inner[key], copy)[keys.at(-1)] = replacement;
  return copy;
}

const isHex = (text) => text.length > 0 && text.length % 2 === 0 && /^[0-9a-f]+$/.test(text);
const kPlaces = 12;

function flippedAt(text, at) {
  const digit = (parseInt(text[at], 16) ^ 1).toString(16);
  return text.slice(0, at) + digit + text.slice(at + 1);
}

function* ofText(text) {
  yield ['empty', ''];
  yield ['longer', `${text}00`];
  if (!isHex(text)) return yield ['changed', `${text.slice(0, -1)}~`];
  yield ['shorter', text.slice(0, -2)];
  yield ['half a byte', text.slice(0, -1)];
  if (/[a-f]/.test(text)) yield ['upper case', text.toUpperCase()];
  const step = Math.max(1, Math.floor(text.length / kPlaces));
  for (let at = 0; at < text.length; at += step) yield [`digit ${at}`, flippedAt(text, at)];
  yield ['last digit', flippedAt(text, text.length - 1)];
}

function* ofNumber(number) {
  yield ['one more', number + 1];
  if (number > 0) yield ['one less', number - 1];
  yield ['as a text', `${number}`];
  yield ['half', number + 0.5];
}

function* ofList(list) {
  for (let i = 0; i < list.length; ++i) {
    yield [`without ${i}`, list.toSpliced ? list.toSpliced(i, 1) : list.filter((_, at) => at !== i)];
    yield [`${i} twice`, [...list.slice(0, i), list[i], ...list.slice(i)]];
    const moved = [...list.slice(0, i), list[i + 1], list[i], ...list.slice(i + 2)];
    if (i + 1 < list.length && JSON.stringify(moved) !== JSON.stringify(list)) yield [`${i} moved`, moved];
  }
}

function* ofObject(object) {
  for (const name of Object.keys(object)) yield [`without ${name}`, Object.fromEntries(Object.entries(object).filter(([key]) => key !== name))];
  yield ['with another', { ...object, another: null }];
}

function* ofValue(value) {
  for (const other of [null, true, [], {}, 0]) {
    if (JSON.stringify(other) !== JSON.stringify(value)) yield [JSON.stringify(other), other];
  }
  if (typeof value === 'string') yield* ofText(value);
  else if (typeof value === 'number') yield* ofNumber(value);
  else if (Array.isArray(value)) yield* ofList(value);
  else if (value !== null && typeof value === 'object') yield* ofObject(value);
}

export function* changesOf(whole, path = '') {
  const value = get(whole, path);
  for (const [what, replacement] of ofValue(value)) yield { path, what, changed: set(whole, path, replacement) };
  if (value === null || typeof value !== 'object') return;
  for (const key of Object.keys(value)) yield* changesOf(whole, `${path}/${key}`);
}
