// docs/formats.md, "Strict JSON": RFC 8259 without byte-order mark, duplicate keys, lone surrogates, bytes after the value, or
// depth beyond 32. An object becomes a Map, a number a JsonNumber that holds its text: none passes through floating point.
import { toText } from './bytes.js';

const kDepthMax = 32;
const kNumber = /-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?/y;
const kPlain = /[^"\\\u0000-\u001f]*/y;
const kEscapes = { '"': '"', '\\': '\\', '/': '/', b: '\b', f: '\f', n: '\n', r: '\r', t: '\t' };

export class JsonNumber {
  constructor(text) {
    this.text = text;
  }
}

// `problem` is a key of words.js, `at` the place in the text (UTF-16 units).
export class JsonError extends Error {
  constructor(problem, at) {
    super(`${problem} at ${at}`);
    this.problem = problem;
    this.at = at;
  }
}

class Parser {
  constructor(text) {
    this.text = text;
    this.at = 0;
  }

  fail(problem) {
    throw new JsonError(problem, this.at);
  }

  space() {
    while (' \t\n\r'.includes(this.text[this.at] ?? 'x')) ++this.at;
  }

  take(character) {
    if (this.text[this.at] !== character) return false;
    ++this.at;
    return true;
  }

  expect(character) {
    if (!this.take(character)) this.fail('syntax');
  }

  match(pattern) {
    pattern.lastIndex = this.at;
    const found = pattern.exec(this.text);
    if (found === null) this.fail('syntax');
    this.at = pattern.lastIndex;
    return found[0];
  }

  value(depth) {
    const first = this.text[this.at];
    if (first === '"') return this.string();
    if (first === '{') return this.object(this.deeper(depth));
    if (first === '[') return this.array(this.deeper(depth));
    for (const [word, value] of [['true', true], ['false', false], ['null', null]]) {
      if (!this.text.startsWith(word, this.at)) continue;
      this.at += word.length;
      return value;
    }
    return new JsonNumber(this.match(kNumber));
  }

  deeper(depth) {
    if (depth === kDepthMax) this.fail('depth');
    return depth + 1;
  }

  object(depth) {
    const members = new Map();
    this.expect('{');
    this.space();
    if (this.take('}')) return members;
    do {
      this.space();
      const begin = this.at;
      const key = this.string();
      if (members.has(key)) throw new JsonError('duplicate', begin);
      this.space();
      this.expect(':');
      this.space();
      members.set(key, this.value(depth));
      this.space();
    } while (this.take(','));
    this.expect('}');
    return members;
  }

  array(depth) {
    const elements = [];
    this.expect('[');
    this.space();
    if (this.take(']')) return elements;
    do {
      this.space();
      elements.push(this.value(depth));
      this.space();
    } while (this.take(','));
    this.expect(']');
    return elements;
  }

  string() {
    this.expect('"');
    let text = this.match(kPlain);
    while (!this.take('"')) text += this.escape() + this.match(kPlain);
    return text;
  }

  escape() {
    this.expect('\\');
    const letter = this.text[this.at];
    ++this.at;
    if (letter !== 'u') return kEscapes[letter] ?? this.fail('syntax');
    const unit = this.unit();
    if (unit < 0xd800 || unit > 0xdfff) return String.fromCharCode(unit);
    if (unit > 0xdbff || !this.take('\\') || !this.take('u')) this.fail('surrogate');
    const low = this.unit();
    if (low < 0xdc00 || low > 0xdfff) this.fail('surrogate');
    return String.fromCharCode(unit, low);
  }

  unit() {
    const digits = this.text.slice(this.at, this.at + 4);
    if (!/^[0-9a-fA-F]{4}$/.test(digits)) this.fail('syntax');
    this.at += 4;
    return parseInt(digits, 16);
  }
}

export function parseJson(bytes, bytesMax) {
  if (bytes.length > bytesMax) throw new JsonError('too-long', bytesMax);
  const text = toText(bytes);
  if (text === undefined) throw new JsonError('utf8', 0);
  const parser = new Parser(text);
  parser.space();
  const value = parser.value(0);
  parser.space();
  if (parser.at !== text.length) parser.fail('trailing');
  return value;
}
