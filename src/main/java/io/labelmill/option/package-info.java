/** What an option is, and how its values are read, wherever a user says them. Knows no Spark. */
package io.labelmill.option;
