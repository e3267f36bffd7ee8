package io.labelmill.evaluate.read.truth;

import java.io.IOException;

/** One form in which people keep truth. {@link TruthOptions.Format} lists them all. */
interface TruthForm {
  /**
   * Whether what lies there is of this form, by names and by how a file begins. Forms are asked in
   * the order of the list, and the first that says so is taken.
   */
  boolean fits(TruthPlace place) throws IOException;

  /**
   * @throws io.labelmill.error.InputException where it is not of this form after all
   * @throws IOException where it cannot be read
   */
  FoundTruth read(TruthPlace place) throws IOException;
}
