// A relay that reads nothing of what it carries: the kernel's share of a proxy, and the floor under any proxy's CPU time.
//
// One thread, edge-triggered epoll, one upstream connection for each client. A request and its response cost the four system
// calls that no proxy in user space can do without (two recv, two send) and their part of a poll, and next to no user time.
// What a proxy needs beyond this it spends itself.
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <unistd.h>

enum { MAX_DESCRIPTORS = 65536, MAX_EVENTS = 256, BUFFER_BYTES = 64 * 1024 };

static int other_end[MAX_DESCRIPTORS]; // 0: not open
static char buffer[BUFFER_BYTES];
static int poll_fd;

static void fail(const char *what) {
    perror(what);
    exit(1);
}

static struct sockaddr_in loopback(const char *port) {
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)atoi(port))};
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    return address;
}

static void watch(int descriptor, uint32_t events) {
    struct epoll_event event = {.events = events, .data.fd = descriptor};
    if (epoll_ctl(poll_fd, EPOLL_CTL_ADD, descriptor, &event) != 0) fail("epoll_ctl");
    int on = 1;
    setsockopt(descriptor, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
}

static void end(int descriptor) {
    int other = other_end[descriptor];
    other_end[descriptor] = other_end[other] = 0;
    close(descriptor);
    close(other);
}

static void accept_one(int listener, const struct sockaddr_in *upstream) {
    int client = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
    if (client < 0) return;
    int server = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (server < 0 || server >= MAX_DESCRIPTORS || connect(server, (const struct sockaddr *)upstream, sizeof *upstream) != 0)
        fail("upstream");
    other_end[client] = server;
    other_end[server] = client;
    watch(client, EPOLLIN | EPOLLRDHUP | EPOLLET);
    watch(server, EPOLLIN | EPOLLRDHUP | EPOLLET);
}

// Messages of a benchmark fit into the buffer and the socket, so a short write is the end of it.
static void carry(int descriptor) {
    int other = other_end[descriptor];
    if (other == 0) return;
    ssize_t count = recv(descriptor, buffer, sizeof buffer, MSG_DONTWAIT);
    if (count < 0 && errno == EAGAIN) return;
    if (count <= 0 || send(other, buffer, (size_t)count, MSG_NOSIGNAL) != count) end(descriptor);
}

int main(int argc, char **argv) {
    if (argc != 3) {
        fprintf(stderr, "usage: relay LISTEN-PORT UPSTREAM-PORT (both on loopback)\n");
        return 2;
    }
    struct sockaddr_in here = loopback(argv[1]), upstream = loopback(argv[2]);
    int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), on = 1;
    setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (bind(listener, (struct sockaddr *)&here, sizeof here) != 0 || listen(listener, 1024) != 0) fail("listen");
    poll_fd = epoll_create1(EPOLL_CLOEXEC);
    watch(listener, EPOLLIN);
    struct epoll_event events[MAX_EVENTS];
    for (;;) {
        int count = epoll_wait(poll_fd, events, MAX_EVENTS, -1);
        for (int i = 0; i < count; i++) {
            if (events[i].data.fd == listener)
                accept_one(listener, &upstream);
            else
                carry(events[i].data.fd);
        }
    }
}
