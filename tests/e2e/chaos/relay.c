// TCP links between network namespaces, for tests: each delays what it carries, keeping its order, and can be stalled or
// cut. One process and one thread for all links; it ends with its standard input. Commands, a line each, answered
// "ok <number>" or "error <why>":
//   link <name> <namespace> <address> <port> <namespace> <address> <port>   accepts there, connects here; "-": its own
//   delay <name> <min_ms> <max_ms>     each piece waits so long, uniformly at random
//   stall <name> <0|1>                 1: carries nothing, and keeps its connections
//   cut <name>                         ends its connections, "ok <how many>"; new ones are taken
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { kLinksMax = 512, kConnectionsMax = 4096, kPieceBytes = 64 << 10, kQueueBytesMax = 4 << 20 };

struct piece {  // size 0: the end
  struct piece* next;
  int64_t due_us;
  size_t size, at;
  char bytes[];
};

// What was read of one side and waits for the other.
struct queue {
  struct piece *first, *last;
  size_t bytes;
  int64_t last_due_us;
  int read_end, written_end;
};

struct link {
  char name[32];
  int from, to;  // namespaces
  int listener, min_ms, max_ms, stalled;
  struct sockaddr_in target;
};

struct connection {
  struct link* link;
  int fd[2];  // 0: who dialed, 1: who was dialed
  int connected, broken;
  struct queue queue[2];  // from that side
};

static struct link links[kLinksMax];
static struct connection connections[kConnectionsMax];
static int link_count, connection_count, own_namespace;

static int64_t now_us(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

// A socket belongs to the namespace that its thread is in when it is made.
static int make_socket(int name_space) {
  if (setns(name_space, CLONE_NEWNET) != 0) return -1;
  const int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (setns(own_namespace, CLONE_NEWNET) != 0) abort();
  return fd;
}
static int open_namespace(const char* name) {
  char path[256];
  if (strcmp(name, "-") == 0) return own_namespace;
  snprintf(path, sizeof(path), "/run/netns/%s", name);
  return open(path, O_RDONLY | O_CLOEXEC);
}
static void send_at_once(int fd) {
  const int one = 1;
  setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
}

// ---- connections
static void accept_on(struct link* link) {
  const int dialing = accept4(link->listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
  if (dialing < 0) return;
  const int dialed = connection_count < kConnectionsMax ? make_socket(link->to) : -1;
  if (dialed < 0 || (connect(dialed, (struct sockaddr*)&link->target, sizeof(link->target)) != 0 && errno != EINPROGRESS)) {
    if (dialed >= 0) close(dialed);
    close(dialing);
    return;
  }
  send_at_once(dialing);
  send_at_once(dialed);
  connections[connection_count++] = (struct connection){.link = link, .fd = {dialing, dialed}};
}

static void append(struct queue* queue, const struct link* link, const char* bytes, size_t size) {
  struct piece* piece = malloc(sizeof(*piece) + size);
  const int64_t delay_us = 1000ll * link->min_ms + (link->max_ms > link->min_ms ? random() % (1000ll * (link->max_ms - link->min_ms)) : 0);
  const int64_t due_us = now_us() + delay_us;
  *piece = (struct piece){.size = size, .due_us = due_us > queue->last_due_us ? due_us : queue->last_due_us};
  memcpy(piece->bytes, bytes, size);
  queue->last_due_us = piece->due_us;
  queue->bytes += size;
  if (queue->last != NULL) queue->last->next = piece;
  else queue->first = piece;
  queue->last = piece;
}
static void drop_first(struct queue* queue) {
  struct piece* piece = queue->first;
  queue->bytes -= piece->size;
  queue->first = piece->next;
  if (queue->first == NULL) queue->last = NULL;
  free(piece);
}

static void read_side(struct connection* connection, int side) {
  static char bytes[kPieceBytes];
  struct queue* queue = &connection->queue[side];
  const ssize_t got = read(connection->fd[side], bytes, sizeof(bytes));
  if (got < 0) {
    connection->broken |= errno != EAGAIN && errno != EINTR;
    return;
  }
  queue->read_end = got == 0;
  connection->broken |= got == 0 && !connection->connected;  // who dialed has given up
  append(queue, connection->link, bytes, (size_t)got);
}
static void write_side(struct connection* connection, int side, int64_t now) {
  struct queue* queue = &connection->queue[1 - side];
  while (queue->first != NULL && queue->first->due_us <= now) {
    struct piece* piece = queue->first;
    if (piece->size == 0) {
      shutdown(connection->fd[side], SHUT_WR);
      queue->written_end = 1;
      drop_first(queue);
      continue;
    }
    const ssize_t put = send(connection->fd[side], piece->bytes + piece->at, piece->size - piece->at, MSG_NOSIGNAL);
    if (put < 0) {
      connection->broken |= errno != EAGAIN && errno != EINTR;
      return;
    }
    piece->at += (size_t)put;
    if (piece->at < piece->size) return;
    drop_first(queue);
  }
}
static void finish_connect(struct connection* connection) {
  int error = 0;
  socklen_t size = sizeof(error);
  getsockopt(connection->fd[1], SOL_SOCKET, SO_ERROR, &error, &size);
  connection->connected = 1;
  connection->broken |= error != 0;
}
static void sweep(void) {
  for (int i = 0; i < connection_count;) {
    struct connection* connection = &connections[i];
    if (!connection->broken && !(connection->queue[0].written_end && connection->queue[1].written_end)) {
      ++i;
      continue;
    }
    for (int side = 0; side < 2; ++side) {
      while (connection->queue[side].first != NULL) drop_first(&connection->queue[side]);
      close(connection->fd[side]);
    }
    *connection = connections[--connection_count];
  }
}

// ---- commands
static struct link* find(const char* name) {
  for (int i = 0; i < link_count; ++i)
    if (strcmp(links[i].name, name) == 0) return &links[i];
  return NULL;
}
static const char* make_link(const char* line) {
  char name[32], from[128], to[128], here[64], there[64];
  int port, target_port;
  if (link_count == kLinksMax || sscanf(line, "link %31s %127s %63s %d %127s %63s %d", name, from, here, &port, to, there, &target_port) != 7) return "usage";
  struct link link = {.from = open_namespace(from), .to = open_namespace(to)};
  if (link.from < 0 || link.to < 0) return "no such namespace";
  strcpy(link.name, name);
  link.target = (struct sockaddr_in){.sin_family = AF_INET, .sin_port = htons((uint16_t)target_port), .sin_addr.s_addr = inet_addr(there)};
  const struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port), .sin_addr.s_addr = inet_addr(here)};
  link.listener = make_socket(link.from);
  const int one = 1;
  setsockopt(link.listener, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
  if (bind(link.listener, (const struct sockaddr*)&address, sizeof(address)) != 0 || listen(link.listener, 256) != 0) return strerror(errno);
  links[link_count++] = link;
  return NULL;
}
// What it says of an error, NULL: none; `number` is part of the answer.
static const char* obey(const char* line, int* number) {
  char name[32];
  int a = 0, b = 0;
  if (strncmp(line, "link ", 5) == 0) return make_link(line);
  struct link* link = sscanf(line, "%*s %31s", name) == 1 ? find(name) : NULL;
  if (link == NULL) return "no such link";
  if (sscanf(line, "delay %*s %d %d", &a, &b) == 2) {
    link->min_ms = a;
    link->max_ms = b;
  } else if (sscanf(line, "stall %*s %d", &a) == 1) {
    link->stalled = a;
  } else if (strncmp(line, "cut ", 4) == 0) {
    for (int i = 0; i < connection_count; ++i)
      if (connections[i].link == link) *number += connections[i].broken = 1;
  } else {
    return "usage";
  }
  return NULL;
}
// False at the end of the commands.
static int read_commands(void) {
  static char text[1 << 16];
  static size_t size;
  const ssize_t got = read(STDIN_FILENO, text + size, sizeof(text) - 1 - size);
  if (got <= 0) return 0;
  size += (size_t)got;
  text[size] = 0;
  char *line = text, *end;
  for (; (end = strchr(line, '\n')) != NULL; line = end + 1) {
    *end = 0;
    int number = 0;
    const char* error = obey(line, &number);
    if (error == NULL) printf("ok %d\n", number);
    else printf("error %s: %s\n", line, error);
  }
  fflush(stdout);
  size -= (size_t)(line - text);
  memmove(text, line, size);
  return 1;
}

// ---- the loop
static short awaited(const struct connection* connection, int side, int64_t now, int64_t* next_us) {
  if (!connection->connected) return side == 1 ? POLLOUT : POLLIN;
  if (connection->link->stalled) return 0;
  short events = 0;
  const struct queue *own = &connection->queue[side], *other = &connection->queue[1 - side];
  if (!own->read_end && own->bytes < kQueueBytesMax) events |= POLLIN;
  if (other->first == NULL) return events;
  if (other->first->due_us <= now) events |= POLLOUT;
  else if (other->first->due_us < *next_us) *next_us = other->first->due_us;
  return events;
}
static void serve(struct connection* connection, const struct pollfd* polled, int64_t now) {
  for (int side = 0; side < 2; ++side) {
    const short events = polled[side].revents;
    if (events & (POLLIN | POLLHUP) && polled[side].events & POLLIN) read_side(connection, side);
    else if (events & (POLLERR | POLLHUP) && connection->connected) connection->broken |= (events & POLLERR) != 0 || polled[side].events == 0;
    if (events & (POLLOUT | POLLERR) && side == 1 && !connection->connected) finish_connect(connection);
    else if (events & POLLOUT) write_side(connection, side, now);
  }
}

int main(void) {
  static struct pollfd polled[1 + kLinksMax + 2 * kConnectionsMax];
  signal(SIGPIPE, SIG_IGN);
  own_namespace = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
  for (;;) {
    const int64_t now = now_us();
    int64_t next_us = now + 1000000;
    int count = 0;
    polled[count++] = (struct pollfd){.fd = STDIN_FILENO, .events = POLLIN};
    for (int i = 0; i < link_count; ++i) polled[count++] = (struct pollfd){.fd = links[i].listener, .events = POLLIN};
    const int first = count, served = connection_count;
    for (int i = 0; i < served; ++i)
      for (int side = 0; side < 2; ++side) {
        const short events = awaited(&connections[i], side, now, &next_us);
        // One that hangs up while nothing is asked of it would wake the loop for nothing.
        polled[count++] = (struct pollfd){.fd = events != 0 ? connections[i].fd[side] : -1, .events = events};
      }
    const int64_t wait_us = next_us - now;
    const struct timespec wait = {wait_us / 1000000, wait_us % 1000000 * 1000};
    if (ppoll(polled, (nfds_t)count, &wait, NULL) < 0) continue;
    const int64_t then = now_us();
    for (int i = 0; i < served; ++i) serve(&connections[i], &polled[first + 2 * i], then);
    for (int i = 0; i < first - 1; ++i)
      if (polled[1 + i].revents & POLLIN) accept_on(&links[i]);
    if (polled[0].revents != 0 && !read_commands()) return 0;
    sweep();
  }
}
