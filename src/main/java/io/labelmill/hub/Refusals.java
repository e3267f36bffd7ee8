package io.labelmill.hub;

import io.labelmill.error.InputException;
import java.net.URI;
import java.net.http.HttpHeaders;
import java.util.Optional;

/** What the hub's refusals mean to the one who named a repository. */
record Refusals(HubSettings settings, HubName name, Optional<String> file) {
  /** The hub says in {@code X-Error-Code} what a status of 401, 403 or 404 leaves open. */
  InputException refused(String method, URI uri, int status, HttpHeaders headers) {
    String code = headers.firstValue("X-Error-Code").orElse("");
    String message = HubName.printable(headers.firstValue("X-Error-Message").orElse(""));
    String page = settings.endpoint() + "/" + name.page();
    if (!HubClient.isSameOrigin(uri, settings.endpoint())) {
      return new InputException(
          "%s: the store that the hub sends %s to, %s, answered %d."
              .formatted(name, method, uri.getHost(), status));
    }
    if (code.equals("RevisionNotFound")) {
      return new InputException(
          "%s: the %s has no branch, tag or commit '%s'; those that it has are listed at %s/tree/main."
              .formatted(name, name.kind().word(), name.revisionOrMain(), page));
    }
    if (code.equals("EntryNotFound")) {
      return new InputException(
          "%s has no file %s, although it is listed.".formatted(name, file.orElse("of that name")));
    }
    if (message.startsWith("Access to this resource is disabled")) {
      return new InputException("%s has been disabled by the hub: see %s.".formatted(name, page));
    }
    if (code.equals("GatedRepo")) {
      return new InputException(
          settings
              .token()
              .map(
                  token ->
                      "%s is gated, and the %s gives no access to it: accept its terms at %s as the token's owner, or take a token that may read gated %ss."
                          .formatted(name, token, page, name.kind().word()))
              .orElseGet(
                  () ->
                      "%s is gated: accept its terms at %s, then set HF_TOKEN to a token that may read it."
                          .formatted(name, page)));
    }
    // Without a token, "Invalid username or password" is what an unknown model gets.
    if (status == 401 && message.startsWith("Invalid credentials")) {
      return new InputException(
          "%s: the hub does not know the %s: it is mistyped, revoked or expired."
              .formatted(name, credentials()));
    }
    if (code.equals("RepoNotFound") || (code.isEmpty() && status == 401)) {
      return new InputException(
          settings
              .token()
              .map(
                  token ->
                      "There is no %s %s at %s, or it is private and the %s gives no access to it."
                          .formatted(
                              name.kind().word(), name.repository(), settings.endpoint(), token))
              .orElseGet(
                  () ->
                      "There is no %1$s %2$s at %3$s, or it is private: check the name; for a private %1$s set HF_TOKEN."
                          .formatted(name.kind().word(), name.repository(), settings.endpoint())));
    }
    if (status == 401 || status == 403) {
      return new InputException(
          "%s: the hub refused %s with %d%s; the request had %s."
              .formatted(
                  name, uri, status, message.isEmpty() ? "" : ": " + message, credentials()));
    }
    return noHub(
        "%s %s was answered %d%s"
            .formatted(method, uri, status, message.isEmpty() ? "" : ": " + message));
  }

  private String credentials() {
    return settings.token().map(HubSettings.Token::toString).orElse("no token");
  }

  /** An answer that no hub gives. */
  InputException noHub(String problem) {
    return new InputException(
        "%s: %s, which is not how a hub answers: is HF_ENDPOINT, %s, the address of one?"
            .formatted(name, problem, settings.endpoint()));
  }
}
