// Step 2, `genesis`: the file that names the chain, and what a verifier needs of it.
import { equal, toHex } from './bytes.js';
import { publicKey } from './bundle.js';
import { sha256, validatorsHash } from './hashes.js';
import { JsonError, JsonNumber, parseJson } from './json.js';
import { Refusal, require } from './refusal.js';

const kGenesisBytesMax = 64 * 1024 * 1024;
const kEpochBlocksDefault = 1000n;
const kValidatorsMax = 100;

// A set of validators, with the hash that headers have of it.
export function validatorSet(members) {
  return { members, hash: validatorsHash(members) };
}

function validator(value, where) {
  require(value instanceof Map && typeof value.get('name') === 'string', 'genesis-content', { where });
  return {
    name: value.get('name'),
    consensusKey: publicKey(value.get('consensus_key'), `${where}/consensus_key`),
    transportKey: publicKey(value.get('transport_key'), `${where}/transport_key`),
  };
}

function epochBlocks(root) {
  const parameters = root.get('parameters');
  const value = parameters instanceof Map ? parameters.get('epoch_blocks') : undefined;
  if (value === undefined) return kEpochBlocksDefault;
  const digits = value instanceof JsonNumber && /^[1-9][0-9]{0,15}$/.test(value.text);
  require(digits, 'genesis-content', { where: '/parameters/epoch_blocks' });
  return BigInt(value.text);
}

function parse(file) {
  try {
    return parseJson(file, kGenesisBytesMax);
  } catch (error) {
    if (error instanceof JsonError) throw new Refusal('genesis-json', { problem: error.problem, where: String(error.at) });
    throw error;
  }
}

export function readGenesis(file, chainId) {
  const hash = sha256(file);
  require(equal(hash, chainId), 'other-chain', { theirs: toHex(chainId), ours: toHex(hash) });
  const root = parse(file);
  require(root instanceof Map, 'genesis-content', { where: '/' });
  const validators = root.get('validators');
  const some = Array.isArray(validators) && validators.length >= 1 && validators.length <= kValidatorsMax;
  require(some, 'genesis-content', { where: '/validators' });
  const name = root.get('name');
  return {
    name: typeof name === 'string' ? name : '',
    epochBlocks: epochBlocks(root),
    set: validatorSet(validators.map((value, i) => validator(value, `/validators/${i}`))),
  };
}
