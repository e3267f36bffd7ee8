#!/usr/bin/env bash
# Folders shop=0x1F, shop=1e3, shop=007: which values the column shop has depends on the reader, silently.
#
# Expected: a table partitioned Hive's way has the same values of its partition column for all readers, text
#   as the folders say or numbers, since all three infer types.
# Seen: 007 and 042 are 7 and 42 in pandas and polars, and text in DuckDB. 0x1F and 0x2 are 31 and 2 in pandas and
#   DuckDB, and text in polars. 007 beside 1e3 is text in pandas and DuckDB, 7.0 and 1000.0 in polars. 2024-01-01
#   is text in pandas and a date in the others. A join or filter over such a column finds nothing in one of them.
#   Naming the type gives text in each: hive_schema in polars, hive_types in DuckDB, partitioning in pandas.
# Versions: pandas 3.1.1, pyarrow 26.0.1, polars 2.1.0, DuckDB 2.0.1, Python 3.11.
# Source: observed.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv python
python/bin/pip install -q polars==2.1.0 pandas==3.1.1 pyarrow==26.0.1 duckdb==2.0.1
python/bin/python - <<'PY'
import datetime
import os

import duckdb
import pandas
import polars
import pyarrow
import pyarrow.dataset
import pyarrow.parquet

for library in [duckdb, pandas, polars, pyarrow]:
    print(library.__name__, library.__version__)


def read(values):
    name = "_".join(values)
    for value in values:
        os.makedirs(f"{name}/shop={value}")
        pyarrow.parquet.write_table(pyarrow.table({"a": [1]}), f"{name}/shop={value}/p.parquet")
    files = f"{name}/*/*.parquet"
    inferred = [
        pandas.read_parquet(name)["shop"].astype(object).tolist(),
        polars.read_parquet(files, hive_partitioning=True)["shop"].to_list(),
        duckdb.sql(f"SELECT shop FROM read_parquet('{files}', hive_partitioning=true)").df()["shop"].tolist(),
    ]
    text = pyarrow.dataset.partitioning(pyarrow.schema([("shop", pyarrow.string())]), flavor="hive")
    named = [
        pandas.read_parquet(name, partitioning=text)["shop"].tolist(),
        polars.read_parquet(files, hive_schema={"shop": polars.String})["shop"].to_list(),
        duckdb.sql(
            f"SELECT shop FROM read_parquet('{files}', hive_partitioning=true, hive_types={{'shop': VARCHAR}})"
        ).df()["shop"].tolist(),
    ]
    for reader, value in zip(["pandas", "polars", "duckdb"], inferred):
        print(f"  {values} in {reader}: {value}")
    assert all(sorted(one) == sorted(values) for one in named), named
    return [sorted(str(value) for value in one) for one in inferred]


assert read(["007", "042"]) == [["42", "7"], ["42", "7"], ["007", "042"]]
assert read(["0x1F", "0x2"]) == [["2", "31"], ["0x1F", "0x2"], ["2", "31"]]
assert read(["007", "1e3"]) == [["007", "1e3"], ["1000.0", "7.0"], ["007", "1e3"]]
dates = read(["2024-01-01"])
assert dates[0] == ["2024-01-01"] and dates[1] == [str(datetime.date(2024, 1, 1))], dates
print("as told")
PY
