#!/usr/bin/env bash
# A primitive of oneDNN that two threads run at a time may give wrong numbers, and says nothing
#
# Expected: a primitive is immutable, as oneDNN's pages say, so threads run one at a time with memory and a
#   stream of their own each, and get what each of them gets alone.
# Seen: products whose second factor is laid out by columns come out wrong in some of the passes, with status
#   0. By default the library keeps the memory that a primitive copies to while it runs, and that is the memory
#   of the thread which made the primitive, whoever runs it: threads write over each other's. A primitive whose
#   scratchpad comes with each call (dnnl_scratchpad_mode_user) is right in all passes. It takes luck to see:
#   other kernels need no such memory, and an older version's product here does not.
# Versions: oneDNN 3.13.0 (org.bytedeco:dnnl 3.13-1.5.14), Linux on x86-64 with AVX-512, Python 3 as the caller
# Source: oneDNN's build option ONEDNN_ENABLE_CONCURRENT_EXEC, off by default; the run below
set -euo pipefail
root=$(cd "$(dirname "$0")/.." && pwd)
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
grep -q avx512bw /proc/cpuinfo || { echo "needs a processor with AVX-512"; exit 1; }
"$root/mvnw" -f "$root/pom.xml" -B -ntp -q org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy \
  -Dartifact=org.bytedeco:dnnl:3.13-1.5.14:jar:linux-x86_64 -DoutputDirectory="$folder"
unzip -qj dnnl-*.jar '*/libdnnl.so.3' '*/libgomp.so.1'
cat >threads.py <<'PYTHON'
import ctypes as c
import random
import threading

c.CDLL("./libgomp.so.1", mode=c.RTLD_GLOBAL)
dnnl = c.CDLL("./libdnnl.so.3")
POINTER = c.c_void_p
F32, SOURCE, TARGET, WEIGHTS, SCRATCHPAD, SCRATCHPAD_LAYOUT = 3, 1, 17, 33, 80, 136
BATCH, ROWS, WIDTH, THREADS, PASSES = 4, 197, 64, 4, 200
dnnl.dnnl_primitive_desc_query_md.restype = POINTER


class Version(c.Structure):
    _fields_ = [("major", c.c_int), ("minor", c.c_int), ("patch", c.c_int)]


class Argument(c.Structure):
    _fields_ = [("which", c.c_int), ("memory", POINTER)]


def made(function, *arguments):
    handle = POINTER()
    assert function(c.byref(handle), *arguments) == 0, function.__name__
    return handle


def layout(sizes, strides):
    numbers = [(c.c_int64 * 3)(*each) for each in (sizes, strides)]
    return made(dnnl.dnnl_memory_desc_create_with_strides, 3, numbers[0], F32, numbers[1])


engine = made(dnnl.dnnl_engine_create, 1, c.c_size_t(0))
left = layout((BATCH, ROWS, WIDTH), (WIDTH, BATCH * WIDTH, 1))
right = layout((BATCH, WIDTH, ROWS), (WIDTH, 1, BATCH * WIDTH))
result = layout((BATCH, ROWS, ROWS), (ROWS * ROWS, ROWS, 1))


class Runner:
    """One thread's memory and stream for a primitive that all share."""

    def __init__(self, layouts, primitive, seed, own):
        draw = random.Random(seed)
        count = BATCH * ROWS * WIDTH
        self.data = [(c.c_float * count)(*[draw.random() - 0.5 for _ in range(count)]) for _ in range(2)]
        self.data.append((c.c_float * (BATCH * ROWS * ROWS))())
        memories = [
            made(dnnl.dnnl_memory_create, each, engine, c.cast(data, POINTER))
            for each, data in zip((left, right, result), self.data)
        ]
        arguments = list(zip((SOURCE, WEIGHTS, TARGET), memories))
        if own:
            wanted = POINTER(dnnl.dnnl_primitive_desc_query_md(layouts, SCRATCHPAD_LAYOUT, 0))
            arguments.append((SCRATCHPAD, made(dnnl.dnnl_memory_create, wanted, engine, POINTER(-1))))
        self.arguments = (Argument * len(arguments))(*[Argument(*each) for each in arguments])
        self.primitive = primitive
        self.stream = made(dnnl.dnnl_stream_create, engine, 1)

    def run(self):
        assert dnnl.dnnl_primitive_execute(self.primitive, self.stream, len(self.arguments), self.arguments) == 0
        assert dnnl.dnnl_stream_wait(self.stream) == 0
        return bytes(self.data[2])


def wrong(own):
    attributes = made(dnnl.dnnl_primitive_attr_create)
    assert dnnl.dnnl_primitive_attr_set_scratchpad_mode(attributes, int(own)) == 0
    layouts = made(dnnl.dnnl_matmul_primitive_desc_create, engine, left, right, None, result, attributes)
    primitive = made(dnnl.dnnl_primitive_create, layouts)
    runners = [Runner(layouts, primitive, seed, own) for seed in range(THREADS)]
    alone = [runner.run() for runner in runners]
    counts = [0] * THREADS

    def work(i):
        for _ in range(PASSES):
            counts[i] += runners[i].run() != alone[i]

    threads = [threading.Thread(target=work, args=(i,)) for i in range(THREADS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sum(counts)


dnnl.dnnl_version.restype = c.POINTER(Version)
version = dnnl.dnnl_version().contents
print("oneDNN %d.%d.%d, four threads, one primitive, 800 passes" % (version.major, version.minor, version.patch))
by_default = wrong(False)
print("wrong with the library's scratchpad:", by_default)
with_own = wrong(True)
print("wrong with a scratchpad for each call:", with_own)
raise SystemExit(0 if by_default > 0 and with_own == 0 else 1)
PYTHON
OMP_NUM_THREADS=1 python3 threads.py
