#!/usr/bin/env python3
"""Records what the ranks of a torch.distributed program say to each other, as a job file for `banquet check-plan`.

usage: scripts/record-plan.py [--ranks N] [--time-limit SECONDS] [--output job.yaml] PROGRAM [ARGUMENT ...]

Starts N processes of the program on this machine (gloo, CPU; the program calls init_process_group itself, with env://), wraps the
calls of torch.distributed, and writes each call down as it is entered: so a program that hangs is recorded up to where it hangs.
After the time limit, or when all ranks have ended, or a while after one of them failed, all are ended and the plan is written.

Exit code 0: the plan was written, and every rank ended well. 1: it was written, and some rank did not. 2: nothing was recorded.
"""
import argparse
import functools
import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time

RECORD = "BANQUET_RECORD_PLAN"
# Names of torch's types, as plans have them.
DTYPES = {
    "float32": "f32", "float64": "f64", "float16": "f16", "bfloat16": "bf16", "int64": "i64", "int32": "i32",
    "int16": "i16", "int8": "i8", "uint8": "u8", "bool": "bool",
}


# In each rank ------------------------------------------------------------------------------------------------------------


class Recorder:
    """Wraps torch.distributed, and appends one JSON line a call to the rank's own file."""

    def __init__(self, path, dist):
        self.file = open(path, "a", buffering=1)
        self.dist = dist
        self.requests = 0
        self.depth = 0

    def write(self, call, **details):
        details = {key: value for key, value in details.items() if value is not None}
        self.file.write(json.dumps({"call": call, **details}) + "\n")

    def ranks(self, group):
        """The ranks of a group; None for all."""
        if group is None or group is self.dist.group.WORLD:
            return None
        return sorted(self.dist.get_process_group_ranks(group))

    @staticmethod
    def tensor(value):
        while isinstance(value, (list, tuple)) and value:
            value = value[0]
        if not hasattr(value, "numel"):
            return {}
        return {"count": value.numel(), "dtype": DTYPES.get(str(value.dtype).removeprefix("torch."), str(value.dtype))}

    @staticmethod
    def tag(value):
        return f"t{value}" if value else None

    def request(self):
        self.requests += 1
        return f"r{self.requests}"

    def waiting(self, work, name):
        """The wait of something begun is a call of its own."""
        if work is None:
            return None
        original = work.wait
        recorder = self

        class Waited:
            def __getattr__(self, attribute):
                return getattr(work, attribute)

            def wait(self, *arguments, **keywords):
                if not getattr(self, "was_waited_for", False):
                    self.was_waited_for = True
                    recorder.write("wait", request=name)
                return original(*arguments, **keywords)

        return Waited()

    def collective(self, name, word, tensor, *, root=None):
        """Wraps `dist.name`: `tensor` and `root` are (position, keyword) of those parameters."""
        original = getattr(self.dist, name)

        @functools.wraps(original)
        def call(*arguments, **keywords):
            def given(parameter):
                if parameter is None:
                    return None
                position, key = parameter
                return keywords.get(key, arguments[position] if position < len(arguments) else None)

            # Some of torch's calls are made of others of them.
            if self.depth:
                return original(*arguments, **keywords)
            begins = bool(keywords.get("async_op", False))
            request = self.request() if begins else None
            operation = keywords.get("op")
            self.write(
                word, group=self.ranks(keywords.get("group")), request=request,
                root=(given(root) if root else None), op=self.operation(operation), **self.tensor(given(tensor)))
            self.depth += 1
            try:
                work = original(*arguments, **keywords)
            finally:
                self.depth -= 1
            return self.waiting(work, request) if begins else work

        setattr(self.dist, name, call)

    @staticmethod
    def operation(operation):
        if operation is None:
            return None
        return str(operation).split(".")[-1].lower().strip("<>: 0123456789") or None

    def message(self, name, word, peer):
        """Wraps send, recv, isend, irecv; `peer` is the keyword of the other rank."""
        original = getattr(self.dist, name)

        @functools.wraps(original)
        def call(tensor, *arguments, **keywords):
            if self.depth:
                return original(tensor, *arguments, **keywords)
            other = arguments[0] if arguments else keywords.get(peer)
            tag = keywords.get("tag", arguments[2] if len(arguments) > 2 else 0)
            begins = name.startswith("i")
            request = self.request() if begins else None
            self.write(
                word, peer="any" if other is None else other, tag=self.tag(tag), request=request, **self.tensor(tensor))
            self.depth += 1
            try:
                work = original(tensor, *arguments, **keywords)
            finally:
                self.depth -= 1
            return self.waiting(work, request) if begins else work

        setattr(self.dist, name, call)
        return original, call

    def batch(self, wrapped):
        """batch_isend_irecv takes the functions themselves, and begins each."""
        original = self.dist.batch_isend_irecv
        plain = {call: function for function, call in wrapped}

        @functools.wraps(original)
        def call(operations):
            names = []
            for operation in operations:
                operation.op = plain.get(operation.op, operation.op)
                is_send = operation.op.__name__ == "isend"
                request = self.request()
                names.append(request)
                self.write(
                    "isend" if is_send else "irecv", peer=operation.peer, tag=self.tag(operation.tag), request=request,
                    **self.tensor(operation.tensor))
            self.depth += 1
            try:
                works = original(operations)
            finally:
                self.depth -= 1
            return [self.waiting(work, name) for work, name in zip(works, names)]

        self.dist.batch_isend_irecv = call
        # P2POp takes no function but torch's own.
        make = self.dist.P2POp.__new__

        def unwrapped(cls, op, *arguments, **keywords):
            return make(cls, plain.get(op, op), *arguments, **keywords)

        initialise = self.dist.P2POp.__init__

        def initialised(this, op, *arguments, **keywords):
            return initialise(this, plain.get(op, op), *arguments, **keywords)

        self.dist.P2POp.__new__ = unwrapped
        self.dist.P2POp.__init__ = initialised

    def install(self):
        first = (0, "tensor")
        self.collective("all_reduce", "all-reduce", first)
        self.collective("broadcast", "broadcast", first, root=(1, "src"))
        self.collective("reduce", "reduce", first, root=(1, "dst"))
        self.collective("all_gather", "all-gather", (1, "tensor"))
        self.collective("all_gather_into_tensor", "all-gather", (1, "input_tensor"))
        self.collective("gather", "gather", first, root=(2, "dst"))
        self.collective("scatter", "scatter", first, root=(2, "src"))
        self.collective("reduce_scatter", "reduce-scatter", (0, "output"))
        self.collective("reduce_scatter_tensor", "reduce-scatter", (0, "output"))
        self.collective("all_to_all", "all-to-all", (1, "input_tensor_list"))
        self.collective("all_to_all_single", "all-to-all", (1, "input"))
        self.collective("barrier", "barrier", None)
        self.message("send", "send", "dst")
        self.message("recv", "recv", "src")
        self.batch([self.message("isend", "isend", "dst"), self.message("irecv", "irecv", "src")])


def record_here(path, program, arguments):
    """Runs the program in this process, recorded."""
    import runpy

    import torch.distributed as dist

    Recorder(path, dist).install()
    sys.argv = [program, *arguments]
    sys.path.insert(0, os.path.dirname(os.path.abspath(program)))
    runpy.run_path(program, run_name="__main__")


# The plan ----------------------------------------------------------------------------------------------------------------


def step(call, groups):
    """A call as one step of YAML."""
    word = call["call"]
    if word == "wait":
        return f"wait: {call['request']}"
    details = []
    if "peer" in call:
        details.append(("to" if word.endswith("send") else "from", call["peer"]))
    if "root" in call:
        details.append(("root", call["root"]))
    if call.get("group") is not None:
        details.append(("group", groups[tuple(call["group"])]))
    details += [(key, call[key]) for key in ("op", "tag", "count", "dtype") if key in call]
    if "request" in call:
        details.append(("as", call["request"]))
    if not details:
        return word
    return f"{word}: {{ " + ", ".join(f"{key}: {value}" for key, value in details) + " }"


def folded(steps, longest=64):
    """Steps that come again at once are written once, under `repeat`: pairs of a count and the steps."""
    result = []
    place = 0
    while place < len(steps):
        best = (1, 1)
        for length in range(1, min(longest, (len(steps) - place) // 2) + 1):
            times = 1
            while steps[place + times * length:place + (times + 1) * length] == steps[place:place + length]:
                times += 1
            if times > 1 and (times - 1) * length > (best[1] - 1) * best[0]:
                best = (length, times)
        length, times = best
        result.append((times, steps[place:place + length]))
        place += length * times
    return result


def numbered_anew(calls):
    """Requests by the number of those that are under way, so that what comes again reads the same."""
    names, free, most = {}, [], 0
    result = []
    for call in calls:
        call = dict(call)
        if call["call"] == "wait":
            name = names.pop(call["request"], None)
            if name is None:
                continue
            free.append(name)
            call["request"] = f"r{name}"
        elif "request" in call:
            if not free:
                most += 1
                free.append(most)
            free.sort()
            names[call["request"]] = free.pop(0)
            call["request"] = f"r{names[call['request']]}"
        result.append(call)
    return result


def plan(recorded, program, arguments, eager):
    """The job file. `recorded`: of each rank its calls."""
    members = sorted({tuple(call["group"]) for calls in recorded for call in calls if call.get("group") is not None})
    groups = {group: f"g{number}" for number, group in enumerate(members)}
    lines = [
        "# Recorded by scripts/record-plan.py.",
        f"name: {os.path.basename(program).removesuffix('.py')[:64] or 'recorded'}",
        f"gang: {len(recorded)}",
        "command: " + json.dumps(["python3", os.path.abspath(program), *arguments]),
        "communication:",
        f"  sends: {'eager' if eager else 'rendezvous'}",
    ]
    if groups:
        lines.append("  groups:")
        lines += [f"    {name}: {json.dumps(list(group))}" for group, name in groups.items()]
    lines.append("  ranks:")
    for rank, calls in enumerate(recorded):
        steps = [step(call, groups) for call in numbered_anew(calls)]
        lines.append(f"    {rank}:" + ("" if steps else " []"))
        for times, block in folded(steps):
            if times == 1:
                lines += [f"      - {one}" for one in block]
            else:
                lines.append(f"      - repeat: {times}")
                lines.append("        do:")
                lines += [f"          - {one}" for one in block]
    return "\n".join(lines) + "\n"


# The parent --------------------------------------------------------------------------------------------------------------


def free_port():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


def run(ranks, limit, program, arguments, folder):
    """Starts the ranks and waits; returns their exit codes, None for those that had to be ended."""
    port = str(free_port())
    processes = []
    for rank in range(ranks):
        environment = dict(
            os.environ, RANK=str(rank), WORLD_SIZE=str(ranks), LOCAL_RANK=str(rank), MASTER_ADDR="127.0.0.1",
            MASTER_PORT=port, OMP_NUM_THREADS="1", **{RECORD: os.path.join(folder, str(rank))})
        processes.append(
            subprocess.Popen(
                [sys.executable, os.path.abspath(__file__), program, *arguments], env=environment,
                start_new_session=True))
    deadline = time.monotonic() + limit
    while time.monotonic() < deadline and any(process.poll() is None for process in processes):
        if any(process.poll() not in (None, 0) for process in processes):
            # The others can't get on without it; they get a moment for what they do at present.
            deadline = min(deadline, time.monotonic() + 2)
        time.sleep(0.05)
    codes = [process.poll() for process in processes]
    for process in processes:
        try:
            os.killpg(process.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
        process.wait()
    return codes


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--ranks", type=int, default=2)
    parser.add_argument("--time-limit", type=float, default=60, metavar="SECONDS")
    parser.add_argument("--output", metavar="job.yaml", help="default: standard output")
    parser.add_argument(
        "--eager", action="store_true", help="assume buffered sends; else each send waits for its receive")
    parser.add_argument("program")
    parser.add_argument("arguments", nargs=argparse.REMAINDER)
    options = parser.parse_args()
    if not 1 <= options.ranks <= 1024 or not 0 < options.time_limit <= 86400:
        parser.error("--ranks is from 1 to 1024, --time-limit up to 86400 seconds")
    if not os.path.isfile(options.program):
        parser.error(f"{options.program}: no such file")
    try:
        import torch.distributed  # noqa: F401
    except ImportError:
        parser.error("this Python has no torch: pip install torch --index-url https://download.pytorch.org/whl/cpu")
    with tempfile.TemporaryDirectory(prefix="record-plan-") as folder:
        codes = run(options.ranks, options.time_limit, options.program, options.arguments, folder)
        recorded = []
        for rank in range(options.ranks):
            path = os.path.join(folder, str(rank))
            lines = open(path).read().splitlines() if os.path.exists(path) else []
            recorded.append([json.loads(line) for line in lines])
    for rank, (code, calls) in enumerate(zip(codes, recorded)):
        state = "was ended: it hung" if code is None else "ended" if code == 0 else f"failed, exit code {code}"
        print(f"record-plan: rank {rank} {state} after {len(calls)} calls", file=sys.stderr)
    if not any(recorded):
        print("record-plan: no rank called torch.distributed", file=sys.stderr)
        return 2
    text = plan(recorded, options.program, options.arguments, options.eager)
    if options.output:
        with open(options.output, "w") as file:
            file.write(text)
    else:
        sys.stdout.write(text)
    return 0 if all(code == 0 for code in codes) else 1


if __name__ == "__main__":
    if RECORD in os.environ:
        record_here(os.environ.pop(RECORD), sys.argv[1], sys.argv[2:])
    else:
        sys.exit(main())
