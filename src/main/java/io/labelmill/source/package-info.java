/** What is to be labelled: listings and tables of images, planned once and read in waves. */
package io.labelmill.source;
