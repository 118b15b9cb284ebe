"""What peers need of this machine for the same measurements; each prints one JSON line.

usage: peers.py dask TASKS | ray TASKS | pyzmq TASKS CREDIT | broker TASKS AHEAD DURABLE | hyperqueue TASKS | spawn TASKS
       peers.py dask-round-trip JOBS | ray-round-trip JOBS | broker-round-trip JOBS | beats PEERS SECONDS MILLISECONDS
       peers.py fsync WRITES

Two workers of one core each. The scripts follow each project's own documentation for a local cluster.
"""
import atexit, collections, json, multiprocessing, os, resource, shutil, signal, socket, subprocess, sys, tempfile, time

started, folders = [], []


def start(command):
    process = subprocess.Popen(command, start_new_session=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    started.append(process)
    return process


@atexit.register
def clean():
    for process in started:
        try:
            os.killpg(process.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
    for folder in folders:
        shutil.rmtree(folder, ignore_errors=True)


def folder():
    folders.append(tempfile.mkdtemp(prefix="banquet-bench-"))
    return folders[-1]


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def wait_for(port, seconds=60):
    end = time.time() + seconds
    while time.time() < end:
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
            return
        except OSError:
            time.sleep(0.05)
    raise SystemExit(f"nothing listens on port {port}")


def report(peer, test, unit, value, **more):
    print(json.dumps(dict(peer=peer, test=test, unit=unit, value=value, **more)), flush=True)


def rate(peer, tasks, seconds, **more):
    report(peer, "dispatch", "tasks/s", round(tasks / seconds), tasks=tasks, seconds=round(seconds, 3), **more)


def quantiles(peer, times):
    times = sorted(t * 1000 for t in times)
    report(peer, "round-trip", "ms", round(times[len(times) // 2], 3),
           p50=round(times[len(times) // 2], 3), p99=round(times[len(times) * 99 // 100], 3), jobs=len(times))


def noop(number):
    return number


def dask_client():
    from distributed import Client
    port, tool = free_port(), os.path.join(os.path.dirname(sys.executable), "dask")
    start([tool, "scheduler", "--host", "127.0.0.1", "--port", str(port), "--no-dashboard"])
    wait_for(port)
    for _ in range(2):
        start([tool, "worker", f"tcp://127.0.0.1:{port}", "--host", "127.0.0.1", "--nworkers", "1", "--nthreads", "1",
               "--no-nanny", "--no-dashboard", "--local-directory", folder()])
    client = Client(f"tcp://127.0.0.1:{port}")
    client.wait_for_workers(2)
    return client


def dask(tasks):
    from distributed import wait
    client = dask_client()
    wait(client.map(noop, range(200), pure=False))
    begin = time.time()
    wait(client.map(noop, range(tasks), pure=False))
    rate("dask", tasks, time.time() - begin, workers=2)


def dask_round_trip(jobs):
    client, times = dask_client(), []
    for number in range(jobs + 50):
        begin = time.perf_counter()
        client.submit(noop, number, pure=False).result()
        times.append(time.perf_counter() - begin)
    quantiles("dask", times[50:])


def ray_remote():
    os.environ["RAY_USAGE_STATS_ENABLED"] = "0"
    import ray
    ray.init(address="local", num_cpus=2, include_dashboard=False, _node_ip_address="127.0.0.1", logging_level="ERROR",
             log_to_driver=False, object_store_memory=300 << 20)
    return ray, ray.remote(noop)


def ray(tasks):
    ray, remote = ray_remote()
    ray.get([remote.remote(i) for i in range(500)])
    begin = time.time()
    ray.get([remote.remote(i) for i in range(tasks)])
    rate("ray", tasks, time.time() - begin, workers=2)
    ray.shutdown()


def ray_round_trip(jobs):
    ray, remote = ray_remote()
    times = []
    for number in range(jobs + 200):
        begin = time.perf_counter()
        ray.get(remote.remote(number))
        times.append(time.perf_counter() - begin)
    quantiles("ray", times[200:])
    ray.shutdown()


def hyperqueue(tasks):
    from hyperqueue import Job, LocalCluster
    from hyperqueue.cluster import WorkerConfig
    place = folder()
    os.chdir(place)
    cluster = LocalCluster(server_dir=place)
    client = cluster.client()
    for _ in range(2):
        cluster.start_worker(WorkerConfig(cores=1))
    time.sleep(1)

    def job(count):
        job = Job(default_workdir=place)
        for _ in range(count):
            job.program(["/bin/true"], stdout=None, stderr=None)
        return job

    client.wait_for_jobs([client.submit(job(20))])
    work = job(tasks)
    begin = time.time()
    client.wait_for_jobs([client.submit(work)])
    rate("hyperqueue", tasks, time.time() - begin, workers=2, program="/bin/true")
    sys.stdout.flush()
    clean()
    os._exit(0)


def spawn_loop(count):
    for _ in range(count):
        os.waitpid(os.posix_spawn("/bin/true", ["true"], {}), 0)


def spawn(tasks):
    processes = [multiprocessing.Process(target=spawn_loop, args=(tasks // 2,)) for _ in range(2)]
    begin = time.time()
    for process in processes:
        process.start()
    for process in processes:
        process.join()
    rate("posix_spawn", tasks, time.time() - begin, workers=2, program="/bin/true")


def python_broker(front_port, back_port, credit):
    import zmq
    context = zmq.Context()
    front, back = context.socket(zmq.ROUTER), context.socket(zmq.ROUTER)
    for s, port in ((front, front_port), (back, back_port)):
        s.set_hwm(0)
        s.bind(f"tcp://127.0.0.1:{port}")
    waiting, free, poller = collections.deque(), collections.deque(), zmq.Poller()
    poller.register(front, zmq.POLLIN)
    poller.register(back, zmq.POLLIN)
    while True:
        for s, _ in poller.poll():
            try:
                for _ in range(1000):
                    message = s.recv_multipart(zmq.NOBLOCK)
                    if s is front:
                        waiting.append(message)
                    elif message[1] == b"R":
                        free.extend([message[0]] * credit)
                    else:
                        free.append(message[0])
                        front.send_multipart(message[1:])
            except zmq.Again:
                pass
        while waiting and free:
            back.send_multipart([free.popleft()] + waiting.popleft())


def echo(back_port):
    import zmq
    s = zmq.Context().socket(zmq.DEALER)
    s.set_hwm(0)
    s.connect(f"tcp://127.0.0.1:{back_port}")
    s.send(b"R")
    while True:
        s.send_multipart(s.recv_multipart())


def pyzmq(tasks, credit):
    """A ROUTER broker that keeps nothing: the floor."""
    import zmq
    front, back = free_port(), free_port()
    processes = [multiprocessing.Process(target=python_broker, args=(front, back, credit), daemon=True)]
    processes += [multiprocessing.Process(target=echo, args=(back,), daemon=True) for _ in range(2)]
    for process in processes:
        process.start()
    s = zmq.Context().socket(zmq.DEALER)
    s.set_hwm(0)
    s.connect(f"tcp://127.0.0.1:{front}")
    time.sleep(1)
    begin = time.time()
    for _ in range(tasks):
        s.send(b"x" * 64)
    for _ in range(tasks):
        s.recv()
    rate("pyzmq broker", tasks, time.time() - begin, workers=2, credit=credit)
    for process in processes:
        process.kill()
    s.close(0)


def compiled(name, *arguments):
    """What the C program of that name prints."""
    program = os.path.join(folder(), name)
    source = os.path.join(os.path.dirname(os.path.abspath(__file__)), name + ".c")
    subprocess.run(["cc", "-O2", "-o", program, source, "-lzmq"], check=True)
    return subprocess.run([program, *map(str, arguments)], check=True, capture_output=True, text=True).stdout


def broker(tasks, ahead, durable):
    """The same in C (broker.c); each batch of results on disk, if `durable`."""
    file = [os.path.join(folder(), "results")] if durable else []
    value = int(compiled("broker", tasks, ahead, *file))
    rate("broker in C" + (", results on disk" if durable else ""), tasks, tasks / value, workers=2, ahead=ahead)


def broker_round_trip(jobs):
    """One after the other; each task is on disk before it goes to a worker, each result before the client hears of it."""
    p50, p99 = map(float, compiled("broker", jobs, "one-by-one", os.path.join(folder(), "results")).split())
    report("broker in C, tasks and results on disk", "round-trip", "ms", p50, p50=p50, p99=p99)


def beats(peers, seconds, interval):
    """A ROUTER in C that answers (beats.c)."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    report("ROUTER in C that answers", "heartbeats", "percent of a core", float(compiled("beats", peers, seconds, interval)))


def fsync(writes):
    place = os.path.join(folder(), "file")
    file, times = os.open(place, os.O_RDWR | os.O_CREAT), []
    for _ in range(writes):
        begin = time.perf_counter()
        os.write(file, b"x" * 4096)
        os.fsync(file)
        times.append((time.perf_counter() - begin) * 1000)
    times.sort()
    report("write and fsync", "fsync", "ms", round(times[writes // 2], 3), p99=round(times[writes * 99 // 100], 3))


if __name__ == "__main__":
    peers = {"dask": dask, "ray": ray, "pyzmq": pyzmq, "broker": broker, "hyperqueue": hyperqueue, "spawn": spawn,
             "dask-round-trip": dask_round_trip, "ray-round-trip": ray_round_trip, "broker-round-trip": broker_round_trip,
             "beats": beats, "fsync": fsync}
    if len(sys.argv) < 3 or sys.argv[1] not in peers:
        raise SystemExit(__doc__)
    peers[sys.argv[1]](*map(int, sys.argv[2:]))
    sys.stdout.flush()
    clean()
    os._exit(0)
