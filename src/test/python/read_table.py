"""Prints as JSON what pandas, polars and DuckDB read of a table of labels.

    python read_table.py TABLE PARTITIONED_BY_SHOP
"""

import json
import sys

import duckdb
import pandas
import polars
import pyarrow
import pyarrow.dataset

plain, partitioned = sys.argv[1:]
duckdb.sql("SET TimeZone = 'UTC'")


def rows(frame):
    """Path, status, label, first prediction's score, UTC time in microseconds, and shop, by path."""
    return sorted(
        [
            row["path"],
            str(row["status"]),
            row["label"],
            float(row["predictions"][0]["score"]),
            int(row["micros"]),
            *([row["shop"] if isinstance(row["shop"], str) else None] if "shop" in row else []),
        ]
        for row in frame
    )


# Readers take 007 for a number, or not, unless the type is named.
SHOP = pyarrow.dataset.partitioning(pyarrow.schema([("shop", pyarrow.string())]), flavor="hive")


def of_pandas(folder, **options):
    frame = pandas.read_parquet(folder, **options)
    assert str(frame["scored_at"].dtype.tz) == "UTC", frame["scored_at"].dtype
    frame["micros"] = frame["scored_at"].astype("datetime64[us, UTC]").astype("int64")
    return rows(frame.to_dict("records"))


def of_polars(glob, **options):
    frame = polars.read_parquet(glob, **options)
    assert frame.schema["scored_at"] == polars.Datetime("us", "UTC"), frame.schema["scored_at"]
    return rows(frame.with_columns(micros=polars.col("scored_at").dt.epoch("us")).to_dicts())


def of_duckdb(glob, options=""):
    relation = duckdb.sql(
        f"SELECT *, epoch_us(scored_at) AS micros FROM read_parquet('{glob}'{options})"
    )
    types = dict(zip(relation.columns, map(str, relation.types)))
    assert types["scored_at"] == "TIMESTAMP WITH TIME ZONE", types["scored_at"]
    return rows(dict(zip(relation.columns, row)) for row in relation.fetchall())


print(
    json.dumps(
        {
            "pandas": of_pandas(plain),
            "polars": of_polars(f"{plain}/*.parquet"),
            "duckdb": of_duckdb(f"{plain}/*.parquet"),
            "pandas, partitioned": of_pandas(partitioned, partitioning=SHOP),
            "polars, partitioned": of_polars(
                f"{partitioned}/*/*.parquet", hive_schema={"shop": polars.String}
            ),
            "duckdb, partitioned": of_duckdb(
                f"{partitioned}/*/*.parquet", ", hive_types = {'shop': VARCHAR}"
            ),
        }
    )
)
