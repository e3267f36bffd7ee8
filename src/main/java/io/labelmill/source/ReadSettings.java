package io.labelmill.source;

import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import org.apache.hadoop.conf.Configuration;

/**
 * What tasks are told of how images are read; it travels in the configuration with which they open
 * file systems.
 *
 * @param hosts of which images are fetched by {@code http} and {@code https}
 * @param userAgent as which these are fetched; empty: name and version of this program
 * @param readsPerHost that an executor has in flight at one host or store; empty: see {@link
 *     HostReads}
 */
record ReadSettings(AllowedHosts hosts, Optional<String> userAgent, OptionalInt readsPerHost) {
  private static final String HOSTS = "labelmill.allow-hosts";
  private static final String USER_AGENT = "labelmill.user-agent";
  private static final String READS_PER_HOST = "labelmill.reads-per-host";

  static ReadSettings of(SourceOptions options) {
    return new ReadSettings(options.allowHosts(), options.userAgent(), options.readsPerHost());
  }

  /** What a configuration was given by {@link #put}. */
  static ReadSettings of(Configuration configuration) {
    int reads = configuration.getInt(READS_PER_HOST, 0);
    return new ReadSettings(
        new AllowedHosts(Set.copyOf(configuration.getTrimmedStringCollection(HOSTS))),
        Optional.ofNullable(configuration.getRaw(USER_AGENT)),
        reads == 0 ? OptionalInt.empty() : OptionalInt.of(reads));
  }

  /** Puts these settings, and no others of their kind, into a configuration. */
  void put(Configuration configuration) {
    configuration.set(HOSTS, String.join(",", hosts.names()));
    configuration.unset(USER_AGENT);
    userAgent.ifPresent(agent -> configuration.set(USER_AGENT, agent));
    configuration.setInt(READS_PER_HOST, readsPerHost.orElse(0));
  }
}
