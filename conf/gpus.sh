#!/bin/sh
# Discovery script for Spark: the GPUs of this machine, as JSON on one line, by the numbers that CUDA
# knows them by. Named by spark.executor.resource.gpu.discoveryScript, or on a standalone worker by
# spark.worker.resource.gpu.discoveryScript; either must lie on the machine with the GPUs.
set -eu

if [ -n "${CUDA_VISIBLE_DEVICES:-}" ]; then
  # CUDA shows a process only these, numbered from 0; nvidia-smi does not know of that. Parts of
  # GPUs (MIG) are used this way too.
  seen=$(echo "$CUDA_VISIBLE_DEVICES" | tr ',' '\n' | awk 'NF { print n++ }')
elif command -v nvidia-smi >/dev/null 2>&1; then
  seen=$(nvidia-smi --query-gpu=index --format=csv,noheader,nounits)
else
  echo "gpus.sh: there is no nvidia-smi: install NVIDIA's driver on this machine" >&2
  exit 1
fi

echo "$seen" | awk '
  NF && $1 !~ /^[0-9]+$/ { print "gpus.sh: nvidia-smi says: " $0 > "/dev/stderr"; failed = 1; exit 1 }
  NF { list = list (list == "" ? "" : ",") "\"" $1 "\"" }
  END { if (!failed) print "{\"name\":\"gpu\",\"addresses\":[" list "]}" }'
