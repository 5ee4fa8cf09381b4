// "Final by a set" and the chain of sets; docs/formats.md, "Verifying".
import { equal } from './bytes.js';
import { member } from './bundle.js';
import { validatorSet } from './genesis.js';
import { blockHash, consensusBytes } from './hashes.js';
import { require } from './refusal.js';
import { verifySignature } from './signatures.js';

const kFinalize = 3;
const kMembersLeast = 4;
const kMembersMost = 100;

// The last header of the path, each of which is the parent of the next.
function lastOf(final, chainId) {
  let { header } = final;
  for (const next of final.path) {
    const follows = next.epoch === header.epoch && next.height === header.height + 1n &&
      equal(next.parentHash, blockHash(chainId, header));
    require(follows, 'path-broken', { height: next.height });
    header = next;
  }
  return header;
}

function checkSignatures(certificate, set, chainId) {
  const n = set.members.length;
  const quorum = n - Math.floor((n - 1) / 3);
  require(certificate.signatures.length === quorum, 'quorum', { quorum, count: certificate.signatures.length });
  let least = 0;
  for (const { signer } of certificate.signatures) {
    require(signer >= least && signer < n, 'signers');
    least = signer + 1;
  }
  const message = consensusBytes(chainId, certificate);
  return certificate.signatures.map(({ signer, signature }) => {
    const { name, consensusKey } = set.members[signer];
    require(verifySignature(consensusKey, message, signature), 'signature', { name });
    return name;
  });
}

// The names of those who signed that the header is final.
function checkFinal(final, set, { chainId, epochBlocks }) {
  const { header, finalization } = final;
  require(equal(header.validatorsHash, set.hash), 'other-set', { height: header.height });
  require(header.height > 0n && header.epoch === (header.height - 1n) / epochBlocks, 'epoch', { height: header.height });
  require(header.protocolVersion === 1, 'protocol-version', { version: header.protocolVersion });
  const last = lastOf(final, chainId);
  const about = finalization.kind === kFinalize && finalization.epoch === last.epoch && finalization.view === last.view &&
    finalization.height === last.height && equal(finalization.hash, blockHash(chainId, last));
  require(about, 'certificate-of-another', { height: header.height });
  return checkSignatures(finalization, set, chainId);
}

function checkMembers(validators) {
  const enough = validators.length >= kMembersLeast && validators.length <= kMembersMost;
  require(enough, 'set-size', { count: validators.length });
  const names = new Set(validators.map((v) => v.name));
  const keys = new Set(validators.flatMap((v) => [v.consensus_key.text, v.transport_key.text]));
  require(names.size === validators.length && keys.size === 2 * validators.length, 'set-distinct');
}

// Step 3: the last set, and the epoch from which it counts.
export function followSets(bundle, genesis, chain) {
  let present = { set: genesis.set, since: 0n };
  for (const { validators, proof } of bundle.sets) {
    const { header } = proof;
    checkFinal(proof, present.set, chain);
    require(header.epoch >= present.since, 'set-too-early', { height: header.height });
    checkMembers(validators);
    const set = validatorSet(validators.map(member));
    require(equal(set.hash, header.nextValidatorsHash), 'set-hash', { height: header.height });
    require(!equal(set.hash, header.validatorsHash), 'set-same', { height: header.height });
    present = { set, since: header.epoch + 1n };
  }
  return present;
}

// Step 4: the names of those who signed the anchor.
export function checkAnchor(anchor, present, chain) {
  const signers = checkFinal(anchor, present.set, chain);
  require(anchor.header.epoch >= present.since, 'anchor-too-early', { height: anchor.header.height });
  return signers;
}
