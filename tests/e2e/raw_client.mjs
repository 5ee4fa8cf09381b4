// A client that sends bytes as it likes, from a loopback address of its choice, for the tests of hostile clients.
import { connect } from 'node:net';

// The answers in what a server sent, as far as they are whole.
export function answersIn(bytes) {
  const answers = [];
  for (let at = 0; ;) {
    const end = bytes.indexOf('\r\n\r\n', at);
    if (end < 0) return answers;
    const head = bytes.toString('latin1', at, end);
    const length = Number(head.match(/^content-length: (\d+)$/im)?.[1] ?? 0);
    if (bytes.length < end + 4 + length) return answers;
    const text = bytes.toString('utf8', end + 4, end + 4 + length);
    const status = Number(head.split(' ')[1]);
    answers.push({ status, head, text, retryAfter: head.match(/^retry-after: (.*)$/im)?.[1],
      problem: /problem\+json/.test(head) ? JSON.parse(text) : undefined });
    at = end + 4 + length;
  }
}

export class RawClient {
  constructor(port, from) {
    this.bytes = Buffer.alloc(0);
    this.parts = [];
    this.socket = connect({ host: '127.0.0.1', port, localAddress: from });
    this.socket.on('data', (part) => this.parts.push(part));
    this.socket.on('error', () => {}); // a reset is one way to be refused
    this.connected = new Promise((resolve) => { this.socket.on('connect', resolve); this.socket.on('close', resolve); });
    this.closed = false;
    this.closing = new Promise((resolve) => this.socket.on('close', () => { this.closed = true; resolve(); }));
  }
  send(bytes) {
    if (!this.closed) this.socket.write(bytes);
    return this;
  }
  answers() {
    this.bytes = Buffer.concat([this.bytes, ...this.parts.splice(0)]);
    return answersIn(this.bytes);
  }
  // The server has closed; an Error after the deadline.
  async end(deadline_ms = 60_000) {
    let timer;
    const late = new Promise((_, reject) => { timer = setTimeout(() => reject(new Error('the server did not close')), deadline_ms); });
    await Promise.race([this.closing, late]).finally(() => clearTimeout(timer));
    return this.answers();
  }
  destroy() { this.socket.destroy(); }
}
