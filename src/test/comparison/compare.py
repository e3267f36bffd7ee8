"""Runs Labelmill and its peers in turn and prints one table: python compare.py ROUNDS PROGRAM...

Images a second are from the first batch to the last row; start-up is from the shell to the first batch, and
the memory that of all processes of a program at its peak, pages that several have counted once (PSS).
"""

import json
import os
import re
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from datetime import datetime
from pathlib import Path

import psutil

HOME = Path(__file__).resolve().parents[3]
PLACE = HOME / "target" / "comparison"
PEERS = [sys.executable, str(Path(__file__).with_name("peers.py"))]


def ours(precision, images):
    def command(output):
        return [
            "jobs/score", "--model", str(PLACE / "model"), "--input", str(PLACE / images), "--output", output,
            "--precision", precision, "--", "--master", "local[2]",
        ]

    return command


def peer(program, model, images, *settings):
    return lambda output: [*PEERS, program, str(PLACE / model), str(PLACE / images), output, *settings]


def synapseml(output):
    classes = PLACE / "classes"
    path = f"{classes}:{(PLACE / 'classpath').read_text()}"
    return [
        "java", f"@{HOME}/conf/spark-jvm.options", "-Xmx4g", "-cp", path, "io.labelmill.comparison.SynapseMl",
        str(PLACE / "exported"), str(PLACE / "images"), "2",
    ]


# Name, the first of its kind being what the others are held against.
PROGRAMS = {
    "fp32": {
        "Labelmill": ours("fp32", "images"),
        "ONNX Runtime, 2 processes, Pillow": peer("onnxruntime", "exported/model.onnx", "images"),
        "OpenVINO, 2 processes, Pillow": peer("openvino", "exported/model.onnx", "images", "f32"),
        "Transformers pipeline": peer("transformers", "model", "images", "float32", "torchvision"),
        "Transformers pipeline, Pillow": peer("transformers", "model", "images", "float32", "pil"),
        "Ray Data": peer("ray", "model", "images", "float32", "48"),
        "SynapseML": synapseml,
    },
    "bf16": {
        "Labelmill": ours("bf16", "images"),
        "OpenVINO, 2 processes, Pillow": peer("openvino", "exported/model.onnx", "images", "bf16"),
        "Transformers pipeline": peer("transformers", "model", "images", "bfloat16", "torchvision"),
        "Transformers pipeline, Pillow": peer("transformers", "model", "images", "bfloat16", "pil"),
        "Ray Data": peer("ray", "model", "images", "bfloat16", "48"),
    },
    "int8": {
        "Labelmill, int8-bf16": ours("int8-bf16", "images"),
        "Labelmill, int8": ours("int8", "images"),
        "quantize_dynamic, ONNX Runtime, 2 processes, Pillow": peer("onnxruntime", "int8.onnx", "images"),
        "NNCF, OpenVINO, 2 processes, Pillow": peer("openvino", "int8.xml", "images", "f32"),
    },
    "photographs": {
        "Labelmill, int8-bf16": ours("int8-bf16", "photographs"),
        "Labelmill, int8": ours("int8", "photographs"),
        "quantize_dynamic, ONNX Runtime, 2 processes, Pillow": peer("onnxruntime", "int8.onnx", "photographs"),
    },
}


class Peak:
    """Samples the memory of a process and all below it, in MiB."""

    def __init__(self, process):
        self.process = psutil.Process(process.pid)
        self.most = 0
        self.ended = threading.Event()
        self.thread = threading.Thread(target=self.sample)
        self.thread.start()

    def sample(self):
        while not self.ended.wait(0.5):
            total = 0
            try:
                for each in [self.process, *self.process.children(recursive=True)]:
                    try:
                        total += each.memory_full_info().pss
                    except psutil.Error:
                        pass
            except psutil.Error:
                return
            self.most = max(self.most, total)

    def stop(self):
        self.ended.set()
        self.thread.join()
        return self.most / (1 << 20)


def of_run_record(text):
    """First batch, last row and images of a run of ours."""
    record = re.search(r"run record: (\S+)", text).group(1)
    run = json.loads(Path(re.sub("^file:/*", "/", record)).read_text())
    seconds = run["timings"]["seconds"]
    last = datetime.fromisoformat(run["timings"]["endedAt"].replace("Z", "+00:00")).timestamp() - seconds["commit"]
    return last - seconds["label"], last, run["progress"]["committed"]


def measured(command):
    """Images/s, seconds of start-up, peak MiB."""
    with tempfile.TemporaryDirectory() as scratch:
        output = os.path.join(scratch, "rows")
        begun = time.time()
        environment = {**os.environ, "PILLOW_BLOCKS_MAX": "64", "SPARK_LOCAL_IP": "127.0.0.1"}
        with subprocess.Popen(
            command(output), cwd=HOME, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        ) as process:
            peak = Peak(process)
            out, err = process.communicate()
            most = peak.stop()
        if process.returncode != 0:
            sys.exit(f"{' '.join(command(output))} ended with {process.returncode}:\n{err[-2000:]}")
        result = re.search(r"^RESULT (.*)$", out, re.MULTILINE)
        if result:
            times = json.loads(result.group(1))
            first, last, images = times["first"], times["last"], times["images"]
        else:
            first, last, images = of_run_record(out + err)
        return images / (last - first), first - begun, most


def spread(values, form):
    return f"{form} ({form} to {form})".format(statistics.median(values), min(values), max(values))


def main(rounds, kinds):
    for kind in kinds:
        programs = PROGRAMS[kind]
        runs = {name: [] for name in programs}
        for _ in range(rounds):
            for name, command in programs.items():
                runs[name].append(measured(command))
                print(kind, name, "%.2f images/s, %.1f s, %.0f MiB" % runs[name][-1], file=sys.stderr, flush=True)
        base = next(iter(programs))
        print(f"\n| {kind} | images/s | {base} / it | start-up, s | peak memory, MiB |\n| --- | --- | --- | --- | --- |")
        for name, measures in runs.items():
            speeds, starts, peaks = zip(*measures)
            ratios = [first[0] / each[0] for first, each in zip(runs[base], measures)]
            print(
                f"| {name} | {spread(speeds, '{:.1f}')} | {spread(ratios, '{:.2f}')} | {spread(starts, '{:.1f}')}"
                f" | {max(peaks):,.0f} |",
                flush=True,
            )


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2:] or list(PROGRAMS))
