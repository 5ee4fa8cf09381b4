// Proofs of inclusion: RFC 9162, section 2.1.3.2, and docs/formats.md, "State tree".
import { concat, equal } from './bytes.js';
import { kNoHash, sha256 } from './hashes.js';

const leafHash = (leaf) => sha256(concat(Uint8Array.of(0), leaf));
const nodeHash = (left, right) => sha256(concat(Uint8Array.of(1), left, right));

// index and count: BigInt
export function isIncluded(leaf, index, count, path, root) {
  if (index < 0n || index >= count) return false;
  let [node, last] = [index, count - 1n];
  let hash = leafHash(leaf);
  for (const sibling of path) {
    if (last === 0n) return false;
    if ((node & 1n) === 1n || node === last) {
      hash = nodeHash(sibling, hash);
      while ((node & 1n) === 0n && node !== 0n) {
        node >>= 1n;
        last >>= 1n;
      }
    } else {
      hash = nodeHash(hash, sibling);
    }
    node >>= 1n;
    last >>= 1n;
  }
  return last === 0n && equal(hash, root);
}

const bit = (path, depth) => (path[depth >> 3] >> (7 - (depth & 7))) & 1;

export function sharesBits(a, b, count) {
  for (let depth = 0; depth < count; ++depth) {
    if (bit(a, depth) !== bit(b, depth)) return false;
  }
  return true;
}

export const entityLeaf = (path, valueHash) => leafHash(concat(path, valueHash));

// The root that `below` (a leaf's hash, or undefined for none) leads to from the place of `path`, siblings from the root down.
export function stateRoot(path, below, siblings) {
  let hash = below ?? kNoHash;
  for (let depth = siblings.length - 1; depth >= 0; --depth) {
    hash = bit(path, depth) === 1 ? nodeHash(siblings[depth], hash) : nodeHash(hash, siblings[depth]);
  }
  return hash;
}
