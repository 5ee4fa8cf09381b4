// What a bundle has proven, as a sentence and as rows of [label, list of parts]; a part that others wrote is {text}.

const kEnd = 253402300799999n;  // of the year 9999
const kRecordsShown = 200;

// In China's time, whatever the clock of the device says.
export function timeText(ms, labels) {
  if (ms > kEnd) return `${ms} ms`;
  return labels.time(new Date(Number(ms) + 8 * 3600 * 1000).toISOString().slice(0, 19).replace('T', ' '));
}

const theirs = (text) => ({ text });

export function claimOf({ record, entity, anchor }, labels) {
  const { claims } = labels;
  if (entity) {
    return entity.present ? claims.present(anchor.executedHeight, entity.count) : claims.absent(anchor.executedHeight);
  }
  const time = timeText(record.blockTimeMs, labels);
  if (record.code !== 'ok') return claims.failed(time);
  return record.contract === 'evidence' && record.method === 'deposit' ? claims.deposit(time) : claims.ok(time);
}

function recordRows(record, labels) {
  return [
    ['contract', theirs(record.contract)],
    ['method', theirs(record.method)],
    ['payload', theirs(record.payload)],
    ['code', theirs(record.code)],
    ...(record.message ? [['message', theirs(record.message)]] : []),
    ...record.events.map(({ name, json }) => ['event', theirs(`${name} ${json}`)]),
    ['sender', record.sender],
    ['height', `${record.height}`],
    ['blockTime', timeText(record.blockTimeMs, labels)],
    ['blockHash', record.blockHash],
    ['transactionId', record.transactionId],
    ['callIndex', labels.callOf(record.callIndex, record.callCount)],
  ];
}

function entityRows(entity) {
  return [['contract', theirs(entity.contract)], ['name', theirs(entity.name)], ['count', `${entity.count}`]];
}

function fileRows(file, name) {
  return [['fileName', theirs(name)], ['fileBytes', `${file.bytes}`], ['fileSha256', file.sha256], ['fileSm3', file.sm3]];
}

function chainRows({ network, chainId, anchor }, labels) {
  const names = anchor.signers.flatMap((name, i) => (i === 0 ? [theirs(name)] : [labels.separator, theirs(name)]));
  return [
    ['network', theirs(network)],
    ['chainId', chainId],
    ['asOf', `${anchor.executedHeight}`],
    ['anchor', `${anchor.height}`],
    ['anchorTime', timeText(anchor.timeMs, labels)],
    ['signers', labels.signersOf(anchor.signers.length, anchor.validators), ...names],
  ];
}

const labelled = (rows, labels) => rows.map(([key, ...parts]) => [labels.rows[key], parts]);

export function rowsOf(facts, fileName, labels) {
  const claim = facts.record ? recordRows(facts.record, labels) : entityRows(facts.entity);
  const file = facts.file ? fileRows(facts.file, fileName) : [];
  return labelled([...claim, ...file, ...chainRows(facts, labels)], labels);
}

// Groups {title, rows} for the records of an entity, and how many are left out.
export function recordsOf({ entity }, labels) {
  const all = entity?.records ?? [];
  const groups = all.slice(0, kRecordsShown).map((record, i) => ({ title: labels.record(i + 1), rows: labelled([
    ['recordText', theirs(record.record)],
    ['organization', theirs(record.organization)],
    ['height', `${record.height}`],
    ['blockTime', timeText(record.blockTimeMs, labels)],
    ['transactionId', record.transactionId],
  ], labels) }));
  return { groups, left: all.length - groups.length };
}
