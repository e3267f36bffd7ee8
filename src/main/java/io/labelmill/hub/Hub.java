package io.labelmill.hub;

import io.labelmill.checkpoint.CheckpointFiles;
import io.labelmill.error.InputException;
import io.labelmill.error.OutageException;
import io.labelmill.hub.HubClient.RemoteFile;
import io.labelmill.hub.HubClient.Revision;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.ToLongFunction;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The Hugging Face hub: gives files of models and data sets, downloading what the cache lacks. Safe
 * for use by several threads, and beside other processes that use the cache, the Python client
 * among them.
 */
public final class Hub {
  private static final Logger log = LoggerFactory.getLogger(Hub.class);

  private static final int MOST_DOWNLOADS_AT_ONCE = 4;
  private static final int NAMES_SHOWN = 20;

  private final HubSettings settings;
  private final Patience patience;
  private final ToLongFunction<Path> freeBytes;

  public Hub(HubSettings settings) {
    this(settings, Patience.ofUsers(), HubCache::usableBytes);
  }

  Hub(HubSettings settings, Patience patience, ToLongFunction<Path> freeBytes) {
    this.settings = settings;
    this.patience = patience;
    this.freeBytes = freeBytes;
  }

  /**
   * Brings config.json, preprocessor_config.json and processor_config.json where there are, and the
   * weights to this machine: {@code model.safetensors}, else its shards, else {@code
   * pytorch_model.bin} or its shards, else a finished graph. What its configuration or its list of
   * files tells not to be read is refused before anything large comes. A whole commit hash whose
   * files are cached takes no request.
   *
   * @throws InputException if there is no such model or revision, it may not be read, it has no
   *     weights that are read, it can't be downloaded or kept, or in offline mode is not cached.
   *     What has come is kept, and a later call goes on from there.
   * @throws IOException if the cache can't be read, or the thread is interrupted
   */
  public HubModel download(HubName name, DownloadProgress progress) throws IOException {
    HubCache cache = new HubCache(settings.cache(), name, freeBytes);
    if (settings.isOffline()) {
      return offline(name, cache);
    }
    String asked = name.revisionOrMain();
    if (name.isCommit() && isWhole(cache, asked)) {
      return new HubModel(cache.snapshot(asked), name.repository(), asked);
    }
    HubClient client = new HubClient(settings, patience);
    Revision revision =
        revision(name, cache, client, cached -> cache.missing(cached, modelFiles()).isEmpty());
    String commit = revision.commit();
    log.info("{} is commit {}", name, commit);
    String weights = weights(name, revision);

    Download download = new Download(name, commit, client, cache);
    List<String> small = new ArrayList<>(List.of(HubCache.CONFIG));
    HubCache.PROCESSORS.stream().filter(revision.files()::contains).forEach(small::add);
    ExecutorService threads = threads();
    try {
      boolean isIndex = CheckpointFiles.isIndex(weights);
      if (isIndex) {
        small.add(weights);
      }
      fetch(download, small, DownloadProgress.NONE, threads);
      CheckpointFiles.refuseForeign(
          name.toString(), cache.snapshot(commit).resolve(HubCache.CONFIG));
      if (!isIndex) {
        fetch(download, List.of(weights), progress, threads);
      }
      List<String> parts = partsBeside(name, revision, cache, weights);
      if (!parts.isEmpty()) {
        fetch(download, parts, progress, threads);
      }
    } finally {
      threads.shutdownNow();
    }
    remember(cache, asked, commit);
    return new HubModel(cache.snapshot(commit), name.repository(), commit);
  }

  /**
   * Brings files of a data set to this machine.
   *
   * @throws InputException if there is no such data set, revision or file, it may not be read,
   *     can't be downloaded or kept, or in offline mode is not cached. What has come is kept, and a
   *     later call goes on from there.
   * @throws IOException if the cache can't be read, or the thread is interrupted
   */
  public HubFiles download(HubPath path, DownloadProgress progress) throws IOException {
    HubName name = path.dataset();
    HubCache cache = new HubCache(settings.cache(), name, freeBytes);
    if (settings.isOffline()) {
      return offline(path, cache);
    }
    HubClient client = new HubClient(settings, patience);
    Revision revision =
        revision(name, cache, client, cached -> !path.of(cache.files(cached)).isEmpty());
    String commit = revision.commit();
    log.info("{} is commit {}", name, commit);
    List<String> wanted = path.of(revision.files());
    if (wanted.isEmpty()) {
      throw new InputException(
          "%s is no file, folder or glob that matches any file of the data set: it has %s."
              .formatted(path, listing(revision.files())));
    }
    List<String> unsafe = wanted.stream().filter(file -> !HubPath.isSafe(file)).toList();
    if (!unsafe.isEmpty()) {
      throw new InputException(
          "%s: the data set has a file '%s', whose name leads out of it: nothing of it is downloaded."
              .formatted(path, HubName.printable(unsafe.get(0))));
    }
    ExecutorService threads = threads();
    try {
      fetch(new Download(name, commit, client, cache), wanted, progress, threads);
    } finally {
      threads.shutdownNow();
    }
    remember(cache, name.revisionOrMain(), commit);
    return new HubFiles(wanted.stream().map(cache.snapshot(commit)::resolve).toList(), commit);
  }

  private static HubFiles offline(HubPath path, HubCache cache) throws IOException {
    Optional<String> commit = cache.commitOf(path.dataset().revisionOrMain());
    List<Path> files =
        commit.isEmpty()
            ? List.of()
            : path.of(cache.files(commit.get())).stream()
                .map(cache.snapshot(commit.get())::resolve)
                .toList();
    if (files.isEmpty()) {
      throw new InputException(
          "%s is not in the cache %s, and HF_HUB_OFFLINE forbids to download it: run once without it, or copy the cache from a machine that has it."
              .formatted(path, cache.root()));
    }
    return new HubFiles(files, commit.get());
  }

  private HubModel offline(HubName name, HubCache cache) throws IOException {
    String commit =
        cache
            .commitOf(name.revisionOrMain())
            .orElseThrow(
                () ->
                    new InputException(
                        "%s is not in the cache %s, and HF_HUB_OFFLINE forbids to download it: run once without it, or copy the cache from a machine that has the model."
                            .formatted(name, cache.root())));
    List<String> missing = cache.missing(commit, modelFiles());
    if (!missing.isEmpty()) {
      throw new InputException(
          "%s: commit %s is in the cache %s without %s, and HF_HUB_OFFLINE forbids to download it: run once without it."
              .formatted(name, commit, cache.root(), String.join(", ", missing)));
    }
    return new HubModel(cache.snapshot(commit), name.repository(), commit);
  }

  /** Whether the hub would add nothing: the kind of weights that is preferred is there. */
  private static boolean isWhole(HubCache cache, String commit) {
    return cache.missing(commit, CheckpointFiles.weights().subList(0, 2)).isEmpty()
        && Files.isRegularFile(cache.snapshot(commit).resolve(HubCache.PROCESSOR));
  }

  /** Whether the cache has of a commit what is wanted. */
  private interface Cached {
    boolean has(String commit) throws IOException;
  }

  private static Revision revision(HubName name, HubCache cache, HubClient client, Cached cached)
      throws IOException {
    try {
      return client.revision(name);
    } catch (OutageException e) {
      // No silent use of what may be outdated: the user decides.
      Optional<String> commit = cache.commitOf(name.revisionOrMain());
      if (commit.isPresent() && cached.has(commit.get())) {
        throw new OutageException(
            e.getMessage()
                + " %s is in the cache as it was when last asked for: HF_HUB_OFFLINE=1 uses that."
                    .formatted(name),
            e);
      }
      throw e;
    }
  }

  /** Files of which a model has one: weights in the order of preference, then graphs. */
  private static List<String> modelFiles() {
    return Stream.concat(CheckpointFiles.weights().stream(), CheckpointFiles.graphs().stream())
        .toList();
  }

  private static String weights(HubName name, Revision revision) {
    List<String> problems = new ArrayList<>();
    Optional<String> instead =
        modelFiles().stream().anyMatch(revision.files()::contains)
            ? Optional.empty()
            : CheckpointFiles.insteadOfWeights(name.toString(), revision.files());
    boolean isModel =
        revision.files().contains(HubCache.CONFIG)
            || revision.files().contains(CheckpointFiles.ADAPTER);
    if (isModel && instead.isPresent()) {
      throw new InputException(instead.get());
    }
    if (!revision.files().contains(HubCache.CONFIG)) {
      problems.add(
          "%s has no config.json, so it is not a model that Transformers wrote; it has %s."
              .formatted(name, listing(revision.files())));
    }
    String weights =
        modelFiles().stream().filter(revision.files()::contains).findFirst().orElse("");
    if (weights.isEmpty()) {
      problems.add(
          "%s has no weights that are read (%s); it has %s."
              .formatted(
                  name, String.join(", ", CheckpointFiles.weights()), listing(revision.files())));
    }
    InputException.throwIfAny(problems);
    return weights;
  }

  private static List<String> partsBeside(
      HubName name, Revision revision, HubCache cache, String weights) {
    List<String> parts = cache.partsBeside(revision.commit(), weights);
    List<String> missing = parts.stream().filter(part -> !revision.files().contains(part)).toList();
    if (!missing.isEmpty()) {
      throw new InputException(
          "%s: %s lists %s, which the model does not have."
              .formatted(name, weights, HubName.printable(String.join(", ", missing))));
    }
    return parts;
  }

  private static String listing(Collection<String> files) {
    if (files.isEmpty()) {
      return "no files";
    }
    String shown =
        files.stream()
            .limit(NAMES_SHOWN)
            .map(HubName::printable)
            .reduce((a, b) -> a + ", " + b)
            .orElseThrow();
    return files.size() <= NAMES_SHOWN
        ? shown
        : shown + " and %d more".formatted(files.size() - NAMES_SHOWN);
  }

  private static ExecutorService threads() {
    return Executors.newFixedThreadPool(
        MOST_DOWNLOADS_AT_ONCE,
        task -> {
          Thread thread = new Thread(task, "hub-download");
          thread.setDaemon(true);
          return thread;
        });
  }

  private static void fetch(
      Download download, List<String> names, DownloadProgress progress, ExecutorService threads)
      throws IOException {
    List<RemoteFile> files =
        all(
            threads,
            names.stream().<Callable<RemoteFile>>map(name -> () -> download.describe(name)));
    Download.Tally tally = download.begin(files, progress);
    all(
        threads,
        files.stream()
            .<Callable<RemoteFile>>map(
                file ->
                    () -> {
                      download.fetch(file, tally);
                      return file;
                    }));
  }

  /** Ends when all have ended, with the first failure if there is one. */
  private static <T> List<T> all(ExecutorService threads, Stream<Callable<T>> tasks)
      throws IOException {
    List<T> results = new ArrayList<>();
    try {
      for (Future<T> future : threads.invokeAll(tasks.toList())) {
        results.add(future.get());
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new InterruptedIOException("the download was interrupted");
    } catch (ExecutionException e) {
      if (e.getCause() instanceof RuntimeException failure) {
        throw failure;
      }
      if (e.getCause() instanceof IOException failure) {
        throw failure;
      }
      throw new IllegalStateException(e.getCause());
    }
    return results;
  }

  /** A cache may be read-only for this user, and yet have all that is needed. */
  private static void remember(HubCache cache, String revision, String commit) {
    try {
      cache.remember(revision, commit);
    } catch (IOException e) {
      log.warn("{} could not be noted as {} in the cache: {}", revision, commit, e.toString());
    }
  }
}
