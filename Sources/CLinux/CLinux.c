#define _GNU_SOURCE
#include "CLinux.h"

#ifdef __GLIBC__
#include <malloc.h>
#endif

_Thread_local const void *martlet_loop_of_thread = NULL;

void martlet_give_back_memory(void) {
#ifdef __GLIBC__
    malloc_trim(0);
#endif
}

int martlet_accept(int listener, struct sockaddr *address, socklen_t *length) {
    return accept4(listener, address, length, SOCK_NONBLOCK | SOCK_CLOEXEC);
}
