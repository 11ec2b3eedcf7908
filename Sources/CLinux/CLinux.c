#define _GNU_SOURCE
#include "CLinux.h"

#include <link.h>
#include <sys/mman.h>
#include <sys/syscall.h>

#ifdef __GLIBC__
#include <malloc.h>
#endif

_Thread_local const void *martlet_loop_of_thread = NULL;

void martlet_give_back_memory(void) {
#ifdef __GLIBC__
    malloc_trim(0);
#endif
}

static int give_back_segments(struct dl_phdr_info *object, size_t size, void *unused) {
    (void)size;
    (void)unused;
    uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE);
    for (int i = 0; i < object->dlpi_phnum; i++) {
        const ElfW(Phdr) *segment = &object->dlpi_phdr[i];
        if (segment->p_type != PT_LOAD || segment->p_flags & PF_W) continue;
        uintptr_t start = (object->dlpi_addr + segment->p_vaddr + page - 1) & ~(page - 1);
        uintptr_t end = (object->dlpi_addr + segment->p_vaddr + segment->p_memsz) & ~(page - 1);
        if (start < end) madvise((void *)start, end - start, MADV_DONTNEED);
    }
    return 0;
}

void martlet_give_back_code(void) { dl_iterate_phdr(give_back_segments, NULL); }

// Clang says by a feature, and not by GCC's macro, that it builds for ThreadSanitizer, which must see each call.
#ifndef __has_feature
#define __has_feature(name) 0
#endif

// The C library makes of both a cancellation point for threads, by two atomic exchanges each time; no thread here is cancelled.
#if defined(SYS_recvfrom) && defined(SYS_sendto) && !__has_feature(thread_sanitizer)
ssize_t martlet_receive(int socket, void *room, size_t capacity, int flags) {
    return syscall(SYS_recvfrom, socket, room, capacity, flags, NULL, NULL);
}

ssize_t martlet_send(int socket, const void *bytes, size_t count, int flags) {
    return syscall(SYS_sendto, socket, bytes, count, flags, NULL, 0);
}
#else
ssize_t martlet_receive(int socket, void *room, size_t capacity, int flags) {
    return recv(socket, room, capacity, flags);
}

ssize_t martlet_send(int socket, const void *bytes, size_t count, int flags) {
    return send(socket, bytes, count, flags);
}
#endif

int martlet_accept(int listener, struct sockaddr *address, socklen_t *length) {
    return accept4(listener, address, length, SOCK_NONBLOCK | SOCK_CLOEXEC);
}

int martlet_pipe(int ends[2]) { return pipe2(ends, O_NONBLOCK | O_CLOEXEC); }

ssize_t martlet_splice(int from, int to, size_t length) {
    return splice(from, NULL, to, NULL, length, SPLICE_F_MOVE | SPLICE_F_NONBLOCK);
}

void martlet_close_others(posix_spawn_file_actions_t *actions) {
#ifdef __GLIBC__
    posix_spawn_file_actions_addclosefrom_np(actions, 3);
#else
    (void)actions;
#endif
}
