/* The bound of what hearing from many workers costs whoever does it over libzmq: a ROUTER that answers each message with one, in
 * C, with no logic at all, and its peers in one process, which say something once in an interval, one after the other.
 *
 * usage: beats PEERS SECONDS MILLISECONDS
 *
 * Prints the ROUTER's process's share of a core, in percent. */
#include "sockets.h"

enum { SIZE = 16 };

static void serve(void *socket) {
    char name[5], message[SIZE];
    for (;;) {
        if (zmq_recv(socket, name, sizeof name, 0) != sizeof name || zmq_recv(socket, message, SIZE, 0) < 0 ||
            zmq_send(socket, name, sizeof name, ZMQ_SNDMORE) < 0 || zmq_send(socket, message, SIZE, 0) < 0)
            fail("server");
    }
}

/* For so many seconds, each peer once in an interval; the peers read what came in when they speak. */
static void speak(void **peers, int count, double length, double interval) {
    char message[SIZE] = "here";
    double begin = seconds(CLOCK_MONOTONIC);
    for (long i = 0; i * interval / count < length; i++) {
        double wait = begin + i * interval / count - seconds(CLOCK_MONOTONIC);
        if (wait > 0) usleep((useconds_t)(wait * 1e6));
        void *peer = peers[i % count];
        while (zmq_recv(peer, message, SIZE, ZMQ_DONTWAIT) >= 0) continue;
        if (zmq_send(peer, message, SIZE, 0) < 0) fail("peer");
    }
}

int main(int count, char **arguments) {
    int number = count > 1 ? atoi(arguments[1]) : 0, length = count > 2 ? atoi(arguments[2]) : 0;
    double interval = count > 3 ? atoi(arguments[3]) / 1e3 : 0;
    if (number < 1 || number > 10000 || length < 1 || interval <= 0) {
        fprintf(stderr, "usage: beats PEERS SECONDS MILLISECONDS\n");
        return 2;
    }
    int ends[2];
    if (pipe(ends)) fail("pipe");
    int server = child();
    if (server == 0) {
        char name[256];
        size_t size = sizeof name;
        void *socket = open_socket(zmq_ctx_new(), ZMQ_ROUTER);
        if (zmq_bind(socket, "tcp://127.0.0.1:*") || zmq_getsockopt(socket, ZMQ_LAST_ENDPOINT, name, &size)) fail("bind");
        if (write(ends[1], name, size) < 0) fail("pipe");
        serve(socket);
    }
    close(ends[1]);
    char endpoint[256] = "";
    if (read(ends[0], endpoint, sizeof endpoint - 1) < 1) fail("no server");
    void *context = zmq_ctx_new(), **peers = calloc(number, sizeof *peers);
    if (!peers || zmq_ctx_set(context, ZMQ_MAX_SOCKETS, number + 8)) fail("peers");
    for (int i = 0; i < number; i++) {
        peers[i] = open_socket(context, ZMQ_DEALER);
        if (zmq_connect(peers[i], endpoint)) fail("peer");
    }
    clockid_t clock;
    if (clock_getcpuclockid(server, &clock)) fail("clock");
    speak(peers, number, 2 * interval, interval);
    double begin = seconds(CLOCK_MONOTONIC), used = seconds(clock);
    speak(peers, number, length, interval);
    printf("%.2f\n", 100 * (seconds(clock) - used) / (seconds(CLOCK_MONOTONIC) - begin));
    kill(server, SIGKILL);
    return 0;
}
