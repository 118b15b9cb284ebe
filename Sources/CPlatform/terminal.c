#include "include/terminal.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

static int terminal_input = -1;
static int terminal_output = -1;
static struct termios terminal_before;
static volatile sig_atomic_t terminal_is_taken = 0;

// The alternate screen; no cursor.
static const char enter_sequence[] = "\033[?1049h\033[?25l";
static const char leave_sequence[] = "\033[0m\033[?25h\033[?1049l";

static void say(const char *text) {
    size_t rest = strlen(text);
    while (rest > 0) {
        const ssize_t written = write(terminal_output, text, rest);
        if (written < 0 && errno != EINTR) return;
        if (written > 0) {
            text += written;
            rest -= (size_t)written;
        }
    }
}

void banquet_terminal_leave(void) {
    if (!terminal_is_taken) return;
    terminal_is_taken = 0;
    const int before = errno;
    say(leave_sequence);
    tcsetattr(terminal_input, TCSANOW, &terminal_before);
    errno = before;
}

static void fault(int number) {
    banquet_terminal_leave();
    // The handler is gone by now (SA_RESETHAND): this time it kills.
    raise(number);
}

int banquet_terminal_enter(int input, int output) {
    static int is_prepared = 0;
    struct termios raw;
    if (tcgetattr(input, &terminal_before) != 0) return -1;
    raw = terminal_before;
    raw.c_lflag &= ~(tcflag_t)(ECHO | ICANON | ISIG | IEXTEN);
    raw.c_iflag &= ~(tcflag_t)(IXON | ICRNL | BRKINT | INPCK | ISTRIP);
    raw.c_cc[VMIN] = 0;
    raw.c_cc[VTIME] = 0;
    terminal_input = input;
    terminal_output = output;
    if (!is_prepared) {
        is_prepared = 1;
        atexit(banquet_terminal_leave);
        const int faults[] = {SIGABRT, SIGBUS, SIGFPE, SIGILL, SIGQUIT, SIGSEGV, SIGTRAP};
        for (size_t i = 0; i < sizeof faults / sizeof *faults; i++) {
            struct sigaction action;
            memset(&action, 0, sizeof action);
            action.sa_handler = fault;
            action.sa_flags = (int)SA_RESETHAND | SA_NODEFER;
            sigaction(faults[i], &action, NULL);
        }
    }
    terminal_is_taken = 1;
    if (tcsetattr(input, TCSANOW, &raw) != 0) {
        terminal_is_taken = 0;
        return -1;
    }
    say(enter_sequence);
    return 0;
}
