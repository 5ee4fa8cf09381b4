// Step 1, `bundle`: the JSON text and its fields, and every encoding that stands in them. docs/formats.md, "Proof bundles".
import { fromHex, toHex } from './bytes.js';
import * as decode from './decode.js';
import { JsonError, JsonNumber, parseJson } from './json.js';
import { Refusal, require } from './refusal.js';

const kBundleBytesMax = 64 * 1024 * 1024;
const kIntegerMax = 2n ** 53n - 1n;

// A reader takes a value and its place (a JSON pointer) and gives what it means, or refuses.
function refuse(reason, where, problem) {
  throw new Refusal(reason, { where: where || '/', problem });
}

const text = (value, where) => (typeof value === 'string' ? value : refuse('not-text', where));

function hex(value, where) {
  return fromHex(text(value, where)) ?? refuse('not-hex', where);
}

const fixed = (length) => (value, where) => {
  const bytes = hex(value, where);
  return bytes.length === length ? bytes : refuse('wrong-length', where);
};
const hash = fixed(32);

function integer(value, where) {
  const digits = value instanceof JsonNumber && /^[0-9]{1,16}$/.test(value.text);
  if (!digits || BigInt(value.text) > kIntegerMax) refuse('not-integer', where);
  return BigInt(value.text);
}

const list = (element) => (value, where) => {
  if (!Array.isArray(value)) refuse('not-list', where);
  return value.map((each, i) => element(each, `${where}/${i}`));
};

const optional = (reader) => (value, where) => (value === null ? null : reader(value, where));

function members(value, where, known) {
  if (!(value instanceof Map)) refuse('not-object', where);
  for (const name of value.keys()) {
    if (!known.includes(name)) refuse('unknown-field', `${where}/${name}`);
  }
  for (const name of known) {
    if (!value.has(name)) refuse('missing-field', `${where}/${name}`);
  }
}

const object = (readers) => (value, where) => {
  members(value, where, Object.keys(readers));
  return Object.fromEntries(
    Object.entries(readers).map(([name, reader]) => [name, reader(value.get(name), `${where}/${name}`)]));
};

const encoded = (decoder) => (value, where) => {
  const bytes = hex(value, where);
  try {
    return decoder(bytes);
  } catch (error) {
    if (error instanceof decode.Malformed) refuse('not-encoding', where, error.message);
    throw error;
  }
};

const kKeys = new Map([['ed25519', [1, 32]], ['sm2', [2, 65]]]);

// The text form of a public key, `ed25519:<hex>` or `sm2:<hex>`.
export function publicKey(value, where) {
  const [name, digits, more] = text(value, where).split(':');
  const [algorithm, length] = kKeys.get(name) ?? refuse('not-key', where);
  const bytes = more === undefined && digits !== undefined ? fromHex(digits) : undefined;
  return bytes?.length === length ? { algorithm, bytes, text: value } : refuse('not-key', where);
}

const header = encoded(decode.decodeHeader);

const finalHeader = object({ header, path: list(header), finalization: encoded(decode.decodeCertificate) });

const change = object({
  validators: list(object({ name: text, consensus_key: publicKey, transport_key: publicKey })),
  proof: finalHeader,
});

const record = object({
  block: header,
  receipts_root: hash,
  history_path: list(hash),
  receipt: encoded(decode.decodeReceipt),
  receipt_index: integer,
  receipt_count: integer,
  receipt_path: list(hash),
  transaction: encoded(decode.decodeTransactionHead),
  signature: fixed(64),
  call: encoded(decode.decodeCall),
  call_path: list(hash),
});

const entity = object({
  contract: text,
  name: text,
  siblings: list(hash),
  head: optional(object({ count: integer, chain: hash })),
  other: optional(object({ path: hash, value_hash: hash })),
  records: optional(list(object({ record: text, recorded: encoded(decode.decodeRecorded) }))),
});

const kCommon = {
  format: (value, where) => (value === 'jingchu-proof' ? value : refuse('not-format', where)),
  version: (value, where) => (integer(value, where) === 1n ? 1 : refuse('not-version', where)),
  chain_id: hash,
  sets: list(change),
  anchor: finalHeader,
  roots: object({ entities: hash, checksum: hash, receipts: hash, history: hash }),
};

function parse(bytes) {
  try {
    return parseJson(bytes, kBundleBytesMax);
  } catch (error) {
    if (error instanceof JsonError) throw new Refusal('not-json', { problem: error.problem, where: String(error.at) });
    throw error;
  }
}

export function readBundle(bytes) {
  const root = parse(bytes);
  if (!(root instanceof Map)) refuse('not-object', '');
  require(root.has('record') !== root.has('entity'), 'one-claim');
  const claim = root.has('record') ? { record } : { entity };
  return object({ ...kCommon, ...claim })(root, '');
}

// A set's member as hashes.js has it.
export function member(validator) {
  return { name: validator.name, consensusKey: validator.consensus_key, transportKey: validator.transport_key };
}

export const keyText = (key) => `${key.algorithm === 1 ? 'ed25519' : 'sm2'}:${toHex(key.bytes)}`;
