/**
 * How things fail: a row ({@link io.labelmill.error.ImageException}), a user's mistake ({@link
 * io.labelmill.error.UserException}), an outage ({@link io.labelmill.error.OutageException}), or a
 * bug (anything else). {@link io.labelmill.error.Cause} tells a mistake from an outage.
 */
package io.labelmill.error;
