/**
 * How things fail: a row ({@link io.labelmill.error.ImageException}), a user's mistake ({@link
 * io.labelmill.error.UserException}), or a bug (anything else).
 */
package io.labelmill.error;
