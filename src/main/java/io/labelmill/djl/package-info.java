/** Exported models in DJL, DJL Serving and DJL's extension for Spark. No Spark needed. */
package io.labelmill.djl;
