/** The command line: options, configuration files, exit codes, progress and summaries. */
package io.labelmill.command;
