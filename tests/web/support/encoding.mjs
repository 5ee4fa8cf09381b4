// The maker's half of docs/formats.md: encodings, hashes, trees and signatures, with what Node.js has and nothing of web/verify.
import { createHash, createPrivateKey, createPublicKey, sign } from 'node:crypto';

export const sha256 = (...parts) => createHash('sha256').update(Buffer.concat(parts)).digest();
export const sm3 = (...parts) => createHash('sm3').update(Buffer.concat(parts)).digest();

export function integer(value, bytes) {
  const out = Buffer.alloc(8);
  out.writeBigUInt64LE(BigInt(value));
  return out.subarray(0, bytes);
}
export const u8 = (value) => integer(value, 1);
export const u16 = (value) => integer(value, 2);
export const u32 = (value) => integer(value, 4);
export const u64 = (value) => integer(value, 8);
export const bytes = (value) => Buffer.concat([u32(Buffer.byteLength(value)), Buffer.from(value)]);
export const list = (encoded) => Buffer.concat([u32(encoded.length), ...encoded]);
export const tagged = (tag, ...parts) => sha256(bytes(tag), ...parts);
export const kZero = Buffer.alloc(32);

// RFC 9162, 2.1.1 and 2.1.3.1, as they are written there.
function splitOf(count) {
  let split = 1;
  while (split * 2 < count) split *= 2;
  return split;
}
export function merkleRoot(leaves) {
  if (leaves.length === 0) return sha256();
  if (leaves.length === 1) return sha256(Buffer.of(0), leaves[0]);
  const split = splitOf(leaves.length);
  return sha256(Buffer.of(1), merkleRoot(leaves.slice(0, split)), merkleRoot(leaves.slice(split)));
}
export function merklePath(index, leaves) {
  if (leaves.length === 1) return [];
  const split = splitOf(leaves.length);
  const [left, right] = [leaves.slice(0, split), leaves.slice(split)];
  return index < split ? [...merklePath(index, left), merkleRoot(right)] : [...merklePath(index - split, right), merkleRoot(left)];
}

// "State tree", by its definition. entities: list of {path, valueHash}.
export const bitOf = (path, depth) => (path[depth >> 3] >> (7 - (depth % 8))) & 1;
export function stateRoot(entities, depth = 0) {
  if (entities.length === 0) return kZero;
  if (entities.length === 1) return sha256(Buffer.of(0), entities[0].path, entities[0].valueHash);
  const side = (bit) => stateRoot(entities.filter(({ path }) => bitOf(path, depth) === bit), depth + 1);
  return sha256(Buffer.of(1), side(0), side(1));
}
export function statePath(entities, path, depth = 0) {
  if (entities.length < 2) return { siblings: [], found: entities[0] };
  const bit = bitOf(path, depth);
  const half = (which) => entities.filter((entity) => bitOf(entity.path, depth) === which);
  const below = statePath(half(bit), path, depth + 1);
  return { siblings: [stateRoot(half(1 - bit), depth + 1), ...below.siblings], found: below.found };
}

// Keys from labels, so that every run makes the same bytes.
export function ed25519Key(label) {
  const der = Buffer.concat([Buffer.from('302e020100300506032b657004220420', 'hex'), sha256(Buffer.from(label))]);
  const secret = createPrivateKey({ key: der, format: 'der', type: 'pkcs8' });
  const raw = createPublicKey(secret).export({ format: 'der', type: 'spki' }).subarray(-32);
  return { algorithm: 1, bytes: raw, text: `ed25519:${raw.toString('hex')}`, sign: (message) => sign(null, message, secret) };
}

// SM2 by the standard's own formulas, in affine coordinates.
const p = BigInt('0xfffffffeffffffffffffffffffffffffffffffff00000000ffffffffffffffff');
const n = BigInt('0xfffffffeffffffffffffffffffffffff7203df6b21c6052b53bbf40939d54123');
const a = p - 3n;
const b = BigInt('0x28e9fa9e9d9f5e344d5a9e4bcf6509a7f39789f515ab8f92ddbcbd414d940e93');
const g = [BigInt('0x32c4ae2c1f1981195f9904466a39c9948fe30bbff2660be1715a4589334c74c7'),
  BigInt('0xbc3736a2f4f6779c59bdcee36b692153d0a9877cc62a474002df32e52139f0a0')];
const mod = (x, m) => ((x % m) + m) % m;
function inverse(x, m) {
  let [r0, r1, t0, t1] = [m, mod(x, m), 0n, 1n];
  while (r1 !== 0n) {
    const quotient = r0 / r1;
    [r0, r1, t0, t1] = [r1, r0 - quotient * r1, t1, t0 - quotient * t1];
  }
  return mod(t0, m);
}
function add(one, two) {
  if (!one) return two;
  const [[x1, y1], [x2, y2]] = [one, two];
  const slope = x1 === x2 ? (3n * x1 * x1 + a) * inverse(2n * y1, p) : (y2 - y1) * inverse(x2 - x1, p);
  const x3 = mod(slope * slope - x1 - x2, p);
  return [x3, mod(slope * (x1 - x3) - y1, p)];
}
function times(k, point) {
  let sum;
  for (let i = k.toString(2).length - 1; i >= 0; --i) {
    if (sum) sum = add(sum, sum);
    if ((k >> BigInt(i)) & 1n) sum = add(sum, point);
  }
  return sum;
}
const big = (number) => Buffer.from(number.toString(16).padStart(64, '0'), 'hex');
const numberOf = (buffer) => BigInt(`0x${buffer.toString('hex')}`);

export function sm2Key(label) {
  const d = mod(numberOf(sha256(Buffer.from(label))), n - 2n) + 1n;
  const [x, y] = times(d, g).map(big);
  const raw = Buffer.concat([Buffer.of(4), x, y]);
  const id = Buffer.from('1234567812345678');
  const z = sm3(Buffer.of(0, 128), id, big(a), big(b), ...g.map(big), x, y);
  const signWith = (message) => {
    const k = mod(numberOf(sha256(big(d), message)), n - 1n) + 1n;
    const r = mod(numberOf(sm3(z, message)) + times(k, g)[0], n);
    return Buffer.concat([big(r), big(mod(inverse(1n + d, n) * (k - r * d), n))]);
  };
  return { algorithm: 2, bytes: raw, text: `sm2:${raw.toString('hex')}`, sign: signWith };
}

export const encodeKey = (key) => Buffer.concat([u8(key.algorithm), bytes(key.bytes)]);
