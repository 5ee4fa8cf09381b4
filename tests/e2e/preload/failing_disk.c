// A disk that fails or is slow, for tests: preloaded into one process. What it does stands in the file that
// FAILING_DISK names, one rule a line, read again before every call:
//   <call> <error> <times> <path part>     fsync EIO 1 /data/log     the next call on such a path fails
//   <call> <milliseconds>ms - <path part>  fsync 500ms - /data/      such calls take so long
// <call> is sync (fsync, fdatasync), write (write, pwrite, writev) or read (read, pread); <times> is a
// number or "forever". A rule that is used up is counted in <file>.done as one byte a time.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

static int number_of(const char* name) {
  if (strcmp(name, "EIO") == 0) return EIO;
  if (strcmp(name, "ENOSPC") == 0) return ENOSPC;
  if (strcmp(name, "EROFS") == 0) return EROFS;
  return 0;
}

// The library's own calls go to the kernel at once, never through what it replaces.
static int read_rules(const char* path, char* text, int size) {
  const int fd = (int)syscall(SYS_openat, AT_FDCWD, path, O_RDONLY | O_CLOEXEC);
  if (fd < 0) return 0;
  const int got = (int)syscall(SYS_read, fd, text, size - 1);
  syscall(SYS_close, fd);
  text[got > 0 ? got : 0] = 0;
  return got;
}

static long used(const char* path) {
  char name[4096];
  snprintf(name, sizeof(name), "%s.done", path);
  struct stat info;
  return stat(name, &info) == 0 ? (long)info.st_size : 0;
}

static void use(const char* path) {
  char name[4096];
  snprintf(name, sizeof(name), "%s.done", path);
  const int fd = (int)syscall(SYS_openat, AT_FDCWD, name, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
  syscall(SYS_write, fd, "x", 1);
  syscall(SYS_close, fd);
}

// The error that this call must end with; 0: none.
static int verdict(const char* call, int fd) {
  const char* path = getenv("FAILING_DISK");
  char text[1024], link[64], target[4096];
  if (path == NULL || read_rules(path, text, sizeof(text)) <= 0) return 0;
  snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
  const long length = readlink(link, target, sizeof(target) - 1);
  if (length <= 0) return 0;
  target[length] = 0;
  char *rest = text, *line;
  while ((line = strsep(&rest, "\n")) != NULL) {
    char of[16], what[16], times[16], part[256];
    if (sscanf(line, "%15s %15s %15s %255s", of, what, times, part) != 4) continue;
    if (strcmp(of, call) != 0 || strstr(target, part) == NULL) continue;
    if (strstr(what, "ms") != NULL) {
      const long delay = atol(what);
      const struct timespec pause = {delay / 1000, delay % 1000 * 1000000};
      nanosleep(&pause, NULL);
      continue;
    }
    if (strcmp(times, "forever") != 0 && used(path) >= atol(times)) continue;
    use(path);
    return number_of(what);
  }
  return 0;
}

#define REPLACE(result, name, call, fd, parameters, arguments)             \
  result name parameters {                                                 \
    static result(*real) parameters;                                       \
    if (real == NULL) real = (result(*) parameters)dlsym(RTLD_NEXT, #name); \
    const int error = verdict(call, fd);                                   \
    if (error != 0) {                                                      \
      errno = error;                                                       \
      return -1;                                                           \
    }                                                                      \
    return real arguments;                                                 \
  }

REPLACE(int, fsync, "sync", fd, (int fd), (fd))
REPLACE(int, fdatasync, "sync", fd, (int fd), (fd))
REPLACE(ssize_t, write, "write", fd, (int fd, const void* data, size_t size), (fd, data, size))
REPLACE(ssize_t, pwrite, "write", fd, (int fd, const void* data, size_t size, off_t at), (fd, data, size, at))
REPLACE(ssize_t, pwrite64, "write", fd, (int fd, const void* data, size_t size, off64_t at), (fd, data, size, at))
REPLACE(ssize_t, writev, "write", fd, (int fd, const struct iovec* parts, int count), (fd, parts, count))
REPLACE(ssize_t, read, "read", fd, (int fd, void* data, size_t size), (fd, data, size))
REPLACE(ssize_t, pread, "read", fd, (int fd, void* data, size_t size, off_t at), (fd, data, size, at))
REPLACE(ssize_t, pread64, "read", fd, (int fd, void* data, size_t size, off64_t at), (fd, data, size, at))
