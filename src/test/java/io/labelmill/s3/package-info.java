/** An S3 server on this machine, and a front of it that counts, delays and spoils requests. */
package io.labelmill.s3;
