// Signatures over Ed25519 and SM2; docs/formats.md, "Keys and signatures".
import { weierstrassN } from '@noble/curves/abstract/weierstrass';
import { ed25519 } from '@noble/curves/ed25519';
import { sha512 } from '@noble/hashes/sha2';
import { concat, equal, fromHex, fromText, toNumber } from './bytes.js';
import { sm3 } from './sm3.js';

export const kEd25519 = 1;
export const kSm2 = 2;

const Point = ed25519.Point;
const kOrder = Point.Fn.ORDER;

const littleEndian = (bytes) => toNumber(Uint8Array.from(bytes).reverse());

// A point of the curve in its one encoding, of an order that is not 1, 2, 4 or 8; undefined for anything else.
function largePoint(bytes) {
  try {
    const point = Point.fromBytes(bytes, false);
    return point.isSmallOrder() ? undefined : point;
  } catch {
    return undefined;
  }
}

// The rule of the validators, which all who verify must share: S below the order of the group, A in its one encoding and not of
// small order, and R, byte for byte, the encoding of [S]B - [k]A, not of small order. Nothing is multiplied by the cofactor, so
// that a signature with parts of small order holds here exactly where it holds there.
export function verifyEd25519(publicKey, message, signature) {
  if (publicKey.length !== 32 || signature.length !== 64) return false;
  const [r, s] = [signature.subarray(0, 32), littleEndian(signature.subarray(32))];
  const key = largePoint(publicKey);
  if (key === undefined || s >= kOrder) return false;
  const k = littleEndian(sha512(concat(r, publicKey, message))) % kOrder;
  const expected = Point.BASE.multiplyUnsafe(s).subtract(key.multiplyUnsafe(k));
  return !expected.isSmallOrder() && equal(expected.toBytes(), r);
}

// GB/T 32918.5-2017, the recommended curve.
const kSm2Curve = {
  p: BigInt('0xfffffffeffffffffffffffffffffffffffffffff00000000ffffffffffffffff'),
  a: BigInt('0xfffffffeffffffffffffffffffffffffffffffff00000000fffffffffffffffc'),
  b: BigInt('0x28e9fa9e9d9f5e344d5a9e4bcf6509a7f39789f515ab8f92ddbcbd414d940e93'),
  n: BigInt('0xfffffffeffffffffffffffffffffffff7203df6b21c6052b53bbf40939d54123'),
  h: 1n,
  Gx: BigInt('0x32c4ae2c1f1981195f9904466a39c9948fe30bbff2660be1715a4589334c74c7'),
  Gy: BigInt('0xbc3736a2f4f6779c59bdcee36b692153d0a9877cc62a474002df32e52139f0a0'),
};
const Sm2Point = weierstrassN(kSm2Curve);
const kSigner = fromText('1234567812345678');
const kSm2Constants = concat(
  Uint8Array.of(0, 8 * kSigner.length), kSigner,
  ...[kSm2Curve.a, kSm2Curve.b, kSm2Curve.Gx, kSm2Curve.Gy].map((n) => fromHex(n.toString(16).padStart(64, '0'))));

function sm2Point(bytes) {
  try {
    const point = Sm2Point.fromAffine({ x: toNumber(bytes.subarray(1, 33)), y: toNumber(bytes.subarray(33)) });
    point.assertValidity();
    return point;
  } catch {
    return undefined;
  }
}

// GB/T 32918.2-2016, section 7.1.
export function verifySm2(publicKey, message, signature) {
  if (publicKey.length !== 65 || publicKey[0] !== 4 || signature.length !== 64) return false;
  const key = sm2Point(publicKey);
  const [r, s] = [toNumber(signature.subarray(0, 32)), toNumber(signature.subarray(32))];
  const inRange = (number) => number >= 1n && number < kSm2Curve.n;
  if (key === undefined || !inRange(r) || !inRange(s)) return false;
  const digest = toNumber(sm3(concat(sm3(concat(kSm2Constants, publicKey.subarray(1))), message)));
  const t = (r + s) % kSm2Curve.n;
  if (t === 0n) return false;
  const point = Sm2Point.BASE.multiplyUnsafe(s).add(key.multiplyUnsafe(t));
  return !point.is0() && (digest + point.toAffine().x) % kSm2Curve.n === r;
}

// key: {algorithm, bytes}
export function verifySignature(key, message, signature) {
  if (key.algorithm === kEd25519) return verifyEd25519(key.bytes, message, signature);
  return key.algorithm === kSm2 && verifySm2(key.bytes, message, signature);
}
