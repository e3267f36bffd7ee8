/**
 * Places that users name, and the tables that lie there: the one way in which all packages see
 * them.
 */
package io.labelmill.table;
