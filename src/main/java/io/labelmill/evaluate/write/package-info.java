/** What an evaluation leaves: {@code metrics.json}, tables, and the report with its pictures. */
package io.labelmill.evaluate.write;
