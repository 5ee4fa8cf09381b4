// Judges evidence of misbehaviour, written from docs/formats.md ("Evidence") alone: what a node shows is believed only if
// the genesis file and the signatures prove it. Ed25519 only.
import { createHash, verify } from 'node:crypto';
import { headOf, merkleRoot, publicKeyOf, sha256 } from './submit.mjs';
import * as wire from './wire.mjs';

const { kSigned, kZero } = wire;
export const kKinds = ['two-proposals', 'two-notarizes', 'two-finalizes', 'nullify-and-finalize', 'two-batches', 'invalid-batch'];
const kPairs = { 1: [kSigned.proposal, kSigned.proposal], 2: [kSigned.notarize, kSigned.notarize], 3: [kSigned.finalize, kSigned.finalize],
  4: [kSigned.nullify, kSigned.finalize], 5: [kSigned.batch, kSigned.batch] };
const kInvalidBatch = 6;
const kTransactionBytesMax = 1 << 20;

function must(holds, what) {
  if (!holds) throw new Error(what);
}

export class Judge {
  constructor(genesisFile) {
    this.chainId = sha256(genesisFile);
    this.genesis = JSON.parse(genesisFile);
    this.validators = this.genesis.validators.map(({ name, consensus_key: text }) =>
      ({ name, key: publicKeyOf(Buffer.from(text.split(':')[1], 'hex')) }));
  }

  // The kind, culprit and number that the bytes prove; an Error if they prove nothing.
  verdict(bytes) {
    const evidence = wire.decodeEvidence(bytes);
    must(evidence.epoch <= 1n, 'an epoch whose validators genesis does not tell');
    const culprit = this.validators[evidence.culprit];
    must(culprit, 'a culprit that is no validator');
    if (evidence.kind === kInvalidBatch) this.invalidBatch(evidence, culprit.key);
    else this.contradiction(evidence, culprit.key);
    return { epoch: Number(evidence.epoch), validator: culprit.name, index: evidence.culprit, kind: kKinds[evidence.kind - 1],
      number: Number(evidence.number) };
  }
  // Whether a piece as a node shows it is proven by its bytes, whatever its other fields say.
  holds(piece) {
    try {
      const proven = this.verdict(Buffer.from(piece.bytes, 'hex'));
      return Object.entries(proven).every(([field, value]) => piece[field] === undefined || piece[field] === value);
    } catch {
      return false;
    }
  }

  signed(evidence, key, kind, { height, hash, signature }) {
    const view = kind === kSigned.batch ? 0n : evidence.number;
    const message = wire.signingBytes({ chainId: this.chainId, epoch: evidence.epoch, kind, view, height, hash });
    must(verify(null, message, key, signature), 'a signature that is not the culprit\'s');
  }
  contradiction(evidence, key) {
    const kinds = kPairs[evidence.kind];
    must(kinds && evidence.first && evidence.number > 0n, 'a proof of another kind, or of view or sequence 0');
    const contents = [evidence.first, evidence.second];
    contents.forEach((content, i) => {
      if (kinds[i] === kSigned.nullify) must(content.height === 0n && content.hash.equals(kZero), 'a nullify that names a block');
      if (kinds[i] === kSigned.batch) must(content.height === evidence.number, 'a batch of another sequence');
    });
    const [{ height: a, hash: x }, { height: b, hash: y }] = contents;
    if (kinds[0] === kinds[1]) must(a < b || (a === b && Buffer.compare(x, y) < 0), 'contents that do not ascend');
    contents.forEach((content, i) => this.signed(evidence, key, kinds[i], content));
  }
  invalidBatch(evidence, key) {
    must(evidence.root, 'a proof of another kind');
    const { number, prev, root, signature, transaction } = evidence;
    const headFits = number !== 0n && (number !== 1n || prev.equals(kZero)) && !root.equals(merkleRoot([]));
    must(headFits === (transaction !== undefined), 'neither head nor transaction is wrong, or both are shown');
    if (transaction) {
      must(transaction.bytes.length <= kTransactionBytesMax, 'a transaction that is too large');
      must(isIncluded(transaction, root), 'a transaction of another batch');
    }
    const head = { epoch: evidence.epoch, lane: evidence.culprit, sequence: number, prev };
    this.signed(evidence, key, kSigned.batch, { height: number, hash: wire.batchTipOf(this.chainId, head, root), signature });
    if (transaction) must(!this.isValid(transaction.bytes), 'a transaction that is as it must be');
  }
  // "Transaction": what can be said without any state.
  isValid(bytes) {
    try {
      const envelope = wire.decodeTransaction(bytes);
      const { transaction_bytes_max: bytesMax, transaction_calls_max: callsMax } = this.genesis.parameters;
      const [algorithm, key] = envelope.sender.split(':');
      return bytes.length <= bytesMax && envelope.version === 1 && envelope.chain_id === this.chainId.toString('hex')
        && envelope.calls.length > 0 && envelope.calls.length <= callsMax && algorithm === 'ed25519'
        && verify(null, headOf(envelope), publicKeyOf(Buffer.from(key, 'hex')), Buffer.from(envelope.signature, 'hex'));
    } catch {
      return false;
    }
  }
}

// RFC 9162, 2.1.3.2
function isIncluded({ bytes, index, count, path }, root) {
  if (index >= count) return false;
  let [at, last, hash] = [index, count - 1n, sha256(Buffer.of(0), bytes)];
  const node = (left, right) => createHash('sha256').update(Buffer.of(1)).update(left).update(right).digest();
  for (const step of path) {
    if (last === 0n) return false;
    if (at % 2n === 1n || at === last) {
      hash = node(step, hash);
      while (at % 2n === 0n && at !== 0n) [at, last] = [at >> 1n, last >> 1n];
    } else {
      hash = node(hash, step);
    }
    [at, last] = [at >> 1n, last >> 1n];
  }
  return last === 0n && hash.equals(root);
}
