"""What a job leaves."""

from typing import TYPE_CHECKING, Any, Dict, Mapping, Optional

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession


class Result:
    """What a job left: its numbers as dictionaries, its tables as DataFrames.

    Attributes
    ----------
    command : str
        The job: ``score``, ``embed``, ``segment``, ``train`` or ``evaluate``.
    document : dict
        The JSON document that the job left: the run record of ``score``, ``embed`` and ``segment``,
        ``metrics.json`` of ``evaluate``, ``training.json`` of ``train``; empty for a dry run.
    document_path : str or None
        Where it lies.
    metrics : dict
        Numbers by name. Of ``evaluate`` the metrics of the first contender, None where one is not
        defined; of ``train`` those on the images tested on, or trained on where there are none; of
        the others the images by status, and ``images``, ``seconds`` and ``images_per_second``.
    tables : dict
        DataFrames by name, read when they are used. ``table`` of ``score``, ``embed`` and
        ``segment``; ``per_image``, ``per_label``, ``confusion`` and, of several contenders,
        ``disagreements`` of ``evaluate``; ``train`` and ``test``, the lists of images, of ``train``.
    printed : str
        What the command would have printed.
    """

    def __init__(
        self,
        command: str,
        answer: Mapping[str, Any],
        output: Optional[str],
        session: "SparkSession",
    ) -> None:
        self.command = command
        self.document: Dict[str, Any] = dict(answer.get("document") or {})
        self.document_path: Optional[str] = answer.get("documentPath")
        self.printed = str(answer["printed"])
        self.metrics: Dict[str, Any] = _metrics(command, self.document)
        self.tables: Dict[str, "DataFrame"] = (
            _tables(command, self.document, self.document_path, session)
            if self.document_path
            else {}
        )
        self.output = output

    @property
    def table(self) -> "DataFrame":
        """The table of ``score``, ``embed`` or ``segment``."""
        if "table" not in self.tables:
            raise AttributeError(
                f"this result of {self.command} has no table: it has {sorted(self.tables) or 'none'}"
            )
        return self.tables["table"]

    def __repr__(self) -> str:
        return f"<labelmill {self.command}: output {self.output}>\n{self.printed}"


def _metrics(command: str, document: Mapping[str, Any]) -> Dict[str, Any]:
    if not document:
        return {}
    if command == "evaluate":
        return dict(document["contenders"][0]["metrics"])
    if command == "train":
        return dict(document["metrics_tested"] or document["metrics_trained"])
    progress = document["progress"]
    timings = document["timings"]["seconds"]
    seconds = timings.get("label", 0.0) + timings.get("commit", 0.0)
    images = progress["committed"]
    return {
        **progress["statuses"],
        "images": images,
        "seconds": seconds,
        "images_per_second": images / seconds if seconds else None,
    }


def _tables(
    command: str, document: Mapping[str, Any], path: str, session: "SparkSession"
) -> Dict[str, "DataFrame"]:
    if command == "evaluate":
        folder = path.rsplit("/", 1)[0]
        names = ["per_image", "per_label", "confusion"]
        if len(document["contenders"]) > 1 and document.get("disagreements"):
            names.append("disagreements")
        return {name: session.read.parquet(f"{folder}/{name}.parquet") for name in names}
    if command == "train":
        folder = path.rsplit("/", 1)[0]
        lists = session.read.option("header", "true").option("escape", '"')
        names = ["train", "test"] if document["images_tested"] else ["train"]
        return {name: lists.csv(f"{folder}/{name}.csv") for name in names}
    options = document["configuration"]
    output = options["output"]
    if output.startswith("table:"):
        return {"table": session.table(output[len("table:") :])}
    reader = session.read.format(options.get("output-format", "parquet"))
    return {"table": reader.option("header", "true").option("escape", '"').load(output)}
