// libuv: event loops, timers, signals and wake-ups across threads. No shim is needed beyond its header.
#include <uv.h>
