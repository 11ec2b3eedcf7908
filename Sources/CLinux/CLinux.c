#define _GNU_SOURCE
#include "CLinux.h"

_Thread_local const void *martlet_loop_of_thread = NULL;

int martlet_accept(int listener, struct sockaddr *address, socklen_t *length) {
    return accept4(listener, address, length, SOCK_NONBLOCK | SOCK_CLOEXEC);
}
