// A step that does not hold: `reason` is a key of words.js, `details` what its sentence names.
export class Refusal extends Error {
  constructor(reason, details = {}) {
    super(reason);
    this.reason = reason;
    this.details = details;
  }
}

export function require(holds, reason, details) {
  if (!holds) throw new Refusal(reason, details);
}
