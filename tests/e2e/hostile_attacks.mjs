// What is malformed or forged, one thing each. `bytes` makes what is sent over a session; `closes` is the type of the
// error for which the node must end it. Where `counts` stands instead, the session must stay and the node must count it.
import { randomBytes } from 'node:crypto';
import { buildEnvelope, encodeTransaction } from './submit.mjs';
import * as wire from './wire.mjs';

const { kKinds, kSigned, kZero, frame } = wire;
const kFarView = 2n ** 63n - 1n;
const kEverything = 2n ** 64n - 1n;
const kMalformed = 'malformed-encoding';

const kTooLong = 'frame-too-long';
// Of a network of four, where all of a kind have one length: random bytes so long could be a message.
const kLength = { vote: 123, certificate: 259, laneStatus: 244, fetchCertificates: 16, fetchProposal: 40, fetchBatches: 50, fetchChain: 8,
  unavailable: 41 };
// Those may be longer under another set of validators; of the others what is longer is not even read.
const kMayBeLonger = new Set(['certificate', 'laneStatus']);

const refused = (name, closes, bytes, options) => ({ name, closes, bytes, ...options });
const endured = (name, counts, bytes, options) => ({ name, counts, bytes, ...options });
// It may be honest, and is kept for later: neither blamed nor believed.
const later = (what, bytes) => endured(`${what} of a later epoch`, null, bytes);
const payloadOf = (bytes) => bytes.subarray(5);

// A valid message of each kind, to be cut, prolonged and sent by those who may not.
export const kExamples = {
  proposal: (c) => c.forger.proposal(nextHeader(c)),
  vote: (c) => c.forger.vote({ view: c.observed.view + 1 }),
  certificate: (c) => c.observed.certificates.at(-1),
  laneStatus: (c) => wire.encodeLaneStatus(c.observed.status),
  batch: (c) => c.forger.batch({ sequence: looseSequence(), transactions: [c.transaction()] }),
  fetchCertificates: (c) => wire.encodeFetchCertificates({ first: c.observed.view, last: c.observed.view }),
  fetchProposal: (c) => wire.encodeFetchProposal({ view: c.observed.view, hash: randomBytes(32) }),
  fetchBatches: () => wire.encodeFetchBatches({ lane: 0, first: 1, last: 1, tip: randomBytes(32) }),
  fetchChain: (c) => wire.encodeFetchChain({ above: c.observed.finalHeight }),
  chain: (c) => c.observed.chains.at(-1),
  unavailable: () => wire.encodeUnavailable({ kind: wire.kFetch.proposal, number: 1, hash: kZero }),
};
const kFetches = ['fetchCertificates', 'fetchProposal', 'fetchBatches', 'fetchChain'];

// Of batches that follow nothing: far beyond what the lane's true owner will reach, and never twice.
let loose = Date.now();
export const looseSequence = () => ++loose;

// A child of the newest proposal, as the leader of a later view would make it.
export function nextHeader({ observed, identity }, view = observed.view + 1) {
  const parent = observed.header();
  return { ...parent, view, height: parent.height + 1, parentView: parent.view, parentHash: wire.blockHash(identity.chainId, parent),
    timeMs: Date.now() };
}

// A client's transaction for the attacker's own batches: well-formed and signed, unless it is told otherwise.
export function makeTransaction(network, fields = {}) {
  const { envelope } = buildEnvelope({ chainId: network.chainId, key: network.key, validUntil: 100, calls:
    [{ contract: 'evidence', method: 'deposit', payload: '{}' }], ...fields });
  return envelope;
}

function framing() {
  return [
    refused('a frame longer than the limit', kTooLong, () => frame(kKinds.vote, Buffer.alloc(0), (16 << 20) + 1)),
    refused('a forged length', kTooLong, () => frame(kKinds.vote, Buffer.alloc(0), 2 ** 32 - 1)),
    refused('random bytes', kTooLong, () => Buffer.concat([Buffer.of(0, 0, 0, 0x80), randomBytes(4096)])),
    refused('a second hello', 'hello-repeated', (c) => wire.hello(c.identity.chainId)),
    ...[1, 15, 27, 254].map((kind) => refused(`frame kind ${kind}`, 'unknown-kind', () => frame(kind, randomBytes(64)))),
  ];
}

function encodings() {
  const attacks = [];
  for (const [name, make] of Object.entries(kExamples)) {
    const kind = kKinds[name];
    const random = kLength[name] ? kLength[name] - 1 : 200;
    attacks.push(refused(`random bytes as ${name}`, kMalformed, () => frame(kind, randomBytes(random))),
      refused(`${name}, cut off`, kMalformed, (c) => frame(kind, make(c).subarray(0, -1))),
      refused(`${name}, a byte too long`, name in kLength && !kMayBeLonger.has(name) ? kTooLong : kMalformed,
        (c) => frame(kind, Buffer.concat([make(c), Buffer.of(0)]))));
  }
  const with32 = (bytes, at) => {
    const copy = Buffer.from(bytes);
    copy.writeUInt32LE(0xffffffff, at);
    return copy;
  };
  const withKind = (value) => (c) => frame(kKinds.vote, Buffer.concat([Buffer.alloc(8), Buffer.of(value), kExamples.vote(c).subarray(9)]));
  return [...attacks,
    refused('a certificate with a forged count', kMalformed, (c) => frame(kKinds.certificate, with32(kExamples.certificate(c), 57))),
    refused('a batch with a forged count', kMalformed, (c) => frame(kKinds.batch, with32(kExamples.batch(c), 50))),
    refused('a batch with a forged length', kMalformed, (c) => frame(kKinds.batch, with32(kExamples.batch(c), 54))),
    refused('a chain with a forged count', kMalformed, () => frame(kKinds.chain, with32(Buffer.alloc(64), 0))),
    refused('a status with a forged count', kMalformed, (c) => frame(kKinds.laneStatus, with32(kExamples.laneStatus(c), 16))),
    ...[0, 4, 255].map((value) => refused(`a vote of kind ${value}`, kMalformed, withKind(value))),
    refused('a refusal of an unknown kind of fetch', kMalformed, () => frame(kKinds.unavailable,
      wire.encodeUnavailable({ kind: 5, number: 1, hash: kZero }))),
  ];
}

function votes() {
  const vote = (name, type, fields) => refused(`a vote ${name}`, type, (c) => frame(kKinds.vote, c.forger.vote({ view: c.observed.view + 1, ...fields })));
  const far = (name, view) => endured(`a vote ${name}, validly signed`, 'refused', (c) => frame(kKinds.vote, c.forger.vote({ view: view(c) })));
  return [
    later('a vote', (c) => frame(kKinds.vote, c.forger.vote({ view: c.observed.view + 1, epoch: 1 }))),
    vote('of another chain', 'bad-signature', { signedAs: { chainId: randomBytes(32) } }),
    vote('signed as another kind', 'bad-signature', { signedAs: { kind: kSigned.finalize } }),
    vote('signed for another epoch', 'bad-signature', { signedAs: { epoch: 1 } }),
    vote('with a random signature', 'bad-signature', { signature: randomBytes(64) }),
    vote('in the name of another validator', 'bad-signature', { signer: 0 }),
    vote('of a validator that is not', 'unknown-signer', { signer: 4 }),
    vote('of validator 65535', 'unknown-signer', { signer: 0xffff }),
    vote('of view 0', 'malformed-vote', { view: 0 }),
    vote('to nullify a block', 'malformed-vote', { kind: kSigned.nullify, height: 1 }),
    far('1000 views ahead', (c) => c.observed.view + 1000),
    far('of view 2^63-1', () => kFarView),
    far('of view 2^64-1', () => kEverything),
  ];
}

function certificates() {
  const certificate = (name, type, change) => refused(`a certificate ${name}`, type, (c) => {
    const valid = wire.decodeCertificate(kExamples.certificate(c));
    return frame(kKinds.certificate, wire.encodeCertificate(change(valid, c)));
  });
  // Of a ballot that no quorum voted for: what is known already needs no signatures and is passed over.
  const forged = (name, type, fields, signers) => certificate(name, type, (_, c) => c.forger.certificate({ view: c.observed.view + 1, ...fields }, signers));
  return [
    forged('whose signatures are all of one', 'bad-signature', {}),
    forged('of view 2^63-1 with a forged quorum', 'bad-signature', { view: kFarView }),
    forged('of view 2^64-1 with a forged quorum', 'bad-signature', { view: kEverything }),
    forged('with a signer twice', 'malformed-certificate', {}, [3, 3, 3]),
    forged('with signers in another order', 'malformed-certificate', {}, [3, 2, 1]),
    forged('with a signer too few', 'malformed-certificate', {}, [2, 3]),
    forged('with a signer too many', 'malformed-certificate', {}, [0, 1, 2, 3]),
    forged('without signatures', 'malformed-certificate', {}, []),
    forged('with a signer out of range', 'bad-signature', {}, [1, 2, 4]),
    forged('of signers out of range', 'unknown-signer', {}, [4, 5, 6]),
    later('a certificate', (c) => frame(kKinds.certificate, wire.encodeCertificate(c.forger.certificate({ view: c.observed.view + 1, epoch: 1 })))),
    forged('of view 0', 'malformed-certificate', { view: 0 }),
    forged('that nullifies a block', 'malformed-certificate', { kind: kSigned.nullify, height: 1 }),
    certificate('for another view than was signed', 'bad-signature', (valid) => ({ ...valid, view: valid.view + 100_000 })),
    certificate('for another block than was signed', 'bad-signature', (valid, c) => ({ ...valid, kind: kSigned.finalize, view: c.observed.view + 7, height: 1, hash: randomBytes(32) })),
  ];
}

function proposals() {
  const proposal = (name, type, change, fields = () => ({})) => refused(`a proposal ${name}`, type, (c) =>
    frame(kKinds.proposal, c.forger.proposal({ ...nextHeader(c), ...change(c) }, fields(c))));
  const none = () => ({});
  const cut = (lanes) => () => ({ cut: Array.from({ length: lanes }, () => ({ sequence: 0, tip: kZero })) });
  const notLeader = (c) => c.observed.view + 4 - c.observed.view % 4; // of a view that validator 0 leads
  return [
    later('a proposal', (c) => frame(kKinds.proposal, c.forger.proposal({ ...nextHeader(c), epoch: 1 }))),
    proposal('of view 0', 'malformed-proposal', () => ({ view: 0 })),
    ...[0, 3, 5].map((lanes) => proposal(`with a cut across ${lanes} lanes`, 'malformed-proposal', cut(lanes))),
    proposal('with a random signature', 'bad-signature', none, () => ({ signature: randomBytes(64) })),
    proposal('in the name of another validator', 'bad-signature', none, () => ({ proposer: 1 })),
    proposal('of a validator that is not', 'unknown-signer', none, () => ({ proposer: 4 })),
    proposal('with too many certificates', 'malformed-proposal', none, (c) => ({ justification: Array(34).fill(c.forger.certificate({ view: 1 })) })),
    proposal('with a forged certificate', 'bad-signature', none, (c) => ({ justification: [c.forger.certificate({ view: c.observed.view })] })),
    endured("a proposal in another leader's view, validly signed", 'refused', (c) => frame(kKinds.proposal, c.forger.proposal(nextHeader(c, notLeader(c))))),
    endured('a proposal of view 2^63-1, validly signed', 'refused', (c) => frame(kKinds.proposal, c.forger.proposal(nextHeader(c, kFarView)))),
  ];
}

function batches() {
  const batch = (name, type, fields) => refused(`a batch ${name}`, type, (c) =>
    frame(kKinds.batch, c.forger.batch({ sequence: looseSequence(), transactions: [c.transaction()], ...(typeof fields === 'function' ? fields(c) : fields) })));
  const of = (fields) => (c) => ({ transactions: [encodeTransaction({ ...c.envelope(), ...fields })] });
  return [
    later('a batch', (c) => frame(kKinds.batch, c.forger.batch({ sequence: looseSequence(), transactions: [c.transaction()], epoch: 1 }))),
    batch('of sequence 0', 'malformed-batch', { sequence: 0 }),
    batch('of sequence 1 after another', 'malformed-batch', { sequence: 1 }),
    batch('without transactions', 'malformed-batch', { transactions: [] }),
    batch('with an empty transaction', 'malformed-batch', { transactions: [Buffer.alloc(0)] }),
    batch('with junk as a transaction', 'malformed-batch', { transactions: [randomBytes(300)] }),
    batch('with a transaction cut off', 'malformed-batch', (c) => ({ transactions: [c.transaction().subarray(0, -1)] })),
    batch('with a forged transaction', 'malformed-batch', of({ signature: randomBytes(64).toString('hex') })),
    batch('with a transaction of another chain', 'malformed-batch', of({ chain_id: randomBytes(32).toString('hex') })),
    batch('with a random signature', 'bad-signature', { signature: randomBytes(64) }),
    batch("of another validator's lane", 'bad-signature', { lane: 1 }),
    batch('of a lane that is not', 'unknown-signer', { lane: 4 }),
    batch('too large', kTooLong, { transactions: [Buffer.alloc(2 << 20, 1)] }),
    // Not harmful, and not refused: it may be early, late or a repetition.
    endured('batches that follow nothing', null, (c) => Buffer.concat(Array.from({ length: 20 }, () => frame(kKinds.batch, kExamples.batch(c))))),
    endured('one batch a hundred times', null, (c) => Buffer.concat(Array(100).fill(frame(kKinds.batch, kExamples.batch(c))))),
  ];
}

function chains() {
  const chain = (name, type, change) => refused(`a chain ${name}`, type, (c) =>
    frame(kKinds.chain, wire.encodeChain(change(wire.decodeChain(kExamples.chain(c)), c))));
  return [
    chain('without headers', 'malformed-chain', (valid) => ({ ...valid, headers: [] })),
    chain('of 65 headers', 'malformed-chain', (valid) => ({ ...valid, headers: Array(65).fill(valid.headers[0]) })),
    chain('that is not linked', 'malformed-chain', (valid) => ({ ...valid, headers: [valid.headers[0], valid.headers[0]] })),
    chain('whose certificate is of another block', 'malformed-chain', (valid) => ({ ...valid, finalization: { ...valid.finalization, view: valid.finalization.view + 1 } })),
    chain('with a forged certificate', 'bad-signature', (_, c) => {
      const header = nextHeader(c);
      const ballot = { kind: kSigned.finalize, view: header.view, height: header.height, hash: wire.blockHash(c.identity.chainId, header) };
      return { headers: [header], finalization: c.forger.certificate(ballot) };
    }),
  ];
}

function others() {
  const status = (name, counts, change) => endured(`a status ${name}`, counts, (c) => frame(kKinds.laneStatus, wire.encodeLaneStatus({ ...c.observed.status, ...change(c) })));
  const most = (c) => c.observed.status.watermarks.map(({ tip }) => ({ sequence: kFarView, tip }));
  return [
    status('of a later epoch', null, () => ({ epoch: 1 })),
    status('of the last epoch that a number can name, final beyond everything', null, () => ({ epoch: kEverything, finalHeight: kEverything })),
    status('across three lanes', 'refused', (c) => ({ watermarks: c.observed.status.watermarks.slice(1) })),
    status('across no lanes', 'refused', () => ({ watermarks: [] })),
    status('across five lanes', 'refused', (c) => ({ watermarks: [...c.observed.status.watermarks, { sequence: 0, tip: kZero }] })),
    status('ahead of everything', null, (c) => ({ view: kFarView, finalView: kFarView, finalHeight: kFarView, executedHeight: kFarView, idleView: kFarView, watermarks: most(c) })),
    status('with another root', 'root-differs', () => ({ executedRoot: randomBytes(32) })),
    endured('a fetch of all certificates', 'refused', () => frame(kKinds.fetchCertificates, wire.encodeFetchCertificates({ first: 0, last: kEverything })), { answered: true }),
    endured('a fetch of certificates backwards', 'refused', () => frame(kKinds.fetchCertificates, wire.encodeFetchCertificates({ first: 2, last: 1 })), { answered: true }),
    endured('a fetch of all batches', 'refused', () => frame(kKinds.fetchBatches, wire.encodeFetchBatches({ lane: 0, first: 0, last: kEverything, tip: randomBytes(32) })), { answered: true }),
    endured('a fetch of batches of no lane', 'refused', () => frame(kKinds.fetchBatches, wire.encodeFetchBatches({ lane: 9, first: 1, last: 1, tip: randomBytes(32) })), { answered: true }),
    endured('a fetch of a chain above everything', null, () => frame(kKinds.fetchChain, wire.encodeFetchChain({ above: kEverything })), { answered: true }),
    endured('refusals that nobody asked for', null, () => Buffer.concat([1, 2, 3, 4].map((kind) => frame(kKinds.unavailable, wire.encodeUnavailable({ kind, number: kEverything, hash: randomBytes(32) }))))),
  ];
}

// Everything that only validators may send, from a node that only follows.
function follower() {
  return Object.keys(kExamples).filter((name) => !kFetches.includes(name)).map((name) =>
    refused(`${name} from a follower`, 'not-a-validator', (c) => frame(kKinds[name], kExamples[name](c)), { from: 'follower' }));
}

export const sessionAttacks = () => [...framing(), ...encodings(), ...votes(), ...certificates(), ...proposals(), ...batches(), ...chains(),
  ...others(), ...follower()];

// Before there is a session. `hello` is what is sent first; `tls` what the connection is made with.
export const openingAttacks = [
  { name: 'a transport key that nobody knows', type: 'unknown-key', stranger: true },
  { name: 'no certificate', type: 'tls', tls: {} },
  { name: 'TLS 1.2', type: 'tls', options: { minVersion: 'TLSv1.2', maxVersion: 'TLSv1.2' } },
  { name: 'no TLS at all', type: 'tls', raw: () => randomBytes(512) },
  { name: 'a connection that is closed at once', type: 'tls', raw: () => Buffer.alloc(0) },
  { name: 'the hello of another chain', type: 'another-chain', hello: () => wire.hello(randomBytes(32)) },
  { name: 'the hello of another version', type: 'another-version', hello: (id) => wire.hello(id.chainId, 2) },
  { name: 'a hello cut short', type: 'bad-hello', hello: (id) => frame(kKinds.hello, payloadOf(wire.hello(id.chainId)).subarray(0, -1)) },
  { name: 'a hello of 4 GiB', type: 'bad-hello', hello: () => frame(kKinds.hello, randomBytes(64), 2 ** 32 - 1) },
  { name: 'another frame than a hello', type: 'bad-hello', hello: () => frame(kKinds.vote, randomBytes(34)) },
  { name: 'half a hello, then nothing', type: 'handshake-timeout', hello: (id) => wire.hello(id.chainId).subarray(0, 20) },
];
