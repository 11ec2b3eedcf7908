/// The few Linux interfaces that Swift's Glibc overlay does not offer, as inline functions and nothing more.
#ifndef MARTLET_CLINUX_H
#define MARTLET_CLINUX_H

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <spawn.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/inotify.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

/// The event loop that runs on this thread, or NULL. Set once by the thread that runs the loop.
extern _Thread_local const void *martlet_loop_of_thread;

static inline const void *martlet_current_loop(void) { return martlet_loop_of_thread; }
static inline void martlet_set_current_loop(const void *loop) { martlet_loop_of_thread = loop; }

/// Returns the allocator's free pages to the system where it can (glibc's malloc_trim).
void martlet_give_back_memory(void);

/// Takes the pages of code and constants out of this process's resident set; they are the files' own and come back, from
/// the page cache, where they are used again. Segments that can be written are left alone.
void martlet_give_back_code(void);

/// `recv` and `send` as the kernel has them.
ssize_t martlet_receive(int socket, void *room, size_t capacity, int flags);
ssize_t martlet_send(int socket, const void *bytes, size_t count, int flags);

/// `accept4` needs _GNU_SOURCE, which the importer does not define.
int martlet_accept(int listener, struct sockaddr *address, socklen_t *length);

/// The same for `pipe2`: both ends non-blocking and close-on-exec. `ends[0]` is read from.
int martlet_pipe(int ends[2]);

/// `splice`, never blocking. One of the two is a pipe.
ssize_t martlet_splice(int from, int to, size_t length);

/// Lets a program that is started have no descriptor but 0, 1 and 2, where the C library can (glibc 2.34).
void martlet_close_others(posix_spawn_file_actions_t *actions);

#endif
