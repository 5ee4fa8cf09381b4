// Verifies a proof bundle: written from docs/formats.md alone, and sharing nothing with the program that makes it.
import { toHex } from './bytes.js';
import { keyText, readBundle } from './bundle.js';
import {
  checkCall, checkFile, checkHistory, checkReceipt, checkRecords, checkState, checkTransaction, hashesOf, payloadText,
} from './claims.js';
import { checkAnchor, followSets } from './finality.js';
import { readGenesis } from './genesis.js';
import { blockHash, executedRoot } from './hashes.js';
import { equal } from './bytes.js';
import { Refusal, require } from './refusal.js';
import { wordsOf } from './words.js';

// Each step reads from `work` what the steps before it have established, and adds what it establishes itself.
const kCommon = {
  bundle: (work) => {
    work.bundle = readBundle(work.input.bundle);
    work.chainId = work.bundle.chain_id;
  },
  genesis: (work) => {
    work.genesis = readGenesis(work.input.genesis, work.chainId);
    work.chain = { chainId: work.chainId, epochBlocks: work.genesis.epochBlocks };
  },
  sets: (work) => {
    work.present = followSets(work.bundle, work.genesis, work.chain);
  },
  finality: (work) => {
    work.signers = checkAnchor(work.bundle.anchor, work.present, work.chain);
  },
  roots: ({ bundle }) => {
    require(equal(executedRoot(bundle.roots), bundle.anchor.header.executedRoot), 'executed-root');
  },
};
const kRecord = { history: checkHistory, receipt: checkReceipt, transaction: checkTransaction, call: checkCall };
const kEntity = { state: checkState, records: checkRecords };

function stepsOf(work) {
  const claim = work.bundle?.record ? kRecord : work.bundle?.entity ? kEntity : {};
  return Object.entries({ ...kCommon, ...claim, ...(work.input.file ? { file: checkFile } : {}) });
}

// What is wrong, or nothing. An error that is ours is a refusal as well: only what was checked to its end holds.
function attempt(check, work) {
  try {
    check(work);
    return undefined;
  } catch (error) {
    return error instanceof Refusal ? error : new Refusal('internal', { problem: String(error?.message ?? error) });
  }
}

function runSteps(work, words) {
  const refused = attempt(kCommon.bundle, work);
  let failed = false;
  return stepsOf(work).map(([step, check]) => {
    if (failed) return { step, verdict: 'not-reached', text: words.notReached };
    const refusal = step === 'bundle' ? refused : attempt(check, work);
    failed = refusal !== undefined;
    if (!failed) return { step, verdict: 'holds', text: words.holds[step](work) };
    return { step, verdict: 'fails', reason: refusal.reason, text: words.reasons[refusal.reason](refusal.details) };
  });
}

function recordFacts({ bundle: { record }, chainId }) {
  const { block, receipt, transaction, call } = record;
  return {
    height: block.height, blockTimeMs: block.timeMs, blockHash: toHex(blockHash(chainId, block)),
    transactionId: toHex(receipt.transactionId), sender: keyText(transaction.sender),
    callIndex: receipt.callIndex, callCount: transaction.callCount,
    contract: call.contract, method: call.method, payload: payloadText(call.payload),
    code: receipt.code, message: receipt.message, where: receipt.where,
    events: receipt.events,
  };
}

function entityFacts({ bundle: { entity } }) {
  const records = entity.records?.map(({ record, recorded }) => ({
    record, height: recorded.height, blockTimeMs: recorded.blockTimeMs, transactionId: toHex(recorded.transactionId),
    callIndex: recorded.callIndex, organization: recorded.organization }));
  return {
    contract: entity.contract, name: entity.name, present: entity.head !== null, count: entity.head?.count ?? 0n,
    records: records ?? null,
  };
}

function factsOf(work) {
  const { header } = work.bundle.anchor;
  return {
    network: work.genesis.name, chainId: toHex(work.chainId),
    anchor: {
      height: header.height, epoch: header.epoch, timeMs: header.timeMs, executedHeight: header.executedHeight,
      blockHash: toHex(blockHash(work.chainId, header)), validators: work.present.set.members.length,
      signers: work.signers, changes: work.bundle.sets.length,
    },
    record: work.bundle.record ? recordFacts(work) : null,
    entity: work.bundle.entity ? entityFacts(work) : null,
    file: work.input.file ? { ...work.hashes, bytes: work.input.file.length } : null,
  };
}

// bundle, genesis, file: Uint8Array, the file only where one is to be compared; language: 'zh' or 'en'.
// Gives {ok, steps: [{step, verdict: 'holds' | 'fails' | 'not-reached', text}], facts}; facts are null unless all holds.
// Texts and facts hold strings from the bundle: show them as text, never as markup.
export function verifyBundle({ bundle, genesis, file, language = 'zh' }) {
  const work = { input: { bundle, genesis, file } };
  if (file) work.hashes = hashesOf(file);
  const steps = runSteps(work, wordsOf(language));
  const ok = steps.every(({ verdict }) => verdict === 'holds');
  return { ok, steps, facts: ok ? factsOf(work) : null };
}
