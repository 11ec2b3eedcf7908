// Sends HTTP/1.1 GET requests at a constant rate and measures each one's latency; prints one JSON object.
//
// Open loop: request k is due at start + k / rate, whether or not earlier ones were answered. When every connection is busy
// a due request waits, and its latency counts from the moment it was due, so a stalled server cannot hide its stall
// (no coordinated omission). When a connection is free, latency counts from the write: the microseconds by which the kernel
// woke this process late are its own fault, and are reported as `lateness` instead. Sleeping is by epoll_pwait2 with a
// nanosecond timeout and a timer slack of 1 ns, so that the driver leaves its core to the backend between requests.
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <netinet/tcp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <time.h>
#include <unistd.h>

enum { MAX_CONNECTIONS = 4096, MAX_REQUEST = 4096, MAX_HEAD = 16384, MAX_EVENTS = 256 };
static const int64_t SECOND = 1000000000;
static const int64_t DRAIN_LIMIT = 2 * 1000000000LL; // how long answers may still arrive after the last request

struct connection {
    int socket;
    bool busy;
    int64_t due, started; // nanoseconds, CLOCK_MONOTONIC
    char head[MAX_HEAD];
    size_t head_length;
    int64_t body_left; // -1 while the head is incomplete
    int status;
};

struct sample {
    int64_t due, latency, lateness; // nanoseconds
};

static struct {
    const char *host, *path, *authority, *log;
    int port, connections;
    double rate, duration, warm_up;
} options = {.host = "127.0.0.1", .path = "/", .connections = 32, .rate = 2000, .duration = 5, .warm_up = 1};

static struct connection *connections;
static int *free_ring, free_first, free_count; // oldest first, so that every connection takes its turn
static char request[MAX_REQUEST];
static size_t request_length;
static int poll_fd;
static struct sample *samples;
static size_t sample_count, sample_capacity;
static int64_t measured_from;
static uint64_t errors, wrong_status, waited;

__attribute__((noreturn, format(printf, 1, 2))) static void die(const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    fputs("constant-rate: ", stderr);
    vfprintf(stderr, format, arguments);
    fputc('\n', stderr);
    exit(1);
}

static int64_t now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return time.tv_sec * SECOND + time.tv_nsec;
}

static void open_connection(struct connection *connection) {
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)options.port)};
    if (inet_pton(AF_INET, options.host, &address.sin_addr) != 1) die("%s is not an IPv4 address", options.host);
    int one = 1, fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0 || connect(fd, (struct sockaddr *)&address, sizeof address) != 0)
        die("cannot connect to %s:%d: %s", options.host, options.port, strerror(errno));
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK);
    *connection = (struct connection){.socket = fd, .body_left = -1};
    struct epoll_event event = {.events = EPOLLIN, .data.ptr = connection};
    if (epoll_ctl(poll_fd, EPOLL_CTL_ADD, fd, &event) != 0) die("epoll_ctl: %s", strerror(errno));
}

static void release(struct connection *connection) {
    connection->busy = false;
    connection->head_length = 0;
    connection->body_left = -1;
    free_ring[(free_first + free_count++) % options.connections] = (int)(connection - connections);
}

static void fail(struct connection *connection) {
    bool was_busy = connection->busy;
    errors++;
    close(connection->socket);
    open_connection(connection);
    if (was_busy) release(connection);
}

static void finish(struct connection *connection, int64_t time) {
    if (connection->status != 200) wrong_status++;
    if (connection->due >= measured_from && sample_count < sample_capacity) {
        bool had_to_wait = connection->started == connection->due;
        samples[sample_count++] = (struct sample){
            .due = connection->due,
            .latency = time - connection->started,
            .lateness = had_to_wait ? 0 : connection->started - connection->due,
        };
    }
    release(connection);
}

// Returns whether the head is complete; then `body_left` tells how many body bytes are still to come.
static bool parse_head(struct connection *connection) {
    connection->head[connection->head_length] = 0;
    char *end = strstr(connection->head, "\r\n\r\n");
    if (!end) return false;
    connection->status = atoi(connection->head + sizeof "HTTP/1.1");
    char *field = strcasestr(connection->head, "\r\ncontent-length:");
    if (!field || field > end) die("the response has no Content-Length; this driver reads no other framing");
    int64_t received = (int64_t)connection->head_length - (end + 4 - connection->head);
    connection->body_left = atoll(field + sizeof "\r\ncontent-length:" - 1) - received;
    return true;
}

static void receive(struct connection *connection) {
    static char scratch[65536];
    for (;;) {
        bool in_head = connection->body_left < 0;
        char *target = in_head ? connection->head + connection->head_length : scratch;
        size_t room = in_head ? MAX_HEAD - 1 - connection->head_length : sizeof scratch;
        if (room == 0) die("a response head is larger than %d bytes", MAX_HEAD);
        ssize_t count = read(connection->socket, target, room);
        if (count < 0 && errno == EAGAIN) return;
        if (count <= 0 || !connection->busy) return fail(connection);
        if (!in_head) {
            connection->body_left -= count;
        } else {
            connection->head_length += (size_t)count;
            if (!parse_head(connection)) continue;
        }
        if (connection->body_left == 0) return finish(connection, now());
        if (connection->body_left < 0) return fail(connection);
    }
}

static void send_request(int64_t due, bool was_waiting) {
    struct connection *connection = &connections[free_ring[free_first]];
    free_first = (free_first + 1) % options.connections;
    free_count--;
    int64_t time = now();
    connection->busy = true;
    connection->due = due;
    connection->started = was_waiting ? due : time;
    if (was_waiting) waited++;
    ssize_t count = write(connection->socket, request, request_length);
    if (count != (ssize_t)request_length) fail(connection);
}

static int compare(const void *left, const void *right) {
    int64_t a = *(const int64_t *)left, b = *(const int64_t *)right;
    return (a > b) - (a < b);
}

static void print_percentiles(const char *name, int64_t *values) {
    static const struct { const char *name; double rank; } wanted[] = {
        {"p50", 0.5}, {"p90", 0.9}, {"p99", 0.99}, {"p999", 0.999}, {"max", 1}};
    qsort(values, sample_count, sizeof *values, compare);
    printf("\"%s\": {", name);
    for (size_t index = 0; index < sizeof wanted / sizeof *wanted; index++) {
        double position = wanted[index].rank * (double)sample_count;
        size_t at = position < 1 ? 0 : (size_t)position - (position == (size_t)position);
        printf("%s\"%s_us\": %.1f", index ? ", " : "", wanted[index].name, (double)values[at] / 1000);
    }
    printf("}");
}

static void report(uint64_t sent, double seconds) {
    if (sample_count == 0) die("no request was answered");
    if (options.log) {
        FILE *file = fopen(options.log, "w");
        if (!file) die("cannot write %s: %s", options.log, strerror(errno));
        for (size_t index = 0; index < sample_count; index++)
            fprintf(file, "%.1f %.1f\n", (double)samples[index].due / 1000, (double)samples[index].latency / 1000);
        fclose(file);
    }
    int64_t *values = malloc(sample_count * sizeof *values);
    if (!values) die("out of memory");
    printf("{\"requests\": %zu, \"sent\": %lu, \"requests_per_second\": %.1f, \"errors\": %lu, \"wrong_status\": %lu, "
           "\"waited_for_a_connection\": %lu, ",
           sample_count, sent, (double)sample_count / seconds, errors, wrong_status, waited);
    for (size_t index = 0; index < sample_count; index++) values[index] = samples[index].latency;
    print_percentiles("latency", values);
    printf(", ");
    for (size_t index = 0; index < sample_count; index++) values[index] = samples[index].lateness;
    print_percentiles("lateness", values);
    printf("}\n");
}

static void run(void) {
    int64_t start = now(), end = start + (int64_t)((options.warm_up + options.duration) * (double)SECOND);
    double interval = (double)SECOND / options.rate;
    measured_from = start + (int64_t)(options.warm_up * (double)SECOND);
    uint64_t issued = 0;
    bool blocked = false; // a due request found no free connection
    for (;;) {
        int64_t time = now(), due = start + (int64_t)((double)issued * interval);
        while (due <= time && due < end && free_count > 0) {
            send_request(due, blocked);
            due = start + (int64_t)((double)++issued * interval);
            if (due > time) blocked = false;
        }
        if (due <= time && due < end) blocked = true;
        if (due >= end && (free_count == options.connections || time > end + DRAIN_LIMIT)) break;

        struct epoll_event events[MAX_EVENTS];
        int64_t wait = blocked || due >= end ? SECOND / 10 : due - now();
        struct timespec timeout = {.tv_sec = 0, .tv_nsec = wait > 0 ? wait % SECOND : 0};
        int count = epoll_pwait2(poll_fd, events, MAX_EVENTS, &timeout, NULL);
        for (int index = 0; index < count; index++) receive(events[index].data.ptr);
    }
    errors += (uint64_t)(options.connections - free_count);
    report(issued, options.duration);
}

static void parse_options(int count, char **arguments) {
    static const struct option names[] = {
        {"host", required_argument, 0, 'h'},     {"port", required_argument, 0, 'p'},
        {"path", required_argument, 0, 'P'},     {"authority", required_argument, 0, 'a'},
        {"rate", required_argument, 0, 'r'},     {"connections", required_argument, 0, 'c'},
        {"duration", required_argument, 0, 'd'}, {"warm-up", required_argument, 0, 'w'},
        {"log", required_argument, 0, 'l'},      {0, 0, 0, 0}};
    for (int name; (name = getopt_long(count, arguments, "", names, NULL)) != -1;) {
        switch (name) {
        case 'h': options.host = optarg; break;
        case 'p': options.port = atoi(optarg); break;
        case 'P': options.path = optarg; break;
        case 'a': options.authority = optarg; break;
        case 'r': options.rate = atof(optarg); break;
        case 'c': options.connections = atoi(optarg); break;
        case 'd': options.duration = atof(optarg); break;
        case 'w': options.warm_up = atof(optarg); break;
        case 'l': options.log = optarg; break;
        default:
            die("usage: constant-rate --port N [--host 127.0.0.1] [--path /] [--authority NAME] [--rate 2000] "
                "[--connections 32] [--duration 5] [--warm-up 1] [--log FILE]");
        }
    }
    if (options.port <= 0 || options.port > 65535) die("--port must be 1 to 65535");
    if (options.connections < 1 || options.connections > MAX_CONNECTIONS) die("--connections must be 1 to %d", MAX_CONNECTIONS);
    if (options.rate <= 1 || options.duration <= 0 || options.warm_up < 0) die("--rate, --duration and --warm-up must be positive");
}

int main(int count, char **arguments) {
    parse_options(count, arguments);
    prctl(PR_SET_TIMERSLACK, 1);
    int length = snprintf(request, sizeof request, "GET %s HTTP/1.1\r\nHost: %s\r\n\r\n", options.path,
                          options.authority ? options.authority : options.host);
    if (length < 0 || length >= MAX_REQUEST) die("the request is longer than %d bytes", MAX_REQUEST);
    request_length = (size_t)length;
    connections = calloc((size_t)options.connections, sizeof *connections);
    free_ring = calloc((size_t)options.connections, sizeof *free_ring);
    sample_capacity = (size_t)((options.duration + 1) * options.rate) + 1;
    samples = calloc(sample_capacity, sizeof *samples);
    poll_fd = epoll_create1(EPOLL_CLOEXEC);
    if (!connections || !free_ring || !samples || poll_fd < 0) die("out of memory or file descriptors");
    for (int index = 0; index < options.connections; index++) {
        open_connection(&connections[index]);
        release(&connections[index]);
    }
    run();
}
