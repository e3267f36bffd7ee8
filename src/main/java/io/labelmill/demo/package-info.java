/**
 * A small set to try everything on without a download: drawn fridge pictures, and a tiny
 * checkpoint.
 */
package io.labelmill.demo;
