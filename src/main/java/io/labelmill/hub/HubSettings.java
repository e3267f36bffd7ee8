package io.labelmill.hub;

import io.labelmill.error.Cause;
import io.labelmill.error.InputException;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.function.UnaryOperator;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Where the hub is, and where its files are kept: what the environment variables of the Python
 * client say.
 *
 * @param endpoint {@code HF_ENDPOINT}; default the public hub
 * @param token {@code HF_TOKEN}, else what the file {@code HF_TOKEN_PATH} holds, by default {@code
 *     HF_HOME/token}
 * @param cache {@code HF_HUB_CACHE}; default {@code HF_HOME/hub}, that is {@code
 *     ~/.cache/huggingface/hub}
 * @param isOffline {@code HF_HUB_OFFLINE}: whether only the cache is used
 */
public record HubSettings(URI endpoint, Optional<Token> token, Path cache, boolean isOffline) {
  private static final String PUBLIC_HUB = "https://huggingface.co";
  private static final Set<String> TRUE = Set.of("1", "ON", "YES", "TRUE");
  private static final Pattern VARIABLE = Pattern.compile("\\$(?:\\{(\\w+)\\}|(\\w+))");

  /**
   * What proves to the hub who asks. Never shown.
   *
   * @param text as it is sent
   * @param origin what it was read from, for messages
   */
  public record Token(String text, String origin) {
    @Override
    public String toString() {
      return "token from " + origin;
    }
  }

  /**
   * What this process's environment says; a system property of a variable's name, where there is
   * one, goes before it.
   *
   * @throws InputException if a value can't be what its name says
   */
  public static HubSettings ofProcess() {
    return of(
        name -> System.getProperty(name, System.getenv(name)),
        Path.of(System.getProperty("user.home")));
  }

  /**
   * @param variables the value of a variable, or null
   * @param userHome what {@code ~} stands for
   * @throws InputException if a value can't be what its name says
   */
  static HubSettings of(UnaryOperator<String> variables, Path userHome) {
    Paths paths = new Paths(variables, userHome);
    Path home =
        paths
            .at("HF_HOME")
            .or(() -> paths.at("XDG_CACHE_HOME").map(caches -> caches.resolve("huggingface")))
            .orElse(userHome.resolve(".cache").resolve("huggingface"));
    Path cache =
        paths
            .at("HF_HUB_CACHE")
            .or(() -> paths.at("HUGGINGFACE_HUB_CACHE"))
            .orElse(home.resolve("hub"));
    return new HubSettings(
        endpoint(text(variables, "HF_ENDPOINT").orElse(PUBLIC_HUB)),
        isTrue(variables, "HF_HUB_DISABLE_IMPLICIT_TOKEN")
            ? Optional.empty()
            : token(variables, paths.at("HF_TOKEN_PATH").orElse(home.resolve("token"))),
        cache.toAbsolutePath().normalize(),
        text(variables, "HF_HUB_OFFLINE").isPresent()
            ? isTrue(variables, "HF_HUB_OFFLINE")
            : isTrue(variables, "TRANSFORMERS_OFFLINE"));
  }

  private static Optional<String> text(UnaryOperator<String> variables, String name) {
    return Optional.ofNullable(variables.apply(name)).map(String::strip).filter(s -> !s.isEmpty());
  }

  private static boolean isTrue(UnaryOperator<String> variables, String name) {
    return text(variables, name).filter(s -> TRUE.contains(s.toUpperCase(Locale.ROOT))).isPresent();
  }

  private static URI endpoint(String text) {
    String bare = text.replaceFirst("/+$", "");
    try {
      URI endpoint = URI.create(bare);
      String scheme = String.valueOf(endpoint.getScheme()).toLowerCase(Locale.ROOT);
      if (Set.of("http", "https").contains(scheme)
          && endpoint.getHost() != null
          && endpoint.getRawUserInfo() == null
          && endpoint.getRawQuery() == null
          && endpoint.getRawFragment() == null) {
        return endpoint;
      }
    } catch (IllegalArgumentException e) {
      // Said below, as for every other address that is none.
    }
    // A value with a password in it is not repeated.
    throw new InputException(
        "HF_ENDPOINT %s is not the address of a hub: write it like %s, without user, query or fragment."
            .formatted(HubName.printable(bare.replaceFirst("//[^/]*@", "//…@")), PUBLIC_HUB));
  }

  private static Optional<Token> token(UnaryOperator<String> variables, Path file) {
    for (String name : new String[] {"HF_TOKEN", "HUGGING_FACE_HUB_TOKEN"}) {
      Optional<String> text = text(variables, name);
      if (text.isPresent()) {
        return Optional.of(token(text.get(), name));
      }
    }
    try {
      String text = Files.readString(file, StandardCharsets.UTF_8).strip();
      return text.isEmpty() ? Optional.empty() : Optional.of(token(text, file.toString()));
    } catch (NoSuchFileException e) {
      return Optional.empty();
    } catch (IOException e) {
      throw Cause.failure(
          "The file of the hub's token, %s, can't be read: %s.".formatted(file, e), e);
    }
  }

  private static Token token(String text, String origin) {
    if (text.chars().anyMatch(c -> c <= ' ' || c > '~')) {
      throw new InputException(
          "The token from %s has characters that no token has, such as a space or a line's end."
              .formatted(origin));
    }
    return new Token(text, origin);
  }

  /** Paths in variables, in which {@code ~} and other variables may stand. */
  private record Paths(UnaryOperator<String> variables, Path userHome) {
    Optional<Path> at(String name) {
      return text(variables, name).map(this::path);
    }

    private Path path(String text) {
      String expanded =
          VARIABLE.matcher(text).replaceAll(found -> Matcher.quoteReplacement(value(found)));
      if (expanded.equals("~") || expanded.startsWith("~/")) {
        return userHome.resolve(expanded.replaceFirst("^~/*", ""));
      }
      return Path.of(expanded);
    }

    private String value(MatchResult found) {
      String name = found.group(1) == null ? found.group(2) : found.group(1);
      return text(variables, name).orElse(found.group());
    }
  }
}
