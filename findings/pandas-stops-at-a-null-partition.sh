#!/usr/bin/env bash
# pandas.read_parquet of a table with a partition for null fails, where Spark, polars and DuckDB read it.
#
# Expected: the folder shop=__HIVE_DEFAULT_PARTITION__, which Spark, Hive and pyarrow itself write for null, gives
#   rows whose shop is null.
# Seen: pandas raises ArrowInvalid, "Cannot yet unify dictionaries with nulls": pyarrow makes the partition column
#   a dictionary for it, and has another dictionary for the folder of nulls. polars and DuckDB give null. With the
#   column's type named (partitioning=) pandas does so too.
# Versions: pandas 3.1.1, pyarrow 26.0.1, polars 2.1.0, DuckDB 2.0.1, Python 3.11.
# Source: observed; the message is pyarrow's.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv python
python/bin/pip install -q polars==2.1.0 pandas==3.1.1 pyarrow==26.0.1 duckdb==2.0.1
python/bin/python - <<'PY'
import duckdb
import pandas
import polars
import pyarrow
import pyarrow.dataset

for library in [duckdb, pandas, polars, pyarrow]:
    print(library.__name__, library.__version__)
text = pyarrow.dataset.partitioning(pyarrow.schema([("shop", pyarrow.string())]), flavor="hive")
for values in [["north", None], ["7", None]]:
    name = values[0]
    pyarrow.dataset.write_dataset(
        pyarrow.table({"shop": pyarrow.array(values), "a": [1, 2]}), name, format="parquet", partitioning=text)
    try:
        seen = pandas.read_parquet(name)
    except pyarrow.ArrowInvalid as e:
        seen = str(e)
    print(f"  {values} in pandas: {seen}")
    assert isinstance(seen, str) and "unify dictionaries with nulls" in seen
    assert pandas.read_parquet(name, partitioning=text)["shop"].isna().sum() == 1
    files = f"{name}/*/*.parquet"
    assert polars.read_parquet(files, hive_partitioning=True)["shop"].null_count() == 1
    query = f"SELECT count(*) - count(shop) FROM read_parquet('{files}', hive_partitioning=true)"
    assert duckdb.sql(query).fetchall() == [(1,)]
print("as told")
PY
