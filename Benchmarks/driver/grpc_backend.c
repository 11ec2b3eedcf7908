// A gRPC service that answers every call with one message and `grpc-status: 0`, over HTTP/2 by prior knowledge.
//
// nghttpd and nginx send no trailers, and a server in Python would be the bottleneck. One thread, edge-triggered epoll; the
// frames that answer what one read brought leave in one write.
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <nghttp2/nghttp2.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

enum {
    MAX_EVENTS = 256,
    INPUT_BYTES = 64 * 1024,
    OUTPUT_BYTES = 256 * 1024,
    FRAME_BYTES = 17 * 1024, // more than the largest frame that nghttp2 hands out at once
    MAX_STREAMS = 1024,
    PREFIX_BYTES = 5, // gRPC: compressed flag, then the length of the message, big-endian
    MESSAGE_BYTES = 101,
};

struct connection {
    int socket;
    nghttp2_session *session;
    size_t start, end; // of what was not written yet
    uint8_t output[OUTPUT_BYTES];
};

static uint8_t answer[PREFIX_BYTES + MESSAGE_BYTES] = {0, 0, 0, 0, MESSAGE_BYTES};
static nghttp2_session_callbacks *callbacks;
static int poll_fd;

static void fail(const char *what) {
    perror(what);
    exit(1);
}

static nghttp2_nv field(const char *name, const char *value) {
    return (nghttp2_nv){(uint8_t *)name, (uint8_t *)value, strlen(name), strlen(value),
                        NGHTTP2_NV_FLAG_NO_COPY_NAME | NGHTTP2_NV_FLAG_NO_COPY_VALUE};
}

static ssize_t give_answer(nghttp2_session *session, int32_t stream, uint8_t *buffer, size_t room, uint32_t *flags,
                           nghttp2_data_source *source, void *owner) {
    (void)source, (void)owner;
    if (room < sizeof answer) return NGHTTP2_ERR_TEMPORAL_CALLBACK_FAILURE;
    memcpy(buffer, answer, sizeof answer);
    *flags |= NGHTTP2_DATA_FLAG_EOF | NGHTTP2_DATA_FLAG_NO_END_STREAM;
    nghttp2_nv trailers[] = {field("grpc-status", "0")};
    if (nghttp2_submit_trailer(session, stream, trailers, 1) != 0) return NGHTTP2_ERR_CALLBACK_FAILURE;
    return sizeof answer;
}

static int frame_received(nghttp2_session *session, const nghttp2_frame *frame, void *owner) {
    (void)owner;
    bool is_message = frame->hd.type == NGHTTP2_HEADERS || frame->hd.type == NGHTTP2_DATA;
    if (!is_message || !(frame->hd.flags & NGHTTP2_FLAG_END_STREAM)) return 0;
    nghttp2_nv head[] = {field(":status", "200"), field("content-type", "application/grpc")};
    nghttp2_data_provider body = {.read_callback = give_answer};
    return nghttp2_submit_response(session, frame->hd.stream_id, head, 2, &body) ? NGHTTP2_ERR_CALLBACK_FAILURE : 0;
}

static void end(struct connection *connection) {
    close(connection->socket);
    nghttp2_session_del(connection->session);
    free(connection);
}

static void watch(int descriptor, void *owner, uint32_t events) {
    struct epoll_event event = {.events = events, .data.ptr = owner};
    if (epoll_ctl(poll_fd, EPOLL_CTL_ADD, descriptor, &event) != 0) fail("epoll_ctl");
}

static bool gather(struct connection *connection) {
    while (OUTPUT_BYTES - connection->end >= FRAME_BYTES) {
        const uint8_t *frame;
        ssize_t count = nghttp2_session_mem_send(connection->session, &frame);
        if (count < 0 || (size_t)count > FRAME_BYTES) return false;
        if (count == 0) return true;
        memcpy(connection->output + connection->end, frame, (size_t)count);
        connection->end += (size_t)count;
    }
    return true;
}

static bool flush(struct connection *connection) {
    for (;;) {
        if (!gather(connection)) return false;
        if (connection->start == connection->end) return true;
        size_t pending = connection->end - connection->start;
        ssize_t count = send(connection->socket, connection->output + connection->start, pending, MSG_NOSIGNAL | MSG_DONTWAIT);
        if (count < 0) return errno == EAGAIN;
        connection->start += (size_t)count;
        if (connection->start == connection->end) connection->start = connection->end = 0;
    }
}

// Reads all that is there before it writes, so that answers gather; returns whether the connection goes on.
static bool serve(struct connection *connection) {
    static uint8_t input[INPUT_BYTES];
    for (;;) {
        ssize_t count = recv(connection->socket, input, sizeof input, MSG_DONTWAIT);
        if (count < 0 && errno == EAGAIN) break;
        if (count <= 0) return false;
        if (nghttp2_session_mem_recv(connection->session, input, (size_t)count) != count) return false;
    }
    if (!flush(connection)) return false;
    return nghttp2_session_want_read(connection->session) || nghttp2_session_want_write(connection->session);
}

static void accept_all(int listener) {
    for (int socket; (socket = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC)) >= 0;) {
        int on = 1;
        setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
        struct connection *connection = malloc(sizeof *connection);
        if (!connection) fail("malloc");
        connection->socket = socket;
        connection->start = connection->end = 0;
        if (nghttp2_session_server_new(&connection->session, callbacks, connection) != 0) fail("nghttp2");
        nghttp2_settings_entry settings[] = {{NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS, MAX_STREAMS}};
        nghttp2_submit_settings(connection->session, NGHTTP2_FLAG_NONE, settings, 1);
        watch(socket, connection, EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET);
    }
}

static int listen_on(const char *port) {
    struct sockaddr_in here = {.sin_family = AF_INET, .sin_port = htons((uint16_t)atoi(port))};
    here.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    int listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0), on = 1;
    setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (bind(listener, (struct sockaddr *)&here, sizeof here) != 0 || listen(listener, 4096) != 0) fail("listen");
    return listener;
}

int main(int argc, char **argv) {
    if (argc != 2) {
        fprintf(stderr, "usage: grpc-backend PORT (on loopback)\n");
        return 2;
    }
    memset(answer + PREFIX_BYTES, 'm', MESSAGE_BYTES);
    nghttp2_session_callbacks_new(&callbacks);
    nghttp2_session_callbacks_set_on_frame_recv_callback(callbacks, frame_received);
    int listener = listen_on(argv[1]);
    poll_fd = epoll_create1(EPOLL_CLOEXEC);
    watch(listener, NULL, EPOLLIN);
    struct epoll_event events[MAX_EVENTS];
    for (;;) {
        int count = epoll_wait(poll_fd, events, MAX_EVENTS, -1);
        for (int i = 0; i < count; i++) {
            struct connection *connection = events[i].data.ptr;
            if (!connection)
                accept_all(listener);
            else if (!serve(connection))
                end(connection);
        }
    }
}
