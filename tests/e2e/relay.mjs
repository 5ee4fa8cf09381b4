// The network between the nodes, for tests that cut it: listens at the addresses that genesis gives, hands on to where the
// nodes listen, and knows from the kernel's table of connections which of them dials. A cut ends the sessions of a pair and
// lets no new one through; `late_ms` is how late all comes, one way. Needs the right to look into the nodes' file descriptors.
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { connect, createServer } from 'node:net';

// The inode of the established connection from a local port.
function inodeOf(port) {
  const local = `:${port.toString(16).toUpperCase().padStart(4, '0')}`;
  for (const line of readFileSync('/proc/net/tcp', 'utf8').split('\n')) {
    const [, from, , state, , , , , , inode] = line.trim().split(/\s+/);
    if (from?.endsWith(local) && state === '01') return inode;
  }
  return null;
}
function holds(pid, inode) {
  const directory = `/proc/${pid}/fd`;
  return readdirSync(directory).some((fd) => {
    try {
      return readlinkSync(`${directory}/${fd}`) === `socket:[${inode}]`;
    } catch {
      return false; // closed meanwhile
    }
  });
}

export class Relay {
  // pidOf(node): its process; null while there is none.
  constructor(nodes, listenPort, targetPort, pidOf, late_ms = 0) {
    Object.assign(this, { nodes, listenPort, targetPort, pidOf, late_ms, sessions: new Set(), broken: new Set(), servers: [] });
  }
  start() {
    return Promise.all(this.nodes.map((to) => new Promise((resolve, reject) => {
      const server = createServer((socket) => this.take(socket, to)).once('error', reject);
      server.listen(this.listenPort(to), '127.0.0.1', resolve);
      this.servers.push(server);
    })));
  }
  take(socket, to) {
    socket.on('error', () => {});
    // The kernel's table may lack a line while others change: who is not found has to dial again.
    const from = this.dialler(socket.remotePort);
    if (from === undefined || this.broken.has(this.pair(from, to))) return socket.destroy();
    const other = connect(this.targetPort(to), '127.0.0.1').on('error', () => {});
    const session = { from, to, end: () => { socket.destroy(); other.destroy(); this.sessions.delete(session); } };
    for (const end of [socket, other]) end.setNoDelay(true).on('close', session.end);
    this.sessions.add(session);
    if (this.late_ms === 0) socket.pipe(other).pipe(socket);
    else for (const [one, another] of [[socket, other], [other, socket]]) this.late(one, another);
    return undefined;
  }
  // Timers of one length end in their order.
  late(from, to) {
    from.on('data', (bytes) => setTimeout(() => { if (to.writable) to.write(bytes); }, this.late_ms));
  }
  dialler(port) {
    const inode = inodeOf(port);
    return this.nodes.find((node) => {
      try {
        return inode !== null && holds(this.pidOf(node), inode);
      } catch {
        return false; // not running
      }
    });
  }
  pair(one, other) { return [one, other].sort().join('-'); }
  cut(some, others) {
    for (const one of some) for (const other of others) if (one !== other) this.broken.add(this.pair(one, other));
    for (const session of this.sessions) if (this.broken.has(this.pair(session.from, session.to))) session.end();
  }
  heal() { this.broken.clear(); }
  stop() {
    for (const server of this.servers) server.close();
    for (const session of this.sessions) session.end();
  }
}
