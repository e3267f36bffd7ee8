#!/usr/bin/env bash
# polars.read_parquet of a folder that Spark wrote on a local disk fails, though all data files are Parquet.
#
# Expected: hidden files are passed over, as pandas (pyarrow), DuckDB's folder readers and Spark do
#   with names that begin with "." or "_". Hadoop writes ".part-….parquet.crc" beside each local file.
# Seen: polars takes every file below the folder, in hidden folders and folders that begin with "_" too, and
#   raises at the first whose ending is another one. A file without any ending (_SUCCESS) is passed over.
#   A glob (folder/*.parquet) reads the same table.
# Versions: polars 2.1.0, pandas 3.1.1, pyarrow 26.0.1, Python 3.11.
# Source: observed; the message is polars' own, "directory contained paths with different file extensions".
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv python
python/bin/pip install -q polars==2.1.0 pandas==3.1.1 pyarrow==26.0.1
python/bin/python - <<'PY'
import os
import pandas
import polars
import pyarrow
import pyarrow.parquet

print("polars", polars.__version__, "pandas", pandas.__version__, "pyarrow", pyarrow.__version__)


def table(name):
    os.mkdir(name)
    pyarrow.parquet.write_table(pyarrow.table({"a": [1, 2]}), f"{name}/part-0.parquet")
    return name


def polars_reads(path):
    try:
        return polars.read_parquet(path).height == 2
    except Exception as e:
        print(f"  {path}: {str(e)[:72]}")
        return False


plain, marker, checksum, record = map(table, ("plain", "marker", "checksum", "record"))
open("marker/_SUCCESS", "w").close()
open("checksum/.part-0.parquet.crc", "wb").write(b"crc")
os.mkdir("record/_notes")
open("record/_notes/run.json", "w").write("{}")
seen = {
    name: (polars_reads(f"{name}/"), polars_reads(f"{name}/*.parquet"), len(pandas.read_parquet(name)) == 2)
    for name in (plain, marker, checksum, record)
}
for name, (folder, glob, others) in seen.items():
    print(f"{name:9} polars folder: {folder}  polars glob: {glob}  pandas folder: {others}")
assert seen == {
    plain: (True, True, True),
    marker: (True, True, True),
    checksum: (False, True, True),
    record: (False, True, True),
}, "the behaviour has changed"
PY
