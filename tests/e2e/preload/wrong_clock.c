// A wall clock that is wrong, for tests: preloaded into one process. The file that WRONG_CLOCK names holds by how many
// milliseconds it is ahead, as a little-endian 64-bit number that may be written at any time. The monotonic clock stays.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

static const volatile int64_t* ahead_ms(void) {
  static const volatile int64_t none = 0, *found = NULL;
  if (found != NULL) return found;
  const char* path = getenv("WRONG_CLOCK");
  const int fd = path == NULL ? -1 : open(path, O_RDONLY | O_CLOEXEC);
  void* mapped = fd < 0 ? MAP_FAILED : mmap(NULL, sizeof(int64_t), PROT_READ, MAP_SHARED, fd, 0);
  if (fd >= 0) close(fd);
  if (path != NULL && mapped == MAP_FAILED) abort();
  found = mapped == MAP_FAILED ? &none : (const volatile int64_t*)mapped;
  return found;
}

int clock_gettime(clockid_t clock, struct timespec* time) {
  static int (*real)(clockid_t, struct timespec*);
  if (real == NULL) real = (int (*)(clockid_t, struct timespec*))dlsym(RTLD_NEXT, "clock_gettime");
  const int result = real(clock, time);
  if (result != 0 || (clock != CLOCK_REALTIME && clock != CLOCK_REALTIME_COARSE)) return result;
  const int64_t now_ns = (int64_t)time->tv_sec * 1000000000 + time->tv_nsec + *ahead_ms() * 1000000;
  time->tv_sec = now_ns / 1000000000;
  time->tv_nsec = now_ns % 1000000000;
  return 0;
}

int gettimeofday(struct timeval* restrict time, void* restrict zone) {
  (void)zone;
  struct timespec now;
  const int result = clock_gettime(CLOCK_REALTIME, &now);
  time->tv_sec = now.tv_sec;
  time->tv_usec = now.tv_nsec / 1000;
  return result;
}

time_t time(time_t* result) {
  struct timespec now;
  clock_gettime(CLOCK_REALTIME, &now);
  if (result != NULL) *result = now.tv_sec;
  return now.tv_sec;
}
