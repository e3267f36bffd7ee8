/** What a model's images per second are made of: the session alone, with decoding, and the job. */
package io.labelmill.bench;
