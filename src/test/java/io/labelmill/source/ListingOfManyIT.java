package io.labelmill.source;

import org.junit.jupiter.api.extension.ExtendWith;

/** What is an image of a folder or glob, where tasks list and files keep the plan. */
@ExtendWith(ManyRows.class)
class ListingOfManyIT extends ListingIT {}
