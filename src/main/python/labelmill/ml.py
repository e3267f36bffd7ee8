"""Stages of Spark ML. Made from the params of the Java stages by DocumentationTest."""

import sys
from typing import Optional

from pyspark.ml.param import Param, Params, TypeConverters

from labelmill._stage import PACKAGE, ImageStage


class ImageLabeler(ImageStage):
    """Labels the images of a DataFrame, as ``jobs/score`` does: a row for each row.

    All params are keywords, and have setters and getters: ``setModel``, ``getModel``.

    Parameters
    ----------
    activation : str, optional
        auto|softmax|sigmoid|none: what makes scores of logits; auto: by the model's problem_type,
        none: raw logits. Default: "auto"
    allowHosts : str, optional
        hosts, or HOST:PORT, of which a table's http and https images are fetched; no others are
    allowSchemes : str, optional
        further schemes that paths of a table may have, such as viewfs; without it file, s3, s3a,
        s3n, hdfs, abfs, abfss, gs, wasb, wasbs and dbfs
    batchSize : int, optional
        images per forward pass. Default: auto: 1 on a processor, 16 on a GPU, 32 there in fp16
    contentColumn : str, optional
        column of a table that holds the images themselves: bytes, base64 text, data: URIs, a struct
        of bytes and path, or Spark's images; a.b for a field
    device : str, optional
        auto, cpu, gpu (the one that Spark gives each task), or gpu:N (of this machine, for a local
        master). Default: "auto"
    head : str, optional
        classifier that jobs/train wrote, to put on the --model that it was trained on
    labels : str, optional
        other label names: one a line in index order, or a JSON object from index to name
    maxPixels : int, optional
        an image that declares more pixels is TOO_LARGE and is not decoded. Default: 178956970
    model : str, optional
        Hugging Face checkpoint folder (config.json, preprocessor_config.json, weights), on any file
        system that Hadoop knows; or one with model.onnx in place of weights; or
        hf://ORG/NAME[@REVISION] from the hub
    orientation : str, optional
        upright|as-stored: upright: turned as EXIF or XMP says. Default: "upright"
    outputCol : str, optional
        one column that gets all that are written, as fields of a struct
    outputPrefix : str, optional
        stands before the name of every column that is written but the kept ones, so that a kept
        column may be named label
    pathColumn : str, optional
        column of a table that holds image URIs. Default: path, else image_url
    positionBias : str, optional
        auto|authors|transformers: how BEiT's relative positions are read on pictures that are not
        square: as its authors' code and Transformers before 4.43, or as Transformers since, which
        exchanges width and height; auto: by transformers_version in config.json. Default: "auto"
    precision : str, optional
        auto|fp32|bf16|fp16|int8|int8-bf16: arithmetic of the model: auto is fp32; the others, fp16
        on GPUs and the rest on processors, are faster and close to it (jobs/model verify MODEL
        --precision int8 --input IMAGES tells how close). Default: "auto"
    processor : str, optional
        folder that holds another preprocessor_config.json, or the file itself
    readsPerHost : int, optional
        images that an executor reads at once from one host, bucket or mount, in all of its tasks
        together. Default: 32 of a web host; any number of a store
    repartition : str, optional
        auto (rows of paths are spread over small tasks, rows of contents stay), none, or a number
        of tasks. Default: "auto"
    resizeBackend : str, optional
        auto|pillow|pillow-12|torchvision: whose pixels are computed: those of Pillow 13.0, of
        Pillow 12.2 and 12.3, or of torchvision; auto: the one that the checkpoint's files speak
        for. Default: "auto"
    scores : str, optional
        top|all: all: adds the full score vector. Default: "top"
    threshold : str, optional
        sigmoid only: a number 0 to 1, label=value pairs with commas between them, or a .json file;
        a label is assigned when its score is greater. Default: 0.5
    topK : int, optional
        predictions kept per image, 1 to the number of labels. Default: 5
    userAgent : str, optional
        as which http and https images are fetched. Default: Labelmill/VERSION
    versionColumn : str, optional
        column of a table whose value changes when an image's content does; it becomes
        content_version
    """

    __module__ = PACKAGE

    activation: "Param[str]" = Param(
        Params._dummy(),
        "activation",
        "auto|softmax|sigmoid|none: what makes scores of logits; auto: by the model's problem_type, none: raw logits",
        TypeConverters.toString,
    )
    allowHosts: "Param[str]" = Param(
        Params._dummy(),
        "allowHosts",
        "hosts, or HOST:PORT, of which a table's http and https images are fetched; no others are",
        TypeConverters.toString,
    )
    allowSchemes: "Param[str]" = Param(
        Params._dummy(),
        "allowSchemes",
        "further schemes that paths of a table may have, such as viewfs; without it file, s3, s3a, s3n, hdfs, abfs, abfss, gs, wasb, wasbs and dbfs",
        TypeConverters.toString,
    )
    batchSize: "Param[int]" = Param(
        Params._dummy(),
        "batchSize",
        "images per forward pass. Default: auto: 1 on a processor, 16 on a GPU, 32 there in fp16",
        TypeConverters.toInt,
    )
    contentColumn: "Param[str]" = Param(
        Params._dummy(),
        "contentColumn",
        "column of a table that holds the images themselves: bytes, base64 text, data: URIs, a struct of bytes and path, or Spark's images; a.b for a field",
        TypeConverters.toString,
    )
    device: "Param[str]" = Param(
        Params._dummy(),
        "device",
        "auto, cpu, gpu (the one that Spark gives each task), or gpu:N (of this machine, for a local master)",
        TypeConverters.toString,
    )
    head: "Param[str]" = Param(
        Params._dummy(),
        "head",
        "classifier that jobs/train wrote, to put on the --model that it was trained on",
        TypeConverters.toString,
    )
    labels: "Param[str]" = Param(
        Params._dummy(),
        "labels",
        "other label names: one a line in index order, or a JSON object from index to name",
        TypeConverters.toString,
    )
    maxPixels: "Param[int]" = Param(
        Params._dummy(),
        "maxPixels",
        "an image that declares more pixels is TOO_LARGE and is not decoded",
        TypeConverters.toInt,
    )
    model: "Param[str]" = Param(
        Params._dummy(),
        "model",
        "Hugging Face checkpoint folder (config.json, preprocessor_config.json, weights), on any file system that Hadoop knows; or one with model.onnx in place of weights; or hf://ORG/NAME[@REVISION] from the hub",
        TypeConverters.toString,
    )
    orientation: "Param[str]" = Param(
        Params._dummy(),
        "orientation",
        "upright|as-stored: upright: turned as EXIF or XMP says",
        TypeConverters.toString,
    )
    outputCol: "Param[str]" = Param(
        Params._dummy(),
        "outputCol",
        "one column that gets all that are written, as fields of a struct",
        TypeConverters.toString,
    )
    outputPrefix: "Param[str]" = Param(
        Params._dummy(),
        "outputPrefix",
        "stands before the name of every column that is written but the kept ones, so that a kept column may be named label",
        TypeConverters.toString,
    )
    pathColumn: "Param[str]" = Param(
        Params._dummy(),
        "pathColumn",
        "column of a table that holds image URIs. Default: path, else image_url",
        TypeConverters.toString,
    )
    positionBias: "Param[str]" = Param(
        Params._dummy(),
        "positionBias",
        "auto|authors|transformers: how BEiT's relative positions are read on pictures that are not square: as its authors' code and Transformers before 4.43, or as Transformers since, which exchanges width and height; auto: by transformers_version in config.json",
        TypeConverters.toString,
    )
    precision: "Param[str]" = Param(
        Params._dummy(),
        "precision",
        "auto|fp32|bf16|fp16|int8|int8-bf16: arithmetic of the model: auto is fp32; the others, fp16 on GPUs and the rest on processors, are faster and close to it (jobs/model verify MODEL --precision int8 --input IMAGES tells how close)",
        TypeConverters.toString,
    )
    processor: "Param[str]" = Param(
        Params._dummy(),
        "processor",
        "folder that holds another preprocessor_config.json, or the file itself",
        TypeConverters.toString,
    )
    readsPerHost: "Param[int]" = Param(
        Params._dummy(),
        "readsPerHost",
        "images that an executor reads at once from one host, bucket or mount, in all of its tasks together. Default: 32 of a web host; any number of a store",
        TypeConverters.toInt,
    )
    repartition: "Param[str]" = Param(
        Params._dummy(),
        "repartition",
        "auto (rows of paths are spread over small tasks, rows of contents stay), none, or a number of tasks",
        TypeConverters.toString,
    )
    resizeBackend: "Param[str]" = Param(
        Params._dummy(),
        "resizeBackend",
        "auto|pillow|pillow-12|torchvision: whose pixels are computed: those of Pillow 13.0, of Pillow 12.2 and 12.3, or of torchvision; auto: the one that the checkpoint's files speak for",
        TypeConverters.toString,
    )
    scores: "Param[str]" = Param(
        Params._dummy(),
        "scores",
        "top|all: all: adds the full score vector",
        TypeConverters.toString,
    )
    threshold: "Param[str]" = Param(
        Params._dummy(),
        "threshold",
        "sigmoid only: a number 0 to 1, label=value pairs with commas between them, or a .json file; a label is assigned when its score is greater. Default: 0.5",
        TypeConverters.toString,
    )
    topK: "Param[int]" = Param(
        Params._dummy(),
        "topK",
        "predictions kept per image, 1 to the number of labels. Default: 5",
        TypeConverters.toInt,
    )
    userAgent: "Param[str]" = Param(
        Params._dummy(),
        "userAgent",
        "as which http and https images are fetched. Default: Labelmill/VERSION",
        TypeConverters.toString,
    )
    versionColumn: "Param[str]" = Param(
        Params._dummy(),
        "versionColumn",
        "column of a table whose value changes when an image's content does; it becomes content_version",
        TypeConverters.toString,
    )

    def __init__(
        self,
        *,
        activation: Optional[str] = None,
        allowHosts: Optional[str] = None,
        allowSchemes: Optional[str] = None,
        batchSize: Optional[int] = None,
        contentColumn: Optional[str] = None,
        device: Optional[str] = None,
        head: Optional[str] = None,
        labels: Optional[str] = None,
        maxPixels: Optional[int] = None,
        model: Optional[str] = None,
        orientation: Optional[str] = None,
        outputCol: Optional[str] = None,
        outputPrefix: Optional[str] = None,
        pathColumn: Optional[str] = None,
        positionBias: Optional[str] = None,
        precision: Optional[str] = None,
        processor: Optional[str] = None,
        readsPerHost: Optional[int] = None,
        repartition: Optional[str] = None,
        resizeBackend: Optional[str] = None,
        scores: Optional[str] = None,
        threshold: Optional[str] = None,
        topK: Optional[int] = None,
        userAgent: Optional[str] = None,
        versionColumn: Optional[str] = None,
    ) -> None:
        super().__init__()
        self._setDefault(
            activation="auto",
            device="auto",
            maxPixels=178956970,
            orientation="upright",
            positionBias="auto",
            precision="auto",
            repartition="auto",
            resizeBackend="auto",
            scores="top",
        )
        self.setParams(
            activation=activation,
            allowHosts=allowHosts,
            allowSchemes=allowSchemes,
            batchSize=batchSize,
            contentColumn=contentColumn,
            device=device,
            head=head,
            labels=labels,
            maxPixels=maxPixels,
            model=model,
            orientation=orientation,
            outputCol=outputCol,
            outputPrefix=outputPrefix,
            pathColumn=pathColumn,
            positionBias=positionBias,
            precision=precision,
            processor=processor,
            readsPerHost=readsPerHost,
            repartition=repartition,
            resizeBackend=resizeBackend,
            scores=scores,
            threshold=threshold,
            topK=topK,
            userAgent=userAgent,
            versionColumn=versionColumn,
        )

    def setParams(
        self,
        *,
        activation: Optional[str] = None,
        allowHosts: Optional[str] = None,
        allowSchemes: Optional[str] = None,
        batchSize: Optional[int] = None,
        contentColumn: Optional[str] = None,
        device: Optional[str] = None,
        head: Optional[str] = None,
        labels: Optional[str] = None,
        maxPixels: Optional[int] = None,
        model: Optional[str] = None,
        orientation: Optional[str] = None,
        outputCol: Optional[str] = None,
        outputPrefix: Optional[str] = None,
        pathColumn: Optional[str] = None,
        positionBias: Optional[str] = None,
        precision: Optional[str] = None,
        processor: Optional[str] = None,
        readsPerHost: Optional[int] = None,
        repartition: Optional[str] = None,
        resizeBackend: Optional[str] = None,
        scores: Optional[str] = None,
        threshold: Optional[str] = None,
        topK: Optional[int] = None,
        userAgent: Optional[str] = None,
        versionColumn: Optional[str] = None,
    ) -> "ImageLabeler":
        """Sets the params that are given."""
        return self._set_given(
            activation=activation,
            allowHosts=allowHosts,
            allowSchemes=allowSchemes,
            batchSize=batchSize,
            contentColumn=contentColumn,
            device=device,
            head=head,
            labels=labels,
            maxPixels=maxPixels,
            model=model,
            orientation=orientation,
            outputCol=outputCol,
            outputPrefix=outputPrefix,
            pathColumn=pathColumn,
            positionBias=positionBias,
            precision=precision,
            processor=processor,
            readsPerHost=readsPerHost,
            repartition=repartition,
            resizeBackend=resizeBackend,
            scores=scores,
            threshold=threshold,
            topK=topK,
            userAgent=userAgent,
            versionColumn=versionColumn,
        )

    def setActivation(self, value: str) -> "ImageLabeler":
        """Sets ``activation``."""
        return self._set(activation=value)

    def getActivation(self) -> str:
        """Gets ``activation`` or its default."""
        return self.getOrDefault(self.activation)

    def setAllowHosts(self, value: str) -> "ImageLabeler":
        """Sets ``allowHosts``."""
        return self._set(allowHosts=value)

    def getAllowHosts(self) -> str:
        """Gets ``allowHosts`` or its default."""
        return self.getOrDefault(self.allowHosts)

    def setAllowSchemes(self, value: str) -> "ImageLabeler":
        """Sets ``allowSchemes``."""
        return self._set(allowSchemes=value)

    def getAllowSchemes(self) -> str:
        """Gets ``allowSchemes`` or its default."""
        return self.getOrDefault(self.allowSchemes)

    def setBatchSize(self, value: int) -> "ImageLabeler":
        """Sets ``batchSize``."""
        return self._set(batchSize=value)

    def getBatchSize(self) -> int:
        """Gets ``batchSize`` or its default."""
        return self.getOrDefault(self.batchSize)

    def setContentColumn(self, value: str) -> "ImageLabeler":
        """Sets ``contentColumn``."""
        return self._set(contentColumn=value)

    def getContentColumn(self) -> str:
        """Gets ``contentColumn`` or its default."""
        return self.getOrDefault(self.contentColumn)

    def setDevice(self, value: str) -> "ImageLabeler":
        """Sets ``device``."""
        return self._set(device=value)

    def getDevice(self) -> str:
        """Gets ``device`` or its default."""
        return self.getOrDefault(self.device)

    def setHead(self, value: str) -> "ImageLabeler":
        """Sets ``head``."""
        return self._set(head=value)

    def getHead(self) -> str:
        """Gets ``head`` or its default."""
        return self.getOrDefault(self.head)

    def setLabels(self, value: str) -> "ImageLabeler":
        """Sets ``labels``."""
        return self._set(labels=value)

    def getLabels(self) -> str:
        """Gets ``labels`` or its default."""
        return self.getOrDefault(self.labels)

    def setMaxPixels(self, value: int) -> "ImageLabeler":
        """Sets ``maxPixels``."""
        return self._set(maxPixels=value)

    def getMaxPixels(self) -> int:
        """Gets ``maxPixels`` or its default."""
        return self.getOrDefault(self.maxPixels)

    def setModel(self, value: str) -> "ImageLabeler":
        """Sets ``model``."""
        return self._set(model=value)

    def getModel(self) -> str:
        """Gets ``model`` or its default."""
        return self.getOrDefault(self.model)

    def setOrientation(self, value: str) -> "ImageLabeler":
        """Sets ``orientation``."""
        return self._set(orientation=value)

    def getOrientation(self) -> str:
        """Gets ``orientation`` or its default."""
        return self.getOrDefault(self.orientation)

    def setOutputCol(self, value: str) -> "ImageLabeler":
        """Sets ``outputCol``."""
        return self._set(outputCol=value)

    def getOutputCol(self) -> str:
        """Gets ``outputCol`` or its default."""
        return self.getOrDefault(self.outputCol)

    def setOutputPrefix(self, value: str) -> "ImageLabeler":
        """Sets ``outputPrefix``."""
        return self._set(outputPrefix=value)

    def getOutputPrefix(self) -> str:
        """Gets ``outputPrefix`` or its default."""
        return self.getOrDefault(self.outputPrefix)

    def setPathColumn(self, value: str) -> "ImageLabeler":
        """Sets ``pathColumn``."""
        return self._set(pathColumn=value)

    def getPathColumn(self) -> str:
        """Gets ``pathColumn`` or its default."""
        return self.getOrDefault(self.pathColumn)

    def setPositionBias(self, value: str) -> "ImageLabeler":
        """Sets ``positionBias``."""
        return self._set(positionBias=value)

    def getPositionBias(self) -> str:
        """Gets ``positionBias`` or its default."""
        return self.getOrDefault(self.positionBias)

    def setPrecision(self, value: str) -> "ImageLabeler":
        """Sets ``precision``."""
        return self._set(precision=value)

    def getPrecision(self) -> str:
        """Gets ``precision`` or its default."""
        return self.getOrDefault(self.precision)

    def setProcessor(self, value: str) -> "ImageLabeler":
        """Sets ``processor``."""
        return self._set(processor=value)

    def getProcessor(self) -> str:
        """Gets ``processor`` or its default."""
        return self.getOrDefault(self.processor)

    def setReadsPerHost(self, value: int) -> "ImageLabeler":
        """Sets ``readsPerHost``."""
        return self._set(readsPerHost=value)

    def getReadsPerHost(self) -> int:
        """Gets ``readsPerHost`` or its default."""
        return self.getOrDefault(self.readsPerHost)

    def setRepartition(self, value: str) -> "ImageLabeler":
        """Sets ``repartition``."""
        return self._set(repartition=value)

    def getRepartition(self) -> str:
        """Gets ``repartition`` or its default."""
        return self.getOrDefault(self.repartition)

    def setResizeBackend(self, value: str) -> "ImageLabeler":
        """Sets ``resizeBackend``."""
        return self._set(resizeBackend=value)

    def getResizeBackend(self) -> str:
        """Gets ``resizeBackend`` or its default."""
        return self.getOrDefault(self.resizeBackend)

    def setScores(self, value: str) -> "ImageLabeler":
        """Sets ``scores``."""
        return self._set(scores=value)

    def getScores(self) -> str:
        """Gets ``scores`` or its default."""
        return self.getOrDefault(self.scores)

    def setThreshold(self, value: str) -> "ImageLabeler":
        """Sets ``threshold``."""
        return self._set(threshold=value)

    def getThreshold(self) -> str:
        """Gets ``threshold`` or its default."""
        return self.getOrDefault(self.threshold)

    def setTopK(self, value: int) -> "ImageLabeler":
        """Sets ``topK``."""
        return self._set(topK=value)

    def getTopK(self) -> int:
        """Gets ``topK`` or its default."""
        return self.getOrDefault(self.topK)

    def setUserAgent(self, value: str) -> "ImageLabeler":
        """Sets ``userAgent``."""
        return self._set(userAgent=value)

    def getUserAgent(self) -> str:
        """Gets ``userAgent`` or its default."""
        return self.getOrDefault(self.userAgent)

    def setVersionColumn(self, value: str) -> "ImageLabeler":
        """Sets ``versionColumn``."""
        return self._set(versionColumn=value)

    def getVersionColumn(self) -> str:
        """Gets ``versionColumn`` or its default."""
        return self.getOrDefault(self.versionColumn)


class ImageEmbedder(ImageStage):
    """Embeds the images of a DataFrame, as ``jobs/embed`` does: the column ``embedding`` holds the
    vector that the model's classifier takes.

    All params are keywords, and have setters and getters: ``setModel``, ``getModel``.

    Parameters
    ----------
    activation : str, optional
        auto|softmax|sigmoid|none: what makes scores of logits; auto: by the model's problem_type,
        none: raw logits. Default: "auto"
    allowHosts : str, optional
        hosts, or HOST:PORT, of which a table's http and https images are fetched; no others are
    allowSchemes : str, optional
        further schemes that paths of a table may have, such as viewfs; without it file, s3, s3a,
        s3n, hdfs, abfs, abfss, gs, wasb, wasbs and dbfs
    batchSize : int, optional
        images per forward pass. Default: auto: 1 on a processor, 16 on a GPU, 32 there in fp16
    contentColumn : str, optional
        column of a table that holds the images themselves: bytes, base64 text, data: URIs, a struct
        of bytes and path, or Spark's images; a.b for a field
    device : str, optional
        auto, cpu, gpu (the one that Spark gives each task), or gpu:N (of this machine, for a local
        master). Default: "auto"
    head : str, optional
        classifier that jobs/train wrote, to put on the --model that it was trained on
    labels : str, optional
        other label names: one a line in index order, or a JSON object from index to name
    maxPixels : int, optional
        an image that declares more pixels is TOO_LARGE and is not decoded. Default: 178956970
    model : str, optional
        Hugging Face checkpoint folder (config.json, preprocessor_config.json, weights), on any file
        system that Hadoop knows; or one with model.onnx in place of weights; or
        hf://ORG/NAME[@REVISION] from the hub
    normalize : str, optional
        none|l2: l2: vectors of length 1, whose products are cosines; jobs/train wants none.
        Default: "none"
    orientation : str, optional
        upright|as-stored: upright: turned as EXIF or XMP says. Default: "upright"
    outputCol : str, optional
        one column that gets all that are written, as fields of a struct
    outputPrefix : str, optional
        stands before the name of every column that is written but the kept ones, so that a kept
        column may be named label
    pathColumn : str, optional
        column of a table that holds image URIs. Default: path, else image_url
    pool : str, optional
        auto|mean|cls: mean of the patches, the leading token, or auto: the vector that the model's
        classifier takes. Default: "auto"
    positionBias : str, optional
        auto|authors|transformers: how BEiT's relative positions are read on pictures that are not
        square: as its authors' code and Transformers before 4.43, or as Transformers since, which
        exchanges width and height; auto: by transformers_version in config.json. Default: "auto"
    precision : str, optional
        auto|fp32|bf16|fp16|int8|int8-bf16: arithmetic of the model: auto is fp32; the others, fp16
        on GPUs and the rest on processors, are faster and close to it (jobs/model verify MODEL
        --precision int8 --input IMAGES tells how close). Default: "auto"
    processor : str, optional
        folder that holds another preprocessor_config.json, or the file itself
    readsPerHost : int, optional
        images that an executor reads at once from one host, bucket or mount, in all of its tasks
        together. Default: 32 of a web host; any number of a store
    repartition : str, optional
        auto (rows of paths are spread over small tasks, rows of contents stay), none, or a number
        of tasks. Default: "auto"
    resizeBackend : str, optional
        auto|pillow|pillow-12|torchvision: whose pixels are computed: those of Pillow 13.0, of
        Pillow 12.2 and 12.3, or of torchvision; auto: the one that the checkpoint's files speak
        for. Default: "auto"
    scores : str, optional
        top|all: all: adds the full score vector. Default: "top"
    threshold : str, optional
        sigmoid only: a number 0 to 1, label=value pairs with commas between them, or a .json file;
        a label is assigned when its score is greater. Default: 0.5
    topK : int, optional
        predictions kept per image, 1 to the number of labels. Default: 5
    userAgent : str, optional
        as which http and https images are fetched. Default: Labelmill/VERSION
    versionColumn : str, optional
        column of a table whose value changes when an image's content does; it becomes
        content_version
    withScores : bool, optional
        write the columns of jobs/score too, from the same forward pass; --top-k, --scores,
        --activation and --threshold need it. Default: False
    """

    __module__ = PACKAGE

    activation: "Param[str]" = Param(
        Params._dummy(),
        "activation",
        "auto|softmax|sigmoid|none: what makes scores of logits; auto: by the model's problem_type, none: raw logits",
        TypeConverters.toString,
    )
    allowHosts: "Param[str]" = Param(
        Params._dummy(),
        "allowHosts",
        "hosts, or HOST:PORT, of which a table's http and https images are fetched; no others are",
        TypeConverters.toString,
    )
    allowSchemes: "Param[str]" = Param(
        Params._dummy(),
        "allowSchemes",
        "further schemes that paths of a table may have, such as viewfs; without it file, s3, s3a, s3n, hdfs, abfs, abfss, gs, wasb, wasbs and dbfs",
        TypeConverters.toString,
    )
    batchSize: "Param[int]" = Param(
        Params._dummy(),
        "batchSize",
        "images per forward pass. Default: auto: 1 on a processor, 16 on a GPU, 32 there in fp16",
        TypeConverters.toInt,
    )
    contentColumn: "Param[str]" = Param(
        Params._dummy(),
        "contentColumn",
        "column of a table that holds the images themselves: bytes, base64 text, data: URIs, a struct of bytes and path, or Spark's images; a.b for a field",
        TypeConverters.toString,
    )
    device: "Param[str]" = Param(
        Params._dummy(),
        "device",
        "auto, cpu, gpu (the one that Spark gives each task), or gpu:N (of this machine, for a local master)",
        TypeConverters.toString,
    )
    head: "Param[str]" = Param(
        Params._dummy(),
        "head",
        "classifier that jobs/train wrote, to put on the --model that it was trained on",
        TypeConverters.toString,
    )
    labels: "Param[str]" = Param(
        Params._dummy(),
        "labels",
        "other label names: one a line in index order, or a JSON object from index to name",
        TypeConverters.toString,
    )
    maxPixels: "Param[int]" = Param(
        Params._dummy(),
        "maxPixels",
        "an image that declares more pixels is TOO_LARGE and is not decoded",
        TypeConverters.toInt,
    )
    model: "Param[str]" = Param(
        Params._dummy(),
        "model",
        "Hugging Face checkpoint folder (config.json, preprocessor_config.json, weights), on any file system that Hadoop knows; or one with model.onnx in place of weights; or hf://ORG/NAME[@REVISION] from the hub",
        TypeConverters.toString,
    )
    normalize: "Param[str]" = Param(
        Params._dummy(),
        "normalize",
        "none|l2: l2: vectors of length 1, whose products are cosines; jobs/train wants none",
        TypeConverters.toString,
    )
    orientation: "Param[str]" = Param(
        Params._dummy(),
        "orientation",
        "upright|as-stored: upright: turned as EXIF or XMP says",
        TypeConverters.toString,
    )
    outputCol: "Param[str]" = Param(
        Params._dummy(),
        "outputCol",
        "one column that gets all that are written, as fields of a struct",
        TypeConverters.toString,
    )
    outputPrefix: "Param[str]" = Param(
        Params._dummy(),
        "outputPrefix",
        "stands before the name of every column that is written but the kept ones, so that a kept column may be named label",
        TypeConverters.toString,
    )
    pathColumn: "Param[str]" = Param(
        Params._dummy(),
        "pathColumn",
        "column of a table that holds image URIs. Default: path, else image_url",
        TypeConverters.toString,
    )
    pool: "Param[str]" = Param(
        Params._dummy(),
        "pool",
        "auto|mean|cls: mean of the patches, the leading token, or auto: the vector that the model's classifier takes",
        TypeConverters.toString,
    )
    positionBias: "Param[str]" = Param(
        Params._dummy(),
        "positionBias",
        "auto|authors|transformers: how BEiT's relative positions are read on pictures that are not square: as its authors' code and Transformers before 4.43, or as Transformers since, which exchanges width and height; auto: by transformers_version in config.json",
        TypeConverters.toString,
    )
    precision: "Param[str]" = Param(
        Params._dummy(),
        "precision",
        "auto|fp32|bf16|fp16|int8|int8-bf16: arithmetic of the model: auto is fp32; the others, fp16 on GPUs and the rest on processors, are faster and close to it (jobs/model verify MODEL --precision int8 --input IMAGES tells how close)",
        TypeConverters.toString,
    )
    processor: "Param[str]" = Param(
        Params._dummy(),
        "processor",
        "folder that holds another preprocessor_config.json, or the file itself",
        TypeConverters.toString,
    )
    readsPerHost: "Param[int]" = Param(
        Params._dummy(),
        "readsPerHost",
        "images that an executor reads at once from one host, bucket or mount, in all of its tasks together. Default: 32 of a web host; any number of a store",
        TypeConverters.toInt,
    )
    repartition: "Param[str]" = Param(
        Params._dummy(),
        "repartition",
        "auto (rows of paths are spread over small tasks, rows of contents stay), none, or a number of tasks",
        TypeConverters.toString,
    )
    resizeBackend: "Param[str]" = Param(
        Params._dummy(),
        "resizeBackend",
        "auto|pillow|pillow-12|torchvision: whose pixels are computed: those of Pillow 13.0, of Pillow 12.2 and 12.3, or of torchvision; auto: the one that the checkpoint's files speak for",
        TypeConverters.toString,
    )
    scores: "Param[str]" = Param(
        Params._dummy(),
        "scores",
        "top|all: all: adds the full score vector",
        TypeConverters.toString,
    )
    threshold: "Param[str]" = Param(
        Params._dummy(),
        "threshold",
        "sigmoid only: a number 0 to 1, label=value pairs with commas between them, or a .json file; a label is assigned when its score is greater. Default: 0.5",
        TypeConverters.toString,
    )
    topK: "Param[int]" = Param(
        Params._dummy(),
        "topK",
        "predictions kept per image, 1 to the number of labels. Default: 5",
        TypeConverters.toInt,
    )
    userAgent: "Param[str]" = Param(
        Params._dummy(),
        "userAgent",
        "as which http and https images are fetched. Default: Labelmill/VERSION",
        TypeConverters.toString,
    )
    versionColumn: "Param[str]" = Param(
        Params._dummy(),
        "versionColumn",
        "column of a table whose value changes when an image's content does; it becomes content_version",
        TypeConverters.toString,
    )
    withScores: "Param[bool]" = Param(
        Params._dummy(),
        "withScores",
        "write the columns of jobs/score too, from the same forward pass; --top-k, --scores, --activation and --threshold need it",
        TypeConverters.toBoolean,
    )

    def __init__(
        self,
        *,
        activation: Optional[str] = None,
        allowHosts: Optional[str] = None,
        allowSchemes: Optional[str] = None,
        batchSize: Optional[int] = None,
        contentColumn: Optional[str] = None,
        device: Optional[str] = None,
        head: Optional[str] = None,
        labels: Optional[str] = None,
        maxPixels: Optional[int] = None,
        model: Optional[str] = None,
        normalize: Optional[str] = None,
        orientation: Optional[str] = None,
        outputCol: Optional[str] = None,
        outputPrefix: Optional[str] = None,
        pathColumn: Optional[str] = None,
        pool: Optional[str] = None,
        positionBias: Optional[str] = None,
        precision: Optional[str] = None,
        processor: Optional[str] = None,
        readsPerHost: Optional[int] = None,
        repartition: Optional[str] = None,
        resizeBackend: Optional[str] = None,
        scores: Optional[str] = None,
        threshold: Optional[str] = None,
        topK: Optional[int] = None,
        userAgent: Optional[str] = None,
        versionColumn: Optional[str] = None,
        withScores: Optional[bool] = None,
    ) -> None:
        super().__init__()
        self._setDefault(
            activation="auto",
            device="auto",
            maxPixels=178956970,
            normalize="none",
            orientation="upright",
            pool="auto",
            positionBias="auto",
            precision="auto",
            repartition="auto",
            resizeBackend="auto",
            scores="top",
            withScores=False,
        )
        self.setParams(
            activation=activation,
            allowHosts=allowHosts,
            allowSchemes=allowSchemes,
            batchSize=batchSize,
            contentColumn=contentColumn,
            device=device,
            head=head,
            labels=labels,
            maxPixels=maxPixels,
            model=model,
            normalize=normalize,
            orientation=orientation,
            outputCol=outputCol,
            outputPrefix=outputPrefix,
            pathColumn=pathColumn,
            pool=pool,
            positionBias=positionBias,
            precision=precision,
            processor=processor,
            readsPerHost=readsPerHost,
            repartition=repartition,
            resizeBackend=resizeBackend,
            scores=scores,
            threshold=threshold,
            topK=topK,
            userAgent=userAgent,
            versionColumn=versionColumn,
            withScores=withScores,
        )

    def setParams(
        self,
        *,
        activation: Optional[str] = None,
        allowHosts: Optional[str] = None,
        allowSchemes: Optional[str] = None,
        batchSize: Optional[int] = None,
        contentColumn: Optional[str] = None,
        device: Optional[str] = None,
        head: Optional[str] = None,
        labels: Optional[str] = None,
        maxPixels: Optional[int] = None,
        model: Optional[str] = None,
        normalize: Optional[str] = None,
        orientation: Optional[str] = None,
        outputCol: Optional[str] = None,
        outputPrefix: Optional[str] = None,
        pathColumn: Optional[str] = None,
        pool: Optional[str] = None,
        positionBias: Optional[str] = None,
        precision: Optional[str] = None,
        processor: Optional[str] = None,
        readsPerHost: Optional[int] = None,
        repartition: Optional[str] = None,
        resizeBackend: Optional[str] = None,
        scores: Optional[str] = None,
        threshold: Optional[str] = None,
        topK: Optional[int] = None,
        userAgent: Optional[str] = None,
        versionColumn: Optional[str] = None,
        withScores: Optional[bool] = None,
    ) -> "ImageEmbedder":
        """Sets the params that are given."""
        return self._set_given(
            activation=activation,
            allowHosts=allowHosts,
            allowSchemes=allowSchemes,
            batchSize=batchSize,
            contentColumn=contentColumn,
            device=device,
            head=head,
            labels=labels,
            maxPixels=maxPixels,
            model=model,
            normalize=normalize,
            orientation=orientation,
            outputCol=outputCol,
            outputPrefix=outputPrefix,
            pathColumn=pathColumn,
            pool=pool,
            positionBias=positionBias,
            precision=precision,
            processor=processor,
            readsPerHost=readsPerHost,
            repartition=repartition,
            resizeBackend=resizeBackend,
            scores=scores,
            threshold=threshold,
            topK=topK,
            userAgent=userAgent,
            versionColumn=versionColumn,
            withScores=withScores,
        )

    def setActivation(self, value: str) -> "ImageEmbedder":
        """Sets ``activation``."""
        return self._set(activation=value)

    def getActivation(self) -> str:
        """Gets ``activation`` or its default."""
        return self.getOrDefault(self.activation)

    def setAllowHosts(self, value: str) -> "ImageEmbedder":
        """Sets ``allowHosts``."""
        return self._set(allowHosts=value)

    def getAllowHosts(self) -> str:
        """Gets ``allowHosts`` or its default."""
        return self.getOrDefault(self.allowHosts)

    def setAllowSchemes(self, value: str) -> "ImageEmbedder":
        """Sets ``allowSchemes``."""
        return self._set(allowSchemes=value)

    def getAllowSchemes(self) -> str:
        """Gets ``allowSchemes`` or its default."""
        return self.getOrDefault(self.allowSchemes)

    def setBatchSize(self, value: int) -> "ImageEmbedder":
        """Sets ``batchSize``."""
        return self._set(batchSize=value)

    def getBatchSize(self) -> int:
        """Gets ``batchSize`` or its default."""
        return self.getOrDefault(self.batchSize)

    def setContentColumn(self, value: str) -> "ImageEmbedder":
        """Sets ``contentColumn``."""
        return self._set(contentColumn=value)

    def getContentColumn(self) -> str:
        """Gets ``contentColumn`` or its default."""
        return self.getOrDefault(self.contentColumn)

    def setDevice(self, value: str) -> "ImageEmbedder":
        """Sets ``device``."""
        return self._set(device=value)

    def getDevice(self) -> str:
        """Gets ``device`` or its default."""
        return self.getOrDefault(self.device)

    def setHead(self, value: str) -> "ImageEmbedder":
        """Sets ``head``."""
        return self._set(head=value)

    def getHead(self) -> str:
        """Gets ``head`` or its default."""
        return self.getOrDefault(self.head)

    def setLabels(self, value: str) -> "ImageEmbedder":
        """Sets ``labels``."""
        return self._set(labels=value)

    def getLabels(self) -> str:
        """Gets ``labels`` or its default."""
        return self.getOrDefault(self.labels)

    def setMaxPixels(self, value: int) -> "ImageEmbedder":
        """Sets ``maxPixels``."""
        return self._set(maxPixels=value)

    def getMaxPixels(self) -> int:
        """Gets ``maxPixels`` or its default."""
        return self.getOrDefault(self.maxPixels)

    def setModel(self, value: str) -> "ImageEmbedder":
        """Sets ``model``."""
        return self._set(model=value)

    def getModel(self) -> str:
        """Gets ``model`` or its default."""
        return self.getOrDefault(self.model)

    def setNormalize(self, value: str) -> "ImageEmbedder":
        """Sets ``normalize``."""
        return self._set(normalize=value)

    def getNormalize(self) -> str:
        """Gets ``normalize`` or its default."""
        return self.getOrDefault(self.normalize)

    def setOrientation(self, value: str) -> "ImageEmbedder":
        """Sets ``orientation``."""
        return self._set(orientation=value)

    def getOrientation(self) -> str:
        """Gets ``orientation`` or its default."""
        return self.getOrDefault(self.orientation)

    def setOutputCol(self, value: str) -> "ImageEmbedder":
        """Sets ``outputCol``."""
        return self._set(outputCol=value)

    def getOutputCol(self) -> str:
        """Gets ``outputCol`` or its default."""
        return self.getOrDefault(self.outputCol)

    def setOutputPrefix(self, value: str) -> "ImageEmbedder":
        """Sets ``outputPrefix``."""
        return self._set(outputPrefix=value)

    def getOutputPrefix(self) -> str:
        """Gets ``outputPrefix`` or its default."""
        return self.getOrDefault(self.outputPrefix)

    def setPathColumn(self, value: str) -> "ImageEmbedder":
        """Sets ``pathColumn``."""
        return self._set(pathColumn=value)

    def getPathColumn(self) -> str:
        """Gets ``pathColumn`` or its default."""
        return self.getOrDefault(self.pathColumn)

    def setPool(self, value: str) -> "ImageEmbedder":
        """Sets ``pool``."""
        return self._set(pool=value)

    def getPool(self) -> str:
        """Gets ``pool`` or its default."""
        return self.getOrDefault(self.pool)

    def setPositionBias(self, value: str) -> "ImageEmbedder":
        """Sets ``positionBias``."""
        return self._set(positionBias=value)

    def getPositionBias(self) -> str:
        """Gets ``positionBias`` or its default."""
        return self.getOrDefault(self.positionBias)

    def setPrecision(self, value: str) -> "ImageEmbedder":
        """Sets ``precision``."""
        return self._set(precision=value)

    def getPrecision(self) -> str:
        """Gets ``precision`` or its default."""
        return self.getOrDefault(self.precision)

    def setProcessor(self, value: str) -> "ImageEmbedder":
        """Sets ``processor``."""
        return self._set(processor=value)

    def getProcessor(self) -> str:
        """Gets ``processor`` or its default."""
        return self.getOrDefault(self.processor)

    def setReadsPerHost(self, value: int) -> "ImageEmbedder":
        """Sets ``readsPerHost``."""
        return self._set(readsPerHost=value)

    def getReadsPerHost(self) -> int:
        """Gets ``readsPerHost`` or its default."""
        return self.getOrDefault(self.readsPerHost)

    def setRepartition(self, value: str) -> "ImageEmbedder":
        """Sets ``repartition``."""
        return self._set(repartition=value)

    def getRepartition(self) -> str:
        """Gets ``repartition`` or its default."""
        return self.getOrDefault(self.repartition)

    def setResizeBackend(self, value: str) -> "ImageEmbedder":
        """Sets ``resizeBackend``."""
        return self._set(resizeBackend=value)

    def getResizeBackend(self) -> str:
        """Gets ``resizeBackend`` or its default."""
        return self.getOrDefault(self.resizeBackend)

    def setScores(self, value: str) -> "ImageEmbedder":
        """Sets ``scores``."""
        return self._set(scores=value)

    def getScores(self) -> str:
        """Gets ``scores`` or its default."""
        return self.getOrDefault(self.scores)

    def setThreshold(self, value: str) -> "ImageEmbedder":
        """Sets ``threshold``."""
        return self._set(threshold=value)

    def getThreshold(self) -> str:
        """Gets ``threshold`` or its default."""
        return self.getOrDefault(self.threshold)

    def setTopK(self, value: int) -> "ImageEmbedder":
        """Sets ``topK``."""
        return self._set(topK=value)

    def getTopK(self) -> int:
        """Gets ``topK`` or its default."""
        return self.getOrDefault(self.topK)

    def setUserAgent(self, value: str) -> "ImageEmbedder":
        """Sets ``userAgent``."""
        return self._set(userAgent=value)

    def getUserAgent(self) -> str:
        """Gets ``userAgent`` or its default."""
        return self.getOrDefault(self.userAgent)

    def setVersionColumn(self, value: str) -> "ImageEmbedder":
        """Sets ``versionColumn``."""
        return self._set(versionColumn=value)

    def getVersionColumn(self) -> str:
        """Gets ``versionColumn`` or its default."""
        return self.getOrDefault(self.versionColumn)

    def setWithScores(self, value: bool) -> "ImageEmbedder":
        """Sets ``withScores``."""
        return self._set(withScores=value)

    def getWithScores(self) -> bool:
        """Gets ``withScores`` or its default."""
        return self.getOrDefault(self.withScores)


# Spark finds the Python class of a Java stage by the Java class's own name, in pipelines that it
# loads and on Spark Connect, so that the module must be known by the name of the Java package.
sys.modules[PACKAGE] = sys.modules[__name__]
