// Makes TLS 1.3 handshakes with a client certificate, one after the other on each of a few connections at once, for a time;
// prints one JSON object.
//
// In TLS 1.3 the client is done before the server has seen its certificate. So each connection says close_notify behind its
// Finished and waits for the server's end: only then has the server verified the client, and an alert counts as a failure.
// With --resume a connection offers the last ticket that the server gave; how many were resumed is reported, since a server
// is free to ask for the certificate again. The server's certificate is not verified, which is the client's work and would
// only make the load heavier than what it loads.
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <netinet/tcp.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <time.h>
#include <unistd.h>

enum { MAX_CONNECTIONS = 1024, MAX_EVENTS = 256 };
static const int64_t SECOND = 1000000000;
static const int64_t STALL_LIMIT = 5 * 1000000000LL; // without one handshake that ends

struct connection {
    int socket;
    SSL *tls;
    bool is_done; // Finished was sent, and the server's end is awaited
    int64_t started;
};

static struct {
    const char *chain, *key, *name;
    int port, connections;
    double duration;
    bool resumes;
} options = {.name = "localhost", .connections = 16, .duration = 4};

static struct connection connections[MAX_CONNECTIONS];
static SSL_CTX *context;
static SSL_SESSION *ticket; // the newest
static int poll_fd;
static uint64_t done_count, resumed_count, failed_count;
static char first_failure[256];
static int64_t *latencies;
static size_t latency_capacity;

__attribute__((noreturn, format(printf, 1, 2))) static void die(const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    fputs("handshakes: ", stderr);
    vfprintf(stderr, format, arguments);
    fputc('\n', stderr);
    exit(1);
}

static int64_t now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return time.tv_sec * SECOND + time.tv_nsec;
}

static int keep_ticket(SSL *tls, SSL_SESSION *session) {
    (void)tls;
    SSL_SESSION_free(ticket);
    ticket = session;
    return 1; // the reference is ours now
}

static void make_context(void) {
    context = SSL_CTX_new(TLS_client_method());
    SSL_CTX_set_min_proto_version(context, TLS1_3_VERSION);
    SSL_CTX_set_verify(context, SSL_VERIFY_NONE, NULL);
    if (SSL_CTX_use_certificate_chain_file(context, options.chain) != 1) die("cannot read the chain %s", options.chain);
    if (SSL_CTX_use_PrivateKey_file(context, options.key, SSL_FILETYPE_PEM) != 1) die("cannot read the key %s", options.key);
    static const unsigned char protocols[] = "\x02h2\x08http/1.1";
    SSL_CTX_set_alpn_protos(context, protocols, sizeof protocols - 1);
    if (!options.resumes) return;
    SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL);
    SSL_CTX_sess_set_new_cb(context, keep_ticket);
}

static void begin(struct connection *connection) {
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)options.port)};
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    int on = 1, fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0 || connect(fd, (struct sockaddr *)&address, sizeof address) != 0)
        die("cannot connect to 127.0.0.1:%d: %s", options.port, strerror(errno));
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    struct linger at_once = {.l_onoff = 1}; // no port is left in TIME_WAIT
    setsockopt(fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
    fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK);
    *connection = (struct connection){.socket = fd, .tls = SSL_new(context), .started = now()};
    SSL_set_fd(connection->tls, fd);
    SSL_set_tlsext_host_name(connection->tls, options.name);
    if (options.resumes && ticket) SSL_set_session(connection->tls, ticket);
    struct epoll_event event = {.events = EPOLLIN | EPOLLET, .data.ptr = connection};
    if (epoll_ctl(poll_fd, EPOLL_CTL_ADD, fd, &event) != 0) die("epoll_ctl: %s", strerror(errno));
}

static void count_failure(const char *where) {
    if (failed_count++ != 0) return;
    unsigned long error = ERR_get_error();
    const char *reason = error ? ERR_reason_error_string(error) : NULL;
    snprintf(first_failure, sizeof first_failure, "%s: %s", where, reason ? reason : errno ? strerror(errno) : "closed");
}

static void finish(struct connection *connection) {
    if (SSL_session_reused(connection->tls)) resumed_count++;
    if (done_count == latency_capacity) {
        latency_capacity = latency_capacity ? latency_capacity * 2 : 65536;
        latencies = realloc(latencies, latency_capacity * sizeof *latencies);
        if (!latencies) die("out of memory");
    }
    latencies[done_count++] = now() - connection->started;
}

// Goes on as far as it can; returns whether this connection has ended.
static bool advance(struct connection *connection) {
    ERR_clear_error();
    errno = 0;
    if (!connection->is_done) {
        int result = SSL_connect(connection->tls);
        if (result != 1) {
            if (SSL_get_error(connection->tls, result) == SSL_ERROR_WANT_READ) return false;
            count_failure("handshake");
            return true;
        }
        connection->is_done = true;
        SSL_shutdown(connection->tls); // says close_notify; its answer is read below
    }
    char rest[4096];
    for (;;) { // tickets, HTTP/2 settings, then the end
        int count = SSL_read(connection->tls, rest, sizeof rest);
        if (count > 0) continue;
        int error = SSL_get_error(connection->tls, count);
        if (error == SSL_ERROR_WANT_READ) return false;
        // A server may close its socket without a word of TLS: OpenSSL 3 calls that SSL_R_UNEXPECTED_EOF_WHILE_READING.
        bool at_end = error == SSL_ERROR_ZERO_RETURN || (error == SSL_ERROR_SYSCALL && errno == 0) ||
                      ERR_GET_REASON(ERR_peek_error()) == SSL_R_UNEXPECTED_EOF_WHILE_READING;
        if (at_end)
            finish(connection);
        else
            count_failure("after Finished");
        return true;
    }
}

static void end(struct connection *connection) {
    SSL_free(connection->tls);
    close(connection->socket);
    connection->tls = NULL;
}

// Makes one handshake after the other until the next byte must be waited for; returns whether a connection is left open.
static bool go_on(struct connection *connection, int64_t until) {
    while (advance(connection)) {
        end(connection);
        if (now() >= until) return false;
        begin(connection);
    }
    return true;
}

static void run(int64_t until) {
    int open = 0;
    for (int index = 0; index < options.connections; index++) {
        begin(&connections[index]);
        if (go_on(&connections[index], until)) open++;
    }
    uint64_t seen = 0;
    int64_t moved = now();
    while (open > 0) {
        struct epoll_event events[MAX_EVENTS];
        int count = epoll_wait(poll_fd, events, MAX_EVENTS, 100);
        for (int index = 0; index < count; index++)
            if (!go_on(events[index].data.ptr, until)) open--;
        if (done_count != seen) seen = done_count, moved = now();
        if (now() - moved > STALL_LIMIT) die("no handshake ended for %d s", (int)(STALL_LIMIT / SECOND));
    }
}

static int compare(const void *left, const void *right) {
    int64_t a = *(const int64_t *)left, b = *(const int64_t *)right;
    return (a > b) - (a < b);
}

static double microseconds(double rank) {
    size_t index = (size_t)(rank * (double)done_count);
    return (double)latencies[index < done_count ? index : done_count - 1] / 1000;
}

static void parse_options(int count, char **arguments) {
    static const struct option names[] = {
        {"port", required_argument, 0, 'p'},        {"chain", required_argument, 0, 'c'},
        {"key", required_argument, 0, 'k'},         {"name", required_argument, 0, 'n'},
        {"connections", required_argument, 0, 'C'}, {"duration", required_argument, 0, 'd'},
        {"resume", no_argument, 0, 'r'},            {0, 0, 0, 0}};
    for (int name; (name = getopt_long(count, arguments, "", names, NULL)) != -1;) {
        switch (name) {
        case 'p': options.port = atoi(optarg); break;
        case 'c': options.chain = optarg; break;
        case 'k': options.key = optarg; break;
        case 'n': options.name = optarg; break;
        case 'C': options.connections = atoi(optarg); break;
        case 'd': options.duration = atof(optarg); break;
        case 'r': options.resumes = true; break;
        default:
            die("usage: handshakes --port N --chain FILE --key FILE [--name SNI] [--connections 16] [--duration 4] [--resume]");
        }
    }
    if (options.port <= 0 || options.port > 65535) die("--port must be 1 to 65535");
    if (options.connections < 1 || options.connections > MAX_CONNECTIONS) die("--connections must be 1 to %d", MAX_CONNECTIONS);
    if (!options.chain || !options.key) die("--chain and --key are needed");
}

int main(int count, char **arguments) {
    parse_options(count, arguments);
    make_context();
    poll_fd = epoll_create1(EPOLL_CLOEXEC);
    int64_t start = now();
    run(start + (int64_t)(options.duration * (double)SECOND));
    double seconds = (double)(now() - start) / (double)SECOND;
    if (done_count == 0) die("no handshake succeeded: %s", first_failure);
    qsort(latencies, done_count, sizeof *latencies, compare);
    printf("{\"handshakes\": %lu, \"per_second\": %.1f, \"resumed\": %lu, \"failed\": %lu, \"first_failure\": \"%s\", "
           "\"p50_us\": %.1f, \"p99_us\": %.1f, \"max_us\": %.1f}\n",
           done_count, (double)done_count / seconds, resumed_count, failed_count, first_failure, microseconds(0.5),
           microseconds(0.99), microseconds(1));
}
