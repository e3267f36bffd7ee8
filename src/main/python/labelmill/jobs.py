"""The jobs as functions. Made from the options of the commands by DocumentationTest.

Each keyword is an option of the command, with underscores: ``path_column`` for ``--path-column``.
Options that may stand several times take lists, those whose values commas part take lists or
dictionaries.
"""

import os
from typing import TYPE_CHECKING, Mapping, Optional, Sequence, Union

from labelmill._run import run as _run
from labelmill.result import Result

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

Word = Union[str, int, float, "os.PathLike[str]"]
Value = Union[Word, Sequence[Word], Mapping[str, float]]


def score(
    *,
    model: Optional[Value] = None,
    input: Union[Word, Sequence[Word], None] = None,
    output: Optional[Value] = None,
    input_format: Optional[Value] = None,
    path_column: Optional[Value] = None,
    content_column: Optional[Value] = None,
    csv_separator: Optional[Value] = None,
    version_column: Optional[Value] = None,
    keep: Optional[Value] = None,
    include: Union[Word, Sequence[Word], None] = None,
    exclude: Union[Word, Sequence[Word], None] = None,
    limit: Optional[Value] = None,
    sample: Optional[Value] = None,
    seed: Optional[Value] = None,
    modified_after: Optional[Value] = None,
    allow_hosts: Optional[Value] = None,
    allow_schemes: Optional[Value] = None,
    user_agent: Optional[Value] = None,
    reads_per_host: Optional[Value] = None,
    max_pixels: Optional[Value] = None,
    orientation: Optional[Value] = None,
    resize_backend: Optional[Value] = None,
    head: Optional[Value] = None,
    labels: Optional[Value] = None,
    processor: Optional[Value] = None,
    position_bias: Optional[Value] = None,
    precision: Optional[Value] = None,
    device: Optional[Value] = None,
    batch_size: Optional[Value] = None,
    top_k: Optional[Value] = None,
    scores: Optional[Value] = None,
    activation: Optional[Value] = None,
    threshold: Optional[Value] = None,
    output_format: Optional[Value] = None,
    partition_by: Optional[Value] = None,
    column_prefix: Optional[Value] = None,
    run_dir: Optional[Value] = None,
    if_exists: Optional[Value] = None,
    changed: Optional[Value] = None,
    retry_failed: Optional[Value] = None,
    commit_every: Optional[Value] = None,
    max_failed_fraction: Optional[Value] = None,
    dry_run: bool = False,
    compact: bool = False,
    log_level: Optional[Value] = None,
    config: Optional[Value] = None,
    spark: Optional["SparkSession"] = None,
) -> Result:
    """Labels images with a BEiT or ViT checkpoint and writes a table of labels and scores.

    Parameters
    ----------
    model : required
        Hugging Face checkpoint folder (config.json, preprocessor_config.json, weights), on any file
        system that Hadoop knows; or one with model.onnx in place of weights; or
        hf://ORG/NAME[@REVISION] from the hub
    input : required
        image, folder or glob (folders are searched to any depth); or a table of images: parquet,
        orc, csv, tsv, json, jsonl, ndjson, or table:NAME; or hf://datasets/ORG/NAME[@REVISION]/PATH
        from the hub; several times for several
    output : required
        folder of the table that is written
    input_format : optional
        auto, images, archives (tar and zip), parquet, orc, csv, tsv, json, azure (JSON bodies or
        CSV, as Azure ML's endpoints are sent them), or any Spark data source. Default: auto
    path_column : optional
        column of a table that holds image URIs. Default: path, else image_url
    content_column : optional
        column of a table that holds the images themselves: bytes, base64 text, data: URIs, a struct
        of bytes and path, or Spark's images; a.b for a field
    csv_separator : optional
        between the columns of CSV, such as ';', or tab
    version_column : optional
        column of a table whose value changes when an image's content does; it becomes
        content_version
    keep : optional
        columns of a table to copy through, commas between them, or * for all but those of path and
        content
    include : optional
        only images whose path or name fits; several times: one of them fits
    exclude : optional
        no images whose path or name fits
    limit : optional
        at most so many images
    sample : optional
        only this share of the images, above 0 and at most 1; the same ones every time
    seed : optional
        another number, another sample. Default: 0
    modified_after : optional
        only listed files changed after this: 2026-01-31, or 2026-01-31T12:00:00Z; a date begins at
        midnight UTC
    allow_hosts : optional
        hosts, or HOST:PORT, of which a table's http and https images are fetched; no others are
    allow_schemes : optional
        further schemes that paths of a table may have, such as viewfs; without it file, s3, s3a,
        s3n, hdfs, abfs, abfss, gs, wasb, wasbs and dbfs
    user_agent : optional
        as which http and https images are fetched. Default: Labelmill/VERSION
    reads_per_host : optional
        images that an executor reads at once from one host, bucket or mount, in all of its tasks
        together. Default: 32 of a web host; any number of a store
    max_pixels : optional
        an image that declares more pixels is TOO_LARGE and is not decoded. Default: 178956970
    orientation : optional
        upright: turned as EXIF or XMP says. Default: upright
    resize_backend : optional
        whose pixels are computed: those of Pillow 13.0, of Pillow 12.2 and 12.3, or of torchvision;
        auto: the one that the checkpoint's files speak for. Default: auto
    head : optional
        classifier that jobs/train wrote, to put on the --model that it was trained on
    labels : optional
        other label names: one a line in index order, or a JSON object from index to name
    processor : optional
        folder that holds another preprocessor_config.json, or the file itself
    position_bias : optional
        how BEiT's relative positions are read on pictures that are not square: as its authors' code
        and Transformers before 4.43, or as Transformers since, which exchanges width and height;
        auto: by transformers_version in config.json. Default: auto
    precision : optional
        arithmetic of the model: auto is fp32; the others, fp16 on GPUs and the rest on processors,
        are faster and close to it (jobs/model verify MODEL --precision int8 --input IMAGES tells
        how close). Default: auto
    device : optional
        auto, cpu, gpu (the one that Spark gives each task), or gpu:N (of this machine, for a local
        master). Default: auto
    batch_size : optional
        images per forward pass. Default: auto: 1 on a processor, 16 on a GPU, 32 there in fp16
    top_k : optional
        predictions kept per image, 1 to the number of labels. Default: 5
    scores : optional
        all: adds the full score vector. Default: top
    activation : optional
        what makes scores of logits; auto: by the model's problem_type, none: raw logits. Default:
        auto
    threshold : optional
        sigmoid only: a number 0 to 1, label=value pairs with commas between them, or a .json file;
        a label is assigned when its score is greater. Default: 0.5
    output_format : optional
        parquet, orc, csv, json, azure (one list of predictions, in the order of an azure input), or
        any Spark data source; in csv, arrays and structs are JSON text. Default: parquet
    partition_by : optional
        kept columns of whose values the table's folders are made, commas between them
    column_prefix : optional
        stands before the name of every column that is written but the kept ones, so that a kept
        column may be named label
    run_dir : optional
        folder for the run record; required when the output is table:NAME. Default: _labelmill in
        the output
    if_exists : optional
        when there is a table already; overwrite: replaced only when the new one is complete,
        resume: adds what it lacks. Default: fail
    changed : optional
        whether resume scores images again of which the content changed; check for folders, ignore
        for tables of paths unless given
    retry_failed : optional
        failed images that resume tries again; transient: not found, denied, read failed, timed out.
        Default: transient
    commit_every : optional
        images per committed wave. Default: first 1000, then about two minutes of work
    max_failed_fraction : optional
        share of failed images above which the run fails, after writing; from 20 images on. Default:
        0.1
    dry_run : optional
        show what would be scored, and score nothing
    compact : optional
        rewrite the table of --output to its current rows, in large files, and score nothing;
        --run-dir goes with it, everything else is left out
    log_level : optional
        error, warn (no progress), info (events of the run, and Spark's warnings) or debug (Spark's
        own events too). Default: info
    config : optional
        properties file with the same options, without dashes; options on the command line win
    spark : SparkSession, optional
        Default: the running one, else a new one

    Raises
    ------
    LabelmillError
        ``UsageError`` for wrong options, ``InputError`` for what you can mend,
        ``OutageError`` where another try may pass, else ``InternalError``
    """
    return _run(
        "score",
        {
            "model": model,
            "input*": input,
            "output": output,
            "input-format": input_format,
            "path-column": path_column,
            "content-column": content_column,
            "csv-separator": csv_separator,
            "version-column": version_column,
            "keep": keep,
            "include*": include,
            "exclude*": exclude,
            "limit": limit,
            "sample": sample,
            "seed": seed,
            "modified-after": modified_after,
            "allow-hosts": allow_hosts,
            "allow-schemes": allow_schemes,
            "user-agent": user_agent,
            "reads-per-host": reads_per_host,
            "max-pixels": max_pixels,
            "orientation": orientation,
            "resize-backend": resize_backend,
            "head": head,
            "labels": labels,
            "processor": processor,
            "position-bias": position_bias,
            "precision": precision,
            "device": device,
            "batch-size": batch_size,
            "top-k": top_k,
            "scores": scores,
            "activation": activation,
            "threshold": threshold,
            "output-format": output_format,
            "partition-by": partition_by,
            "column-prefix": column_prefix,
            "run-dir": run_dir,
            "if-exists": if_exists,
            "changed": changed,
            "retry-failed": retry_failed,
            "commit-every": commit_every,
            "max-failed-fraction": max_failed_fraction,
            "dry-run": dry_run,
            "compact": compact,
            "log-level": log_level,
            "config": config,
        },
        spark,
    )


def embed(
    *,
    model: Optional[Value] = None,
    input: Union[Word, Sequence[Word], None] = None,
    output: Optional[Value] = None,
    input_format: Optional[Value] = None,
    path_column: Optional[Value] = None,
    content_column: Optional[Value] = None,
    csv_separator: Optional[Value] = None,
    version_column: Optional[Value] = None,
    keep: Optional[Value] = None,
    include: Union[Word, Sequence[Word], None] = None,
    exclude: Union[Word, Sequence[Word], None] = None,
    limit: Optional[Value] = None,
    sample: Optional[Value] = None,
    seed: Optional[Value] = None,
    modified_after: Optional[Value] = None,
    allow_hosts: Optional[Value] = None,
    allow_schemes: Optional[Value] = None,
    user_agent: Optional[Value] = None,
    reads_per_host: Optional[Value] = None,
    max_pixels: Optional[Value] = None,
    orientation: Optional[Value] = None,
    resize_backend: Optional[Value] = None,
    head: Optional[Value] = None,
    labels: Optional[Value] = None,
    processor: Optional[Value] = None,
    position_bias: Optional[Value] = None,
    precision: Optional[Value] = None,
    device: Optional[Value] = None,
    batch_size: Optional[Value] = None,
    pool: Optional[Value] = None,
    normalize: Optional[Value] = None,
    with_scores: bool = False,
    top_k: Optional[Value] = None,
    scores: Optional[Value] = None,
    activation: Optional[Value] = None,
    threshold: Optional[Value] = None,
    output_format: Optional[Value] = None,
    partition_by: Optional[Value] = None,
    column_prefix: Optional[Value] = None,
    run_dir: Optional[Value] = None,
    if_exists: Optional[Value] = None,
    changed: Optional[Value] = None,
    retry_failed: Optional[Value] = None,
    commit_every: Optional[Value] = None,
    max_failed_fraction: Optional[Value] = None,
    dry_run: bool = False,
    log_level: Optional[Value] = None,
    config: Optional[Value] = None,
    spark: Optional["SparkSession"] = None,
) -> Result:
    """Writes a table of embeddings: the vector that a BEiT or ViT classifier takes, per image.

    Parameters
    ----------
    model : required
        Hugging Face checkpoint folder (config.json, preprocessor_config.json, weights), on any file
        system that Hadoop knows; or one with model.onnx in place of weights; or
        hf://ORG/NAME[@REVISION] from the hub
    input : required
        image, folder or glob (folders are searched to any depth); or a table of images: parquet,
        orc, csv, tsv, json, jsonl, ndjson, or table:NAME; or hf://datasets/ORG/NAME[@REVISION]/PATH
        from the hub; several times for several
    output : required
        folder of the table that is written
    input_format : optional
        auto, images, archives (tar and zip), parquet, orc, csv, tsv, json, azure (JSON bodies or
        CSV, as Azure ML's endpoints are sent them), or any Spark data source. Default: auto
    path_column : optional
        column of a table that holds image URIs. Default: path, else image_url
    content_column : optional
        column of a table that holds the images themselves: bytes, base64 text, data: URIs, a struct
        of bytes and path, or Spark's images; a.b for a field
    csv_separator : optional
        between the columns of CSV, such as ';', or tab
    version_column : optional
        column of a table whose value changes when an image's content does; it becomes
        content_version
    keep : optional
        columns of a table to copy through, commas between them, or * for all but those of path and
        content
    include : optional
        only images whose path or name fits; several times: one of them fits
    exclude : optional
        no images whose path or name fits
    limit : optional
        at most so many images
    sample : optional
        only this share of the images, above 0 and at most 1; the same ones every time
    seed : optional
        another number, another sample. Default: 0
    modified_after : optional
        only listed files changed after this: 2026-01-31, or 2026-01-31T12:00:00Z; a date begins at
        midnight UTC
    allow_hosts : optional
        hosts, or HOST:PORT, of which a table's http and https images are fetched; no others are
    allow_schemes : optional
        further schemes that paths of a table may have, such as viewfs; without it file, s3, s3a,
        s3n, hdfs, abfs, abfss, gs, wasb, wasbs and dbfs
    user_agent : optional
        as which http and https images are fetched. Default: Labelmill/VERSION
    reads_per_host : optional
        images that an executor reads at once from one host, bucket or mount, in all of its tasks
        together. Default: 32 of a web host; any number of a store
    max_pixels : optional
        an image that declares more pixels is TOO_LARGE and is not decoded. Default: 178956970
    orientation : optional
        upright: turned as EXIF or XMP says. Default: upright
    resize_backend : optional
        whose pixels are computed: those of Pillow 13.0, of Pillow 12.2 and 12.3, or of torchvision;
        auto: the one that the checkpoint's files speak for. Default: auto
    head : optional
        classifier that jobs/train wrote, to put on the --model that it was trained on
    labels : optional
        other label names: one a line in index order, or a JSON object from index to name
    processor : optional
        folder that holds another preprocessor_config.json, or the file itself
    position_bias : optional
        how BEiT's relative positions are read on pictures that are not square: as its authors' code
        and Transformers before 4.43, or as Transformers since, which exchanges width and height;
        auto: by transformers_version in config.json. Default: auto
    precision : optional
        arithmetic of the model: auto is fp32; the others, fp16 on GPUs and the rest on processors,
        are faster and close to it (jobs/model verify MODEL --precision int8 --input IMAGES tells
        how close). Default: auto
    device : optional
        auto, cpu, gpu (the one that Spark gives each task), or gpu:N (of this machine, for a local
        master). Default: auto
    batch_size : optional
        images per forward pass. Default: auto: 1 on a processor, 16 on a GPU, 32 there in fp16
    pool : optional
        mean of the patches, the leading token, or auto: the vector that the model's classifier
        takes. Default: auto
    normalize : optional
        l2: vectors of length 1, whose products are cosines; jobs/train wants none. Default: none
    with_scores : optional
        write the columns of jobs/score too, from the same forward pass; --top-k, --scores,
        --activation and --threshold need it
    top_k : optional
        predictions kept per image, 1 to the number of labels. Default: 5
    scores : optional
        all: adds the full score vector. Default: top
    activation : optional
        what makes scores of logits; auto: by the model's problem_type, none: raw logits. Default:
        auto
    threshold : optional
        sigmoid only: a number 0 to 1, label=value pairs with commas between them, or a .json file;
        a label is assigned when its score is greater. Default: 0.5
    output_format : optional
        parquet, orc, csv, json, azure (one list of predictions, in the order of an azure input), or
        any Spark data source; in csv, arrays and structs are JSON text. Default: parquet
    partition_by : optional
        kept columns of whose values the table's folders are made, commas between them
    column_prefix : optional
        stands before the name of every column that is written but the kept ones, so that a kept
        column may be named label
    run_dir : optional
        folder for the run record; required when the output is table:NAME. Default: _labelmill in
        the output
    if_exists : optional
        when there is a table already; overwrite: replaced only when the new one is complete,
        resume: adds what it lacks. Default: fail
    changed : optional
        whether resume scores images again of which the content changed; check for folders, ignore
        for tables of paths unless given
    retry_failed : optional
        failed images that resume tries again; transient: not found, denied, read failed, timed out.
        Default: transient
    commit_every : optional
        images per committed wave. Default: first 1000, then about two minutes of work
    max_failed_fraction : optional
        share of failed images above which the run fails, after writing; from 20 images on. Default:
        0.1
    dry_run : optional
        show what would be scored, and score nothing
    log_level : optional
        error, warn (no progress), info (events of the run, and Spark's warnings) or debug (Spark's
        own events too). Default: info
    config : optional
        properties file with the same options, without dashes; options on the command line win
    spark : SparkSession, optional
        Default: the running one, else a new one

    Raises
    ------
    LabelmillError
        ``UsageError`` for wrong options, ``InputError`` for what you can mend,
        ``OutageError`` where another try may pass, else ``InternalError``
    """
    return _run(
        "embed",
        {
            "model": model,
            "input*": input,
            "output": output,
            "input-format": input_format,
            "path-column": path_column,
            "content-column": content_column,
            "csv-separator": csv_separator,
            "version-column": version_column,
            "keep": keep,
            "include*": include,
            "exclude*": exclude,
            "limit": limit,
            "sample": sample,
            "seed": seed,
            "modified-after": modified_after,
            "allow-hosts": allow_hosts,
            "allow-schemes": allow_schemes,
            "user-agent": user_agent,
            "reads-per-host": reads_per_host,
            "max-pixels": max_pixels,
            "orientation": orientation,
            "resize-backend": resize_backend,
            "head": head,
            "labels": labels,
            "processor": processor,
            "position-bias": position_bias,
            "precision": precision,
            "device": device,
            "batch-size": batch_size,
            "pool": pool,
            "normalize": normalize,
            "with-scores": with_scores,
            "top-k": top_k,
            "scores": scores,
            "activation": activation,
            "threshold": threshold,
            "output-format": output_format,
            "partition-by": partition_by,
            "column-prefix": column_prefix,
            "run-dir": run_dir,
            "if-exists": if_exists,
            "changed": changed,
            "retry-failed": retry_failed,
            "commit-every": commit_every,
            "max-failed-fraction": max_failed_fraction,
            "dry-run": dry_run,
            "log-level": log_level,
            "config": config,
        },
        spark,
    )


def segment(
    *,
    model: Optional[Value] = None,
    input: Union[Word, Sequence[Word], None] = None,
    output: Optional[Value] = None,
    input_format: Optional[Value] = None,
    path_column: Optional[Value] = None,
    content_column: Optional[Value] = None,
    csv_separator: Optional[Value] = None,
    version_column: Optional[Value] = None,
    keep: Optional[Value] = None,
    include: Union[Word, Sequence[Word], None] = None,
    exclude: Union[Word, Sequence[Word], None] = None,
    limit: Optional[Value] = None,
    sample: Optional[Value] = None,
    seed: Optional[Value] = None,
    modified_after: Optional[Value] = None,
    allow_hosts: Optional[Value] = None,
    allow_schemes: Optional[Value] = None,
    user_agent: Optional[Value] = None,
    reads_per_host: Optional[Value] = None,
    max_pixels: Optional[Value] = None,
    orientation: Optional[Value] = None,
    resize_backend: Optional[Value] = None,
    labels: Optional[Value] = None,
    processor: Optional[Value] = None,
    position_bias: Optional[Value] = None,
    precision: Optional[Value] = None,
    device: Optional[Value] = None,
    batch_size: Optional[Value] = None,
    masks: Optional[Value] = None,
    window: Optional[Value] = None,
    stride: Optional[Value] = None,
    taps: Optional[Value] = None,
    output_format: Optional[Value] = None,
    partition_by: Optional[Value] = None,
    column_prefix: Optional[Value] = None,
    run_dir: Optional[Value] = None,
    if_exists: Optional[Value] = None,
    changed: Optional[Value] = None,
    retry_failed: Optional[Value] = None,
    commit_every: Optional[Value] = None,
    max_failed_fraction: Optional[Value] = None,
    dry_run: bool = False,
    log_level: Optional[Value] = None,
    config: Optional[Value] = None,
    spark: Optional["SparkSession"] = None,
) -> Result:
    """Finds a label for each pixel: a table of segments, and masks as PNG.

    Parameters
    ----------
    model : required
        Hugging Face checkpoint folder (config.json, preprocessor_config.json, weights), on any file
        system that Hadoop knows; or one with model.onnx in place of weights; or
        hf://ORG/NAME[@REVISION] from the hub
    input : required
        image, folder or glob (folders are searched to any depth); or a table of images: parquet,
        orc, csv, tsv, json, jsonl, ndjson, or table:NAME; or hf://datasets/ORG/NAME[@REVISION]/PATH
        from the hub; several times for several
    output : required
        folder of the table that is written
    input_format : optional
        auto, images, archives (tar and zip), parquet, orc, csv, tsv, json, azure (JSON bodies or
        CSV, as Azure ML's endpoints are sent them), or any Spark data source. Default: auto
    path_column : optional
        column of a table that holds image URIs. Default: path, else image_url
    content_column : optional
        column of a table that holds the images themselves: bytes, base64 text, data: URIs, a struct
        of bytes and path, or Spark's images; a.b for a field
    csv_separator : optional
        between the columns of CSV, such as ';', or tab
    version_column : optional
        column of a table whose value changes when an image's content does; it becomes
        content_version
    keep : optional
        columns of a table to copy through, commas between them, or * for all but those of path and
        content
    include : optional
        only images whose path or name fits; several times: one of them fits
    exclude : optional
        no images whose path or name fits
    limit : optional
        at most so many images
    sample : optional
        only this share of the images, above 0 and at most 1; the same ones every time
    seed : optional
        another number, another sample. Default: 0
    modified_after : optional
        only listed files changed after this: 2026-01-31, or 2026-01-31T12:00:00Z; a date begins at
        midnight UTC
    allow_hosts : optional
        hosts, or HOST:PORT, of which a table's http and https images are fetched; no others are
    allow_schemes : optional
        further schemes that paths of a table may have, such as viewfs; without it file, s3, s3a,
        s3n, hdfs, abfs, abfss, gs, wasb, wasbs and dbfs
    user_agent : optional
        as which http and https images are fetched. Default: Labelmill/VERSION
    reads_per_host : optional
        images that an executor reads at once from one host, bucket or mount, in all of its tasks
        together. Default: 32 of a web host; any number of a store
    max_pixels : optional
        an image that declares more pixels is TOO_LARGE and is not decoded. Default: 178956970
    orientation : optional
        upright: turned as EXIF or XMP says. Default: upright
    resize_backend : optional
        whose pixels are computed: those of Pillow 13.0, of Pillow 12.2 and 12.3, or of torchvision;
        auto: the one that the checkpoint's files speak for. Default: auto
    labels : optional
        other label names: one a line in index order, or a JSON object from index to name
    processor : optional
        folder that holds another preprocessor_config.json, or the file itself
    position_bias : optional
        how BEiT's relative positions are read on pictures that are not square: as its authors' code
        and Transformers before 4.43, or as Transformers since, which exchanges width and height;
        auto: by transformers_version in config.json. Default: auto
    precision : optional
        arithmetic of the model: auto is fp32; the others, fp16 on GPUs and the rest on processors,
        are faster and close to it (jobs/model verify MODEL --precision int8 --input IMAGES tells
        how close). Default: auto
    device : optional
        auto, cpu, gpu (the one that Spark gives each task), or gpu:N (of this machine, for a local
        master). Default: auto
    batch_size : optional
        images per forward pass. Default: auto: 1 on a processor, 16 on a GPU, 32 there in fp16
    masks : optional
        where masks are written as PNG of the upright picture's size, of which each pixel is a
        label's index: nowhere, into the column mask, or into files below --run-dir, whose paths are
        in the column mask_file. Default: files
    window : optional
        let square windows of so many pixels, the model's own, slide over the picture, whose shorter
        side is brought to theirs, and take the mean of their logits. Default: the whole picture,
        squeezed into the model's input
    stride : optional
        pixels from one window to the next, an eighth of --window to all of it. Default: two thirds
        of --window
    taps : optional
        which states of the encoder a segmentation model takes for out_indices: those that
        Transformers takes, or those of the authors' code, with which figures were published;
        jobs/model inspect shows both. Default: as labelmill_taps in config.json says, else
        transformers
    output_format : optional
        parquet, orc, csv, json, azure (one list of predictions, in the order of an azure input), or
        any Spark data source; in csv, arrays and structs are JSON text. Default: parquet
    partition_by : optional
        kept columns of whose values the table's folders are made, commas between them
    column_prefix : optional
        stands before the name of every column that is written but the kept ones, so that a kept
        column may be named label
    run_dir : optional
        folder for the run record; required when the output is table:NAME. Default: _labelmill in
        the output
    if_exists : optional
        when there is a table already; overwrite: replaced only when the new one is complete,
        resume: adds what it lacks. Default: fail
    changed : optional
        whether resume scores images again of which the content changed; check for folders, ignore
        for tables of paths unless given
    retry_failed : optional
        failed images that resume tries again; transient: not found, denied, read failed, timed out.
        Default: transient
    commit_every : optional
        images per committed wave. Default: first 1000, then about two minutes of work
    max_failed_fraction : optional
        share of failed images above which the run fails, after writing; from 20 images on. Default:
        0.1
    dry_run : optional
        show what would be scored, and score nothing
    log_level : optional
        error, warn (no progress), info (events of the run, and Spark's warnings) or debug (Spark's
        own events too). Default: info
    config : optional
        properties file with the same options, without dashes; options on the command line win
    spark : SparkSession, optional
        Default: the running one, else a new one

    Raises
    ------
    LabelmillError
        ``UsageError`` for wrong options, ``InputError`` for what you can mend,
        ``OutageError`` where another try may pass, else ``InternalError``
    """
    return _run(
        "segment",
        {
            "model": model,
            "input*": input,
            "output": output,
            "input-format": input_format,
            "path-column": path_column,
            "content-column": content_column,
            "csv-separator": csv_separator,
            "version-column": version_column,
            "keep": keep,
            "include*": include,
            "exclude*": exclude,
            "limit": limit,
            "sample": sample,
            "seed": seed,
            "modified-after": modified_after,
            "allow-hosts": allow_hosts,
            "allow-schemes": allow_schemes,
            "user-agent": user_agent,
            "reads-per-host": reads_per_host,
            "max-pixels": max_pixels,
            "orientation": orientation,
            "resize-backend": resize_backend,
            "labels": labels,
            "processor": processor,
            "position-bias": position_bias,
            "precision": precision,
            "device": device,
            "batch-size": batch_size,
            "masks": masks,
            "window": window,
            "stride": stride,
            "taps": taps,
            "output-format": output_format,
            "partition-by": partition_by,
            "column-prefix": column_prefix,
            "run-dir": run_dir,
            "if-exists": if_exists,
            "changed": changed,
            "retry-failed": retry_failed,
            "commit-every": commit_every,
            "max-failed-fraction": max_failed_fraction,
            "dry-run": dry_run,
            "log-level": log_level,
            "config": config,
        },
        spark,
    )


def train(
    *,
    model: Optional[Value] = None,
    truth: Optional[Value] = None,
    output: Optional[Value] = None,
    embeddings: Optional[Value] = None,
    input: Union[Word, Sequence[Word], None] = None,
    input_format: Optional[Value] = None,
    path_column: Optional[Value] = None,
    content_column: Optional[Value] = None,
    allow_hosts: Optional[Value] = None,
    allow_schemes: Optional[Value] = None,
    processor: Optional[Value] = None,
    resize_backend: Optional[Value] = None,
    position_bias: Optional[Value] = None,
    max_failed_fraction: Optional[Value] = None,
    truth_format: Optional[Value] = None,
    truth_path_column: Optional[Value] = None,
    truth_label_column: Optional[Value] = None,
    csv_separator: Optional[Value] = None,
    label_separator: Optional[Value] = None,
    match_by: Optional[Value] = None,
    rewrite: Union[Word, Sequence[Word], None] = None,
    problem_type: Optional[Value] = None,
    unmatched: Optional[Value] = None,
    split: Optional[Value] = None,
    seed: Optional[Value] = None,
    reg: Optional[Value] = None,
    class_weights: Optional[Value] = None,
    if_exists: Optional[Value] = None,
    tune: Optional[Value] = None,
    keep: Optional[Value] = None,
    augment: Optional[Value] = None,
    number_of_epochs: Optional[Value] = None,
    training_batch_size: Optional[Value] = None,
    learning_rate: Optional[Value] = None,
    learning_rate_scheduler: Optional[Value] = None,
    warmup_steps: Optional[Value] = None,
    weight_decay: Optional[Value] = None,
    layer_decay: Optional[Value] = None,
    drop_path: Optional[Value] = None,
    max_grad_norm: Optional[Value] = None,
    early_stopping_patience: Optional[Value] = None,
    validation: Optional[Value] = None,
    trainers: Optional[Value] = None,
    average_every: Optional[Value] = None,
    log_level: Optional[Value] = None,
    config: Optional[Value] = None,
    spark: Optional["SparkSession"] = None,
) -> Result:
    """Trains a classifier on a BEiT or ViT checkpoint, tunes that where asked, and writes a new
    one.

    Parameters
    ----------
    model : required
        backbone: Hugging Face checkpoint folder, or hf://ORG/NAME[@REVISION]
    truth : required
        table:NAME, MLTable folder, Hugging Face's image folder, COCO, Pascal VOC, CVAT, YOLO, Label
        Studio, archives with .cls, .json or .txt beside each image (WebDataset), JSON object of
        images, table with a row an image (parquet, orc, csv, tsv, json), fridgeObjects labels.csv,
        Azure ML JSON lines, folder of a folder for each label
    output : required
        folder of the new checkpoint, in the form that Transformers loads
    embeddings : optional
        table that jobs/embed wrote with this model
    input : optional
        images to embed first, in the same job, as jobs/embed takes them
    input_format : optional
        auto, images, archives (tar and zip), parquet, orc, csv, tsv, json, azure (JSON bodies or
        CSV, as Azure ML's endpoints are sent them), or any Spark data source. Default: auto
    path_column : optional
        column of a table that holds image URIs. Default: path, else image_url
    content_column : optional
        column of a table that holds the images themselves: bytes, base64 text, data: URIs, a struct
        of bytes and path, or Spark's images; a.b for a field
    allow_hosts : optional
        hosts, or HOST:PORT, of which a table's http and https images are fetched; no others are
    allow_schemes : optional
        further schemes that paths of a table may have, such as viewfs; without it file, s3, s3a,
        s3n, hdfs, abfs, abfss, gs, wasb, wasbs and dbfs
    processor : optional
        folder that holds another preprocessor_config.json, or the file itself
    resize_backend : optional
        whose pixels are computed: those of Pillow 13.0, of Pillow 12.2 and 12.3, or of torchvision;
        auto: the one that the checkpoint's files speak for. Default: auto
    position_bias : optional
        how BEiT's relative positions are read on pictures that are not square: as its authors' code
        and Transformers before 4.43, or as Transformers since, which exchanges width and height;
        auto: by transformers_version in config.json. Default: auto
    max_failed_fraction : optional
        share of failed images among the labelled ones above which the run fails. Default: 0.1
    truth_format : optional
        how the truth is read; fridge: labels separated by white space, json-map: an object of
        images. Default: auto: what it looks like
    truth_path_column : optional
        column of the truth that holds image paths, or a field within one by a.b. Default: path,
        image_url, filename, image, file_name, image_path, image_name or image_id
    truth_label_column : optional
        column of the truth that holds labels: names, numbers, which are indices, or lists of
        either; or a field within one by a.b; of archives the ending, or json.FIELD. Default:
        label_index, label or labels; else columns of 0 and 1
    csv_separator : optional
        between the columns of CSV, such as ';', or tab, where a header has it. Default: truth: ',',
        ';', tab or '|', as its header tells; input: ','
    label_separator : optional
        what stands between several labels of a text in the truth. Default: as the labels tell
    match_by : optional
        compare whole paths, file names alone, or these without their extensions. Default: uri
    rewrite : optional
        change the beginning of the truth's paths, such as
        azureml://datastores/x/paths/=s3://bucket/
    problem_type : optional
        auto, multi-class (one label an image) or multi-label. Default: auto: what the run record or
        the truth says
    unmatched : optional
        labels without an image, and images without labels. Default: fail
    split : optional
        images to test on: their share, taken of each combination of labels; every-fifth, as the
        public fridgeObjects samples do; column:NAME of the truth, which holds train or test; or
        none. Default: 0.2
    seed : optional
        another number, other images to test on, and another order to tune in. Default: 0
    reg : optional
        strength of the L2 penalty on standardised vectors, 0 or more; scikit-learn's C is 1 / (R *
        images). Default: 0.01
    class_weights : optional
        balanced: rare labels count as much as frequent ones. Default: none
    if_exists : optional
        when the folder is there already. Default: fail
    tune : optional
        head: the backbone stays as it is; last:N: its last N blocks are trained, too; all: all of
        it. Default: head
    keep : optional
        better: the tuned model where it beat the head alone on the validation images, else the head
        alone; tuned: the tuned one in any case. Default: better
    augment : optional
        light: in each epoch another part of each image, maybe mirrored, in a little other light;
        none. Default: light
    number_of_epochs : optional
        most times that each image is trained on. Default: 15
    training_batch_size : optional
        images of a step. Default: 72
    learning_rate : optional
        of the classifier, behind the warm-up. Default: 9.973e-5
    learning_rate_scheduler : optional
        how the learning rate goes down to 0. Default: cosine
    warmup_steps : optional
        steps on which the learning rate goes up from 0. Default: 0
    weight_decay : optional
        AdamW's, of the matrices. Default: 1.18e-7
    layer_decay : optional
        what the learning rate is multiplied by from layer to layer, back to front. Default: 0.85
    drop_path : optional
        how often branches of the last block are left out in training; those in front of it less
        often. Default: 0.1
    max_grad_norm : optional
        to which longer gradients are shortened, above 0. Default: 1.0
    early_stopping_patience : optional
        epochs without a better one behind which training ends. Default: 5
    validation : optional
        of the images to train on, taken of each combination of labels: these choose the best epoch,
        and between it and the head alone. Default: 0.2
    trainers : optional
        executors that train at once, each on its share of the images, and take the mean of their
        weights. Default: 1
    average_every : optional
        steps behind which --trainers take the mean of their weights; or epoch. Default: epoch
    log_level : optional
        error, warn (no progress), info (events of the run, and Spark's warnings) or debug (Spark's
        own events too). Default: info
    config : optional
        properties file with the same options, without dashes; options on the command line win
    spark : SparkSession, optional
        Default: the running one, else a new one

    Raises
    ------
    LabelmillError
        ``UsageError`` for wrong options, ``InputError`` for what you can mend,
        ``OutageError`` where another try may pass, else ``InternalError``
    """
    return _run(
        "train",
        {
            "model": model,
            "truth": truth,
            "output": output,
            "embeddings": embeddings,
            "input*": input,
            "input-format": input_format,
            "path-column": path_column,
            "content-column": content_column,
            "allow-hosts": allow_hosts,
            "allow-schemes": allow_schemes,
            "processor": processor,
            "resize-backend": resize_backend,
            "position-bias": position_bias,
            "max-failed-fraction": max_failed_fraction,
            "truth-format": truth_format,
            "truth-path-column": truth_path_column,
            "truth-label-column": truth_label_column,
            "csv-separator": csv_separator,
            "label-separator": label_separator,
            "match-by": match_by,
            "rewrite*": rewrite,
            "problem-type": problem_type,
            "unmatched": unmatched,
            "split": split,
            "seed": seed,
            "reg": reg,
            "class-weights": class_weights,
            "if-exists": if_exists,
            "tune": tune,
            "keep": keep,
            "augment": augment,
            "number-of-epochs": number_of_epochs,
            "training-batch-size": training_batch_size,
            "learning-rate": learning_rate,
            "learning-rate-scheduler": learning_rate_scheduler,
            "warmup-steps": warmup_steps,
            "weight-decay": weight_decay,
            "layer-decay": layer_decay,
            "drop-path": drop_path,
            "max-grad-norm": max_grad_norm,
            "early-stopping-patience": early_stopping_patience,
            "validation": validation,
            "trainers": trainers,
            "average-every": average_every,
            "log-level": log_level,
            "config": config,
        },
        spark,
    )


def evaluate(
    *,
    truth: Optional[Value] = None,
    output: Optional[Value] = None,
    predictions: Union[Word, Sequence[Word], None] = None,
    run: Union[Word, Sequence[Word], None] = None,
    model: Optional[Value] = None,
    input: Union[Word, Sequence[Word], None] = None,
    device: Optional[Value] = None,
    resize_backend: Optional[Value] = None,
    position_bias: Optional[Value] = None,
    taps: Optional[Value] = None,
    window: Optional[Value] = None,
    stride: Optional[Value] = None,
    truth_format: Optional[Value] = None,
    truth_path_column: Optional[Value] = None,
    truth_label_column: Optional[Value] = None,
    csv_separator: Optional[Value] = None,
    label_separator: Optional[Value] = None,
    label_map: Optional[Value] = None,
    labels: Optional[Value] = None,
    match_by: Optional[Value] = None,
    rewrite: Union[Word, Sequence[Word], None] = None,
    problem_type: Optional[Value] = None,
    reduce_labels: Optional[Value] = None,
    threshold: Optional[Value] = None,
    threshold_rule: Optional[Value] = None,
    top_k: Optional[Value] = None,
    failed: Optional[Value] = None,
    fit_share: Optional[Value] = None,
    seed: Optional[Value] = None,
    rank_metrics: bool = False,
    evaluation_config: Optional[Value] = None,
    positive_label: Optional[Value] = None,
    fail_below: Union[Word, Sequence[Word], None] = None,
    training_list: Optional[Value] = None,
    thumbnails: Optional[Value] = None,
    log_level: Optional[Value] = None,
    config: Optional[Value] = None,
    spark: Optional["SparkSession"] = None,
) -> Result:
    """Compares score tables with truth: metrics, tables and a report.

    Parameters
    ----------
    truth : required
        table:NAME, MLTable folder, Hugging Face's image folder, COCO, Pascal VOC, CVAT, YOLO, Label
        Studio, archives with .cls, .json or .txt beside each image (WebDataset), JSON object of
        images, table with a row an image (parquet, orc, csv, tsv, json), fridgeObjects labels.csv,
        Azure ML JSON lines, folder of a folder for each label; for segmentation a folder of label
        maps as PNG, named as the images
    output : required
        folder that receives metrics.json, report.html, per_label, confusion and per_image tables;
        files of an earlier evaluation are replaced
    predictions : optional
        score table: folder, file or table:NAME; for segmentation a table with masks, or a folder of
        masks as PNG; several times to compare several
    run : optional
        only the rows of this run; several times to compare several runs
    model : optional
        score --input with this checkpoint first, in the same job
    input : optional
        images to score first, as jobs/score takes them
    device : optional
        where --model runs, as jobs/score takes it. Default: auto
    resize_backend : optional
        whose pixels are computed: those of Pillow 13.0, of Pillow 12.2 and 12.3, or of torchvision;
        auto: the one that the checkpoint's files speak for. Default: auto
    position_bias : optional
        how BEiT's relative positions are read on pictures that are not square: as its authors' code
        and Transformers before 4.43, or as Transformers since, which exchanges width and height;
        auto: by transformers_version in config.json. Default: auto
    taps : optional
        which states of the encoder a segmentation model takes for out_indices: those that
        Transformers takes, or those of the authors' code, with which figures were published;
        jobs/model inspect shows both. Default: as labelmill_taps in config.json says, else
        transformers
    window : optional
        let square windows of so many pixels, the model's own, slide over the picture, whose shorter
        side is brought to theirs, and take the mean of their logits. Default: the whole picture,
        squeezed into the model's input
    stride : optional
        pixels from one window to the next, an eighth of --window to all of it. Default: two thirds
        of --window
    truth_format : optional
        how the truth is read; fridge: labels separated by white space, json-map: an object of
        images. Default: auto: what it looks like
    truth_path_column : optional
        column of the truth that holds image paths, or a field within one by a.b. Default: path,
        image_url, filename, image, file_name, image_path, image_name or image_id
    truth_label_column : optional
        column of the truth that holds labels: names, numbers, which are indices, or lists of
        either; or a field within one by a.b; of archives the ending, or json.FIELD. Default:
        label_index, label or labels; else columns of 0 and 1
    csv_separator : optional
        between the columns of CSV, such as ';', or tab, where a header has it. Default: truth: ',',
        ';', tab or '|', as its header tells; input: ','
    label_separator : optional
        what stands between several labels of a text in the truth. Default: as the labels tell
    label_map : optional
        what names of the truth stand for: a JSON object, lines NAME,LABEL, or a line for each label
        in index order that begins with the name (ImageNet's wnids)
    labels : optional
        the model's labels where no run record lies beside the predictions: checkpoint folder, or
        file with a label a line in index order
    match_by : optional
        compare whole paths, file names alone, or these without their extensions. Default: uri
    rewrite : optional
        change the beginning of the truth's paths, such as
        azureml://datastores/x/paths/=s3://bucket/
    problem_type : optional
        auto, multi-class (one label an image), multi-label, or segmentation (a label for each
        pixel). Default: auto: what the run record or the truth says; never segmentation
    reduce_labels : optional
        segmentation: whether 0 stands for no label in the truth, and 1 for the first, as in ADE20K.
        Default: auto: as the model's preprocessor_config.json says
    threshold : optional
        multi-label: number, label=value pairs, or JSON file such as thresholds.json. Default: the
        run's own, else 0.5
    threshold_rule : optional
        a label is assigned above its threshold, or at it too. Default: gt
    top_k : optional
        multi-class: the k for which top-k accuracy is given. Default: 1,5
    failed : optional
        what an image without a score counts as. Default: wrong
    fit_share : optional
        multi-label: fit thresholds on this share of the images, and report on the others
    seed : optional
        another number, another share. Default: 0
    rank_metrics : optional
        ROC AUC and average precision also of more than 100,000,000 scores
    evaluation_config : optional
        Azure ML's, {"metrics": [..], "threshold": 0.5}: which of its metrics are given
    positive_label : optional
        name or index of the class that Azure ML's binary metrics, such as f1_score_binary, hold
        against all others. Default: the second of two classes
    fail_below : optional
        end with exit code 2 when a metric is worse: below macro_f1=0.9, above log_loss=0.5
    training_list : optional
        warn when evaluated images are in this list: a table with sha256 or paths, or the output of
        sha256sum
    thumbnails : optional
        whether the report shows pictures. Default: show
    log_level : optional
        error, warn (no progress), info (events of the run, and Spark's warnings) or debug (Spark's
        own events too). Default: info
    config : optional
        properties file with the same options, without dashes; options on the command line win
    spark : SparkSession, optional
        Default: the running one, else a new one

    Raises
    ------
    LabelmillError
        ``UsageError`` for wrong options, ``InputError`` for what you can mend,
        ``OutageError`` where another try may pass, else ``InternalError``
    """
    return _run(
        "evaluate",
        {
            "truth": truth,
            "output": output,
            "predictions*": predictions,
            "run*": run,
            "model": model,
            "input*": input,
            "device": device,
            "resize-backend": resize_backend,
            "position-bias": position_bias,
            "taps": taps,
            "window": window,
            "stride": stride,
            "truth-format": truth_format,
            "truth-path-column": truth_path_column,
            "truth-label-column": truth_label_column,
            "csv-separator": csv_separator,
            "label-separator": label_separator,
            "label-map": label_map,
            "labels": labels,
            "match-by": match_by,
            "rewrite*": rewrite,
            "problem-type": problem_type,
            "reduce-labels": reduce_labels,
            "threshold": threshold,
            "threshold-rule": threshold_rule,
            "top-k": top_k,
            "failed": failed,
            "fit-share": fit_share,
            "seed": seed,
            "rank-metrics": rank_metrics,
            "evaluation-config": evaluation_config,
            "positive-label": positive_label,
            "fail-below*": fail_below,
            "training-list": training_list,
            "thumbnails": thumbnails,
            "log-level": log_level,
            "config": config,
        },
        spark,
    )
