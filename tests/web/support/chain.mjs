// A small chain made from docs/formats.md: sets that change, blocks, receipts, histories, certificates, and bundles of all that.
import {
  bytes, ed25519Key, encodeKey, integer, kZero, list, merklePath, merkleRoot, sha256, sm2Key, sm3, statePath, stateRoot,
  tagged, u16, u32, u64, u8,
} from './encoding.mjs';

const hex = (buffer) => buffer.toString('hex');

export const kFile = Buffer.from('荆楚链存证：原始文件\n');
export const kOtherFile = Buffer.from('另一个文件\n');

const member = (name, key = ed25519Key) => ({ name, consensus: key(`${name} consensus`), transport: ed25519Key(`${name} transport`) });

export const setHash = (set) => tagged('jingchu/validators',
  list(set.map((v) => Buffer.concat([bytes(v.name), encodeKey(v.consensus), encodeKey(v.transport)]))));

export function genesisOf(set, { name = '荆楚测试链', epochBlocks = 4 } = {}) {
  const validators = set.map((v) => ({ name: v.name, division: '420100', consensus_key: v.consensus.text,
    transport_key: v.transport.text, address: '127.0.0.1:7000' }));
  const parameters = epochBlocks === null ? {} : { epoch_blocks: epochBlocks };
  return Buffer.from(`${JSON.stringify({ name, time_ms: 1700000000000, validators, followers: [], parameters, contracts: {} })}\n`);
}

export function encodeHeader(h) {
  return Buffer.concat([u16(h.version ?? 1), u64(h.epoch), u64(h.view), u64(h.height), u64(h.parentView), h.parentHash,
    list(h.cut.map(({ sequence, tip }) => Buffer.concat([u64(sequence), tip]))), u64(h.timeMs), u64(h.executedHeight),
    h.executedRoot, h.validatorsHash, h.nextValidatorsHash]);
}

export function encodeCertificate(c) {
  return Buffer.concat([u64(c.epoch), u8(c.kind), u64(c.view), u64(c.height), c.hash,
    list(c.signatures.map(({ signer, signature }) => Buffer.concat([u16(signer), signature])))]);
}

export const encodeReceipt = (r) => Buffer.concat([r.transactionId, u32(r.callIndex), u64(r.height), bytes(r.code), bytes(r.message),
  bytes(r.where), u64(r.cost), list(r.events.map(({ name, json }) => Buffer.concat([bytes(name), bytes(json)])))]);

export const encodeRecorded = (r) => Buffer.concat([u64(r.height), u64(r.timeMs), r.transactionId, u32(r.callIndex), bytes(r.organization)]);

const encodeCall = (call) => Buffer.concat([bytes(call.contract), bytes(call.method), bytes(call.payload)]);

const chainBytes = (chainId, c) => Buffer.concat([bytes('jingchu/consensus'), chainId, u64(c.epoch), u8(c.kind), u64(c.view), u64(c.height), c.hash]);

export const depositOf = (file) => JSON.stringify({ sha256: hex(sha256(file)), sm3: hex(sm3(file)), mediaType: 'text/plain', size: file.length });

export class Chain {
  // sets: one for each epoch from 0; genesis is the first.
  constructor({ sets, epochBlocks = 4, name, genesisEpochBlocks = epochBlocks } = {}) {
    const first = [0, 1, 2, 3].map((i) => member(`city-${i}`));
    const second = [...first.slice(0, 3), member('city-4', sm2Key), member('city-5')];
    this.sets = sets ?? [first, first, second, second, first, first];
    this.epochBlocks = epochBlocks;
    this.genesis = genesisOf(this.sets[0], { name, epochBlocks: genesisEpochBlocks });
    this.chainId = sha256(this.genesis);
    this.blocks = [{ hash: kZero, header: { view: 0 } }];
    this.entities = new Map();
    this.states = [this.#stateAfter([])];
  }

  setOf(epoch) {
    return this.sets[Math.min(epoch, this.sets.length - 1)];
  }

  hashOf(header) {
    return tagged('jingchu/header', this.chainId, encodeHeader(header));
  }

  // transactions: list of {sender, calls: [{contract, method, payload, entities: [name], code}], onError}; `odd`: fields of the header
  // that are not what they should be.
  addBlock(transactions = [], odd = {}) {
    const height = this.blocks.length;
    const parent = this.blocks[height - 1];
    const epoch = Math.floor((height - 1) / this.epochBlocks);
    const set = this.setOf(epoch);
    const executed = this.states[height - 1];
    const header = { epoch, view: height + 2, height, parentView: parent.header.view, parentHash: parent.hash,
      cut: set.map((_, i) => ({ sequence: height + i, tip: sha256(u64(height), u8(i)) })), timeMs: 1700000000000 + 1000 * height,
      executedHeight: height - 1, executedRoot: executed.root, validatorsHash: setHash(set),
      nextValidatorsHash: setHash(this.setOf(epoch + 1)), ...odd };
    const block = { header, hash: this.hashOf(header), calls: transactions.flatMap((t) => this.#execute(t, header)) };
    block.receiptsRoot = merkleRoot(block.calls.map(({ receipt }) => encodeReceipt(receipt)));
    this.blocks.push(block);
    this.states.push(this.#stateAfter(block.calls.map(({ receipt }) => encodeReceipt(receipt))));
    return block;
  }

  #execute({ sender, calls, onError = 0, version = 1, chainId = this.chainId }, header) {
    const callsRoot = merkleRoot(calls.map(encodeCall));
    const head = Buffer.concat([bytes('jingchu/transaction'), u16(version), chainId, encodeKey(sender),
      sha256(u64(header.height)).subarray(0, 16), u64(header.height + 10), u8(onError), u32(calls.length), callsRoot]);
    const transactionId = sha256(head);
    return calls.map((call, callIndex) => {
      const receipt = { transactionId, callIndex, height: call.receiptHeight ?? header.height, code: call.code ?? 'ok', message: call.message ?? '',
        where: '', cost: 207, events: [{ name: 'deposited', json: '{}' }] };
      const recorded = encodeRecorded({ height: header.height, timeMs: header.timeMs, transactionId, callIndex, organization: '武汉市公证处' });
      for (const name of call.entities ?? []) this.#record(call.contract, name, Buffer.from(call.payload), recorded);
      return { receipt, head, signature: sender.sign(head), call: encodeCall(call), path: merklePath(callIndex, calls.map(encodeCall)) };
    });
  }

  #record(contract, name, record, recorded) {
    const id = `${contract}\n${name}`;
    const before = this.entities.get(id) ?? { contract, name, count: 0, chain: kZero, records: [] };
    this.entities.set(id, { ...before, count: before.count + 1, chain: tagged('jingchu/history', before.chain, sha256(record), recorded),
      records: [...before.records, { record: record.toString(), recorded }] });
  }

  #leaves() {
    return [...this.entities.values()].map((e) => ({ entity: e, path: tagged('jingchu/entity', bytes(e.contract), bytes(e.name)),
      valueHash: sha256(bytes(e.name), u64(e.count), e.chain) }));
  }

  #stateAfter(receipts) {
    const leaves = this.#leaves();
    const history = this.blocks.slice(1).map((b) => Buffer.concat([u64(b.header.height), b.hash, b.receiptsRoot]));
    const roots = { entities: stateRoot(leaves), checksum: sha256(Buffer.from(`state after ${this.blocks.length - 1}`)),
      receipts: merkleRoot(receipts), history: merkleRoot(history) };
    const root = tagged('jingchu/executed', tagged('jingchu/state', roots.entities, roots.checksum), roots.receipts, roots.history);
    return { leaves, history, roots, root };
  }

  certificate(block, { set = this.setOf(block.header.epoch), signers, kind = 3, odd = {} } = {}) {
    const n = set.length;
    const quorum = n - Math.floor((n - 1) / 3);
    const about = { epoch: block.header.epoch, kind, view: block.header.view, height: block.header.height, hash: block.hash, ...odd };
    const who = signers ?? Array.from({ length: quorum }, (_, i) => i + n - quorum);
    return { ...about, signatures: who.map((signer) => ({ signer, signature: set[signer].consensus.sign(chainBytes(this.chainId, about)) })) };
  }

  finalHeader(height, { last = height, ...how } = {}) {
    const headers = this.blocks.slice(height, last + 1);
    return { header: hex(encodeHeader(headers[0].header)), path: headers.slice(1).map((b) => hex(encodeHeader(b.header))),
      finalization: hex(encodeCertificate(this.certificate(headers.at(-1), how))) };
  }

  change(height, how) {
    const next = this.setOf(this.blocks[height].header.epoch + 1);
    const validators = next.map((v) => ({ name: v.name, consensus_key: v.consensus.text, transport_key: v.transport.text }));
    return { validators, proof: this.finalHeader(height, how) };
  }

  // The changes up to the epoch of a height, each shown by the last block before it, or an earlier one of its epoch.
  changes(height) {
    const wanted = this.blocks[height].header.epoch;
    const each = [];
    for (let epoch = 0; epoch < wanted; ++epoch) {
      if (setHash(this.setOf(epoch)).equals(setHash(this.setOf(epoch + 1)))) continue;
      const last = (epoch + 1) * this.epochBlocks;
      each.push(this.change(last - 1, { last }));
    }
    return each;
  }

  #common(anchor, how) {
    const { roots } = this.states[this.blocks[anchor].header.executedHeight];
    return { format: 'jingchu-proof', version: 1, chain_id: hex(this.chainId), sets: this.changes(anchor),
      anchor: this.finalHeader(anchor, how),
      roots: { entities: hex(roots.entities), checksum: hex(roots.checksum), receipts: hex(roots.receipts), history: hex(roots.history) } };
  }

  recordBundle(height, index, { anchor = this.blocks.length - 1, ...how } = {}) {
    const block = this.blocks[height];
    const { receipt, head, signature, call, path } = block.calls[index];
    const receipts = block.calls.map((c) => encodeReceipt(c.receipt));
    const { history } = this.states[this.blocks[anchor].header.executedHeight];
    return { ...this.#common(anchor, how), record: {
      block: hex(encodeHeader(block.header)), receipts_root: hex(block.receiptsRoot), history_path: merklePath(height - 1, history).map(hex),
      receipt: hex(encodeReceipt(receipt)), receipt_index: index, receipt_count: receipts.length,
      receipt_path: merklePath(index, receipts).map(hex), transaction: hex(head), signature: hex(signature), call: hex(call),
      call_path: path.map(hex) } };
  }

  entityBundle(contract, name, { anchor = this.blocks.length - 1, records = true, ...how } = {}) {
    const { leaves } = this.states[this.blocks[anchor].header.executedHeight];
    const path = tagged('jingchu/entity', bytes(contract), bytes(name));
    const { siblings, found } = statePath(leaves, path);
    const there = found?.path.equals(path) ? found.entity : undefined;
    const shown = (there?.records ?? []).map(({ record, recorded }) => ({ record, recorded: hex(recorded) }));
    return { ...this.#common(anchor, how), entity: { contract, name, siblings: siblings.map(hex),
      head: there ? { count: there.count, chain: hex(there.chain) } : null,
      other: !found || there ? null : { path: hex(found.path), value_hash: hex(found.valueHash) },
      records: records ? shown : null } };
  }
}

const names = (file) => [`sha256:${hex(sha256(file))}`, `sm3:${hex(sm3(file))}`];
const deposit = (file, more = {}) => ({ contract: 'evidence', method: 'deposit', payload: depositOf(file), entities: names(file), ...more });

export const kHostile = '<img src=x onerror="window.hacked=1"><script>window.hacked=2</script>\u202egnp.exe\u0007\u200b&amp;';

// Six epochs of four blocks, two changes of the validators; deposits, other records, failures, an SM2 sender, and hostile text.
export function sampleChain(options) {
  const chain = new Chain(options);
  const [alice, bob] = [ed25519Key('alice'), sm2Key('bob')];
  const event = (lot, text) => ({ contract: 'agriculture', method: 'record-operation', payload: JSON.stringify({ lot, text }), entities: [lot] });
  chain.addBlock([{ sender: alice, calls: [deposit(kFile), event('lot-1', '播种'), event('lot-2', '播种')] }]);
  chain.addBlock();
  chain.addBlock([{ sender: bob, calls: [deposit(kOtherFile)] }, { sender: alice, calls: [event('lot-1', '施肥'), event('lot-3', 'x')] }]);
  chain.addBlock([{ sender: alice, calls: [deposit(Buffer.from('refused'), { code: 'evidence-exists', message: '已存在', entities: [] })] }]);
  chain.addBlock([{ sender: bob, calls: Array.from({ length: 7 }, (_, i) => event(`lot-${i + 4}`, `第${i}次`)) }]);
  chain.addBlock([{ sender: alice, calls: [event(kHostile, kHostile), event('lot-1', '收获'), deposit(kFile)] }]);
  while (chain.blocks.length <= 22) chain.addBlock([{ sender: alice, calls: [event(`lot-${chain.blocks.length}`, '运输')] }]);
  return chain;
}

export const text = (bundle) => new Uint8Array(Buffer.from(JSON.stringify(bundle)));
export { hex, integer, names };
