package io.labelmill.score;

/**
 * The best k of an image's scores: highest score first, of equal scores the lower index first. One
 * pass with a heap of k indices, so 21,841 classes cost little more than reading them. Not
 * thread-safe: one per task.
 */
public final class Ranking {
  private final int[] heap;
  private float[] scores = {};

  /**
   * @param k indices to return; 1 to the number of scores
   */
  public Ranking(int k) {
    if (k < 1) {
      throw new IllegalArgumentException("k is " + k + ", not at least 1");
    }
    this.heap = new int[k];
  }

  /**
   * The indices of the k best scores, best first.
   *
   * @param ranked scores as they are written, none of them not-a-number
   * @return a view that the next call overwrites
   */
  public int[] top(float[] ranked) {
    if (ranked.length < heap.length) {
      throw new IllegalArgumentException(
          "k is " + heap.length + ", but there are " + ranked.length + " scores");
    }
    scores = ranked;
    for (int i = 0; i < heap.length; i++) {
      heap[i] = i;
    }
    // The root is the worst of the best so far.
    for (int i = heap.length / 2 - 1; i >= 0; i--) {
      sink(i, heap.length);
    }
    for (int i = heap.length; i < ranked.length; i++) {
      // An equal score at a higher index never displaces: strictly greater only.
      if (ranked[i] > ranked[heap[0]]) {
        heap[0] = i;
        sink(0, heap.length);
      }
    }
    for (int size = heap.length - 1; size > 0; size--) {
      int worst = heap[0];
      heap[0] = heap[size];
      heap[size] = worst;
      sink(0, size);
    }
    return heap;
  }

  private void sink(int from, int size) {
    int parent = from;
    while (true) {
      int worst = parent;
      for (int child = 2 * parent + 1; child <= 2 * parent + 2 && child < size; child++) {
        if (worse(heap[child], heap[worst])) {
          worst = child;
        }
      }
      if (worst == parent) {
        return;
      }
      int moved = heap[parent];
      heap[parent] = heap[worst];
      heap[worst] = moved;
      parent = worst;
    }
  }

  private boolean worse(int a, int b) {
    float scoreA = scores[a];
    float scoreB = scores[b];
    return scoreA < scoreB || (scoreA == scoreB && a > b);
  }
}
