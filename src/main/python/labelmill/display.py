"""Pictures in notebooks."""

import base64
import html
import posixpath
from typing import TYPE_CHECKING, Any, Dict, List, Optional, Sequence
from urllib.parse import unquote

if TYPE_CHECKING:
    from pyspark.sql import DataFrame

#: A picture of more bytes is shown by its name alone.
LARGEST_BYTES = 4_000_000

_FIGURE = "display:inline-block;margin:4px;vertical-align:top;font-size:small;max-width:{width}px"
_TYPES = (
    (b"\xff\xd8", "jpeg"),
    (b"\x89PNG", "png"),
    (b"GIF8", "gif"),
    (b"BM", "bmp"),
    (b"RIFF", "webp"),
)


class Pictures:
    """Rows as pictures: HTML in notebooks, lines of text elsewhere."""

    def __init__(self, names: List[str], captions: List[str], contents: List[Any], width: int):
        self._names = names
        self._captions = captions
        self._contents = contents
        self._width = width

    def __repr__(self) -> str:
        lines = (f"{name}: {text}" for name, text in zip(self._names, self._captions))
        return "\n".join(lines)

    def _repr_html_(self) -> str:
        figures = []
        for name, caption, content in zip(self._names, self._captions, self._contents):
            kind = _type(content)
            picture = (
                f'<img width="{self._width}" title="{html.escape(name)}" alt="{html.escape(name)}"'
                f' src="data:image/{kind};base64,{base64.b64encode(content).decode("ascii")}">'
                if kind
                else html.escape(name)
            )
            text = "<br>".join(html.escape(line) for line in caption.split("\n"))
            figures.append(
                f'<figure style="{_FIGURE.format(width=self._width)}">{picture}'
                f"<figcaption>{text}</figcaption></figure>"
            )
        return "".join(figures)


def show(
    rows: "DataFrame",
    caption: Optional[str] = None,
    *,
    limit: int = 12,
    width: int = 120,
    path: str = "path",
    content: str = "content",
) -> Pictures:
    """Pictures of the first rows, in a grid.

    They come of the column of contents where there is one, else from the files that paths name. An
    image within an archive, behind http or larger than 4 MB is shown by its name.

    Parameters
    ----------
    rows : DataFrame
        With a column of paths, such as what a stage gives or a result's table.
    caption : str, optional
        SQL expression of what stands below a picture. Default: the labels with their scores, or the
        label, or the status of an image that failed, as far as there are such columns.
    limit : int, optional
        So many pictures at most. Default: 12
    width : int, optional
        Of a picture, in pixels. Default: 120
    path, content : str, optional
        Names of the columns. Default: path and content
    """
    from pyspark.sql import functions as F

    taken = rows.limit(limit)
    text = F.expr(caption) if caption else F.expr(_caption(rows.columns))
    columns = [F.col(path).alias("path"), text.cast("string").alias("caption")]
    if content in rows.columns:
        columns.append(F.col(content).alias("content"))
    collected = taken.select(*columns).collect()
    paths = [row["path"] for row in collected]
    contents = (
        [bytes(row["content"]) if row["content"] is not None else None for row in collected]
        if content in rows.columns
        else _read(rows.sparkSession, paths)
    )
    return Pictures(
        [posixpath.basename(unquote(str(one))) for one in paths],
        [row["caption"] or "" for row in collected],
        [one if one is not None and len(one) <= LARGEST_BYTES else None for one in contents],
        width,
    )


def _caption(columns: Sequence[str]) -> str:
    parts = []
    if "status" in columns:
        parts.append("if(status <> 'OK', status, NULL)")
    if "labels" in columns:
        parts.append("nullif(array_join(labels, '\\n'), '')")
    if "label" in columns and "score" in columns:
        parts.append("concat(label, ' ', format_number(score, 2))")
    elif "label" in columns:
        parts.append("label")
    return f"coalesce({', '.join([*parts, repr('')])})"


def _read(session: Any, paths: Sequence[Any]) -> List[Any]:
    files = [one for one in paths if one and "!" not in one and not one.startswith("http")]
    found: Dict[str, bytes] = {}
    for one in files:
        try:
            read = session.read.format("binaryFile").load(_literal(one)).select("content").first()
        except Exception:  # an image that is not there is a row as others are
            continue
        if read is not None:
            found[one] = bytes(read["content"])
    return [found.get(one) for one in paths]


def _literal(path: str) -> str:
    """A path as a glob that matches nothing else."""
    return "".join("\\" + each if each in "[]{}*?\\" else each for each in path)


def _type(content: Optional[bytes]) -> Optional[str]:
    for mark, kind in _TYPES:
        if content is not None and content.startswith(mark):
            return kind
    return None
