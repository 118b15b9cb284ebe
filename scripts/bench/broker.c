/* The bound of what any coordinator over libzmq can do with few tasks under way: a client, a broker and two workers, each a
 * process with one thread beside libzmq's own, in C, with messages of 64 bytes and no logic at all.
 *
 * usage: broker TASKS AHEAD [FILE]
 *        broker TASKS one-by-one [FILE]
 *
 * A worker has one task that it does and AHEAD that wait there. The client sends all tasks and waits for all results. With
 * FILE the broker writes each batch of results to it, over what was there, with one fdatasync, before it answers and sends
 * more. Prints tasks per second.
 *
 * One by one, the client sends the next task when it has the result of the last, and the broker writes tasks, too, before it
 * sends them to a worker. Prints the median of the round trips and what 99 of 100 stay within, in milliseconds. */
#include "sockets.h"
#include <fcntl.h>

enum { WORKERS = 2, SIZE = 64, BATCH = 32, AHEAD_MAX = 1000, BLOCK = 4096, BLOCKS = 1024 };

static void work(const char *endpoint) {
    char message[SIZE] = "ready";
    void *socket = open_socket(zmq_ctx_new(), ZMQ_DEALER);
    if (zmq_connect(socket, endpoint) || zmq_send(socket, message, SIZE, 0) < 0) fail("worker");
    for (;;) {
        if (zmq_recv(socket, message, SIZE, 0) < 0 || zmq_send(socket, message, SIZE, 0) < 0) fail("worker");
    }
}

static void *connect_client(const char *endpoint) {
    void *socket = open_socket(zmq_ctx_new(), ZMQ_DEALER);
    if (zmq_connect(socket, endpoint)) fail("client");
    sleep(1);
    return socket;
}

static void send_task(void *socket) {
    char message[SIZE] = "task";
    if (zmq_send(socket, message, SIZE, 0) < 0) fail("client");
}

static void receive_result(void *socket) {
    char message[SIZE];
    if (zmq_recv(socket, message, SIZE, 0) < 0) fail("client");
}

static void ask(const char *endpoint, long tasks) {
    void *socket = connect_client(endpoint);
    double begin = seconds(CLOCK_MONOTONIC);
    for (long i = 0; i < tasks; i++) send_task(socket);
    for (long i = 0; i < tasks; i++) receive_result(socket);
    printf("%.0f\n", tasks / (seconds(CLOCK_MONOTONIC) - begin));
    exit(0);
}

static int compare(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static void ask_one_by_one(const char *endpoint, long tasks) {
    void *socket = connect_client(endpoint);
    double *times = calloc(tasks, sizeof *times);
    if (!times) fail("client");
    for (long i = 0; i < tasks; i++) {
        double begin = seconds(CLOCK_MONOTONIC);
        send_task(socket);
        receive_result(socket);
        times[i] = seconds(CLOCK_MONOTONIC) - begin;
    }
    qsort(times, tasks, sizeof *times, compare);
    printf("%.3f %.3f\n", times[tasks / 2] * 1e3, times[tasks * 99 / 100] * 1e3);
    exit(0);
}

static uint8_t names[WORKERS * (AHEAD_MAX + 1)][5];
static size_t names_first, names_count;

static void add_name(const uint8_t *name) {
    size_t capacity = sizeof names / sizeof names[0];
    memcpy(names[(names_first + names_count++) % capacity], name, 5);
}

static char block[BLOCK];

static int open_file(const char *path) {
    int file = open(path, O_WRONLY | O_CREAT, 0600);
    if (file < 0) fail(path);
    for (long i = 0; i < BLOCKS; i++)
        if (pwrite(file, block, BLOCK, i * BLOCK) != BLOCK) fail(path);
    if (fsync(file)) fail(path);
    return file;
}

static void commit(int file, const char *record, size_t size) {
    static long commits = 0;
    if (file < 0 || size == 0) return;
    memcpy(block, record, size);
    if (pwrite(file, block, BLOCK, commits++ % BLOCKS * BLOCK) != BLOCK || fdatasync(file)) fail("file");
}

static void serve(void *front, void *back, long ahead, int writes_tasks, int file) {
    char message[SIZE], record[BATCH * SIZE];
    uint8_t client[5], name[5];
    long waiting = 0;
    zmq_pollitem_t items[] = {{front, 0, ZMQ_POLLIN, 0}, {back, 0, ZMQ_POLLIN, 0}};
    for (;;) {
        if (zmq_poll(items, 2, -1) < 0) fail("poll");
        for (int i = 0; i < 1000 && zmq_recv(front, client, 5, ZMQ_DONTWAIT) == 5; i++) {
            if (zmq_recv(front, message, SIZE, 0) < 0) fail("front");
            waiting++;
            if (writes_tasks) commit(file, message, SIZE);
        }
        int results = 0;
        while (results < BATCH && zmq_recv(back, name, 5, ZMQ_DONTWAIT) == 5) {
            if (zmq_recv(back, message, SIZE, 0) < 0) fail("back");
            if (strcmp(message, "ready") == 0) {
                for (long i = 0; i <= ahead; i++) add_name(name);
            } else {
                memcpy(record + SIZE * results++, message, SIZE);
                add_name(name);
            }
        }
        commit(file, record, SIZE * results);
        /* Work first: a worker that has none waits. */
        for (; waiting > 0 && names_count > 0; waiting--, names_count--) {
            size_t capacity = sizeof names / sizeof names[0];
            memcpy(message, "task", 5);
            if (zmq_send(back, names[names_first], 5, ZMQ_SNDMORE) < 0 || zmq_send(back, message, SIZE, 0) < 0) fail("back");
            names_first = (names_first + 1) % capacity;
        }
        for (int i = 0; i < results; i++)
            if (zmq_send(front, client, 5, ZMQ_SNDMORE) < 0 || zmq_send(front, record + SIZE * i, SIZE, 0) < 0) fail("front");
    }
}

int main(int count, char **arguments) {
    int one_by_one = count > 2 && strcmp(arguments[2], "one-by-one") == 0;
    long tasks = count > 1 ? atol(arguments[1]) : 0, ahead = one_by_one ? 0 : count > 2 ? atol(arguments[2]) : -1;
    if (tasks < 1 || ahead < 0 || ahead > AHEAD_MAX) {
        fprintf(stderr, "usage: broker TASKS AHEAD|one-by-one [FILE]\n");
        return 2;
    }
    int ends[2], file = -1;
    if (pipe(ends)) fail("pipe");
    int broker = child();
    if (broker == 0) {
        char front_name[256], back_name[256];
        size_t front_size = sizeof front_name, back_size = sizeof back_name;
        void *context = zmq_ctx_new(), *front = open_socket(context, ZMQ_ROUTER), *back = open_socket(context, ZMQ_ROUTER);
        if (count > 3) file = open_file(arguments[3]);
        if (zmq_bind(front, "tcp://127.0.0.1:*") || zmq_bind(back, "tcp://127.0.0.1:*") ||
            zmq_getsockopt(front, ZMQ_LAST_ENDPOINT, front_name, &front_size) ||
            zmq_getsockopt(back, ZMQ_LAST_ENDPOINT, back_name, &back_size))
            fail("bind");
        dprintf(ends[1], "%s %s\n", front_name, back_name);
        serve(front, back, ahead, one_by_one, file);
    }
    close(ends[1]);
    char line[512] = "", front[256], back[256];
    if (read(ends[0], line, sizeof line - 1) < 0 || sscanf(line, "%255s %255s", front, back) != 2) fail("no broker");
    int workers[WORKERS];
    for (int i = 0; i < WORKERS; i++)
        if ((workers[i] = child()) == 0) work(back);
    int client = child(), status = 0;
    if (client == 0) (one_by_one ? ask_one_by_one : ask)(front, tasks);
    waitpid(client, &status, 0);
    for (int i = 0; i < WORKERS; i++) kill(workers[i], SIGKILL);
    kill(broker, SIGKILL);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 2;
}
