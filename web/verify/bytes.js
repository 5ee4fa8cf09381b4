// Bytes, hexadecimal text and UTF-8: the little that everything else stands on.

const kHex = /^(?:[0-9a-f]{2})*$/;
const kDigits = '0123456789abcdef';

// Lower-case hexadecimal only, as docs/formats.md has it; undefined for anything else.
export function fromHex(text) {
  if (text.length % 2 !== 0 || !kHex.test(text)) return undefined;
  const bytes = new Uint8Array(text.length / 2);
  for (let i = 0; i < bytes.length; ++i) {
    bytes[i] = (nibble(text.charCodeAt(2 * i)) << 4) | nibble(text.charCodeAt(2 * i + 1));
  }
  return bytes;
}

const nibble = (code) => (code < 58 ? code - 48 : code - 87);

export function toHex(bytes) {
  let text = '';
  for (const byte of bytes) text += kDigits[byte >> 4] + kDigits[byte & 15];
  return text;
}

export function concat(...parts) {
  const bytes = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}

export function equal(a, b) {
  return a.length === b.length && a.every((byte, i) => byte === b[i]);
}

export const fromText = (text) => new TextEncoder().encode(text);

// Strict: undefined for what is not UTF-8. A byte-order mark is a character like any other.
export function toText(bytes) {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return undefined;
  }
}

// Big-endian, as SM2 and the curves have their numbers.
export function toNumber(bytes) {
  return bytes.length === 0 ? 0n : BigInt('0x' + toHex(bytes));
}
